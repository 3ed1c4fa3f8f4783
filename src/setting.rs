//! What the user set: `--gamma 2 --alpha param` × spec → the kernel's parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{CLIP, Format, KernelParameter, LOG_EPS, Setting};
use crate::message::{Message, quoted, shell};
use crate::notation::{self, Origin, closest};
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Definition, LARGEST_EXPONENT, Parameter, Spec};

/// What was said about one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A value.
    Value(Rational),
    /// `none`
    None,
    /// `param`
    Argument,
    /// `0.25,0.75`: a number for each class.
    List(Vec<Rational>),
}

/// Parameters that the command line has an option of their own for.
const OPTIONS: [&str; 5] = ["gamma", "alpha", "beta", CLIP, LOG_EPS];
/// The loss that a command means when it names none.
const DEFAULT_LOSS: &str = "focal_binary";
/// Values that an example may use, the first that lies in the domain.
const EXAMPLES: [&str; 6] = ["2", "1", "0.5", "0", "-1", "1e-7"];
/// Longer numbers are shown with an exponent.
const LONGEST_NUMBER: usize = 24;
const VALUES: &str = "a parameter is set to a number such as 2, 0.25 or 1/3, to `none`, or to `param`";

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::Value(value) => write!(f, "{value}"),
            Choice::None => f.write_str("none"),
            Choice::Argument => f.write_str("param"),
            Choice::List(values) => {
                let all: Vec<String> = values.iter().map(ToString::to_string).collect();
                f.write_str(&all.join(","))
            }
        }
    }
}

impl Choice {
    /// Reads what was said: a number such as `2`, `0.25`, `-1.7` or `1/3`, `none`, or `param`.
    ///
    /// # Errors
    /// Where it is none of these; infinite values and NaN are not.
    pub fn parse(text: &str) -> Result<Choice, Message> {
        let said = text.trim();
        let wrong = |wrong: String, beside: &str| {
            let place = Origin::alone("<command line>", text).place(0..text.len());
            Err(Message::new(wrong).at(place, beside).help(VALUES))
        };
        match said {
            "none" => return Ok(Choice::None),
            "param" => return Ok(Choice::Argument),
            "" => return wrong("a value is missing".to_string(), "nothing here"),
            _ => {}
        }
        if said.contains(',') {
            return said.split(',').map(number).collect::<Result<_, Message>>().map(Choice::List);
        }
        if matches!(said.trim_start_matches(['-', '+']).to_ascii_lowercase().as_str(), "inf" | "infinity" | "nan") {
            return wrong(format!("`{said}` cannot be a value"), "values are finite numbers");
        }
        let number = said.strip_prefix('+').unwrap_or(said);
        let start = text.trim_end().len() - number.len();
        match notation::parse(number, &Origin::within("<command line>", text, start)) {
            Ok(Expr::Number(value)) => Ok(Choice::Value(value)),
            Ok(_) => {
                let near = closest(said, ["none", "param"]).map(|near| format!("did you mean `{near}`?"));
                wrong(format!("{} cannot be a value", quoted(said)), near.as_deref().unwrap_or("a number belongs here"))
            }
            Err(message) => {
                let text = format!("{} cannot be a value: {}", quoted(said), message.text);
                Err(Message { text, ..message }.help(VALUES))
            }
        }
    }
}

/// One number of a list.
fn number(one: &str) -> Result<Rational, Message> {
    let help = "a list has a number for each class, as in `0.25,0.75`";
    match Choice::parse(one) {
        Ok(Choice::Value(value)) => Ok(value),
        Ok(_) => Err(Message::new(format!("{} cannot be a value of a list", quoted(one.trim()))).help(help)),
        Err(message) => Err(message.help(help)),
    }
}

/// A list's numbers in the format, widened to f64.
///
/// # Errors
/// A parameter that has one number alone, a number outside the domain or the format, fewer than two.
pub fn list(spec: &Spec, name: &str, exact: &[Rational], format: Format) -> Result<Vec<f64>, Message> {
    let indexed = spec.classes.as_ref().is_some_and(|classes| classes.has_index(name));
    let Some(parameter) = spec.parameters.iter().find(|one| *one.name == *name).filter(|_| indexed) else {
        return Err(Message::new(format!("`{name}` of `{}` is one number, no list", spec.name))
            .help(format!("give it one: {}; decimals have a point", option(name, "0.25"))));
    };
    if exact.len() < 2 {
        return Err(Message::new(format!("`{name}` has {} number; there are two classes at least", exact.len())));
    }
    exact.iter().map(|exact| rounded(parameter, exact, format)).collect()
}

