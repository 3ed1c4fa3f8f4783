//! Recordings beside what is emitted in place of each function, at every recorded point.
//!
//! Where a command computes what the function states, its result is within the bound that its text states of that truth,
//! and as near to what was recorded as the operations that the framework codes explain. Where the two are further apart
//! than the bound explains, MPFR says which is right, and it is ours. Elsewhere (beyond a clip, for inputs that are none) it
//! is within its bound of the loss of the paper, cut where the command says so, and NaN for what it does not take. In
//! probabilities of classes other than the target derivatives are 0.

use std::fs;
use std::path::{Path, PathBuf};

use focal_derive::Spec;
use focal_derive::format::Format;
use focal_derive::oracle::judge::{Judge, Truth as JudgedTruth};
use focal_derive::oracle::{Backend, Outcome as Truth};
use focal_derive::setting::{Choice, settle};
use focal_derive::spec::classes::{Row, row};

use super::emitted::{self, Emitted, Given};
use super::plan::{Plan, Term};
use super::range::Range;
use super::recording::{Case, Outcome, Recording};

/// Who is asked where a recording and a kernel disagree: not who judges the kernel.
#[cfg(feature = "mpfr")]
const SECOND: Backend = Backend::Mpfr;
#[cfg(not(feature = "mpfr"))]
const SECOND: Backend = Backend::Dashu;

/// What was looked at.
#[derive(Default, Debug)]
struct Seen {
    /// Results of kernels.
    results: usize,
    /// Of them, those of the very function that was recorded.
    same: usize,
    /// Of them, those further from what was recorded than the kernel's own error: the kernel is right.
    apart: usize,
    /// Of them, those where what was recorded is no finite number.
    broken: usize,
    /// Results for inputs that a command does not take: NaN.
    refused: usize,
    /// Derivatives in probabilities of other classes than the target: 0.
    others: usize,
    /// What is wrong.
    wrong: Vec<String>,
}

/// A folder of its own for a test's program.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peers").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// Judges the kernels in place of the functions of these cases; `edit` may plant a fault in their commands.
fn judged(name: &str, cases: &[Case], edit: &dyn Fn(&mut Vec<String>)) -> Seen {
    let mut seen = Seen::default();
    for (case, kernels) in cases.iter().zip(emitted::run(cases, edit, &folder(name))) {
        let (Some(plan), false) = (Plan::of(case), kernels.is_empty()) else { continue };
        let floats = Plan::of(&emitted::in_floats(case)).expect("it has a plan");
        for (place, group) in floats.groups.iter().enumerate() {
            let ranges = plan.ranges(&plan.groups[place]);
            let stated = floats.truths(group);
            for kernel in &kernels {
                let looked = Looked { case, plan: &floats, kernel, group, place };
                looked.judge(&stated, &ranges, &mut seen);
            }
        }
        for kernel in &kernels {
            let refused = |place: usize| {
                let chosen =
                    floats.groups.iter().flatten().find(|term| term.place / case.shape[1] == place / case.shape[1]);
                !emitted::takes(case, &floats, kernel, chosen.expect("a class is chosen"))
            };
            for (place, slope) in kernel.strays(&floats) {
                seen.results += 1;
                seen.others += 1;
                if !(slope == 0.0 || slope.is_nan() && refused(place)) {
                    seen.wrong.push(format!("of another class: {slope:e} at {place}: {}", kernel.command));
                }
            }
        }
    }
    seen
}

/// A group of a case and the kernel that is looked at.
struct Looked<'a> {
    case: &'a Case,
    /// With the parameters that the kernel has.
    plan: &'a Plan,
    kernel: &'a Emitted,
    group: &'a [Term],
    place: usize,
}

