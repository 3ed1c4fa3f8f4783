//! A case → what its function states of it, and what it computes: terms, sums and divisors.
//!
//! A loss that is recorded is a sum of terms over a group of inputs (one input, an axis, all), over a divisor. The term
//! is stated as a spec (`*.toml`); the same, as it is coded, operation by operation, with what autograd makes of it,
//! is a list of formulas (`*.txt`).

use std::collections::BTreeMap;
use std::sync::Arc;

use focal_derive::Spec;
use focal_derive::expr::Expr;
use focal_derive::format::Format;
use focal_derive::op::Op;
use focal_derive::oracle::{Backend, Outcome, derivatives_by, value_by};
use focal_derive::rational::Rational;

use super::range::{self, Range, Rounding};
use super::recording::{self, Case};

/// An implementation: how its term is stated and coded, and the name of what is differentiated.
struct Function {
    spec: (&'static str, &'static str),
    coded: &'static str,
    variable: &'static str,
}

macro_rules! function {
    ($name:literal, $coded:literal, $variable:literal) => {
        Function {
            spec: ($name, include_str!(concat!($name, ".toml"))),
            coded: include_str!(concat!($coded, ".txt")),
            variable: $variable,
        }
    };
}

/// The least and greatest probability of the older functions and of Keras, and what the PyTorch module adds.
const CLIP: [f64; 2] = [1e-7, 1.0 - 1e-7];
pub const EPSILON: f64 = 1e-10;

/// The function whose last operation is a mean, and whose clip is one between two numbers.
const KERAS_BINARY: &str = "keras.losses.BinaryFocalCrossentropy";

/// A value that is given to a function: the number itself, and what a float of the format makes of it.
#[derive(Clone)]
struct Given {
    exact: Rational,
    coded: Range,
}

/// One term: the place of the input that it varies with, and the values of its names.
pub struct Term {
    pub place: usize,
    names: BTreeMap<&'static str, Given>,
}

/// What a case is made of.
pub struct Plan {
    /// The name of the spec that states the term.
    pub name: &'static str,
    variable: &'static str,
    stated: Expr,
    /// The focal loss of the paper, of the same names.
    paper: Expr,
    coded: Vec<(String, Expr)>,
    /// The terms of each loss that is given.
    pub groups: Vec<Vec<Term>>,
    pub divisor: i64,
    /// Is each input divided by the sum of its group?
    pub normalised: bool,
    rounding: Rounding,
    /// How the sum over a group is rounded, where not as everything else.
    sums: Rounding,
}

impl Plan {
    /// The plan of a case; `None` for one that fails, and for what is recorded for information alone.
    pub fn of(case: &Case) -> Option<Plan> {
        if matches!(case.outcome, recording::Outcome::Error { .. }) {
            return None;
        }
        let tensorflow = case.file.ends_with("tensorflow");
        let function = match (case.function.as_str(), tensorflow) {
            _ if case.says("from_logits") == Some(true) => return None,
            ("torchvision.ops.sigmoid_focal_loss", _) => function!("torchvision", "torchvision", "x"),
            ("FocalLoss" | "FocalLoss, row by row", _) => function!("module", "module", "p"),
            (KERAS_BINARY, false) => function!("keras_binary", "keras_binary.torch", "p"),
            (KERAS_BINARY, true) => function!("keras_binary", "keras_binary.tensorflow", "p"),
            ("keras.losses.CategoricalFocalCrossentropy", _) => {
                function!("keras_categorical", "keras_categorical", "p")
            }
            ("older Keras, binary", _) => function!("older_binary", "older_binary", "p"),
            ("older Keras, categorical", _) => function!("older_categorical", "older_categorical", "p"),
            (other, _) => panic!("nothing is stated of {other}"),
        };
        let rounding = Rounding::of(case.format, tensorflow);
        let groups = places(case);
        let averaged = match case.function.as_str() {
            KERAS_BINARY => true,
            "FocalLoss" => case.says("size_average") != Some(false),
            _ => case.word("reduction") == Some("mean"),
        };
        Some(Plan {
            name: function.spec.0,
            variable: function.variable,
            stated: stated(&function.read(), &|_| None),
            paper: paper(case),
            coded: coded(function.coded),
            divisor: if averaged { groups[0].len() as i64 } else { 1 },
            normalised: case.function.ends_with("CategoricalFocalCrossentropy"),
            groups: groups.iter().map(|places| places.iter().map(|at| term(case, *at, rounding)).collect()).collect(),
            rounding,
            // keras.ops.mean under torch casts f64 to f32 and back
            sums: match case.function == KERAS_BINARY && !tensorflow {
                true => Rounding::of(Format::F32, false),
                false => rounding,
            },
        })
    }

