//! A page → one file of HTML with formulas in MathML; it loads nothing. Elementary steps unfold.

use super::latex;
use super::math::{GREEK, Letter, Math, Sign, math};
use super::page::{Block, Line};
use super::reason::{self, Piece};
use super::words::{Lang, colon, word};
use crate::expr::Expr;

const STYLE: &str = "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 Georgia,'Songti SC',serif;\
color:#1b1b1b;background:#fff}h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}\
.formula{overflow-x:auto;padding:.4rem 0 .4rem 1.5rem}.line{margin:1rem 0}.number{color:#777}\
math{font-size:1.08em}\
.equations{display:block;overflow-x:auto;padding-left:1.5rem}.equations td{padding:.25rem .4rem .25rem 0;font-size:1rem;vertical-align:middle}\
.equations td:first-child{text-align:right}.changed{background:#fff1b8}mtd{text-align:left}details{margin-left:1.5rem;color:#444}summary{cursor:pointer;font-size:.9rem}\
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{padding:.25rem .7rem .25rem 0;text-align:left;\
vertical-align:top;font-size:.92rem}th{white-space:nowrap}code{font-size:.85rem}\
:root{color-scheme:light dark}@media print{details{display:none}}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}.changed{background:#4d4318}h2{border-color:#444}\
details{color:#bbb}}";

/// The page.
pub fn text(page: &[Block], lang: Lang) -> String {
    let title = page.iter().find_map(|block| match block {
        Block::Title(title) => Some(escaped(title)),
        _ => None,
    });
    let (title, code) = (title.unwrap_or_default(), if lang == Lang::Zh { "zh" } else { "en" });
    let body: String = page.iter().map(|one| block(one, lang)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n"
    )
}

fn block(block: &Block, lang: Lang) -> String {
    match block {
        Block::Title(title) => format!("<h1>{}</h1>\n", escaped(title)),
        Block::Heading(level, pieces) => format!("<h{level}>{}</h{level}>\n", words(pieces, lang)),
        Block::Words(pieces) => format!("<p>{}</p>\n", words(pieces, lang)),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", words(item, lang))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Block::Equations(equations) => {
            let row = |(name, value): &(Expr, Expr)| {
                let (name, value) = (set(&math(name, &[]), lang), set(&math(value, &[]), lang));
                format!("<tr><td>{}</td><td>{}</td></tr>\n", big(&name), big(&format!("<mo>=</mo>{value}")))
            };
            let rows: String = latex::distinct(equations).map(row).collect();
            format!("<table class=\"equations\">\n{rows}</table>\n")
        }
        Block::Start(expr) => display(&set(&math(expr, &[]), lang)),
        Block::Line(one) => line(one, lang),
        Block::Table(head, rows) => {
            let head: String = head.iter().map(|cell| format!("<th>{}</th>", escaped(cell))).collect();
            let row = |row: &Vec<Vec<Piece>>| {
                let cell = |cell: &Vec<Piece>| match &cell[..] {
                    [Piece::Formula(expr)] => format!("<td>{}</td>", big(&set(&math(expr, &[]), lang))),
                    _ => format!("<td>{}</td>", words(cell, lang)),
                };
                let cells: String = row.iter().map(cell).collect();
                format!("<tr>{cells}</tr>\n")
            };
            format!("<table>\n<tr>{head}</tr>\n{}</table>\n", rows.iter().map(row).collect::<String>())
        }
    }
}

fn display(inner: &str) -> String {
    format!("<div class=\"formula\">{}</div>\n", big(inner))
}

/// A formula that begins where its line does: what is `display="block"` is set in the middle.
fn big(inner: &str) -> String {
    format!("<math displaystyle=\"true\"><mrow>{inner}</mrow></math>")
}

fn line(line: &Line, lang: Lang) -> String {
    let head = format!(
        "<div class=\"line\"><span class=\"number\">({})</span> <b>{}</b>{}{}\n",
        line.number,
        escaped(line.heading),
        colon(lang),
        words(&line.reason, lang)
    );
    let formula = display(&format!("<mo>=</mo>{}", set(&math(&line.formula, &line.mark), lang)));
    let count = line.steps.len();
    let name = word(if count == 1 { "step" } else { "steps" }, lang);
    let steps: String = line.steps.iter().map(|step| unfolded(step, lang)).collect();
    let details = format!("<details><summary>{count} {name}</summary>\n<table>\n{steps}</table>\n</details>");
    format!("{head}{formula}{details}</div>\n")
}

