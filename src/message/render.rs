//! `Message` → lines of text: the place, the source line with carets under it, details, the next step.
//!
//! What the source holds never harms the terminal: a long line is cut around the place, control characters and
//! marks that reorder text are written as escapes. Carets stand under their characters, wide ones and tabs included.

use unicode_width::UnicodeWidthChar;

use super::{Message, Place};

/// What a piece of a rendered message is, for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The word `error:`.
    Error,
    /// What is wrong.
    Text,
    /// File, line and column.
    Place,
    /// Line number and rule left of the source.
    Gutter,
    /// The source line.
    Source,
    /// The carets and what stands beside them.
    Caret,
    /// The word `help:`.
    Help,
}

/// Columns of a source line that are shown.
const WIDEST: usize = 100;
/// Of those, columns before the place where the line is cut.
const BEFORE: usize = 36;
/// Characters of a name that a message repeats.
const LONGEST_NAME: usize = 60;
const TAB: &str = "    ";

impl Message {
    /// The message in lines, without a line break at the end; `paint` may colour each piece.
    pub fn render(&self, paint: &dyn Fn(Part, &str) -> String) -> String {
        let mut lines = vec![format!("{} {}", paint(Part::Error, "error:"), paint(Part::Text, &shown(&self.text)))];
        match &self.place {
            Some(place) => lines.extend(source(place, &shown(&self.beside), paint)),
            None if !self.beside.is_empty() => lines.push(format!("  {}", paint(Part::Caret, &shown(&self.beside)))),
            None => {}
        }
        lines.extend(self.detail.lines().map(|line| format!("  {}", paint(Part::Source, &shown(line)))));
        for (count, line) in self.help.lines().enumerate() {
            let head = if count == 0 { paint(Part::Help, "help:") } else { "     ".to_string() };
            lines.push(format!("  {head} {}", shown(line)));
        }
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
    }
}

/// The name in backquotes, cut where it is long.
pub fn quoted(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    }
}

fn source(place: &Place, beside: &str, paint: &dyn Fn(Part, &str) -> String) -> Vec<String> {
    let cells: Vec<Cell> = place.text.trim_end().chars().map(Cell::of).collect();
    let start = place.column.saturating_sub(1);
    let (from, to) = window(&cells, start.min(cells.len()), start + place.width);
    let text: String = cells[from..to].iter().map(|cell| cell.text.as_str()).collect();
    let (cut_left, cut_right) = (if from > 0 { "…" } else { "" }, if to < cells.len() { "…" } else { "" });
    let before = columns(&cells[from..start.clamp(from, to)]) + usize::from(from > 0) + start.saturating_sub(to).min(1);
    let under = columns(&cells[start.clamp(from, to)..(start + place.width).clamp(from, to)]).max(1);
    let number = place.line.to_string();
    let blank = " ".repeat(number.len());
    let carets = format!("{} {beside}", "^".repeat(under));
    vec![
        format!("  {}", paint(Part::Place, &shown(&format!("{}:{}:{}", place.file, place.line, place.column)))),
        format!(
            "{} {}",
            paint(Part::Gutter, &format!("   {number} |")),
            paint(Part::Source, &format!("{cut_left}{text}{cut_right}"))
        ),
        format!(
            "{} {}{}",
            paint(Part::Gutter, &format!("   {blank} |")),
            " ".repeat(before),
            paint(Part::Caret, carets.trim_end())
        ),
    ]
}

/// The cells that are shown: all of them where they fit, else those around the place.
fn window(cells: &[Cell], start: usize, end: usize) -> (usize, usize) {
    if columns(cells) <= WIDEST {
        return (0, cells.len());
    }
    let mut from = start;
    let mut width = 0;
    while from > 0 && width + cells[from - 1].columns <= BEFORE {
        from -= 1;
        width += cells[from].columns;
    }
    let mut to = start;
    while to < cells.len() && width + cells[to].columns <= WIDEST {
        width += cells[to].columns;
        to += 1;
    }
    // the end of the line: fill the space from the left
    while from > 0 && to == cells.len() && end >= to && width + cells[from - 1].columns <= WIDEST {
        from -= 1;
        width += cells[from].columns;
    }
    (from, to)
}

/// A character as it is shown.
struct Cell {
    text: String,
    columns: usize,
}

impl Cell {
    fn of(letter: char) -> Cell {
        let text = match letter {
            '\t' => TAB.to_string(),
            _ if hidden(letter) => letter.escape_unicode().to_string(),
            _ => return Cell { columns: letter.width().unwrap_or(1), text: letter.to_string() },
        };
        Cell { columns: text.len(), text }
    }
}

fn columns(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.columns).sum()
}

/// The text with what must not reach a terminal written as escapes.
fn shown(text: &str) -> String {
    text.chars().map(|letter| Cell::of(letter).text).collect()
}

/// Is it a control character, or one that has no shape or changes the order of others?
pub(crate) fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, column: usize, width: usize) -> String {
        let place = Place { file: "a.toml".to_string(), text: text.to_string(), line: 7, column, width };
        Message::new("wrong").at(place, "here").help("mend it").to_string()
    }

    #[test]
    fn carets_stand_under_the_place() {
        assert_eq!(
            message("ab cd ef", 4, 2),
            "error: wrong\n  a.toml:7:4\n   7 | ab cd ef\n     |    ^^ here\n  help: mend it"
        );
        // behind the last character
        assert!(message("ab", 3, 1).contains("\n     |   ^ here"));
    }

    #[test]
    fn wide_letters_tabs_and_controls_keep_their_columns() {
        assert!(message("损失 = x", 6, 1).contains("   7 | 损失 = x\n     |        ^ here"));
        assert!(message("损失 = x", 1, 2).contains("\n     | ^^^^ here"));
        assert!(message("\ta b", 2, 1).contains("   7 |     a b\n     |     ^ here"));
        assert!(message("\u{1b}[31m x", 7, 1).contains("   7 | \\u{1b}[31m x\n     |            ^ here"));
        assert!(message("a\u{202e}b", 2, 1).contains("   7 | a\\u{202e}b\n     |  ^^^^^^^^ here"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}NAME{}", "x".repeat(500_000), "y".repeat(500_000));
        let message = message(&line, 500_001, 4);
        assert!(message.len() < 500, "{message}");
        assert!(message.contains("…xxx") && message.contains("xNAMEy") && message.contains("y…"), "{message}");
        let lines: Vec<&str> = message.lines().collect();
        let column = |line: &str, sign: &str| line[..line.find(sign).unwrap()].chars().count();
        assert_eq!(column(lines[2], "NAME"), column(lines[3], "^^^^ here"));
    }

    #[test]
    fn a_cut_line_shows_its_end() {
        let message = message(&format!("{}N", "x".repeat(300)), 301, 1);
        assert!(message.contains(&format!("…{}N\n", "x".repeat(99))), "{message}");
    }

    #[test]
    fn details_keep_their_lines_and_nothing_else_breaks_one() {
        let message = Message::new("wrong\nerror: false").detail("refuted: a\n  at x = 1\r\u{1b}[2J\n").help("mend it");
        let expected = "error: wrong\\u{a}error: false\n  refuted: a\n    at x = 1\\u{d}\\u{1b}[2J\n  help: mend it";
        assert_eq!(message.to_string(), expected);
    }

    #[test]
    fn names_are_cut() {
        assert_eq!(quoted("gamma"), "`gamma`");
        assert_eq!(quoted(&"γ".repeat(1000)), format!("`{}…`", "γ".repeat(60)));
    }
}
