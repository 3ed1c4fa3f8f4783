//! The doc comments of functions over rows: formula, shapes, units, domain, edges, bound.

use super::{Coupled, List, Over, Rows, apart_docs, normalised_docs, weights};
use crate::emit::docs::{block, bound, formulas, set};
use crate::emit::{EmitOptions, edges, layout};

/// Letters of a key.
pub const WIDTH: usize = 8;
const ORDER: &str = "row i is added to lane i mod 8, one after the other; then the lanes are added as\n\
                     ((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7))";

impl Rows<'_> {
    /// What the header says beside what every header says: a key and its words.
    pub fn facts(&self, said: &EmitOptions) -> Vec<(&'static str, String)> {
        let options = self.row.options;
        let of_two = |list: &&List| weights::is_of_two(said, &list.name);
        let mut facts: Vec<(&'static str, String)> =
            self.lists.iter().find(of_two).map(|list| ("by class", in_words(list))).into_iter().collect();
        if said.alpha_normalise {
            facts.push((
                "normalised",
                "the list is divided by its sum: each quotient exactly, then rounded".to_string(),
            ));
        }
        facts.push(("targets", format!("{}: the number of a row's true class", options.targets.name())));
        if let Some(ignored) = options.ignore {
            facts.push(("ignored", format!("target {ignored}: zeros; such rows count neither in sums nor in means")));
        }
        facts
    }

    /// Every bound in words.
    pub fn bounds(&self) -> Vec<String> {
        if matches!(self.coupled, Coupled::Sum) {
            let mut all: Vec<String> =
                (0..self.row.kernel.outputs.len()).map(|place| bound(&self.row, place)).collect();
            all.extend(
                [0, 1, 3]
                    .into_iter()
                    .take(1 + self.order())
                    .map(|place| format!("with labels: {}", bound(&self.term, place))),
            );
            return normalised_docs::bounds(self, &all);
        }
        let mut all: Vec<String> = (0..=self.order()).map(|place| bound(&self.row, place)).collect();
        if self.margin().is_none() {
            let of_labels = (0..=self.order()).map(|place| format!("with labels: {}", bound(&self.term, place)));
            all.extend(of_labels);
            all.push(SUMMED.to_string());
            return all;
        }
        all.extend(self.class_bounds());
        all.push("for at most 131072 classes".to_string());
        all
    }

    /// The bounds of what a class has, in words.
    fn class_bounds(&self) -> Vec<String> {
        let class = self.class.iter();
        class.flat_map(|frame| (0..frame.kernel.outputs.len()).map(|place| bound(frame, place))).collect()
    }

    /// The arguments that have a number for each class.
    pub fn lists_of_arguments(&self) -> Vec<&str> {
        self.open().into_iter().filter(|(name, indexed)| *indexed && !self.is_list(name)).map(|one| one.0).collect()
    }

    /// What has a number for each class: arguments and constants.
    pub fn lists_with_names(&self) -> Vec<String> {
        let named = |name: &str| if self.is_list(name) { name.to_uppercase() } else { name.to_string() };
        self.open().into_iter().filter(|(_, indexed)| *indexed).map(|(name, _)| named(name)).collect()
    }

    /// What the loss is called.
    pub fn title(&self) -> &str {
        &self.row.spec.title.en
    }
}

/// How losses of classes with labels are added, in f32 and f64.
pub const ORDER_OF_LABELS: [&str; 2] = [
    "term by term as the row has them, in f64; the sum is rounded once",
    "term by term as the row has them, in f64; what each sum loses is added up beside it, and to the sum at the end",
];

/// What holds for the bounds of functions that take labels.
pub const SUMMED: &str = "with labels for at most 131072 classes whose losses have one sign, none beyond the largest number \
                          and no product with a label subnormal";

/// The weights of two classes that one number stands for.
fn in_words(list: &List) -> String {
    let [first, second] = [0, 1].map(|place| list.values.get(place).copied().unwrap_or(f64::NAN));
    format!(
        "one number A beside --log-eps is [A, 1 - A], as in the usual PyTorch module: class 0 gets {first}, class 1 gets \
         {second} (the paper gives A to class 1); rows have two classes"
    )
}

/// What a function gives, in words.
pub fn what(rows: &Rows, one: &Over) -> String {
    let input = if rows.margin().is_some() { "logit" } else { "probability" };
    match one.row.name {
        "forward" => "the loss".to_string(),
        "forward_backward" => format!("the loss, and its derivative in every {input}"),
        _ => format!("the derivative in every {input}, and the diagonal of the Hessian"),
    }
}

