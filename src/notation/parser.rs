//! Tokens → `Expr`, by the strengths of the operator table.

use super::lexer::{Spot, Token, tokens};
use super::{Origin, closest};
use crate::expr::Expr;
use crate::message::Message;
use crate::op::{Notation, Op, TABLE};
use crate::rational::Rational;

/// Brackets and calls within one another, at most.
const DEEPEST: usize = 200;
/// Longest text that is read, in bytes.
const LONGEST: usize = 100_000;

/// Reads one expression.
///
/// # Errors
/// Where the text is not one; the message points at the place.
pub fn parse(text: &str, origin: &Origin) -> Result<Expr, Message> {
    let mut parser = Parser::of(text, origin)?;
    let expr = parser.expr(0, false)?;
    parser.end()?;
    Ok(expr)
}

/// Reads comparisons separated by commas.
///
/// # Errors
/// Where the text is not that.
pub fn conditions(text: &str, origin: &Origin) -> Result<Vec<Expr>, Message> {
    let mut parser = Parser::of(text, origin)?;
    let mut all = Vec::new();
    loop {
        all.push(parser.condition()?);
        if !parser.take(",") {
            parser.end()?;
            return Ok(all);
        }
    }
}

struct Parser<'a> {
    spots: Vec<Spot>,
    next: usize,
    depth: usize,
    origin: &'a Origin,
}

impl<'a> Parser<'a> {
    fn of(text: &str, origin: &'a Origin) -> Result<Parser<'a>, Message> {
        if text.len() > LONGEST {
            return Err(Message::new(format!("a formula of {} bytes is too long", text.len()))
                .help(format!("formulas have at most {LONGEST} bytes")));
        }
        let parser = Parser { spots: tokens(text, origin)?, next: 0, depth: 0, origin };
        if parser.spots.len() == 1 {
            return Err(parser.wrong(0, "the formula is empty", "write an expression here"));
        }
        Ok(parser)
    }

    fn wrong(&self, spot: usize, text: impl Into<String>, beside: impl Into<String>) -> Message {
        let spot = &self.spots[spot];
        Message {
            text: text.into(),
            place: Some(Box::new(self.origin.place(spot.at, spot.width))),
            beside: beside.into(),
            help: String::new(),
        }
    }

    fn sign(&self) -> Option<&'static str> {
        if let Token::Sign(sign) = self.spots[self.next].token { Some(sign) } else { None }
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = self.sign() == Some(sign);
        self.next += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &str, beside: &str) -> Result<(), Message> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.wrong(self.next, format!("`{sign}` expected, found {}", self.found()), beside))
        }
    }

    fn found(&self) -> String {
        match &self.spots[self.next].token {
            Token::Number(text) | Token::Name(text) => format!("`{text}`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_string(),
        }
    }

    fn end(&self) -> Result<(), Message> {
        if self.spots[self.next].token == Token::End {
            return Ok(());
        }
        let beside = match self.spots[self.next].token {
            Token::Sign(")") => "no bracket is open here",
            Token::Sign("=") => "equality is written `==`",
            Token::Number(_) | Token::Name(_) => "an operator is missing before it (a product is written with `*`)",
            _ if self.sign().is_some_and(|sign| infix(sign).is_some_and(Op::is_comparison)) => {
                "a comparison stands in `where(…)` and in conditions alone"
            }
            _ => "nothing more expected",
        };
        Err(self.wrong(self.next, format!("unexpected {}", self.found()), beside))
    }

    /// `a < b` and its kind.
    fn condition(&mut self) -> Result<Expr, Message> {
        let start = self.next;
        let left = self.expr(0, false)?;
        let Some(op) =
            self.sign().and_then(|sign| infix(if sign == "=" { "==" } else { sign })).filter(|op| op.is_comparison())
        else {
            return Err(self.wrong(start, "a condition is a comparison", "such as `a > 0`"));
        };
        self.next += 1;
        let right = self.expr(0, false)?;
        Ok(Expr::apply(op, &[left, right]))
    }

    fn expr(&mut self, at_least: u8, in_call: bool) -> Result<Expr, Message> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self
                .wrong(self.next, format!("more than {DEEPEST} levels of brackets"), "here")
                .help("give parts of the formula names of their own"));
        }
        let mut left = self.prefix(in_call)?;
        while let Some(op) = self.sign().and_then(infix) {
            let Notation::Infix(strength) = op.row().notation else { break };
            if op.is_comparison() || strength < at_least {
                break;
            }
            self.next += 1;
            let right = self.expr(if op == Op::Pow { strength } else { strength + 1 }, in_call)?;
            left = self.apply(op, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn apply(&self, op: Op, left: Expr, right: Expr) -> Result<Expr, Message> {
        if op == Op::Div && right.as_number().is_some_and(Rational::is_zero) {
            return Err(self.wrong(self.next - 1, "division by zero", "this is 0"));
        }
        Ok(Expr::apply(op, &[left, right]))
    }

    fn prefix(&mut self, in_call: bool) -> Result<Expr, Message> {
        let spot = self.next;
        self.next += usize::from(self.spots[spot].token != Token::End);
        match self.spots[spot].token.clone() {
            Token::Number(text) => Rational::from_decimal(&text).map(Expr::Number).ok_or_else(|| {
                self.wrong(
                    spot,
                    format!("`{text}` is not a number that can be held exactly"),
                    "write digits, such as 0.25 or 1e-7",
                )
            }),
            Token::Name(name) if self.sign() == Some("(") => self.call(&name, spot),
            Token::Name(name) => Ok(Expr::symbol(&name)),
            Token::Sign("-") => {
                let Notation::Prefix(strength) = Op::Neg.row().notation else { unreachable!("`-` is a prefix") };
                Ok(-self.expr(strength, in_call)?)
            }
            Token::Sign("(") => {
                let inner = self.expr(0, in_call)?;
                self.expect(")", "close the bracket here")?;
                Ok(inner)
            }
            _ => {
                self.next = spot;
                Err(self.wrong(
                    spot,
                    format!("an expression expected, found {}", self.found()),
                    "a number, a name or a bracket belongs here",
                ))
            }
        }
    }

    fn call(&mut self, name: &str, spot: usize) -> Result<Expr, Message> {
        let Some(op) = Op::of_call(name) else {
            let known = TABLE.iter().filter(|row| row.notation == Notation::Call).map(|row| row.name);
            let beside = closest(name, known)
                .map_or("no function has this name".to_string(), |near| format!("did you mean `{near}`?"));
            return Err(self.wrong(spot, format!("unknown function `{name}`"), beside));
        };
        self.next += 1;
        let mut operands = Vec::new();
        if !self.take(")") {
            loop {
                let test = op == Op::Where && operands.is_empty();
                operands.push(if test { self.condition()? } else { self.expr(0, true)? });
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")", "close the call here")?;
        }
        let (wanted, given) = (op.arity(), operands.len());
        if wanted != given {
            let plural = if wanted == 1 { "" } else { "s" };
            return Err(self.wrong(
                spot,
                format!("`{name}` takes {wanted} operand{plural}, here {given}"),
                format!("{wanted} belong here"),
            ));
        }
        Ok(Expr::apply(op, &operands))
    }
}

fn infix(sign: &str) -> Option<Op> {
    TABLE.iter().find(|row| matches!(row.notation, Notation::Infix(_)) && row.name == sign).map(|row| row.op)
}
