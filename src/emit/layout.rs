//! Pieces of a statement → its lines, broken where rustfmt's defaults would break them.
//!
//! Only the few shapes that emitted text has: arguments (60 columns), an `if … else` (50), a line (100).

const LINE: usize = 100;
const ARGUMENTS: usize = 60;
const CHOICE: usize = 50;
/// Arguments of a call that are no longer than this share lines.
const SHORT: usize = 10;

/// The right side of a let.
pub enum Shape {
    /// Short enough to stay on one line.
    Plain(String),
    /// A call, or a tuple where the name is empty.
    Call(String, Vec<String>),
    /// `if a { b } else { c }`
    Choice(String, String, String),
}

impl Shape {
    /// A call of a function.
    pub fn call(name: &str, arguments: &[&str]) -> Shape {
        Shape::Call(name.to_string(), arguments.iter().map(ToString::to_string).collect())
    }

    /// Its text on one line.
    pub fn one_line(&self) -> String {
        match self {
            Shape::Plain(text) => text.clone(),
            Shape::Call(name, arguments) => format!("{name}({})", arguments.join(", ")),
            Shape::Choice(condition, yes, no) => format!("if {condition} {{ {yes} }} else {{ {no} }}"),
        }
    }
}

/// `before shape after` at an indentation.
pub fn statement(indent: usize, before: &str, shape: &Shape, after: &str) -> String {
    let pad = " ".repeat(indent);
    let inside = shape.one_line();
    let line = format!("{pad}{before}{inside}{after}");
    // rustfmt leaves room for one letter more behind what is returned.
    let room = LINE - usize::from(before.starts_with("return"));
    let long = line.lines().next().is_some_and(|line| line.len() > room);
    let below = pad.len() + 4 + inside.len() + after.trim_end().len();
    match shape {
        // A let that is too long begins a line; what is returned or done stays where it is.
        Shape::Call(name, arguments)
            if arguments.join(", ").len() > ARGUMENTS
                || long && (!before.ends_with("= ") || below > LINE) && !arguments.is_empty() =>
        {
            let simple = |argument: &String| argument.len() <= SHORT && !argument.contains(['(', '.', ' ']);
            let arguments = match arguments.iter().all(simple) && !name.is_empty() {
                true => mixed(indent + 4, arguments),
                false => vertical(indent + 4, arguments),
            };
            format!("{pad}{before}{name}(\n{arguments}{pad}){after}")
        }
        Shape::Call(..) if long => format!("{pad}{}\n{pad}    {inside}{after}", before.trim_end()),
        Shape::Choice(condition, yes, no) if inside.len() > CHOICE || long => {
            format!("{pad}{before}if {condition} {{\n{pad}    {yes}\n{pad}}} else {{\n{pad}    {no}\n{pad}}}{after}")
        }
        _ => line,
    }
}

/// The last expression of a function. An `if` returns early: style editions lay out a last `if … else` differently.
pub fn tail(indent: usize, shape: &Shape) -> String {
    let pad = " ".repeat(indent);
    match shape {
        Shape::Choice(condition, yes, no) => {
            format!("{pad}if {condition} {{\n{pad}    return {yes};\n{pad}}}\n{pad}{no}")
        }
        _ => statement(indent, "", shape, ""),
    }
}

/// `pub fn name(arguments) -> result {`, without the body.
pub fn signature(public: &str, name: &str, arguments: &[String], result: &str) -> String {
    let one = [result.to_string()];
    signature_of(public, name, arguments, if result.is_empty() { &[] } else { &one })
}

/// The same for several results.
pub fn signature_of(public: &str, name: &str, arguments: &[String], result: &[String]) -> String {
    let arrow = match result {
        [] => String::new(),
        [one] => format!(" -> {one}"),
        more => format!(" -> ({})", more.join(", ")),
    };
    let line = format!("{public}fn {name}({}){arrow} {{", arguments.join(", "));
    let wide = result.len() > 1 && result.join(", ").len() > ARGUMENTS;
    if line.len() <= LINE && !wide {
        return line;
    }
    let end = format!("){arrow} {{");
    let end = if !wide { end } else { format!(") -> (\n{}) {{", vertical(4, result)) };
    format!("{public}fn {name}(\n{}{end}", vertical(4, arguments))
}

/// `pub const NAME: [f32; 2] = [0.25, 0.75];`: short elements share lines, longer ones have one each.
pub fn array(before: &str, elements: &[String]) -> String {
    let inside = elements.join(", ");
    let line = format!("{before}[{inside}];\n");
    if inside.len() <= ARGUMENTS && line.len() <= LINE + 1 {
        return line;
    }
    let short = elements.iter().all(|element| element.len() <= SHORT);
    let inside = if short { mixed(4, elements) } else { vertical(4, elements) };
    format!("{before}[\n{inside}];\n")
}

/// Statements and their remarks, a line each: a remark stands behind its statement where there is room, else above it.
pub fn lines(indent: usize, statements: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut behind = false;
    for (statement, remark) in statements {
        let room = statement.chars().count() + 4 + remark.chars().count() <= LINE && !statement.contains('\n');
        out.push_str(&match (remark.is_empty(), room) {
            (true, _) => format!("{statement}\n"),
            (false, true) => format!("{statement} // {remark}\n"),
            (false, false) => {
                // rustfmt would take the line for a part of a remark that ends the line before.
                let apart = if behind { "\n" } else { "" };
                format!("{apart}{}// {remark}\n{statement}\n", " ".repeat(indent))
            }
        });
        behind = room && !remark.is_empty();
    }
    out
}

/// A text that can stand in a line of comment: no control characters, and none that turn the direction of writing.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

/// Words after a key, wrapped; further lines, and lines of the text, stand under the first word.
pub fn field(key: &str, text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = format!("{key:width$}");
    for paragraph in text.split('\n') {
        let mut empty = true;
        for word in paragraph.split_whitespace() {
            if !empty && line.chars().count() + 1 + word.chars().count() > LINE - 6 {
                lines.push(std::mem::replace(&mut line, " ".repeat(width)));
                empty = true;
            }
            line.push_str(if empty { "" } else { " " });
            line.push_str(word);
            empty = false;
        }
        lines.push(std::mem::replace(&mut line, " ".repeat(width)));
    }
    lines
}

/// As many on a line as there is room for.
fn mixed(indent: usize, arguments: &[String]) -> String {
    let pad = " ".repeat(indent);
    let mut lines = vec![pad.clone()];
    for argument in arguments {
        let line = lines.last_mut().expect("a line");
        if *line == pad {
            line.push_str(&format!("{argument},"));
        } else if line.len() + argument.len() + 2 <= LINE {
            line.push_str(&format!(" {argument},"));
        } else {
            lines.push(format!("{pad}{argument},"));
        }
    }
    lines.join("\n") + "\n"
}

fn vertical(indent: usize, arguments: &[String]) -> String {
    let pad = " ".repeat(indent);
    arguments.iter().map(|argument| format!("{pad}{argument},\n")).collect()
}