/// What a function of one row takes and gives, with units.
pub fn shape(rows: &Rows, one: &Over) -> Vec<String> {
    let (list, unit) = (rows.list(), &rows.row.spec.inputs[0].unit);
    let result = match one.writes {
        ["loss"] => "the result is the loss",
        ["loss", "grad"] => "the result is the loss; grad has an element for each class",
        _ => "grad and hess have an element for each class",
    };
    let lists: String = rows.lists_of_arguments().iter().map(|name| format!(", {name}")).collect();
    let said = format!("{list}{lists}: an element for each class, two classes at least; {result}");
    let mut lines = layout::field("Shape", &said, WIDTH);
    if !unit.is_empty() {
        let per = |name: &str, of: &str| match one.writes.contains(&name) {
            true => format!("; {name} in loss per {of}"),
            false => String::new(),
        };
        let (first, second) = (per("grad", unit), per("hess", &format!("{unit}^2")));
        lines.extend(layout::field("Units", &format!("{list} in {unit}{first}{second}"), WIDTH));
    }
    lines
}

/// The doc of a function of one row: formula and facts.
pub fn row(rows: &Rows, one: &Over) -> Vec<String> {
    let margin = match &rows.coupled {
        Coupled::Margin(margin) => margin,
        Coupled::Sum => return normalised_docs::row(rows, one),
        Coupled::Not => return apart_docs::row(rows, one),
    };
    let (frame, z) = (&rows.row, rows.list());
    let t = &rows.classes.target;
    let fixed = set(frame);
    let mut lines = vec![format!("{}: {} of a row{fixed}.", rows.title(), what(rows, one)), String::new()];
    lines.push("```text".to_string());
    let of_margin: Vec<usize> = one.row.outputs.iter().copied().filter(|place| *place <= one_order(rows)).collect();
    lines.extend(layout::field("m       = ", margin, 10));
    lines.extend(formulas(frame, &of_margin));
    let rest = margin.split_once(" - ").map_or("", |(_, rest)| rest);
    if one.class.is_some() {
        lines.push(format!("r_i     = exp({z}[i] - {rest})"));
        lines.push(format!("grad[{t}] = d_m;  grad[i] = -r_i * d_m"));
    }
    if one.writes.contains(&"hess") {
        lines.push(format!("hess[{t}] = d2_m;  hess[i] = r_i * (r_i * d2_m - d_m * (1 - r_i))"));
    }
    lines.push(String::new());
    lines.extend(shape(rows, one));
    let mut say = |key: &str, text: &str| lines.extend(layout::field(key, text, WIDTH));
    let domains: String = frame
        .names
        .open
        .iter()
        .map(|(place, name)| {
            let domain = &frame.kernel.parameters[*place].domain;
            if rows.is_list(name) { String::new() } else { format!("; {name} in {domain}") }
        })
        .collect();
    say("Domain", &format!("{z} any numbers; target below the number of classes{domains}"));
    lines.extend(block("Edges", edges_of(rows, &of_margin)));
    let mut bounds: Vec<String> = of_margin.iter().map(|place| bound(frame, *place)).collect();
    let class = rows.class_bounds().into_iter().take(of_margin.iter().filter(|place| **place > 0).count());
    bounds.extend(class.filter(|_| one.class.is_some()));
    bounds.push("for at most 131072 classes".to_string());
    lines.extend(block("Bound", bounds));
    if !frame.spec.source.is_empty() {
        lines.extend(layout::field("Source", &frame.spec.source, WIDTH));
    }
    lines.extend(["```".to_string(), String::new(), "# Panics".to_string()]);
    lines.push(format!("Where a slice has not an element for each class, or there are less than two{BEFORE}."));
    lines
}

const BEFORE: &str = "; before anything is written";

fn one_order(rows: &Rows) -> usize {
    rows.order()
}

fn edges_of(rows: &Rows, outputs: &[usize]) -> Vec<String> {
    let (z, t) = (rows.list(), &rows.classes.target);
    let mut lines = edges::lines(&rows.row, outputs);
    lines.push(format!("{z}[i] = -inf: the class is absent, its derivatives are 0; all others absent: m = inf"));
    lines.push(format!("{z}[{t}] = -inf, or one {z}[i] = inf: m = -inf; {z}[{t}] = inf alone: m = inf"));
    lines.push("two infinities whose difference decides: NaN in the row".to_string());
    let open = rows.open().into_iter().filter(|(name, _)| !rows.is_list(name));
    let open: String = open.map(|(name, _)| format!(", {name} outside its domain")).collect();
    lines.push(format!("a logit is NaN, target is no class{open}: NaN in the row"));
    if let Some(ignored) = rows.row.options.ignore {
        lines.push(format!("target = {ignored}: zeros"));
    }
    lines
}