    /// The true loss of a group as it is stated, and its true derivative in each of its inputs.
    pub fn truths(&self, group: &[Term]) -> (Outcome, Vec<Outcome>) {
        self.truths_by(Backend::Dashu, group)
    }

    /// The same by one of the oracle's backends.
    pub fn truths_by(&self, backend: Backend, group: &[Term]) -> (Outcome, Vec<Outcome>) {
        self.truths_of(backend, &self.stated, self.normalised, group)
    }

    /// The same of the paper's loss.
    pub fn papers(&self, group: &[Term]) -> (Outcome, Vec<Outcome>) {
        self.truths_of(Backend::Dashu, &self.paper, false, group)
    }

    /// The same of the paper's loss of an input, or of its share in the group's sum, that is cut to these bounds first.
    pub fn cut_papers(&self, [lo, hi]: [f64; 2], group: &[Term]) -> (Outcome, Vec<Outcome>) {
        let number = |bound: f64| Expr::Number(Rational::from_f64(bound).expect("a number"));
        let variable = Expr::symbol(self.variable);
        let cut = Expr::apply(Op::Clamp, &[variable, number(lo), number(hi)]);
        let paper = self.paper.substitute(&|name| (name == self.variable).then(|| cut.clone()));
        self.truths_of(Backend::Dashu, &paper, self.normalised, group)
    }

    /// The same of the module's loss, whose 1 - p_t is 0 where p_t is above 1.
    pub fn shifted(&self, group: &[Term]) -> (Outcome, Vec<Outcome>) {
        let below = "-alpha * (1 - p - epsilon)^gamma * log(p + epsilon)";
        let above = "where(gamma == 0, -alpha * log(p + epsilon), 0)";
        let text = format!("where(p + epsilon < 1, {below}, {above})");
        let shifted = Expr::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        self.truths_of(Backend::Dashu, &shifted, false, group)
    }

    fn truths_of(&self, backend: Backend, stated: &Expr, normalised: bool, group: &[Term]) -> (Outcome, Vec<Outcome>) {
        let own = |name: &str, term: usize| Expr::symbol(&format!("{name}_{term}"));
        let sum = |parts: &[Expr]| parts.iter().cloned().reduce(|a, b| a + b).expect("a term");
        let whole = sum(&(0..group.len()).map(|term| own(self.variable, term)).collect::<Vec<_>>());
        let terms = (0..group.len()).map(|term| {
            let value = stated.substitute(&|name| match name == self.variable && normalised {
                true => Some(own(name, term) / whole.clone()),
                false => Some(own(name, term)),
            });
            value / Expr::integer(self.divisor)
        });
        let terms: Vec<Expr> = terms.collect();
        let loss = sum(&terms);
        let mut at: BTreeMap<Arc<str>, Rational> = BTreeMap::new();
        for (place, term) in group.iter().enumerate() {
            at.extend(term.names.iter().map(|(name, given)| (format!("{name}_{place}").into(), given.exact.clone())));
        }
        // where terms are apart, one that is undefined says nothing of another's derivative
        let slope = |term: usize| {
            let of = if normalised { &loss } else { &terms[term] };
            derivatives_by(backend, of, &format!("{}_{term}", self.variable), &at)[1]
        };
        (value_by(backend, &loss, &at), (0..group.len()).map(slope).collect())
    }

    /// Where the loss of a group as it is coded can lie, and its derivative in each input.
    pub fn ranges(&self, group: &[Term]) -> (Range, Vec<Range>) {
        let rounding = self.rounding;
        let inputs: Vec<Range> = group.iter().map(|term| term.names[self.variable].coded).collect();
        let whole = total(&inputs, rounding);
        let shares: Vec<Range> = inputs.iter().map(|input| input.div(whole, rounding)).collect();
        let (mut losses, mut gradients) = (Vec::new(), Vec::new());
        for (term, share) in group.iter().zip(&shares) {
            let mut names: BTreeMap<String, Range> =
                term.names.iter().map(|(name, given)| (name.to_string(), given.coded)).collect();
            if self.normalised {
                names.insert(self.variable.to_string(), *share);
            }
            for (name, value) in &self.coded {
                let range = range::eval(value, &names, rounding);
                names.insert(name.clone(), range);
            }
            losses.push(names["loss"]);
            gradients.push(names["gradient"]);
        }
        if self.normalised {
            // of p/Σ: what comes to a share goes to its input over Σ, and less to the sum
            let back: Vec<Range> = gradients.iter().zip(&shares).map(|(g, share)| g.mul(*share, rounding)).collect();
            let back = total(&back, rounding).neg();
            gradients.iter_mut().for_each(|g| *g = g.add(back, rounding).div(whole, rounding));
        }
        let divisor = Range::point(self.divisor as f64);
        let sums = self.sums;
        let over = |range: Range| if self.divisor == 1 { range } else { range.div(divisor, sums) };
        // the divisor comes first on the way back, and is rounded once more in each factor
        let back = |range: Range| if self.divisor == 1 { range } else { over(over(range).mul(divisor, sums)) };
        if sums.format() != rounding.format() {
            losses.iter_mut().for_each(|loss| *loss = loss.cast(sums));
        }
        (over(total(&losses, sums)), gradients.into_iter().map(back).collect())
    }

