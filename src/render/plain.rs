//! A page → plain text for a terminal. A part in square brackets is what the line changed.

use super::page::{Block, Line};
use super::reason::{self, Piece};
use super::words::Lang;
use super::{columns, padded, width};
use crate::derivation::Step;
use crate::derivation::replaced;
use crate::expr::Expr;

/// The page as text; `full` shows the elementary steps below each line.
pub fn text(page: &[Block], lang: Lang, full: bool) -> String {
    let mut text = String::new();
    for block in page {
        text.push_str(&self::block(block, lang, full));
    }
    text
}

fn block(block: &Block, lang: Lang, full: bool) -> String {
    match block {
        Block::Title(title) => format!("{title}\n"),
        Block::Heading(2, pieces) => {
            let words = words(pieces);
            format!("\n{words}\n{}\n", "-".repeat(width(&words)))
        }
        Block::Heading(_, pieces) => format!("\n{}\n", words(pieces)),
        Block::Words(pieces) => format!("\n{}\n", words(pieces)),
        Block::List(items) => items.iter().map(|item| format!("  {}\n", words(item))).collect::<String>() + "\n",
        Block::Equations(equations) => {
            let names: Vec<String> = equations.iter().map(|(name, _)| name.to_string()).collect();
            let column = names.iter().map(|name| width(name)).max().unwrap_or(0);
            let line = |(name, (_, value)): (&String, &(Expr, Expr))| format!("  {} = {value}\n", padded(name, column));
            names.iter().zip(equations).map(line).collect()
        }
        Block::Start(expr) => format!("    {expr}\n"),
        Block::Line(one) => line(one, lang, full),
        Block::Table(head, rows) => {
            let cells = |row: &Vec<Vec<Piece>>| row.iter().map(|cell| words(cell)).collect::<Vec<_>>();
            let all: Vec<Vec<String>> = std::iter::once(head.clone()).chain(rows.iter().map(cells)).collect();
            let mut text = String::new();
            for row in &all[1..] {
                text.push_str(&columns(
                    &head
                        .iter()
                        .zip(row)
                        .map(|(head, cell)| vec![format!("  {head}"), cell.clone()])
                        .collect::<Vec<_>>(),
                ));
                text.push('\n');
            }
            text
        }
    }
}

fn line(line: &Line, lang: Lang, full: bool) -> String {
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let mut text = format!("{:>3} {}{colon}{}\n", line.number, line.heading, words(&line.reason));
    text.push_str(&format!("  = {}\n", marked(&line.formula, &line.mark)));
    if full {
        let rows: Vec<Vec<String>> = line.steps.iter().map(|step| row(step, lang)).collect();
        text.push_str(&columns(&rows));
    }
    text
}

fn row(step: &Step, lang: Lang) -> Vec<String> {
    let reason = reason::of_step(step, lang);
    vec![format!("        {}", step.rule), format!("{}   ; {reason}", marked(&step.after, &step.at))]
}

/// The formula with the part in square brackets; the whole has none.
pub fn marked(expr: &Expr, at: &[usize]) -> String {
    let part = at.iter().try_fold(expr, |expr, place| expr.operands().get(*place));
    let Some(part) = part.filter(|_| !at.is_empty()) else { return expr.to_string() };
    let mark = "\u{1}";
    replaced(expr, at, &Expr::symbol(mark)).to_string().replace(mark, &format!("[{part}]"))
}

/// Words with formulas in the notation between them.
pub fn words(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) | Piece::Code(words) => words.clone(),
        Piece::Formula(expr) => expr.to_string(),
    };
    pieces.iter().map(piece).collect()
}