/// The doc of a function over rows that stand one after the other.
pub fn matrix(rows: &Rows, one: &Over) -> Vec<String> {
    let z = rows.list();
    vec![
        format!("{}: {} of each row of `{z}`, shape [N, classes].", rows.title(), what(rows, one)),
        String::new(),
        format!("Row by row the bits of `{}`, which has formula, edges and bound.", one.row.name),
        String::new(),
        "# Panics".to_string(),
        format!("As `{}_nd`.", one.row.name),
    ]
}

/// The doc of a function over an array.
pub fn array(rows: &Rows, one: &Over) -> Vec<String> {
    let z = rows.list();
    let mut lines = vec![
        format!("{}: {} of each row of `{z}`, shape [N, classes, inner].", rows.title(), what(rows, one)),
        String::new(),
        "Row-major: the numbers of a row stand `inner` apart, as in images of shape [N, C, H, W].".to_string(),
        format!("Row by row the bits of `{}`, which has formula, edges and bound.", one.row.name),
        String::new(),
    ];
    let written: Vec<String> = one
        .writes
        .iter()
        .map(|name| match *name {
            "loss" => "`loss` is as long as `target`".to_string(),
            name => format!("`{name}` as `{z}`"),
        })
        .collect();
    lines.extend(panics(rows, &written));
    lines
}

fn panics(rows: &Rows, written: &[String]) -> Vec<String> {
    let z = rows.list();
    let mut conditions = vec!["`classes` is at least 2".to_string(), format!("`{z}` is a whole number of rows")];
    conditions.push("`target` has one element for each".to_string());
    conditions.extend(rows.lists_with_names().into_iter().map(|name| format!("`{name}` has one for each class")));
    conditions.extend(written.iter().cloned());
    let mut lines = vec!["# Panics".to_string(), "Before anything is written, unless:".to_string()];
    lines.extend(conditions.iter().map(|condition| format!("* {condition}")));
    lines
}

fn facts(rows: &Rows, what: &str, facts: &[(&str, &str)], written: &[String]) -> Vec<String> {
    let mut lines = vec![format!("{}: {what}.", rows.title()), String::new(), "```text".to_string()];
    facts.iter().for_each(|(key, text)| lines.extend(layout::field(key, text, WIDTH)));
    if let Some(ignored) = rows.row.options.ignore {
        lines.extend(layout::field("Ignored", &format!("rows of target {ignored} count for nothing"), WIDTH));
    }
    lines.extend(["```".to_string(), String::new()]);
    lines.extend(panics(rows, written));
    lines
}

/// The doc of the sum.
pub fn sum(rows: &Rows) -> Vec<String> {
    let what = format!("the sum of the {} losses of rows, each widened to f64", rows.row.float());
    facts(rows, &what, &[("Order", ORDER), ("Edges", "no rows: 0; a row that is NaN: NaN")], &[])
}

/// The doc of the mean.
pub fn mean(rows: &Rows) -> Vec<String> {
    let what = "`forward_sum_rows` divided by the number of rows";
    facts(rows, what, &[("Edges", "no rows: NaN; a row that is NaN: NaN")], &[])
}

/// The doc of the weighted mean.
pub fn weighted_mean(rows: &Rows) -> Vec<String> {
    let of = rows.of_class().unwrap_or_default();
    let what = format!("`forward_sum_rows` divided by the sum of `{of}[target]`");
    let of = format!("each {of}[target] is widened to f64 and added as the losses are");
    facts(rows, &what, &[("Weights", &of), ("Edges", "weights that sum to 0: NaN or inf, as 0/0 and x/0 are")], &[])
}

/// The doc of the scaled sum with its derivatives.
pub fn scaled_sum(rows: &Rows) -> Vec<String> {
    let float = rows.row.float();
    let returned = format!("scale times the sum of the {float} losses, each widened to f64");
    let grad = format!("scale times the derivatives, a product of two {float}: one rounding more");
    let scale = "1 for the sum, 1/N for the mean, 1/max(1, positives) for detectors";
    let known = [
        ("Result", &*returned),
        ("grad", &grad),
        ("scale", scale),
        ("Order", ORDER),
        ("Edges", "no rows: 0 times scale; a row that is NaN: NaN"),
    ];
    let grad = format!("`grad` is as long as `{}`", rows.list());
    let input = if rows.margin().is_some() { "logit" } else { "probability" };
    let what = format!("the scaled sum of the losses of rows, and its derivative in every {input}");
    facts(rows, &what, &known, &[grad])
}