    /// The bounds of the case's clip, where the function has one.
    pub fn clip(&self, case: &Case) -> Option<[f64; 2]> {
        let clips = self.groups.iter().flatten().any(|term| term.names.contains_key("lo"));
        clips.then(|| clip(case))
    }

    /// Is the input of a term on a bound of its clip, where the loss has no derivative? Of inputs that are divided by the sum of
    /// their group: is a share that counts?
    pub fn on_a_bound(&self, term: &Term) -> bool {
        let at = |term: &Term, name: &str| term.names.get(name).map(|given| given.exact.clone());
        let lies = |term: &Term, own: Option<Rational>| {
            at(term, "lo").is_some() && (own == at(term, "lo") || own == at(term, "hi"))
        };
        if !self.normalised {
            return lies(term, at(term, self.variable));
        }
        let counts = |one: &&Term| at(one, "y").is_some_and(|y| !y.is_zero());
        self.group(term).iter().filter(counts).any(|one| lies(one, self.share(one)))
    }

    /// The group that a term is one of.
    pub fn group(&self, term: &Term) -> &[Term] {
        let group = self.groups.iter().find(|group| group.iter().any(|one| one.place == term.place));
        group.expect("every term is one of a group")
    }

    /// The input of a term over the sum of its group.
    pub fn share(&self, term: &Term) -> Option<Rational> {
        let input = |term: &Term| term.names[self.variable].exact.clone();
        let sum = self.group(term).iter().fold(Rational::ZERO, |sum, one| &sum + &input(one));
        input(term).checked_div(&sum)
    }
}

/// A sum in any order.
fn total(parts: &[Range], rounding: Rounding) -> Range {
    parts.iter().copied().reduce(|a, b| a.add(b, rounding)).expect("a part")
}

impl Function {
    fn read(&self) -> Spec {
        let (name, text) = self.spec;
        Spec::parse(name, &format!("tests/it/peers/{name}.toml"), text).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// The focal loss with the weights that the paper would give, in the names of the case's terms.
fn paper(case: &Case) -> Expr {
    if case.file == "torchvision" {
        let spec = Spec::builtin("focal_binary").unwrap_or_else(|error| panic!("{error}"));
        let one = |name: &str| (name == "alpha_t" && case.number("alpha", 0.25) < 0.0).then(|| Expr::integer(1));
        return stated(&spec, &one);
    }
    let text = match case.function.as_str() {
        binary if binary.ends_with("binary") || case.says("apply_class_balancing") == Some(true) => {
            "where(y == 1, -alpha * (1 - p)^gamma * log(p), -(1 - alpha) * p^gamma * log(1 - p))"
        }
        KERAS_BINARY => "where(y == 1, -(1 - p)^gamma * log(p), -p^gamma * log(1 - p))",
        module if module.starts_with("FocalLoss") => match case.numbers("alpha") {
            None => "-where(y == 1, given, 1 - given) * (1 - p)^gamma * log(p)",
            Some(_) => "-given * (1 - p)^gamma * log(p)",
        },
        _ => "-alpha * y * (1 - p)^gamma * log(p)",
    };
    Expr::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The formula of a spec in its inputs and parameters, where some of its names may stand for something else.
fn stated(spec: &Spec, other: &dyn Fn(&str) -> Option<Expr>) -> Expr {
    let mut known: BTreeMap<Arc<str>, Expr> = BTreeMap::new();
    let mut last = None;
    for line in &spec.formula {
        let value = other(&line.name).unwrap_or_else(|| line.value.substitute(&|name| known.get(name).cloned()));
        known.insert(line.name.clone(), value.clone());
        last = Some(value);
    }
    last.expect("a formula")
}

/// Lines `name = formula`, and comments.
fn coded(text: &str) -> Vec<(String, Expr)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{line} is no formula"));
            (name.to_string(), Expr::parse(value).unwrap_or_else(|error| panic!("{error}")))
        })
        .collect()
}

