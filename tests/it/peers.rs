//! Recordings of public implementations: does each give what it states, to its own accuracy?
//!
//! Each is stated as a spec, and again as it is coded, operation by operation, with what autograd makes of it
//! (`tests/it/peers/`). Every recorded loss and gradient must lie where the coded formulas, every operation rounded,
//! can lie; and so must the truth, which is the oracle's jet of the spec. So a recorded value is no further from what is
//! stated than the roundings of its own operations explain.

mod beside;
mod emitted;
mod plan;
mod range;
mod recording;

use std::fs;
use std::path::Path;

use focal_derive::format::Format;
use focal_derive::oracle::Outcome as Truth;
use serde_json::json;

use plan::Plan;
use recording::{Case, Outcome, RECORDINGS, Recording};

/// What was looked at.
#[derive(Default)]
struct Seen {
    values: usize,
    truths: usize,
    corners: usize,
    nan: usize,
}

fn judged(file: &'static str) -> Seen {
    let mut seen = Seen::default();
    let mut wrong = Vec::new();
    for case in Recording::read(file).cases {
        let (Some(plan), Outcome::Values { loss, gradient, .. }) = (Plan::of(&case), &case.outcome) else { continue };
        assert_eq!(plan.groups.len(), loss.len(), "{}", case.title());
        let mut untouched = vec![true; gradient.len()];
        for (group, loss) in plan.groups.iter().zip(loss) {
            let (truth, slopes) = plan.truths(group);
            let (range, ranges) = plan.ranges(group);
            let mut rows = vec![(None, *loss, truth, range)];
            for ((term, slope), range) in group.iter().zip(slopes).zip(ranges) {
                untouched[term.place] = false;
                rows.push((Some(term), gradient[term.place], slope, range));
            }
            for (term, value, truth, range) in rows {
                seen.values += 1;
                seen.nan += usize::from(value.is_nan());
                let what = if term.is_some() { "gradient" } else { "loss" };
                let input = case.input[term.unwrap_or(&group[0]).place];
                let at = || format!("{}\n  {what} at {input:e}: {value:e}, {range:?}, {truth:?}", case.title());
                if !range.holds(value) {
                    wrong.push(format!("recorded outside: {}", at()));
                }
                match truth {
                    Truth::Value(known) => {
                        seen.truths += 1;
                        if !range.holds(known.to_f64()) {
                            wrong.push(format!("truth outside: {}", at()));
                        }
                    }
                    Truth::Undefined if term.is_some_and(|term| plan.on_a_bound(term)) => seen.corners += 1,
                    Truth::Undefined => {
                        if !range.nan && value.is_finite() {
                            wrong.push(format!("undefined, and no NaN: {}", at()));
                        }
                    }
                    Truth::Unsettled => wrong.push(format!("unsettled: {}", at())),
                }
            }
        }
        for (place, value) in gradient.iter().enumerate().filter(|(place, _)| untouched[*place]) {
            if *value != 0.0 {
                wrong.push(format!("gradient of an input that is not used: {} at {place}: {value:e}", case.title()));
            }
        }
    }
    let first = wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {} values:\n{first}", wrong.len(), seen.values);
    seen
}

#[test]
fn torchvision_gives_what_it_states() {
    let seen = judged("torchvision");
    assert!(seen.values > 1500 && seen.truths == seen.values, "{} {}", seen.values, seen.truths);
}

#[test]
fn the_pytorch_module_gives_what_it_states() {
    let seen = judged("module");
    assert!(seen.values > 1500 && seen.truths > 1200 && seen.nan > 50, "{} {}", seen.values, seen.truths);
}

#[test]
fn keras_on_torch_gives_what_it_states() {
    let seen = judged("keras-torch");
    assert!(seen.values > 4000 && seen.truths > 3500 && seen.corners > 20, "{} {}", seen.values, seen.truths);
}

#[test]
fn keras_on_tensorflow_gives_what_it_states() {
    let seen = judged("keras-tensorflow");
    assert!(seen.values > 4000 && seen.truths > 3500 && seen.corners > 20, "{} {}", seen.values, seen.truths);
}

/// How many recorded losses lie where the coded formulas can: of how many.
fn losses_held(case: &Case) -> (usize, usize) {
    let (Some(plan), Outcome::Values { loss, .. }) = (Plan::of(case), &case.outcome) else {
        panic!("{}", case.title())
    };
    let held = plan.groups.iter().zip(loss).filter(|(group, loss)| plan.ranges(group).0.holds(**loss));
    (held.count(), loss.len())
}

