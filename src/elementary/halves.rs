//! The program of an exponential → two: one up to the reduced argument, and one from there on.
//!
//! Together they take the steps of the whole, so they give its bits. A loop over either waits half as long for its own
//! results: the whole is a chain of some twenty operations.

use super::making::Making;
use super::program::{At, Bound, Program, Step};
use super::table::Exponential;

/// Both halves of the program of an exponential, which names its steps k and r.
pub fn halves(whole: &Program, of: Exponential) -> [Program; 2] {
    let names: [&'static str; 2] = match of {
        Exponential::Both => ["exp_reduced", "exp_raised"],
        Exponential::Minus => ["exp_minus_reduced", "exp_minus_raised"],
        Exponential::Pair => ["exp_pair_reduced", "exp_pair_raised"],
    };
    let named = |name: &str| At(whole.steps.iter().position(|(_, one)| *one == name).expect("a step of that name"));
    let reduced = [named("k"), named("r")];
    let last = whole.results[0];
    let sign = if of == Exponential::Minus { "-" } else { "" };
    let parted = whole.steps.iter().any(|(_, name)| *name == "low");
    let but = if parted { ", but for k times the low part of ln 2" } else { "" };
    let about = format!("k and r of {} = 2^k e^{sign}r{but}; the low bits of what holds k are k", whole.about);
    let none = Bound { relative: 0.0, slope: 0.0, absolute: 0.0 };
    let arguments: Vec<At> =
        (0..whole.steps.len()).map(At).filter(|at| matches!(whole.steps[at.0].0, Step::Argument(_))).collect();
    let (first, places) = part(whole, &arguments, &reduced);
    let first = first.finish_pair(names[0], about, whole.arguments, [places[0], places[1]], none);
    let (second, _) = part(whole, &reduced, &[last]);
    let about = format!("2^k e^{sign}r{but}, which is {}", whole.about);
    [first, second.finish(names[1], about, &["k", "r"], whole.bound)]
}

/// The steps that some results need where the arguments are given, and where the results are.
fn part(whole: &Program, arguments: &[At], results: &[At]) -> (Making, Vec<At>) {
    let mut needed = vec![false; whole.steps.len()];
    let mut open = results.to_vec();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut needed[at.0], true) && !arguments.contains(&at) {
            open.extend(whole.steps[at.0].0.operands());
        }
    }
    let mut to = Making::new(whole.float);
    let mut places: Vec<Option<At>> = vec![None; whole.steps.len()];
    for (place, at) in arguments.iter().enumerate() {
        places[at.0] = Some(to.argument(place));
    }
    for (at, (step, name)) in whole.steps.iter().enumerate() {
        if needed[at] && places[at].is_none() {
            let step = step.moved(&|old| places[old.0].expect("operands precede a step"));
            let new = to.step(step);
            places[at] = Some(to.named(new, name));
        }
    }
    let places = results.iter().map(|at| places[at.0].expect("it is needed")).collect();
    (to, places)
}

#[cfg(test)]
mod tests {
    use crate::elementary::table::EXPONENTIALS;
    use crate::elementary::{Level, Set};

    #[test]
    fn together_they_give_the_bits_of_the_whole() {
        let levels = [Level::Single, Level::Full, Level::Double];
        for (level, fused) in levels.into_iter().flat_map(|level| [(level, false), (level, true)]) {
            let Set { exp, exp_minus, exp_pair, halves, .. } = level.set(fused);
            let wholes = [exp, exp_minus, exp_pair];
            assert_eq!(halves.len(), wholes.len());
            for ((whole, [first, second]), of) in wholes.into_iter().zip(halves).zip(EXPONENTIALS) {
                for place in -4000..4000 {
                    let value = level.arithmetic().format().round(f64::from(place) * 0.2113);
                    let ends = [f64::INFINITY, f64::NEG_INFINITY];
                    for x in [value, value / 512.0].into_iter().chain(ends) {
                        let lo = level.arithmetic().format().round(x * 1e-9);
                        let arguments = &[x, if lo.is_finite() { lo } else { 0.0 }][..whole.arguments.len()];
                        let (k, r) = first.run_pair(arguments);
                        let (found, wanted) = (second.run(&[k, r]), whole.run(arguments));
                        assert_eq!(found.to_bits(), wanted.to_bits(), "{level:?} {of:?} at {arguments:?}");
                    }
                }
            }
        }
    }
}