/// Settles every parameter of the spec, in its order. One that nothing is said about is `none`, where it has that.
///
/// # Errors
/// A name that the spec has not, a parameter set twice, a value outside the domain or the format, `none` where it has
/// no meaning, a parameter that is left out and has no `none`, a value that makes an exponent too large.
pub fn settle(spec: &Spec, choices: &[(String, Choice)], format: Format) -> Result<Vec<KernelParameter>, Message> {
    settle_shown(spec, choices, format, &|lacking| command(spec, choices, lacking))
}

/// The same; the command that a message shows is made of the options that it lacks.
///
/// # Errors
/// As [`settle`].
pub fn settle_shown(
    spec: &Spec,
    choices: &[(String, Choice)],
    format: Format,
    command: &dyn Fn(Vec<String>) -> String,
) -> Result<Vec<KernelParameter>, Message> {
    for (place, (name, _)) in choices.iter().enumerate() {
        let known = spec.parameters.iter().any(|parameter| *parameter.name == **name);
        if !(known || spec.clip && name == CLIP || spec.log_eps && name == LOG_EPS) {
            return Err(unknown(spec, name));
        }
        if choices[..place].iter().any(|(other, _)| other == name) {
            return Err(Message::new(format!("`{name}` is set twice")).help("set it once"));
        }
    }
    let chosen = |parameter: &Parameter| choices.iter().find(|(name, _)| **name == *parameter.name).map(|(_, c)| c);
    let missing: Vec<&Parameter> =
        spec.parameters.iter().filter(|one| chosen(one).is_none() && one.none.is_none()).collect();
    if !missing.is_empty() {
        let lacking = missing.iter().map(|one| option(&one.name, &example(&one.domain))).collect();
        return Err(incomplete(spec, &missing).help(command(lacking)));
    }
    let settled = spec.parameters.iter().map(|parameter| {
        if let Some(Choice::List(exact)) = chosen(parameter) {
            return listed(spec, parameter, exact, format);
        }
        let setting = setting(spec, parameter, chosen(parameter).unwrap_or(&Choice::None), format)?;
        Ok(KernelParameter { name: parameter.name.to_string(), setting, domain: parameter.domain.clone() })
    });
    let mut settled = settled.collect::<Result<Vec<_>, Message>>()?;
    exponents(spec, &settled)?;
    let of = |option: &str| choices.iter().find(|(name, _)| name == option).map(|(_, choice)| choice);
    let clip = of(CLIP).map(|choice| clip(choice, format)).transpose()?.flatten();
    let log_eps = of(LOG_EPS).map(|choice| log_eps(choice, format)).transpose()?.flatten();
    if clip.is_some() && log_eps.is_some() {
        return Err(Message::new("--clip and --log-eps exclude one another")
            .help("--clip is what Keras does, --log-eps what the usual PyTorch module does: leave one of them out"));
    }
    settled.extend(clip.into_iter().chain(log_eps));
    Ok(settled)
}

/// A parameter with a number for each class: a row's kernel takes that of its class, one of the list.
fn listed(spec: &Spec, parameter: &Parameter, exact: &[Rational], format: Format) -> Result<KernelParameter, Message> {
    let values = list(spec, &parameter.name, exact, format)?;
    let end = |most: fn(f64, f64) -> f64| values.iter().copied().reduce(most).and_then(Rational::from_f64);
    let domain = Domain::Interval { lo: end(f64::min), lo_open: false, hi: end(f64::max), hi_open: false };
    Ok(KernelParameter { name: parameter.name.to_string(), setting: Setting::Argument, domain })
}

/// The least number that is added: below it what is left of 1 may be subnormal in f32.
const LEAST_ADDED: f64 = 1e-30;

/// What is added to the input. From a quarter on kernels lose digits, and it would be another function altogether.
fn log_eps(choice: &Choice, format: Format) -> Result<Option<KernelParameter>, Message> {
    let domain = Domain::parse("(0, 0.25)")?;
    let within = Parameter { name: Arc::from(LOG_EPS), domain: domain.clone(), none: None };
    match choice {
        Choice::None => Ok(None),
        Choice::Argument => {
            Err(Message::new("what is added cannot be an argument").help("give it a number: --log-eps 1e-10"))
        }
        Choice::List(_) => {
            Err(Message::new("what is added is one number, no list").help("give it one: --log-eps 1e-10"))
        }
        Choice::Value(exact) => {
            let value = rounded(&within, exact, format)?;
            if value < LEAST_ADDED {
                return Err(Message::new(format!("`{LOG_EPS} = {}` is less than {LEAST_ADDED:e}", short(exact)))
                    .help("the usual module adds 1e-10; without --log-eps p may be 0 as well"));
            }
            let setting = Setting::Fixed { exact: exact.clone(), value };
            Ok(Some(KernelParameter { name: LOG_EPS.to_string(), setting, domain }))
        }
    }
}

