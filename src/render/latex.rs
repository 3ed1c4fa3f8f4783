//! A page → LaTeX: a part that needs `amsmath` and `xcolor`, or a whole document. Long formulas are broken at signs.

use super::math::{Letter, Math, Sign, math};
use super::page::{Block, Line};
use super::reason::{self, Piece};
use super::words::{Lang, colon, word};
use crate::expr::Expr;

/// Longest line of a formula, in letters.
const LINE: usize = 88;

/// The page; a whole document where it stands alone.
pub fn text(page: &[Block], lang: Lang, standalone: bool) -> String {
    let body: String = page.iter().map(|one| block(one, lang)).collect();
    if !standalone {
        return format!("% needs \\usepackage{{amsmath,xcolor}}\n{body}");
    }
    let class = if lang == Lang::Zh { "ctexart" } else { "article" };
    format!(
        "\\documentclass{{{class}}}\n\\usepackage{{amsmath,xcolor}}\n\\usepackage[margin=22mm]{{geometry}}\n\
         \\setlength{{\\parindent}}{{0pt}}\n\\allowdisplaybreaks\n\\begin{{document}}\n{body}\\end{{document}}\n"
    )
}

fn block(block: &Block, lang: Lang) -> String {
    match block {
        Block::Title(title) => format!("\\section*{{{}}}\n\n", escaped(title)),
        Block::Heading(2, pieces) => format!("\n\\subsection*{{{}}}\n\n", words(pieces, lang)),
        Block::Heading(_, pieces) => format!("\n\\subsubsection*{{{}}}\n\n", words(pieces, lang)),
        Block::Words(pieces) => format!("{}\n\n", words(pieces, lang)),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("  \\item {}\n", words(item, lang))).collect();
            format!("\\begin{{itemize}}\n{items}\\end{{itemize}}\n\n")
        }
        Block::Equations(equations) => {
            let line = |(name, value): &(Expr, Expr)| aligned(&set(&math(name, &[])), &math(value, &[]), lang);
            display(&distinct(equations).map(line).collect::<Vec<_>>().join(" \\\\\n"))
        }
        Block::Start(expr) => display(&format!("& {}", broken(&math(expr, &[]), lang).join(" \\\\\n& \\quad "))),
        Block::Line(one) => line(one, lang),
        Block::Table(head, rows) => {
            let row = |cells: &Vec<Vec<Piece>>| {
                let item = |(head, cell): (&String, &Vec<Piece>)| match &cell[..] {
                    [Piece::Formula(expr)] if head == word("form", lang) => {
                        format!(
                            "\n{}",
                            display(&format!("& {}", broken(&math(expr, &[]), lang).join(" \\\\\n& \\quad ")))
                        )
                    }
                    _ => format!("{}{}{}\\quad ", escaped(head), colon(lang), words(cell, lang)),
                };
                format!("{}\n\n", head.iter().zip(cells).map(item).collect::<String>())
            };
            rows.iter().map(row).collect()
        }
    }
}

fn display(rows: &str) -> String {
    format!("\\begin{{align*}}\n{rows}\n\\end{{align*}}\n")
}

/// Equations less those whose sides read the same once they are set: `z_t` and `z[t]` are one letter with one index.
pub fn distinct(equations: &[(Expr, Expr)]) -> impl Iterator<Item = &(Expr, Expr)> {
    equations.iter().filter(|(name, value)| set(&math(name, &[])) != set(&math(value, &[])))
}

fn aligned(left: &str, right: &Math, lang: Lang) -> String {
    format!("{left} &= {}", broken(right, lang).join(" \\\\\n&\\quad "))
}

fn line(line: &Line, lang: Lang) -> String {
    let reason = words(&line.reason, lang);
    let head = format!("\\textbf{{({}) {}}}{}{reason}\n", line.number, escaped(line.heading), colon(lang));
    let rows = broken(&math(&line.formula, &line.mark), lang).join(" \\\\\n& \\quad ");
    let count = line.steps.len();
    let steps: Vec<String> = line.steps.iter().map(|step| reason::of_step(step, lang)).collect();
    let unfolded = match count {
        0 | 1 => String::new(),
        _ => format!("% {} {}: {}\n", count, word("steps", lang), steps.join("; ")),
    };
    format!("{head}{unfolded}{}", display(&format!("={{}}& {rows}")))
}

/// Words with formulas between them.
fn words(pieces: &[Piece], lang: Lang) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => escaped(words),
        Piece::Formula(expr) => format!("${}$", inline(&math(expr, &[]), lang).trim()),
        Piece::Code(word) => format!("\\texttt{{{}}}", escaped(word)),
    };
    pieces.iter().map(piece).collect()
}

fn escaped(text: &str) -> String {
    let mut to = String::new();
    for c in text.chars() {
        match c {
            '\\' => to.push_str("\\textbackslash{}"),
            '≠' => to.push_str("$\\neq$"),
            '^' => to.push_str("\\textasciicircum{}"),
            '~' => to.push_str("\\textasciitilde{}"),
            '_' | '&' | '%' | '$' | '#' | '{' | '}' => to.extend(['\\', c]),
            '<' => to.push_str("$<$"),
            '>' => to.push_str("$>$"),
            '∈' => to.push_str("$\\in$"),
            '∞' => to.push_str("$\\infty$"),
            _ => to.push(c),
        }
    }
    to
}

/// The formula in TeX on one line, words of it in English.
pub fn set(math: &Math) -> String {
    inline(math, Lang::En)
}

/// The formula in TeX on one line.
pub fn inline(math: &Math, lang: Lang) -> String {
    let mut pen = Pen { lang, ..Pen::default() };
    pen.set(math);
    pen.lines.concat()
}