/// The places of the inputs that each loss is made of.
fn places(case: &Case) -> Vec<Vec<usize>> {
    let count = case.input.len();
    let alone = || (0..count).map(|place| vec![place]).collect();
    let axis = |axis: usize| -> Vec<Vec<usize>> {
        let inner: usize = case.shape[axis + 1..].iter().product();
        let length = case.shape[axis];
        let group = |start: usize| (0..length).map(|step| start + step * inner).collect();
        (0..count / length).map(|group| (group / inner) * length * inner + group % inner).map(group).collect()
    };
    let chosen = || case.target.iter().enumerate().map(|(row, target)| row * case.shape[1] + *target as usize);
    match case.function.as_str() {
        "torchvision.ops.sigmoid_focal_loss" => match case.word("reduction") {
            None => alone(),
            Some(_) => vec![(0..count).collect()],
        },
        "FocalLoss" => vec![chosen().collect()],
        "FocalLoss, row by row" => chosen().map(|place| vec![place]).collect(),
        older if older.starts_with("older") => axis(1),
        _ => axis(case.shape.len() - 1),
    }
}

/// The term at a place of the input.
fn term(case: &Case, place: usize, rounding: Rounding) -> Term {
    let given = |value: f64| Given {
        exact: Rational::from_f64(value).unwrap_or_else(|| panic!("{value} is no number")),
        coded: Range::rounded(value, rounding),
    };
    let mut names = BTreeMap::from([("gamma", given(case.number("gamma", 2.0)))]);
    let module = case.function.starts_with("FocalLoss");
    let variable = if case.file == "torchvision" { "x" } else { "p" };
    names.insert(variable, given(case.input[place]));
    if module {
        names.insert("alpha", weight(case, place % case.shape[1]));
        names.insert("epsilon", given(in_format(EPSILON, case.format)));
        // what the paper's loss is made of: the class, and the weight as it was given
        let class = place % case.shape[1];
        names.insert("y", given(class as f64));
        let alpha = match case.numbers("alpha") {
            Some(list) => list[class],
            None => case.number("alpha", 0.25),
        };
        names.insert("given", given(alpha));
        return Term { place, names };
    }
    names.insert("y", given(case.target[place]));
    let alpha = match case.numbers("alpha") {
        // Keras makes a list of weights an f32 tensor, whatever the input is
        Some(list) => {
            let coded = Range::rounded(list[place % list.len()], Rounding::of(Format::F32, false));
            Given { coded, ..given(list[place % list.len()]) }
        }
        None => given(case.number("alpha", 0.25)),
    };
    names.insert("alpha", alpha);
    if variable == "p" {
        let [lo, hi] = clip(case);
        names.extend([("lo", given(lo)), ("hi", given(hi))]);
        let balanced = case.says("apply_class_balancing") == Some(true);
        names.insert("balanced", given(f64::from(u8::from(balanced))));
        // what of a gradient passes a clip whose input is on a bound: all under TensorFlow, half under torch
        names.insert("passed", given(if case.file == "keras-torch" { 0.5 } else { 1.0 }));
    }
    Term { place, names }
}

/// The bounds of a clip, as floats of the input's format; but `keras.ops.clip` makes them f32 under torch whatever the
/// input is.
pub fn clip(case: &Case) -> [f64; 2] {
    let short = case.file == "keras-torch" && case.function != KERAS_BINARY;
    CLIP.map(|bound| in_format(bound, if short { Format::F32 } else { case.format }))
}

/// A number as a float of the format.
pub fn in_format(value: f64, format: Format) -> f64 {
    match format {
        Format::F32 => f64::from(value as f32),
        Format::F64 => value,
    }
}

/// The weight of a class in the PyTorch module, which holds its weights in f32; a kernel's, where the case says which.
fn weight(case: &Case, class: usize) -> Given {
    let short = Rounding::of(Format::F32, false);
    let exact = |value: f64| Rational::from_f64(value).expect("a number");
    if let Some(weights) = case.numbers("weights") {
        return Given { exact: exact(weights[class]), coded: Range::rounded(weights[class], short) };
    }
    match case.numbers("alpha") {
        None => {
            let alpha = case.number("alpha", 0.25);
            let value = [alpha, 1.0 - alpha][class];
            Given { exact: exact(value), coded: Range::rounded(value, short) }
        }
        Some(list) => {
            let sum = list.iter().fold(Rational::ZERO, |sum, value| &sum + &exact(*value));
            let parts: Vec<Range> = list.iter().map(|value| Range::rounded(*value, short)).collect();
            let coded = parts[class].div(total(&parts, short), short);
            Given { exact: exact(list[class]).checked_div(&sum).expect("a sum above 0"), coded }
        }
    }
}
