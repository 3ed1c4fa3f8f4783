//! What was said about the weights of classes → a number for each class.
//!
//! `--alpha-normalise` divides a list by its sum, exactly, before each quotient is rounded to the format. One number beside
//! `--log-eps` is what the usual PyTorch module makes of it: α of class 0 and 1 − α of class 1.

use std::borrow::Cow;

use crate::emit::EmitOptions;
use crate::kernel::LOG_EPS;
use crate::message::Message;
use crate::rational::Rational;
use crate::setting::Choice;
use crate::spec::Spec;

/// The options with a number for each class where the command says less.
///
/// # Errors
/// A number above 1 that stands for two classes, and `--alpha-normalise` where nothing can be divided.
pub fn by_class<'a>(spec: &Spec, options: &'a EmitOptions) -> Result<Cow<'a, EmitOptions>, Message> {
    let indexed = |name: &str| spec.classes.as_ref().is_some_and(|classes| classes.has_index(name));
    let mut made = Cow::Borrowed(options);
    for place in 0..options.choices.len() {
        let (name, choice) = &options.choices[place];
        if let Choice::Value(value) = choice
            && indexed(name)
            && added(options)
        {
            made.to_mut().choices[place].1 = Choice::List(of_two(name, value)?.to_vec());
        }
    }
    if options.alpha_normalise {
        let found = made.choices.iter().position(|(name, _)| indexed(name));
        let divided = normalised(spec, found.map(|place| &made.choices[place]))?;
        if let Some(place) = found {
            made.to_mut().choices[place].1 = Choice::List(divided);
        }
    }
    Ok(made)
}

/// Is something added to probabilities?
fn added(options: &EmitOptions) -> bool {
    options.choices.iter().any(|(name, choice)| name == LOG_EPS && matches!(choice, Choice::Value(_)))
}

/// Does one number of the command stand for the weights of two classes?
pub fn is_of_two(options: &EmitOptions, name: &str) -> bool {
    added(options) && options.choices.iter().any(|(one, choice)| one == name && matches!(choice, Choice::Value(_)))
}

/// The weights of two classes, from that of the first one.
fn of_two(name: &str, value: &Rational) -> Result<[Rational; 2], Message> {
    let second = &Rational::ONE - value;
    if second.is_negative() {
        return Err(Message::new(format!(
            "`--{name} {value}` beside `--log-eps` is the weight of class 0, and 1 - {value} that of class 1: it is above 1"
        ))
        .help(format!("give a number for each class, such as --{name} {value},1")));
    }
    Ok([value.clone(), second])
}

/// A list divided by its sum.
fn normalised(spec: &Spec, said: Option<&(String, Choice)>) -> Result<Vec<Rational>, Message> {
    let refused = |why: &str, help: &str| Err(Message::new(format!("`--alpha-normalise`: {why}")).help(help));
    let list = "give a number for each class, such as --alpha 1,2,1";
    match said {
        _ if spec.classes.is_none() => {
            refused(&format!("`{}` is no loss over classes", spec.name), "leave it out: alpha is one number there")
        }
        Some((name, Choice::List(values))) => {
            let sum = values.iter().fold(Rational::ZERO, |sum, value| &sum + value);
            match values.iter().map(|value| value.checked_div(&sum)).collect() {
                Some(all) => Ok(all),
                None => refused(&format!("the numbers of `{name}` sum to 0"), list),
            }
        }
        Some((name, Choice::Argument)) => refused(
            &format!("`{name}` is an argument, and is taken as it is given"),
            "divide the slice by its sum before the call, or give the list here: --alpha 1,2,1",
        ),
        Some((name, Choice::Value(_))) => refused(&format!("`{name}` is one number for all classes"), list),
        None | Some((_, Choice::None)) => refused("there is no alpha", list),
    }
}