impl Looked<'_> {
    /// Judges the loss of the group and each derivative.
    fn judge(&self, stated: &(Truth, Vec<Truth>), ranges: &(Range, Vec<Range>), seen: &mut Seen) {
        let Outcome::Values { loss, gradient, .. } = &self.case.outcome else { panic!("{}", self.case.title()) };
        let (own, slopes) = emitted::truths(self.plan, self.kernel, self.group);
        let same = |term: &Term| emitted::same(self.case, self.plan, self.kernel, term);
        let all = self.group.iter().all(same);
        let ours = self.kernel.loss(self.group, self.plan.divisor);
        self.one(None, (ours, loss[self.place]), own, all.then_some((stated.0, ranges.0)), seen);
        for (at, term) in self.group.iter().enumerate() {
            let ours = self.kernel.slope(term, self.plan.divisor);
            let stated = (same(term) && !self.plan.on_a_bound(term)).then(|| (stated.1[at], ranges.1[at]));
            self.one(Some(at), (ours, gradient[term.place]), slopes[at], stated, seen);
        }
    }

    /// Judges one result, of the loss or of the derivative in one input.
    fn one(
        &self,
        slope: Option<usize>,
        (ours, theirs): (Given, f64),
        own: Truth,
        stated: Option<(Truth, Range)>,
        seen: &mut Seen,
    ) {
        seen.results += 1;
        let format = self.case.format;
        let mut wrong = |what: &str| {
            let terms: Vec<String> = self.group.iter().map(|term| self.term(term)).collect();
            let which = slope.map_or("loss".to_string(), |at| format!("derivative in input {at}"));
            seen.wrong.push(format!(
                "{what}: {}\n  focal-derive {}\n  {which} at {}: {ours:?}, recorded {theirs:e}, own {own:?}, stated {stated:?}",
                self.case.title(), self.kernel.command, terms.join("; ")
            ));
        };
        let looked_at = slope.map_or(self.group, |at| &self.group[at..=at]);
        if looked_at.iter().any(|term| !emitted::takes(self.case, self.plan, self.kernel, term)) {
            if !ours.value.is_nan() {
                wrong("an input that it does not take");
            }
            seen.refused += 1;
            return;
        }
        match own {
            Truth::Value(known) if known.ulps(ours.value, format) <= ours.bound => {}
            Truth::Value(_) => return wrong("beyond its bound"),
            Truth::Undefined if self.is_limit(slope.is_some(), ours.value, &looked_at[0]) => {}
            Truth::Undefined => wrong("not the limit"),
            Truth::Unsettled => wrong("unsettled"),
        }
        let Some((stated, range)) = stated else { return };
        seen.same += 1;
        let Truth::Value(known) = stated else { return wrong("nothing is stated") };
        let error = known.ulps(ours.value, format);
        if error > ours.bound {
            return wrong("beyond its bound of what is stated");
        }
        let off = ours.bound * ulp(ours.value, format);
        if !(range.lo - off..=range.hi + off).contains(&ours.value) {
            return wrong("not what the framework can give");
        }
        if !theirs.is_finite() {
            seen.broken += 1;
        } else if (theirs - ours.value).abs() <= 2.0 * off {
            return;
        }
        seen.apart += 1;
        if !self.is_nearer(slope, ours, theirs) {
            wrong("what was recorded is nearer to the truth");
        }
    }

    /// Is the kernel's result within its bound of the truth, by another judge, and what was recorded further away?
    fn is_nearer(&self, slope: Option<usize>, ours: Given, theirs: f64) -> bool {
        let (loss, slopes) = self.plan.truths_by(SECOND, self.group);
        let Truth::Value(known) = slope.map_or(loss, |at| slopes[at]) else { return false };
        let error = |value: f64| known.ulps(value, self.case.format);
        error(ours.value) <= ours.bound && error(theirs) > error(ours.value)
    }

    /// Where the formula has no value: is it the limit at 0 or at 1, and on a bound of a clip finite?
    fn is_limit(&self, slope: bool, value: f64, term: &Term) -> bool {
        let p = self.case.input[term.place];
        if self.kernel.clip.is_some_and(|bounds| bounds.contains(&p)) {
            return value.is_finite();
        }
        let Some(&y) = self.case.target.get(term.place) else { return false };
        let limit = match (slope, p == y) {
            (false, true) | (true, true) => 0.0,
            (false, false) => f64::INFINITY,
            (true, false) => f64::INFINITY * (1.0 - 2.0 * y),
        };
        (p == 0.0 || p == 1.0) && value == limit
    }

    fn term(&self, term: &Term) -> String {
        let label = self.case.target.get(term.place).filter(|_| self.case.target.len() == self.case.input.len());
        format!("{:e}, label {label:?}", self.case.input[term.place])
    }
}

/// The spacing of floats above a number of the format.
fn ulp(value: f64, format: Format) -> f64 {
    match format {
        Format::F32 => f64::from((value.abs() as f32).next_up()) - f64::from(value.abs() as f32),
        Format::F64 => value.abs().next_up() - value.abs(),
    }
}