/// The formula in TeX, broken at signs where it is long.
pub fn broken(math: &Math, lang: Lang) -> Vec<String> {
    let mut pen = Pen { breaks: true, lang, ..Pen::default() };
    pen.set(math);
    pen.lines
}

/// Writes TeX; knows how long the line is.
struct Pen {
    lines: Vec<String>,
    letters: usize,
    breaks: bool,
    lang: Lang,
    /// Brackets, marks and the like that a break would cut.
    inside: usize,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen { lines: vec![String::new()], letters: 0, breaks: false, lang: Lang::En, inside: 0 }
    }
}

impl Pen {
    fn put(&mut self, tex: &str, letters: usize) {
        self.letters += letters;
        if let Some(line) = self.lines.last_mut() {
            // a command ends where no letter follows
            let command = line.rsplit('\\').next().is_some_and(|end| end.bytes().all(|b| b.is_ascii_alphabetic()));
            if command && line.contains('\\') && tex.starts_with(|c: char| c.is_ascii_alphabetic()) {
                line.push(' ');
            }
            line.push_str(tex);
        }
    }

    fn within(&mut self, open: &str, math: &Math, close: &str) {
        self.inside += 1;
        self.put(open, 0);
        self.set(math);
        self.put(close, 0);
        self.inside -= 1;
    }

    fn set(&mut self, math: &Math) {
        match math {
            Math::Row(parts) => self.row(parts),
            Math::Name(letter, below, above) => {
                self.put(&letter_of(letter), 1);
                if let Some(below) = below {
                    let tex = letter_of(below);
                    self.put(&format!("_{{{tex}}}"), 1);
                }
                if let Some(above) = above {
                    self.put(&format!("^{{{above}}}"), 1);
                }
            }
            Math::Digits(digits) => self.put(digits, digits.len()),
            Math::Sign(sign) => self.put(sign_of(*sign), 2),
            Math::Function(name) => self.put(&function(name), name.len()),
            Math::Fraction(over, under) if self.breaks && self.inside == 0 && letters(over) > LINE => {
                // too wide to be set whole: what stands above is broken in brackets
                self.within("\\frac{1}{", under, "}");
                self.put("\\,", 0);
                self.brackets(["(", ")"], over);
            }
            Math::Fraction(over, under) => {
                let before = self.letters;
                self.within("\\frac{", over, "}");
                let above = self.letters - before;
                self.letters = before;
                self.within("{", under, "}");
                self.letters = before + above.max(self.letters - before);
            }
            Math::Power(base, by) => {
                let power = matches!(**base, Math::Name(_, _, Some(_)));
                if power {
                    self.within("\\left(", base, "\\right)");
                } else {
                    self.set(base);
                }
                self.within("^{", by, "}");
            }
            Math::Root(inner) => self.within("\\sqrt{", inner, "}"),
            Math::Sum(below) => self.within("\\sum_{", below, "} "),
            Math::Brackets([open, close], inner) => self.brackets([open, close], inner),
            Math::Choice(condition, yes, no) => self.choice([condition, yes, no]),
            Math::Marked(inner) => self.within("{\\color{blue} ", inner, "}"),
        }
    }

    fn row(&mut self, parts: &[Math]) {
        for (place, part) in parts.iter().enumerate() {
            let sign = matches!(part, Math::Sign(Sign::Plus | Sign::Minus | Sign::Dot));
            let next: usize = parts.get(place + 1).map_or(0, letters);
            if self.breaks && self.inside == 0 && sign && place > 0 && self.letters > 20 && self.letters + next > LINE {
                self.lines.push("{}".to_string());
                self.letters = 4;
            }
            self.set(part);
        }
    }

    /// Brackets are as high as what they hold; those that a break may cut are of a fixed size.
    fn brackets(&mut self, [open, close]: [&str; 2], inner: &Math) {
        let size = if inner.is_high() { "\\bigg" } else { "" };
        let (left, right) = if size.is_empty() { ("", "") } else { ("l", "r") };
        self.put(&format!("{size}{left}{open}"), 1);
        self.set(inner);
        self.put(&format!("{size}{right}{close}"), 1);
    }

    fn choice(&mut self, [condition, yes, no]: [&Math; 3]) {
        self.within("\\begin{cases} ", yes, " & ");
        self.within("", condition, " \\\\ ");
        let otherwise = word("otherwise", self.lang);
        self.within("", no, &format!(" & \\text{{{otherwise}}} \\end{{cases}}"));
    }
}

/// About how many letters wide it is.
fn letters(math: &Math) -> usize {
    let mut pen = Pen::default();
    pen.set(math);
    pen.letters
}

fn letter_of(letter: &Letter) -> String {
    match letter {
        Letter::Greek(name) => format!("\\{name}"),
        Letter::Loss => "L".to_string(),
        Letter::Latin(letter) => letter.clone(),
        Letter::Word(word) => format!("\\mathrm{{{}}}", word.replace('_', "\\_")),
    }
}

fn sign_of(sign: Sign) -> &'static str {
    match sign {
        Sign::Plus => " + ",
        Sign::Minus => " - ",
        Sign::Dot => " \\cdot ",
        Sign::Times => "\\,",
        Sign::Equals => " = ",
        Sign::Differs => " \\ne ",
        Sign::Less => " < ",
        Sign::AtMost => " \\le ",
        Sign::Greater => " > ",
        Sign::AtLeast => " \\ge ",
        Sign::Comma => ",\\, ",
        Sign::D => "\\mathrm{d}",
    }
}

fn function(name: &str) -> String {
    match name {
        "log" | "min" | "max" => format!("\\{name}"),
        "sigmoid" => "\\sigma".to_string(),
        _ => format!("\\operatorname{{{name}}}"),
    }
}
