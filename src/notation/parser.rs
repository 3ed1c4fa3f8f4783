//! Tokens → `Expr`, by the strengths of the operator table.
//!
//! What is read is bounded (length, depth, operators, digits), so that later stages may recurse and fold freely.

use std::ops::Range;

use super::lexer::{Lexer, Spot, Token};
use super::{Located, Origin, closest};
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::op::{Notation, Op, TABLE};
use crate::rational::Rational;

/// Longest text that is read, in bytes.
const LONGEST: usize = 1_000_000;
/// Brackets, calls, signs and powers within one another, at most.
const DEEPEST: usize = 200;
/// Operators within one another, at most: a sum of n members has n - 1.
const TALLEST: usize = 400;
/// Numbers, names and operators, at most.
const MOST_PARTS: usize = 10_000;
/// Letters of a name, at most.
const LONGEST_NAME: usize = 64;
/// Decimal digits of one number written out, at most.
const MOST_DIGITS: usize = 1_000;
/// Decimal digits of all numbers together, at most: quotients of numbers are folded.
const MOST_DIGITS_TOGETHER: usize = 20_000;

/// What people call a function of the notation.
const SYNONYMS: [(&str, &str); 8] = [
    ("ln", "log"),
    ("logistic", "sigmoid"),
    ("expit", "sigmoid"),
    ("ln_1p", "log1p"),
    ("exp_m1", "expm1"),
    ("fabs", "abs"),
    ("clip", "clamp"),
    ("if", "where"),
];

/// Reads one expression.
pub fn expression(text: &str, origin: &Origin) -> Result<Located, Message> {
    let mut parser = Parser::of(text, origin)?;
    let read = parser.expr(0)?;
    parser.end()?;
    Ok(read)
}