fn found(file: &'static str, what: impl Fn(&Case) -> bool) -> Case {
    Recording::read(file).cases.into_iter().find(what).unwrap_or_else(|| panic!("{file} has no such case"))
}

/// Ranges that held everything would say nothing: at ordinary points they are 100 roundings wide at most.
#[test]
fn ranges_are_narrow() {
    for file in RECORDINGS {
        let mut looked = 0;
        for case in Recording::read(file).cases {
            let Some(plan) = Plan::of(&case) else { continue };
            // of another label two terms of the gradient can cancel; targets of the module are classes
            let hard = file == "module" || case.target.iter().all(|y| [0.0, 1.0].contains(y));
            for group in plan.groups.iter().filter(|group| group.len() == 1 && hard) {
                if (0.25..=0.75).contains(&case.input[group[0].place].abs()) {
                    let (loss, gradients) = plan.ranges(group);
                    for range in [loss, gradients[0]].into_iter().filter(|range| range.lo != 0.0) {
                        // the mean of Keras under torch, and the module's weights, have the digits of f32
                        let short = file == "keras-torch" || file == "module";
                        let unit = if short { Format::F32 } else { case.format }.unit();
                        let width = (range.hi - range.lo) / range.lo.abs().min(range.hi.abs());
                        assert!(!range.nan && width <= 100.0 * (unit + range::OWN), "{}: {range:?}", case.title());
                        looked += 1;
                    }
                }
            }
        }
        assert!(looked > 50, "{file}: {looked}");
    }
}

/// What torchvision states is the paper's loss for labels 0 and 1; what the older Keras functions state is, inside the clip.
#[test]
fn what_is_stated_is_the_loss_of_the_paper() {
    for (file, function) in [
        ("torchvision", "torchvision.ops.sigmoid_focal_loss"),
        ("keras-tensorflow", "older Keras, binary"),
        ("keras-tensorflow", "older Keras, categorical"),
    ] {
        let mut looked = 0;
        for case in Recording::read(file).cases.iter().filter(|case| case.function == function) {
            let Some(plan) = Plan::of(case) else { continue };
            let hard = |place: usize| [0.0, 1.0].contains(&case.target[place]);
            let inside = |p: f64| file == "torchvision" || (1e-6..=1.0 - 1e-6).contains(&p);
            for group in &plan.groups {
                if group.iter().all(|term| hard(term.place) && inside(case.input[term.place])) {
                    let ((loss, slopes), (paper, papers)) = (plan.truths(group), plan.papers(group));
                    for (a, b) in slopes.into_iter().chain([loss]).zip(papers.into_iter().chain([paper])) {
                        let (Truth::Value(a), Truth::Value(b)) = (a, b) else {
                            panic!("{}: {a:?} {b:?}", case.title())
                        };
                        let (a, b) = (a.to_f64(), b.to_f64());
                        assert!((a - b).abs() <= f64::EPSILON * b.abs(), "{}: {a:e} {b:e}", case.title());
                        looked += 1;
                    }
                }
            }
        }
        assert!(looked > 300, "{function}: {looked}");
    }
}