/// Nothing is wrong with any of them.
fn holds(file: &'static str) -> Seen {
    let seen = judged(file, &Recording::read(file).cases, &|_| {});
    let first = seen.wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(seen.wrong.is_empty(), "{} of {} results:\n{first}", seen.wrong.len(), seen.results);
    seen
}

#[test]
fn kernels_stand_in_for_torchvision() {
    let seen = holds("torchvision");
    assert!(seen.results > 1500 && seen.same + seen.refused == seen.results, "{seen:?}");
    assert!(seen.apart > 400 && seen.broken > 20, "{seen:?}");
}

#[test]
fn kernels_stand_in_for_the_pytorch_module() {
    let seen = holds("module");
    assert!(seen.results > 3500 && seen.same > 1500 && seen.refused > 100 && seen.others > 1500, "{seen:?}");
    assert!(seen.apart > 300, "{seen:?}");
}

#[test]
fn kernels_stand_in_for_keras_on_torch() {
    let seen = holds("keras-torch");
    assert!(seen.results > 6000 && seen.same > 4000 && seen.apart > 500 && seen.refused > 100, "{seen:?}");
}

#[test]
fn kernels_stand_in_for_keras_on_tensorflow() {
    let seen = holds("keras-tensorflow");
    assert!(seen.results > 6000 && seen.same > 4000 && seen.apart > 500 && seen.refused > 100, "{seen:?}");
}

/// Rows go through the same program: Keras' function for C classes, called with logits, beside the softmax's kernel.
///
/// Nothing is stated of these recordings, so the judge of rows says what is true, and what was recorded is held to what
/// some thirty operations and functions lose, each two units at most, where the probability of the target is not clipped.
#[test]
fn rows_stand_in_for_keras_on_logits() {
    for file in ["keras-torch", "keras-tensorflow"] {
        let seen = of_logits(file, &|_| {});
        assert!(seen.results == 48 && seen.same == 24 && seen.wrong.is_empty(), "{seen:?}");
        for (option, wrong) in [("--alpha", "0.250001"), ("--gamma", "2.000001")] {
            let edit = |words: &mut Vec<String>| {
                let at = words.iter().position(|word| word == option).expect("it is set");
                words[at + 1] = wrong.into();
            };
            let seen = of_logits(file, &edit);
            assert!(seen.wrong.len() > 12, "{option} {wrong}: {} of {}", seen.wrong.len(), seen.results);
        }
    }
}

/// Judges the softmax's kernel at the logits of a file.
fn of_logits(file: &'static str, edit: &dyn Fn(&mut Vec<String>)) -> Seen {
    let cases = Recording::read(file).cases.into_iter().filter(|case| {
        case.function.ends_with("CategoricalFocalCrossentropy") && case.says("from_logits") == Some(true)
    });
    let cases: Vec<Case> = cases.collect();
    let line = "focal-derive emit focal_softmax --alpha 0.25 --gamma 2";
    let mut seen = Seen::default();
    for (case, kernel) in cases.iter().zip(emitted::run_rows(&cases, line, edit, &folder(&format!("rows {file}")))) {
        let Outcome::Values { loss, gradient, .. } = &case.outcome else { panic!("{}", case.title()) };
        for (place, _) in case.input.iter().enumerate() {
            let (row, class) = (place / case.shape[1], place % case.shape[1]);
            let logits = &case.input[row * case.shape[1]..][..case.shape[1]];
            let target = emitted::class(case, row);
            let truths = by_the_judge(logits, (target, class));
            let recorded = [loss[row], gradient[place]];
            for (order, Given { value, bound }) in kernel.at(row, place).into_iter().enumerate() {
                seen.results += 1;
                let mut near = true;
                if logits.iter().all(|z| z.abs() < 10.0) {
                    seen.same += 1;
                    near = (recorded[order] - value).abs() <= 64.0 * case.format.unit() * value.abs();
                }
                if !near || truths[order].ulps(value, case.format) > bound {
                    let recorded = recorded[order];
                    let at = format!("{value:e}, recorded {recorded:e}, in {logits:?}, {target}, {class}");
                    seen.wrong.push(format!("{}: {at}", case.title()));
                }
            }
        }
    }
    seen
}