/// Reads comparisons separated by commas.
pub fn conditions(text: &str, origin: &Origin) -> Result<Vec<Located>, Message> {
    let mut parser = Parser::of(text, origin)?;
    let mut all = Vec::new();
    loop {
        all.push(parser.condition()?);
        if !parser.take(",")? {
            parser.end()?;
            return Ok(all);
        }
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    current: Spot<'a>,
    origin: Origin<'a>,
    depth: usize,
    parts: usize,
    digits: usize,
}

impl<'a> Parser<'a> {
    fn of(text: &'a str, origin: &Origin<'a>) -> Result<Parser<'a>, Message> {
        if text.len() > LONGEST {
            return Err(Message::new(format!("a formula of {} bytes is too long", text.len()))
                .at(origin.place(0..0), "it begins here")
                .help(format!("formulas have at most {LONGEST} bytes")));
        }
        let mut lexer = Lexer::new(text, *origin);
        let current = lexer.token()?;
        let parser = Parser { lexer, current, origin: *origin, depth: 0, parts: 0, digits: 0 };
        if parser.current.token == Token::End {
            return Err(parser.wrong(&(0..0), "the formula is empty", "write an expression here"));
        }
        Ok(parser)
    }

    fn wrong(&self, at: &Range<usize>, text: impl Into<String>, beside: impl Into<String>) -> Message {
        Message::new(text).at(self.origin.place(at.clone()), beside)
    }

    /// The current token; the next one becomes current.
    fn advance(&mut self) -> Result<Spot<'a>, Message> {
        let next = self.lexer.token()?;
        Ok(std::mem::replace(&mut self.current, next))
    }

    fn sign(&self) -> Option<&'static str> {
        if let Token::Sign(sign) = self.current.token { Some(sign) } else { None }
    }

    fn take(&mut self, sign: &str) -> Result<bool, Message> {
        let there = self.sign() == Some(sign);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    /// Takes the sign and gives the end of its place.
    fn expect(&mut self, sign: &str, beside: &str) -> Result<usize, Message> {
        if self.sign() != Some(sign) {
            return Err(self.unexpected(&format!("`{sign}` expected, found"), beside));
        }
        Ok(self.advance()?.at.end)
    }

    fn unexpected(&self, text: &str, beside: &str) -> Message {
        let found = match self.current.token {
            Token::Number(text) | Token::Name(text) => quoted(text),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_string(),
        };
        let hint = self.habit().unwrap_or(beside);
        self.wrong(&self.current.at, format!("{text} {found}"), hint)
    }

    /// What to write instead, where the current token is a habit from elsewhere.
    fn habit(&self) -> Option<&'static str> {
        match self.current.token {
            Token::Number(_) | Token::Name(_) => {
                Some("an operator is missing before it (a product is written with `*`)")
            }
            Token::Sign("=") => Some("equality is written `==`"),
            Token::Sign("[") => Some("square brackets stand behind the name of a list alone: write `(`"),
            Token::Sign("*") => Some("a power is written `^`"),
            Token::Sign("+") => Some("a leading `+` is left out"),
            Token::Sign(sign) if infix(sign).is_some_and(Op::is_comparison) => {
                Some("a comparison stands in `where(…)` and in conditions alone")
            }
            _ => None,
        }
    }

    fn end(&self) -> Result<(), Message> {
        match self.current.token {
            Token::End => Ok(()),
            Token::Sign(")") => Err(self.unexpected("unexpected", "no bracket is open here")),
            Token::Sign("(") => Err(self.unexpected("unexpected", "a product is written with `*`")),
            _ => Err(self.unexpected("unexpected", "nothing more is expected")),
        }
    }

    /// `a < b` and its kind.
    fn condition(&mut self) -> Result<Located, Message> {
        let left = self.expr(0)?;
        let comparison = |sign| infix(if sign == "=" { "==" } else { sign }).filter(|op| op.is_comparison());
        let Some(op) = self.sign().and_then(comparison) else {
            // `2x == x`: the left side ended too early
            if self.current.token != Token::End && self.sign().is_none_or(|sign| sign == "(") {
                self.end()?;
            }
            return Err(self.wrong(&left.at, "a condition is a comparison", "such as `a > 0`"));
        };
        self.advance()?;
        let right = self.expr(0)?;
        let at = left.at.start..right.at.end;
        self.built(op, vec![left, right], at)
    }

    fn expr(&mut self, at_least: u8) -> Result<Located, Message> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let text = format!("more than {DEEPEST} levels of brackets, signs or powers");
            return Err(self.too_much(&self.current.at, text));
        }
        let mut left = self.prefix()?;
        while let Some(op) = self.sign().and_then(infix) {
            let Notation::Infix(strength) = op.row().notation else { break };
            if op.is_comparison() || strength < at_least {
                break;
            }
            self.advance()?;
            let right = self.expr(if op == Op::Pow { strength } else { strength + 1 })?;
            if op == Op::Div && right.expr.as_number().is_some_and(Rational::is_zero) {
                return Err(self.wrong(&right.at, "division by zero", "this is 0"));
            }
            let at = left.at.start..right.at.end;
            left = self.built(op, vec![left, right], at)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn built(&mut self, op: Op, operands: Vec<Located>, at: Range<usize>) -> Result<Located, Message> {
        self.count(&at)?;
        let built = Located::apply(op, operands, at);
        if built.height() > TALLEST {
            let last = &built.operands[built.operands.len() - 1].at;
            return Err(self.too_much(last, format!("more than {TALLEST} operators within one another")));
        }
        Ok(built)
    }

    fn count(&mut self, at: &Range<usize>) -> Result<(), Message> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(self.too_much(at, format!("more than {MOST_PARTS} numbers, names and operators")));
        }
        Ok(())
    }

    fn too_much(&self, at: &Range<usize>, text: String) -> Message {
        self.wrong(at, text, "here").help("give parts of the formula names of their own")
    }

    fn prefix(&mut self) -> Result<Located, Message> {
        let Spot { token, at } = self.current.clone();
        match token {
            Token::Number(text) => {
                self.count(&at)?;
                let value = self.number(text, &at)?;
                self.advance()?;
                Ok(Located::leaf(Expr::Number(value), at))
            }
            Token::Name(name) => {
                self.count(&at)?;
                if name.len() > LONGEST_NAME {
                    return Err(self.wrong(&at, format!("a name of more than {LONGEST_NAME} letters"), "here"));
                }
                self.advance()?;
                match self.sign() {
                    Some("(") => self.call(name, at),
                    Some("[") => self.indexed(Located::leaf(Expr::symbol(name), at)),
                    _ => Ok(Located::leaf(Expr::symbol(name), at)),
                }
            }
            Token::Sign("-") => {
                self.advance()?;
                let Notation::Prefix(strength) = Op::Neg.row().notation else { unreachable!("`-` is a prefix") };
                let operand = self.expr(strength)?;
                let at = at.start..operand.at.end;
                self.built(Op::Neg, vec![operand], at)
            }
            Token::Sign("(") => {
                self.advance()?;
                let mut inner = self.expr(0)?;
                inner.at = at.start..self.expect(")", "close the bracket here")?;
                Ok(inner)
            }
            _ => Err(self.unexpected("an expression expected, found", "a number, a name or a bracket belongs here")),
        }
    }

    fn number(&mut self, text: &str, at: &Range<usize>) -> Result<Rational, Message> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let exponent = text.split_once(['e', 'E']).map_or(Ok(0), |(_, exponent)| exponent.parse::<i32>());
        let digits = exponent.map_or(usize::MAX, |exponent| digits.saturating_add(exponent.unsigned_abs() as usize));
        self.digits = self.digits.saturating_add(digits);
        if digits > MOST_DIGITS {
            return Err(self.wrong(at, format!("a number of more than {MOST_DIGITS} digits"), "here"));
        }
        if self.digits > MOST_DIGITS_TOGETHER {
            let text = format!("numbers of more than {MOST_DIGITS_TOGETHER} digits together");
            return Err(self.wrong(at, text, "up to here"));
        }
        Rational::from_decimal(text)
            .ok_or_else(|| self.wrong(at, format!("`{text}` is not a number"), "write digits, such as 0.25 or 1e-7"))
    }

    fn call(&mut self, name: &str, at: Range<usize>) -> Result<Located, Message> {
        let Some(op) = Op::of_call(name) else { return Err(self.unknown_function(name, &at)) };
        self.advance()?;
        if op.binds() {
            return self.over(op, at);
        }
        let mut operands = Vec::new();
        let mut end = self.current.at.end;
        if !self.take(")")? {
            loop {
                let test = op == Op::Where && operands.is_empty();
                operands.push(if test { self.condition()? } else { self.expr(0)? });
                if !self.take(",")? {
                    break;
                }
            }
            end = self.expect(")", "close the call here")?;
        }
        let (wanted, given) = (op.arity(), operands.len());
        if wanted != given {
            let plural = if wanted == 1 { "" } else { "s" };
            let text = format!("`{name}` takes {wanted} operand{plural}, here {given}");
            return Err(self.wrong(&(at.start..end), text, format!("write `{}`", pattern(op))));
        }
        self.built(op, operands, at.start..end)
    }

    /// `z[k]`
    fn indexed(&mut self, list: Located) -> Result<Located, Message> {
        self.advance()?;
        let class = self.class("an index is the name of a class, such as `t`")?;
        let at = list.at.start..self.expect("]", "close the index here")?;
        self.built(Op::Index, vec![list, class], at)
    }

    /// The name of a class.
    fn class(&mut self, beside: &str) -> Result<Located, Message> {
        let Spot { token: Token::Name(name), at } = self.current.clone() else {
            return Err(self.unexpected("the name of a class expected, found", beside));
        };
        self.count(&at)?;
        if name.len() > LONGEST_NAME {
            return Err(self.wrong(&at, format!("a name of more than {LONGEST_NAME} letters"), "here"));
        }
        self.advance()?;
        Ok(Located::leaf(Expr::symbol(name), at))
    }

    /// The rest of `sum(k, e)`, `sum(k != t, e)` or `sum(k != t, k != i, e)`, from behind the bracket.
    fn over(&mut self, op: Op, at: Range<usize>) -> Result<Located, Message> {
        let form = format!("write `{op}(k, e)` or `{op}(k != t, e)`");
        let mut range = self.class(&form)?;
        let bound = range.expr.clone();
        if self.take("!=")? {
            range = self.but(range, &form)?;
        }
        self.expect(",", &form)?;
        let body = loop {
            let next = self.expr(0)?;
            if next.expr != bound || !self.take("!=")? {
                break next;
            }
            range = self.but(range, &form)?;
            self.expect(",", &form)?;
        };
        let end = self.expect(")", "close the call here")?;
        self.built(op, vec![range, body], at.start..end)
    }

    /// The classes of the range but for one.
    fn but(&mut self, range: Located, form: &str) -> Result<Located, Message> {
        let class = self.class(form)?;
        let at = range.at.start..class.at.end;
        self.built(Op::Ne, vec![range, class], at)
    }

    fn unknown_function(&self, name: &str, at: &Range<usize>) -> Message {
        let known = TABLE.iter().filter(|row| row.notation == Notation::Call).map(|row| row.name);
        let synonym = SYNONYMS.iter().find(|(other, _)| *other == name).map(|(_, known)| *known);
        let message = Message::new(format!("unknown function {}", quoted(name)));
        let place = self.origin.place(at.clone());
        match synonym.or_else(|| closest(name, known)) {
            Some(near) => message.at(place, format!("did you mean `{near}`?")),
            None => message.at(place, "no function has this name").help("a product is written with `*`"),
        }
    }
}

/// The call with its operands, e.g. `clamp(x, lo, hi)`.
fn pattern(op: Op) -> String {
    let operands = match op {
        Op::Where => "condition, a, b",
        Op::Clamp => "x, lo, hi",
        Op::D => "e, x",
        Op::Sum | Op::Logsumexp => "k, e",
        _ => ["", "a", "a, b", "a, b, c"][op.arity()],
    };
    format!("{op}({operands})")
}

fn infix(sign: &str) -> Option<Op> {
    TABLE.iter().find(|row| matches!(row.notation, Notation::Infix(_)) && row.name == sign).map(|row| row.op)
}