/// What the functions do differently from one another is seen: each of these readings is refused.
#[test]
fn other_readings_are_refused() {
    let soft = |case: &Case| case.target.iter().any(|y| *y != 0.0 && *y != 1.0) && case.format == Format::F32;
    let set = |name: &'static str, value: serde_json::Value| {
        move |case: &mut Case| {
            case.set.retain(|(chosen, _)| chosen != name);
            case.set.push((name.to_string(), value.clone()));
        }
    };
    // weights of the module by class, as the paper has them: class 1 gets alpha
    let mut case = found("module", |case| case.function.ends_with("row by row") && case.number("gamma", 0.0) == 2.0);
    let all = losses_held(&case);
    assert!(all.0 == all.1 && case.numbers("alpha").is_none(), "{all:?}");
    set("alpha", json!(0.75))(&mut case);
    let (held, of) = losses_held(&case);
    assert!(held < of / 2, "{held} of {of}");
    // y once, where the older categorical function has it twice
    let mut case = found("keras-torch", |case| case.function == "older Keras, categorical" && soft(case));
    case.target.iter_mut().for_each(|y| *y = f64::from(y.sqrt() as f32));
    assert_eq!(losses_held(&case).0, 0);
    // a soft label counts as 0, not as a mixture
    let case = found("keras-torch", |case| case.function == "older Keras, binary" && soft(case));
    let mut other = found("keras-torch", |case| case.function == "older Keras, binary" && soft(case));
    other.target.iter_mut().for_each(|y| *y = 0.0);
    assert!(losses_held(&case).0 == losses_held(&case).1 && losses_held(&other).0 == losses_held(&other).1);
    other.target.iter_mut().for_each(|y| *y = 1.0);
    assert_eq!(losses_held(&other).0, 0);
    // alpha counts only with apply_class_balancing, and is ignored otherwise
    let own = |case: &Case| case.function.contains("BinaryFocal") && case.says("apply_class_balancing").is_none();
    let mut case = found("keras-tensorflow", |case| own(case) && case.shape.len() == 2 && case.shape[1] == 1);
    set("apply_class_balancing", json!(true))(&mut case);
    let (held, of) = losses_held(&case);
    assert!(held < of / 4, "{held} of {of}");
    // Keras' own categorical function divides by the sum over classes, the older one does not
    let own = |case: &Case| case.function.contains("CategoricalFocal") && case.shape[1] == 3 && !soft(case);
    let mut case = found("keras-tensorflow", |case| own(case) && case.number("gamma", 0.0) == 2.0);
    case.function = "older Keras, categorical".to_string();
    let (held, of) = losses_held(&case);
    assert!(held < of, "{held} of {of}");
    // the bounds of the clip: those of f32 under torch in f64 as well
    let older = |case: &Case| case.function == "older Keras, binary" && case.format == Format::F64;
    let mut case = found("keras-torch", older);
    case.file = "keras-tensorflow";
    let (held, of) = losses_held(&case);
    assert!(held < of && held > of / 4, "{held} of {of}");
}

/// Gradients that are NaN though there is a gradient: the derivative of a power is ∞ where p_t has been rounded to 1.
#[test]
fn gradients_are_lost_where_p_t_rounds_to_1() {
    let nan = |case: &Case, x: f64, y: f64| {
        let Outcome::Values { gradient, .. } = &case.outcome else { panic!("{}", case.title()) };
        let at = (0..case.input.len()).find(|at| case.input[*at] == x && case.target[*at] == y);
        gradient[at.unwrap_or_else(|| panic!("{}: no {x}, {y}", case.title()))].is_nan()
    };
    let with = |gamma: f64| move |case: &Case| case.number("gamma", 2.0) == gamma && case.input.len() > 50;
    let case = found("torchvision", with(0.5));
    assert!(case.format == Format::F32 && nan(&case, 17.0, 1.0) && nan(&case, -20.0, 0.0) && !nan(&case, 16.0, 1.0));
    let small = f64::from(1e-8f32);
    for (file, gamma, lost) in [
        ("keras-torch", 0.0, false),
        ("keras-tensorflow", 0.0, true),
        ("keras-torch", 0.5, true),
        ("keras-tensorflow", 0.5, true),
        ("keras-torch", 2.0, false),
        ("keras-tensorflow", 2.0, false),
    ] {
        let case = found(file, |case| case.function.contains("BinaryFocal") && with(gamma)(case));
        assert!(nan(&case, small, 0.0) == lost && nan(&case, 1.0, 1.0) == lost, "{}", case.title());
        assert!(!nan(&case, small, 1.0), "{}", case.title());
    }
    // the module in f64: p + 1e-10 is above 1, and so is p_t
    let wide = |case: &Case| case.format == Format::F64 && case.function.ends_with("row by row") && case.shape[1] == 2;
    for (gamma, lost) in [(0.5, true), (2.0, false)] {
        let case = found("module", |case| wide(case) && case.number("gamma", 2.0) == gamma);
        let Outcome::Values { loss, .. } = &case.outcome else { panic!("{}", case.title()) };
        let at = (0..loss.len()).find(|row| case.input[2 * row + case.target[*row] as usize] == 1.0);
        assert_eq!(loss[at.expect("a probability 1")].is_nan(), lost, "{}", case.title());
    }
}

