//! A page → Markdown: formulas in TeX between dollars, elementary steps folded away.

use super::latex;
use super::math::math;
use super::page::{Block, Line};
use super::plain::marked;
use super::reason::{self, Piece};
use super::words::{Lang, colon, word};
use crate::expr::Expr;

/// The page.
pub fn text(page: &[Block], lang: Lang) -> String {
    let mut text: String = page.iter().map(|one| block(one, lang)).collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn block(block: &Block, lang: Lang) -> String {
    match block {
        Block::Title(title) => format!("# {title}\n\n"),
        Block::Heading(level, pieces) => format!("{} {}\n\n", "#".repeat(*level), words(pieces, lang)),
        Block::Words(pieces) => format!("{}\n\n", words(pieces, lang)),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", words(item, lang))).collect::<String>() + "\n",
        Block::Equations(equations) => {
            let line = |(name, value): &(Expr, Expr)| {
                let left = latex::set(&math(name, &[]));
                format!("{left} &= {}", latex::broken(&math(value, &[]), lang).join(" \\\\\n&\\quad "))
            };
            let lines: Vec<String> = latex::distinct(equations).map(line).collect();
            display(&format!("\\begin{{aligned}}\n{}\n\\end{{aligned}}", lines.join(" \\\\\n")))
        }
        Block::Start(expr) => display(&broken(expr, &[], lang)),
        Block::Line(one) => line(one, lang),
        Block::Table(head, rows) => {
            let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
            for row in rows {
                let cells: Vec<String> = row.iter().map(|cell| words(cell, lang).replace('|', "\\|")).collect();
                text.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
            text + "\n"
        }
    }
}

fn display(tex: &str) -> String {
    format!("```math\n{tex}\n```\n\n")
}

fn broken(expr: &Expr, mark: &[usize], lang: Lang) -> String {
    let lines = latex::broken(&math(expr, mark), lang);
    match &lines[..] {
        [one] => one.clone(),
        _ => format!("\\begin{{aligned}}\n& {}\n\\end{{aligned}}", lines.join(" \\\\\n& \\quad ")),
    }
}

fn line(line: &Line, lang: Lang) -> String {
    let head = format!("**({}) {}**{}{}\n\n", line.number, line.heading, colon(lang), words(&line.reason, lang));
    let formula = latex::broken(&math(&line.formula, &line.mark), lang);
    let formula = match &formula[..] {
        [one] => format!("= {one}"),
        _ => format!("\\begin{{aligned}}\n={{}}& {}\n\\end{{aligned}}", formula.join(" \\\\\n& \\quad ")),
    };
    head + &display(&formula) + &unfolded(line, lang)
}

fn unfolded(line: &Line, lang: Lang) -> String {
    let count = line.steps.len();
    let summary = if lang == Lang::Zh {
        format!("{count} {}", word("steps", lang))
    } else {
        format!("{count} {}", word(if count == 1 { "step" } else { "steps" }, lang))
    };
    let mut text = format!("<details><summary>{summary}</summary>\n\n");
    text.push_str(&format!(
        "| {} | {} | {} |\n|---|---|---|\n",
        word("rule", lang),
        word("formula", lang),
        word("reason", lang)
    ));
    for step in &line.steps {
        let reason = reason::of_step(step, lang).replace('|', "\\|");
        let formula = marked(&step.after, &step.at).replace('|', "\\|");
        text.push_str(&format!("| `{}` | `{formula}` | {reason} |\n", step.rule));
    }
    text + "\n</details>\n\n"
}

fn words(pieces: &[Piece], lang: Lang) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_"),
        Piece::Formula(expr) => format!("${}$", latex::inline(&math(expr, &[]), lang).trim()),
        Piece::Code(word) => format!("`{word}`"),
    };
    pieces.iter().map(piece).collect()
}