fn unfolded(step: &crate::derivation::Step, lang: Lang) -> String {
    format!(
        "<tr><td><code>{}</code></td><td><math>{}</math></td><td>{}</td></tr>\n",
        escaped(&step.rule),
        set(&math(&step.after, &step.at), lang),
        escaped(&reason::of_step(step, lang))
    )
}

fn words(pieces: &[Piece], lang: Lang) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => escaped(words),
        Piece::Formula(expr) => format!("<math><mrow>{}</mrow></math>", set(&math(expr, &[]), lang)),
        Piece::Code(word) => format!("<code>{}</code>", escaped(word)),
    };
    pieces.iter().map(piece).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The formula in MathML, one element.
fn set(math: &Math, lang: Lang) -> String {
    let inner = |math: &Math| set(math, lang);
    match math {
        Math::Row(parts) => format!("<mrow>{}</mrow>", parts.iter().map(inner).collect::<String>()),
        Math::Name(letter, None, None) => letter_of(letter),
        Math::Name(letter, Some(below), None) => format!("<msub>{}{}</msub>", letter_of(letter), letter_of(below)),
        Math::Name(letter, None, Some(above)) => format!("<msup>{}<mo>{above}</mo></msup>", letter_of(letter)),
        Math::Name(letter, Some(below), Some(above)) => {
            format!("<msubsup>{}{}<mo>{above}</mo></msubsup>", letter_of(letter), letter_of(below))
        }
        Math::Digits(digits) => format!("<mn>{digits}</mn>"),
        Math::Sign(Sign::D) => "<mi mathvariant=\"normal\">d</mi>".to_string(),
        // a thin space, so that the names of a product do not run into a word
        Math::Sign(Sign::Times) => "<mo rspace=\"0.17em\">&#x2062;</mo>".to_string(),
        Math::Sign(sign) => format!("<mo>{}</mo>", sign_of(*sign)),
        Math::Function("sigmoid") => "<mi>σ</mi><mo>&#x2061;</mo>".to_string(),
        Math::Function(name) => format!("<mi>{name}</mi><mo>&#x2061;</mo>"),
        Math::Fraction(over, under) => format!("<mfrac>{}{}</mfrac>", inner(over), inner(under)),
        Math::Power(base, by) => format!("<msup>{}{}</msup>", inner(base), inner(by)),
        Math::Root(of) => format!("<msqrt>{}</msqrt>", inner(of)),
        Math::Sum(below) => format!("<munder><mo>∑</mo>{}</munder>", inner(below)),
        Math::Brackets([open, close], of) => {
            // an index alone does not make a bracket grow
            let grows = if of.is_high() { "" } else { " stretchy=\"false\"" };
            let bracket = |form, sign| format!("<mo fence=\"true\" form=\"{form}\"{grows}>{sign}</mo>");
            format!("<mrow>{}{}{}</mrow>", bracket("prefix", open), inner(of), bracket("postfix", close))
        }
        Math::Choice(condition, yes, no) => format!(
            "<mrow><mo fence=\"true\" form=\"prefix\">{{</mo><mtable columnalign=\"left left\"><mtr><mtd>{}</mtd><mtd>{}</mtd></mtr>\
             <mtr><mtd>{}</mtd><mtd><mtext>{}</mtext></mtd></mtr></mtable></mrow>",
            inner(yes),
            inner(condition),
            inner(no),
            word("otherwise", lang)
        ),
        Math::Marked(of) => format!("<mrow class=\"changed\">{}</mrow>", inner(of)),
    }
}

fn letter_of(letter: &Letter) -> String {
    match letter {
        Letter::Greek(name) => {
            let letter = GREEK.iter().find(|(known, _)| known == name).map_or(' ', |(_, letter)| *letter);
            format!("<mi>{letter}</mi>")
        }
        Letter::Loss => "<mi>L</mi>".to_string(),
        Letter::Latin(text) | Letter::Word(text) => format!("<mi>{}</mi>", escaped(text)),
    }
}

fn sign_of(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => "+",
        Sign::Minus => "−",
        Sign::Dot => "⋅",
        Sign::Times => "",
        Sign::Equals => "=",
        Sign::Differs => "≠",
        Sign::Less => "&lt;",
        Sign::AtMost => "≤",
        Sign::Greater => "&gt;",
        Sign::AtLeast => "≥",
        Sign::Comma => ",",
        Sign::D => "d",
    }
}