/// The loss of a row of logits and its derivative in one of them, for alpha = 1/4 and gamma = 2.
fn by_the_judge(logits: &[f64], (target, class): (usize, usize)) -> [JudgedTruth; 2] {
    let spec = Spec::builtin("focal_softmax").expect("it comes with the tool");
    let choices = [("alpha", "0.25"), ("gamma", "2")];
    let choices = choices.map(|(name, value)| (name.to_string(), Choice::parse(value).expect("a number")));
    let parameters = settle(&spec, &choices, Format::F64).expect("both are set");
    let of_row = row(&spec, &Row { logits, target, class }).expect("a row of numbers");
    let truths = Judge::new(&of_row, &parameters, None).truths(logits[class], f64::NAN, &[], 1).outputs;
    [truths[0], truths[1]]
}

/// Another clip, the weights of the classes exchanged, another power, another loss: a command that is wrong is refuted.
#[test]
fn wrong_commands_are_caught() {
    let faults = [
        ("keras-tensorflow", "older Keras, binary", "1e-7", "1e-6"),
        ("keras-tensorflow", "older Keras, binary", "1e-7", "1.2e-7"),
        ("keras-torch", "keras.losses.BinaryFocalCrossentropy", "0.25", "0.75"),
        ("keras-torch", "keras.losses.BinaryFocalCrossentropy", "0.25", "0.250001"),
        ("keras-tensorflow", "older Keras, categorical", "1e-7", "1.2e-7"),
        ("keras-torch", "keras.losses.CategoricalFocalCrossentropy", "--normalise", ""),
        ("keras-tensorflow", "keras.losses.CategoricalFocalCrossentropy", "1e-7", "0.05"),
        ("keras-tensorflow", "keras.losses.CategoricalFocalCrossentropy", "0.25", "0.250001"),
        ("keras-torch", "older Keras, categorical", "0.25", "0.250001"),
        ("keras-torch", "older Keras, categorical", "2", "2.000001"),
        ("module", "FocalLoss, row by row", "0.25", "0.75"),
        ("module", "FocalLoss, row by row", "1e-10", "1.1e-10"),
        ("module", "FocalLoss, row by row", "1,3", "3,1"),
        ("module", "FocalLoss, row by row", "--alpha-normalise", ""),
        ("torchvision", "torchvision.ops.sigmoid_focal_loss", "0.5", "0.500001"),
        ("torchvision", "torchvision.ops.sigmoid_focal_loss", "focal_binary", "focal_probability"),
    ];
    for (place, (file, function, right, wrong)) in faults.into_iter().enumerate() {
        let gamma = if right == "0.5" { 0.5 } else { 2.0 };
        let list = right == "1,3" || right == "--alpha-normalise";
        let least = if list || function.contains("Categorical") { 40 } else { 51 };
        let cases = Recording::read(file).cases.into_iter().filter(|case| {
            let listed = case.numbers("alpha").is_some_and(|list| list == [1.0, 3.0]);
            case.function == function
                && case.number("gamma", 2.0) == gamma
                && case.input.len() >= least
                && listed == list
        });
        let case = [cases.take(1).next().expect("a case")];
        let seen = judged(&format!("right {place}"), &case, &|_| {});
        assert!(seen.wrong.is_empty() && seen.same > if least < 51 { 20 } else { 80 }, "{seen:?}");
        let edit = |words: &mut Vec<String>| {
            assert!(words.iter().any(|word| word == right), "{words:?} has no {right}");
            words.iter_mut().filter(|word| *word == right).for_each(|word| *word = wrong.into());
            words.retain(|word| !word.is_empty());
        };
        let seen = judged(&format!("wrong {place}"), &case, &edit);
        assert!(seen.wrong.len() > 5, "{wrong} for {right}: {} of {} results", seen.wrong.len(), seen.results);
    }
}

/// The document names the very lines that run here, each in the row of its function, and no others.
#[test]
fn the_document_names_what_runs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/frameworks.md");
    let text = fs::read_to_string(path).expect("the document");
    let mut named = 0;
    for one in emitted::instead() {
        let is_row =
            |line: &&str| line.split('|').nth(1).is_some_and(|cell| cell.replace('`', "").trim() == one.function);
        let row = text.lines().find(is_row).unwrap_or_else(|| panic!("no row of {}", one.function));
        for command in &one.commands {
            assert!(row.contains(&format!("`{command}`")), "{command} is not in\n{row}");
            named += 1;
        }
    }
    let lines = text.split('`').skip(1).step_by(2).filter(|code| code.starts_with("focal-derive emit "));
    assert_eq!(lines.count(), named, "lines of the document that nothing runs");
}