/// The clip as a parameter whose domain is what it cuts to: [ε, 1 − ε], each end rounded to the format.
fn clip(choice: &Choice, format: Format) -> Result<Option<KernelParameter>, Message> {
    let half = Rational::ratio(1, 2).unwrap_or(Rational::ONE);
    let domain = |lo: Rational, hi: Rational, open: bool| Domain::Interval {
        lo: Some(lo),
        lo_open: open,
        hi: Some(hi),
        hi_open: open,
    };
    let within = Parameter { name: Arc::from(CLIP), domain: domain(Rational::ZERO, half, true), none: None };
    match choice {
        Choice::None => Ok(None),
        Choice::Argument => Err(Message::new("the clip cannot be an argument").help("give it a number: --clip 1e-7")),
        Choice::List(_) => Err(Message::new("the clip is one number, no list").help("give it one: --clip 1e-7")),
        Choice::Value(exact) => {
            let value = rounded(&within, exact, format)?;
            let lo = Rational::from_f64(value).unwrap_or(Rational::ZERO);
            let hi = Rational::from_f64(format.nearest(&(&Rational::ONE - &lo))).unwrap_or(Rational::ONE);
            let setting = Setting::Fixed { exact: exact.clone(), value };
            Ok(Some(KernelParameter { name: CLIP.to_string(), setting, domain: domain(lo, hi, false) }))
        }
    }
}

/// Refuses values that make an exponent larger than those that a spec may have.
fn exponents(spec: &Spec, settled: &[KernelParameter]) -> Result<(), Message> {
    let mut names: BTreeMap<Arc<str>, Interval> = BTreeMap::new();
    for input in &spec.inputs {
        names.insert(input.name.clone(), Interval::of_domain(&input.domain));
    }
    for one in settled {
        let range = match &one.setting {
            Setting::Fixed { exact, .. } => Interval::of_rational(exact),
            Setting::Argument | Setting::None => Interval::of_domain(&one.domain),
        };
        names.insert(Arc::from(one.name.as_str()), range);
    }
    for line in &spec.formula {
        let value = meant(spec, settled, line);
        let known = |name: &str| names.get(name).copied();
        if let Some(exponent) = too_large(value, &known) {
            return Err(beyond(spec, settled, exponent));
        }
        if let Some(range) = Interval::of_expr(value, &known) {
            names.insert(line.name.clone(), range);
        }
    }
    Ok(())
}

/// What a name of the formula stands for, as `none` of a parameter may replace it.
fn meant<'a>(spec: &'a Spec, settled: &[KernelParameter], line: &'a Definition) -> &'a Expr {
    let none = settled.iter().zip(&spec.parameters).filter(|(one, _)| one.setting == Setting::None);
    let mut replaced = none.flat_map(|(_, parameter)| parameter.none.iter().flatten());
    replaced.find(|(name, _)| *name == line.name).map_or(&line.value, |(_, value)| value)
}

/// An exponent that is too large, wherever its names lie in their ranges.
fn too_large<'a>(expr: &'a Expr, names: &dyn Fn(&str) -> Option<Interval>) -> Option<&'a Expr> {
    if let Expr::Apply(Op::Pow, operands) = expr {
        let range = Interval::of_expr(&operands[1], names);
        if range.is_some_and(|range| range.mig().to_f64_down() > LARGEST_EXPONENT) {
            return Some(&operands[1]);
        }
    }
    expr.operands().iter().find_map(|operand| too_large(operand, names))
}

fn beyond(spec: &Spec, settled: &[KernelParameter], exponent: &Expr) -> Message {
    let mut used: BTreeSet<Arc<str>> = exponent.symbols().into_iter().collect();
    for line in spec.formula.iter().rev().filter(|line| used.contains(&line.name)).collect::<Vec<_>>() {
        used.extend(meant(spec, settled, line).symbols());
    }
    let fixed = settled.iter().filter(|one| used.contains(one.name.as_str())).filter_map(|one| match &one.setting {
        Setting::Fixed { exact, .. } => Some(format!("{} = {}", one.name, short(exact))),
        Setting::Argument | Setting::None => None,
    });
    let fixed = fixed.collect::<Vec<_>>().join(", ");
    Message::new(format!("`{fixed}` makes the exponent `{exponent}` too large"))
        .help(format!("exponents reach from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"))
}

fn setting(spec: &Spec, parameter: &Parameter, choice: &Choice, format: Format) -> Result<Setting, Message> {
    match choice {
        // a list is settled before
        Choice::Argument | Choice::List(_) => Ok(Setting::Argument),
        Choice::None if parameter.none.is_some() => Ok(Setting::None),
        Choice::None => {
            Err(Message::new(format!("`{}` of `{}` cannot be none", parameter.name, spec.name)).help(format!(
                "give it a value in {}, or leave it as an argument: {}",
                parameter.domain,
                option(&parameter.name, "param")
            )))
        }
        Choice::Value(exact) => {
            let value = rounded(parameter, exact, format)?;
            Ok(Setting::Fixed { exact: exact.clone(), value })
        }
    }
}