/// Outside the clip the older functions have no gradient at all; just inside they have.
#[test]
fn gradients_end_at_the_clip() {
    for file in ["keras-torch", "keras-tensorflow"] {
        for case in Recording::read(file).cases.iter().filter(|case| case.function == "older Keras, binary") {
            let Outcome::Values { gradient, .. } = &case.outcome else { continue };
            let [lo, hi] = plan::clip(case);
            for ((p, y), gradient) in case.input.iter().zip(&case.target).zip(gradient) {
                let inside = (lo..=hi).contains(p);
                assert!(inside == (*gradient != 0.0), "{} at {p:e}, y = {y}: {gradient:e}", case.title());
            }
        }
    }
    assert_eq!(f64::from((1.0 - 1e-7) as f32), 1.0 - 2f64.powi(-23), "what f32 makes of 1 - 1e-7");
}

#[test]
fn losses_have_the_shapes_of_their_sums() {
    let shape = |file: &'static str, function: &str, shape: &[usize]| {
        let case = found(file, |case| case.function == function && case.shape == shape);
        match case.outcome {
            Outcome::Values { loss_shape, .. } => Some(loss_shape),
            Outcome::Error { .. } => None,
        }
    };
    for file in ["keras-torch", "keras-tensorflow"] {
        for (input, older, own) in [
            (vec![3, 4], Some(vec![3]), vec![3]),
            (vec![12], None, vec![]),
            (vec![1, 3, 2, 2], Some(vec![1, 2, 2]), vec![1, 3, 2]),
            (vec![1, 3, 4, 1], Some(vec![1, 4, 1]), vec![1, 3, 4]),
        ] {
            assert_eq!(shape(file, "older Keras, binary", &input), older, "{file} {input:?}");
            assert_eq!(shape(file, "keras.losses.BinaryFocalCrossentropy", &input), Some(own), "{file} {input:?}");
        }
    }
}

/// Where a call fails, and with what.
#[test]
fn errors_are_those_that_were_met() {
    let mut met = Vec::new();
    for file in RECORDINGS {
        for case in Recording::read(file).cases.iter().filter(|case| case.format == Format::F32) {
            if let Outcome::Error { class, message } = &case.outcome {
                assert!(!message.is_empty(), "{}", case.title());
                met.push((file, case.function.as_str().to_string(), case.shape.clone(), class.clone()));
            }
        }
    }
    let met: Vec<String> =
        met.iter().map(|(file, function, shape, class)| format!("{file}: {function} {shape:?} {class}")).collect();
    let stated = "\
torchvision: torchvision.ops.sigmoid_focal_loss [8] ValueError
torchvision: torchvision.ops.sigmoid_focal_loss [8] ValueError
torchvision: torchvision.ops.sigmoid_focal_loss [8] ValueError
module: FocalLoss [4, 2] ValueError
module: FocalLoss [3, 3] RuntimeError
module: FocalLoss [3, 3] RuntimeError
module: FocalLoss [3, 3] RuntimeError
module: FocalLoss [2, 2, 4] RuntimeError
module: FocalLoss [2, 2, 2, 2] RuntimeError
module: FocalLoss [2, 2, 2, 2, 1] RuntimeError
module: FocalLoss [16] IndexError
module: FocalLoss [4, 2] RuntimeError
keras-torch: keras.losses.BinaryFocalCrossentropy [4, 1] RuntimeError
keras-torch: older Keras, binary [12] IndexError
keras-torch: keras.losses.CategoricalFocalCrossentropy [14, 3] RuntimeError
keras-torch: older Keras, categorical [14, 3] RuntimeError
keras-tensorflow: older Keras, binary [12] InvalidArgumentError
keras-tensorflow: keras.losses.CategoricalFocalCrossentropy [14, 3] InvalidArgumentError
keras-tensorflow: older Keras, categorical [14, 3] InvalidArgumentError";
    assert_eq!(met.join("\n"), stated);
}

/// What is recorded says which packages made it: those of the requirements beside the scripts.
#[test]
fn recordings_name_their_packages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    for file in RECORDINGS {
        let group = if file == "keras-tensorflow" { "tensorflow" } else { "torch" };
        let wanted = fs::read_to_string(folder.join(format!("requirements-{group}.txt"))).unwrap();
        let made = Recording::read(file).made;
        let packages: Vec<_> =
            made.iter().filter(|(name, _)| !["date", "python", "machine"].contains(&name.as_str())).collect();
        assert!(packages.len() + 3 == made.len() && packages.len() > 1, "{file}: {made:?}");
        for (name, version) in packages {
            assert!(
                wanted.lines().any(|line| line == format!("{name}=={version}")),
                "{file}: {name} {version}\n{wanted}"
            );
        }
    }
}