/// The value in the format, widened to f64.
fn rounded(parameter: &Parameter, exact: &Rational, format: Format) -> Result<f64, Message> {
    let (name, domain) = (&parameter.name, &parameter.domain);
    let set = format!("`{name} = {}`", short(exact));
    if !domain.contains(exact) {
        return Err(Message::new(format!("{set} is outside {domain}"))
            .help(format!("give it a value in {domain}, such as {}", option(name, &example(domain)))));
    }
    let value = format.nearest(exact);
    let largest = match format {
        Format::F32 => format!("{:e}", f32::MAX),
        Format::F64 => format!("{:e}", f64::MAX),
    };
    let Some(held) = Rational::from_f64(value) else {
        return Err(Message::new(format!("{set} is beyond {format}"))
            .help(format!("the largest number of {format} is {largest}")));
    };
    if !domain.contains(&held) {
        return Err(Message::new(format!("{set} rounds to {value:?} in {format}, which is outside {domain}"))
            .help(format!("`{name}` lies in {domain} after it is rounded to {format}, too")));
    }
    Ok(value)
}

/// The number, in a form that fits into a line.
fn short(value: &Rational) -> String {
    let text = value.to_string();
    if text.len() <= LONGEST_NUMBER {
        return text;
    }
    let (numerator, denominator) = value.digits();
    let (over, under) = (scientific(&numerator), scientific(&denominator));
    let (mut mantissa, mut exponent) = (over.0 / under.0, over.1 - under.1);
    if mantissa.abs() < 1.0 {
        (mantissa, exponent) = (mantissa * 10.0, exponent - 1);
    }
    format!("{mantissa}e{exponent}")
}

/// The digits of a whole number as `m · 10^e`, 1 ≤ |m| < 10; of m the first digits are kept.
fn scientific(digits: &str) -> (f64, i64) {
    let (sign, digits) = digits.strip_prefix('-').map_or((1.0, digits), |digits| (-1.0, digits));
    let (first, rest) = digits.split_at(1);
    let mantissa = format!("{first}.{}", &rest[..rest.len().min(12)]);
    (sign * mantissa.parse::<f64>().expect("digits are a number"), rest.len() as i64)
}

fn unknown(spec: &Spec, name: &str) -> Message {
    let names: Vec<&str> = spec.parameters.iter().map(|parameter| &*parameter.name).collect();
    let help = match (closest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => "it has no parameters".to_string(),
        (None, false) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("its parameters are {}", names.join(", "))
        }
    };
    Message::new(format!("`{}` has no parameter {}", spec.name, quoted(name))).help(help)
}

/// Lists what is missing.
fn incomplete(spec: &Spec, missing: &[&Parameter]) -> Message {
    let names: Vec<String> = missing.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    let (verb, them) = if missing.len() == 1 { ("needs", "a value") } else { ("need", "values") };
    Message::new(format!("{} of `{}` {verb} {them}", names.join(" and "), spec.name))
}

/// The command with what was said, and what it lacks.
fn command(spec: &Spec, choices: &[(String, Choice)], lacking: Vec<String>) -> String {
    let said = choices.iter().map(|(name, choice)| match choice {
        Choice::Value(value) => option(name, &short(value)),
        Choice::None => option(name, "none"),
        Choice::Argument => option(name, "param"),
        Choice::List(_) => option(name, &choice.to_string()),
    });
    let loss = match &*spec.named {
        DEFAULT_LOSS => String::new(),
        name if Spec::builtin_names().contains(&name) => format!(" {name}"),
        // a text that came from no file
        name if *name == *spec.name => " FILE".to_string(),
        path => format!(" {}", shell(path)),
    };
    let options: Vec<String> = said.chain(lacking).collect();
    format!("focal-derive emit{loss} {}", options.join(" "))
}

/// The option of the command line that is a parameter's own: `--gamma`, `--log-eps`.
pub fn own_option(name: &str) -> Option<String> {
    OPTIONS.contains(&name).then(|| format!("--{}", name.replace('_', "-")))
}

/// The value as an option of the command line.
fn option(name: &str, value: &str) -> String {
    own_option(name).map_or_else(|| format!("--set {name}={value}"), |option| format!("{option} {value}"))
}

/// A value to show in a command.
fn example(domain: &Domain) -> String {
    if let Domain::Set(values) = domain {
        return values.first().map_or_else(|| "param".to_string(), short);
    }
    let fits = |text: &&&str| matches!(Choice::parse(text), Ok(Choice::Value(value)) if domain.contains(&value));
    EXAMPLES.iter().find(fits).copied().unwrap_or("param").to_string()
}
