//! Whole sweeps: the committed kernels at a part of their floats, what a sweep says against the judge alone, and
//! faults at a single float.

use focal_derive::expr::Expr;
use focal_derive::kernel::{Format, Inst, Kernel, Let, Mode, Val, eval};
use focal_derive::oracle::judge::{Judge, Known, Truth};
use focal_derive::setting::settle;
use focal_derive::verify::sweep::{Asked, BINS, Part, STEPS, Sweep, Tally, sweep};
use focal_derive::verify::{VerifyOptions, hexfloat, verify_kernel};
use focal_derive::{Derivation, lower};

use super::verify::{choices, derivation};

pub fn kernel(loss: &str, words: &[(&str, &str)], order: u8) -> Kernel {
    let parameters = settle(&derivation(loss).spec, &choices(words), Format::F32).unwrap();
    lower::kernel(derivation(loss), &parameters, (Format::F32, Mode::Accurate), order, false).unwrap()
}

pub fn swept(kernel: &Kernel, asked: Asked, at: &[(&str, &str)]) -> Sweep {
    let at: Vec<(String, String)> = at.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    sweep(derivation(&kernel.loss), kernel, &asked, &at, &|_, _| {}).unwrap()
}

pub fn range(lo: f32, hi: f32) -> Asked {
    Asked { part: Part::Range(lo, hi), one_in: 1, seed: 1 }
}

/// One block in 64 of the floats that occur, for a kernel that is committed.
fn committed(loss: &str, words: &[(&str, &str)], at: &[(&str, &str)]) {
    let found = swept(&kernel(loss, words, 2), Asked { part: Part::Core, one_in: 64, seed: 1 }, at);
    assert!(found.holds(), "{found}");
    assert!(found.floats > 11_000_000 && found.outputs.len() == 3, "{found}");
    for one in &found.outputs {
        assert_eq!(one.tally.unsettled, 0, "{found}");
        assert!(one.bound.is_some(), "{found}");
    }
    // what is left to the judge must stay rare, or whole sweeps take hours; alpha = 1/4 makes a quarter of the far
    // losses ties of f32, which only the judge can tell
    assert!(found.judged * 20 < found.results(), "{found}");
}

#[test]
fn focal_binary_with_gamma_2_holds() {
    committed("focal_binary", &[("gamma", "2")], &[]);
}

#[test]
fn focal_binary_with_open_parameters_holds() {
    let open = [("alpha", "param"), ("gamma", "param")];
    committed("focal_binary", &open, &[("alpha", "0.25"), ("gamma", "2.5")]);
}

#[test]
fn cross_entropy_binary_holds() {
    committed("cross_entropy_binary", &[("alpha", "param")], &[("alpha", "0.25")]);
}

#[test]
fn focal_star_holds() {
    committed("focal_star", &[("beta", "param"), ("gamma", "param")], &[("beta", "-1.7"), ("gamma", "2")]);
}

/// |value|/T
fn share(value: Known, terms: Known) -> f64 {
    if value.is_zero() || terms.is_zero() {
        return 1.0;
    }
    (value.hi / terms.hi).abs() * 2f64.powi((value.exponent - terms.exponent).clamp(-1000, 1000) as i32)
}

/// The sum T of absolute terms of the second derivative, from the literature and not from what was derived.
fn known_terms(loss: &str) -> Expr {
    Expr::parse(match loss {
        "focal_binary" => {
            "alpha_t * p_t * (1 - p_t)^gamma
             * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t + (1 - p_t)))"
        }
        "focal_star" => "gamma * p_star * (1 - p_star)",
        "cross_entropy_binary" => "alpha_t * p_t * (1 - p_t)",
        other => panic!("no sum of terms of `{other}` is written down here"),
    })
    .unwrap()
}

/// What a sweep says of an output: count, rounded right, worst and bins.
type Said = (u64, u64, f64, Vec<u64>);

/// What the judge says of every float of a range, one by one, of each output.
fn one_by_one(kernel: &Kernel, lo: f32, hi: f32) -> Vec<Said> {
    let terms = known_terms(&kernel.loss);
    let judge = Judge::new(&derivation(&kernel.loss).spec, &kernel.parameters, Some(&terms));
    let mut all = vec![(0, 0, 0.0, vec![0; BINS + 1]); 3];
    let (mut x, mut floats) = (lo, vec![lo]);
    while x < hi || x.to_bits() != hi.to_bits() {
        // −0 and +0 are neighbours here
        x = if x.to_bits() == (-0.0f32).to_bits() {
            0.0
        } else if x == -f32::from_bits(1) {
            -0.0
        } else {
            x.next_up()
        };
        floats.push(x);
    }
    for x in floats.into_iter().map(f64::from) {
        for y in [0.0, 1.0] {
            let truths = judge.truths(x, y, &[], 2);
            let results = eval::point(kernel, x, y, None, &[]);
            for (k, (count, right, worst, bins)) in all.iter_mut().enumerate() {
                let result = results[k];
                let truth = match truths.outputs[k] {
                    // within 2^−78 of a float of 53 digits it counts as that float
                    Truth::Finite(known) if known.lo.abs() <= 2f64.powi(-78) * known.hi.abs() => {
                        Truth::Finite(Known { lo: 0.0, ..known })
                    }
                    truth => truth,
                };
                let mut error = truth.ulps(result, Format::F32);
                let rounded = match truth {
                    Truth::Finite(known) => f64::from(known.to_f32()) == result,
                    _ => error == 0.0,
                };
                if let (2, Truth::Finite(value), Some(Truth::Finite(terms))) = (k, truth, truths.terms) {
                    error *= share(value, terms);
                }
                *count += 1;
                *right += u64::from(rounded);
                *worst = error.max(*worst);
                bins[((error * STEPS as f64) as usize).min(BINS)] += 1;
            }
        }
    }
    all
}

/// Does a sweep say the same?
fn agrees(tally: &Tally, (count, right, worst, bins): &Said) -> bool {
    // below a quarter of an ulp an upper end is enough
    let most = if *worst < 0.25 { worst + 2f64.powi(-16) } else { *worst };
    let same = (tally.count, tally.right, &tally.bins) == (*count, *right, bins);
    same && (*worst..=most).contains(&tally.worst)
}

/// The first kernel that is wrong: every result moved by some ulps that change from float to float.
fn shaken(mut kernel: Kernel) -> Kernel {
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    for place in 0..kernel.outputs.len() {
        let value = kernel.outputs[place].value;
        let last = kernel.lets.len();
        let factor = [1e-7, 3e-7, 1.5e-6][place];
        let planted = [
            // x·2^40 − (x·2^40 rounded to a multiple of 1.5·2^52's last place): something like chance
            Inst::Const(2f64.powi(20)),
            Inst::Mul(Val(x), Val(last)),
            Inst::Const(6_755_399_441_055_744.0),
            Inst::Add(Val(last + 1), Val(last + 2)),
            Inst::Sub(Val(last + 3), Val(last + 2)),
            Inst::Sub(Val(last + 1), Val(last + 4)),
            Inst::Const(factor),
            Inst::Mul(Val(last + 5), Val(last + 6)),
            Inst::Mul(Val(last + 7), value),
            Inst::Add(value, Val(last + 8)),
        ];
        push(&mut kernel, &planted);
        kernel.outputs[place].value = Val(kernel.lets.len() - 1);
    }
    kernel.check().unwrap();
    kernel
}

fn push(kernel: &mut Kernel, insts: &[Inst]) {
    for inst in insts {
        let name = format!("planted_{}", kernel.lets.len());
        kernel.lets.push(Let { name, inst: *inst, meaning: String::new() });
    }
}

#[test]
fn a_sweep_says_what_the_judge_says_of_each_float() {
    let ranges = [
        (0.5, f32::from_bits(0.5f32.to_bits() + 2500)),
        (-f32::from_bits(700), f32::from_bits(900)),
        (-2.790_2, -2.790_02),
        (-2.000_2, -1.999_9),
        (-104.002, -103.99),
        (40.0, 40.004),
        (53.9, 54.1),
        (70.0, 70.004),
        (79.999, 80.003),
        (700.0, 700.04),
        (1.0e30, f32::from_bits(1.0e30f32.to_bits() + 600)),
        (f32::from_bits(f32::MAX.to_bits() - 300), f32::INFINITY),
    ];
    let right = kernel("focal_binary", &[("gamma", "2")], 2);
    let alpha = kernel("focal_binary", &[("gamma", "0.5"), ("alpha", "0.25")], 2);
    let ties = kernel("focal_binary", &[("gamma", "2.5"), ("alpha", "0.25")], 2);
    let star = kernel("focal_star", &[("gamma", "2"), ("beta", "-1.7")], 2);
    for kernel in [right.clone(), shaken(right), shaken(alpha), ties, star] {
        for (lo, hi) in ranges {
            let (found, expected) = (swept(&kernel, range(lo, hi), &[]), one_by_one(&kernel, lo, hi));
            assert_eq!(found.outputs.len(), 3);
            for (one, said) in found.outputs.iter().zip(&expected) {
                assert!(agrees(&one.tally, said), "{said:?} in {lo:e}..{hi:e}: {found}");
            }
        }
    }
}

/// The refutation that a sweep finds is seen at its witness, by `verify --at`.
fn replays(kernel: &Kernel, found: &Sweep) {
    assert!(!found.holds(), "{found}");
    for finding in &found.findings {
        let values = finding.witness.values.iter();
        let at = values.map(|(name, value)| (name.clone(), hexfloat::print(*value))).collect();
        let options = VerifyOptions { at, ..VerifyOptions::default() };
        let again = verify_kernel(derivation(&kernel.loss), kernel, &options).unwrap();
        assert!(again.findings.contains(finding), "{finding} but {again}");
        assert!(finding.again.contains("--at x="), "{finding}");
    }
}

#[test]
fn a_wrong_constant_is_caught() {
    let whole = kernel("focal_binary", &[("gamma", "2")], 2);
    let mut caught = 0;
    for place in 0..whole.lets.len() {
        let Inst::Const(value) = whole.lets[place].inst else { continue };
        let mut kernel = whole.clone();
        kernel.lets[place].inst = Inst::Const(f64::from_bits(value.to_bits() ^ 1 << 33));
        let found = swept(&kernel, Asked { part: Part::Core, one_in: 4096, seed: 3 }, &[]);
        if !found.holds() {
            replays(&kernel, &found);
            caught += 1;
        }
    }
    assert!(caught > 0, "no wrong constant is caught");
}

/// The Hessian in `x` is wrong by a factor, and nothing else is.
fn with_factor(mut kernel: Kernel, factor: f64) -> Kernel {
    let (value, last) = (kernel.outputs[2].value, kernel.lets.len());
    push(&mut kernel, &[Inst::Const(factor), Inst::Mul(value, Val(last))]);
    kernel.outputs[2].value = Val(last + 1);
    kernel.check().unwrap();
    kernel
}

/// The kernels with one coefficient of an output's last lines, a small whole number, made a part in 2^20 larger.
fn with_wrong_coefficients(whole: &Kernel, value: f64) -> Vec<Kernel> {
    let places = (0..whole.lets.len()).filter(|place| whole.lets[*place].inst == Inst::Const(value));
    let wrong = places.map(|place| {
        let mut kernel = whole.clone();
        kernel.lets[place].inst = Inst::Const(value * (1.0 + 2f64.powi(-20)));
        kernel
    });
    wrong.collect()
}

#[test]
fn a_wrong_coefficient_of_the_hessian_is_caught() {
    // 1 + 2γ, which stands in the Hessian alone
    for (gamma, coefficient) in [("2", 5.0), ("2.5", 6.0), ("5", 11.0)] {
        let whole = kernel("focal_binary", &[("gamma", gamma), ("alpha", "0.25")], 2);
        let mut kernels = with_wrong_coefficients(&whole, coefficient);
        assert!(!kernels.is_empty(), "γ = {gamma}: {coefficient} is no constant of the kernel");
        kernels.push(with_factor(whole, 1.0 + 2f64.powi(-23)));
        for kernel in kernels {
            let found = swept(&kernel, Asked { part: Part::Core, one_in: 4096, seed: 3 }, &[]);
            let refuted: Vec<&str> = found.findings.iter().map(|one| &*one.subject.what).collect();
            assert_eq!(refuted, ["hessian"], "γ = {gamma}: {found}");
            replays(&kernel, &found);
        }
    }
}

/// A derivation whose second derivative is another one, and with it the unit of the Hessian's errors.
fn with_second(derivation: &Derivation, form: &str) -> Derivation {
    let mut wrong = derivation.clone();
    let second = wrong.derived.iter_mut().find(|one| one.name == "d2_x").expect("a second derivative");
    second.form = Expr::parse(form).unwrap();
    wrong
}

#[test]
fn a_wrong_sum_of_terms_is_caught() {
    let kernel = shaken(kernel("focal_binary", &[("gamma", "2"), ("alpha", "0.25")], 2));
    let right = derivation("focal_binary");
    // beside the root, where T and the value part
    let (lo, hi) = (-2.790_2, -2.790_02);
    let expected = one_by_one(&kernel, lo, hi);
    let agree = |derivation: &Derivation| {
        let found = sweep(derivation, &kernel, &range(lo, hi), &[], &|_, _| {}).unwrap();
        found.outputs.iter().zip(&expected).map(|(one, said)| agrees(&one.tally, said)).collect::<Vec<bool>>()
    };
    assert_eq!(agree(right), [true; 3]);
    let factors = "alpha_t * p_t * (1 - p_t)^gamma";
    for bracket in [
        // a coefficient too large, a term forgotten, a sign
        "((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (2*gamma * p_t - (1 - p_t)))",
        "((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t))",
        "((1 + gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
    ] {
        let wrong = with_second(right, &format!("{factors} * {bracket}"));
        assert_eq!(agree(&wrong), [true, true, false], "{bracket}");
    }
}

#[test]
fn a_fault_at_one_float_is_caught() {
    let mut kernel = kernel("focal_binary", &[("gamma", "2")], 1);
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    let (value, last) = (kernel.outputs[1].value, kernel.lets.len());
    let wrong = f32::from_bits(0.7f32.to_bits() + 77);
    // at one float the gradient has the value that its neighbour would have, a step too late
    let planted = [
        Inst::Const(f64::from(wrong)),
        Inst::Equal(Val(x), Val(last)),
        Inst::Const(1.0 + 2e-7),
        Inst::Mul(value, Val(last + 2)),
        Inst::Select(Val(last + 1), Val(last + 3), value),
    ];
    push(&mut kernel, &planted);
    kernel.outputs[1].value = Val(last + 4);
    kernel.check().unwrap();
    let found = swept(&kernel, range(0.5, 1.0), &[]);
    assert_eq!(found.findings.len(), 1, "{found}");
    let witness = &found.findings[0].witness;
    assert_eq!(witness.values[0], ("x".to_string(), f64::from(wrong)));
    assert_eq!(
        found.outputs[1].tally.bins[BINS / 8..].iter().sum::<u64>(),
        2,
        "both labels, and nothing else: {found}"
    );
    replays(&kernel, &found);
}

#[test]
fn nan_and_infinities_are_swept_too() {
    let mut kernel = kernel("cross_entropy_binary", &[], 1);
    let everywhere = Asked { part: Part::All, one_in: 1 << 14, seed: 5 };
    assert!(swept(&kernel, everywhere, &[]).holds());
    // a kernel that is NaN at no NaN cannot be written; one with a wrong limit can
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    let (value, last) = (kernel.outputs[0].value, kernel.lets.len());
    push(&mut kernel, &[Inst::Const(f64::INFINITY), Inst::Equal(Val(x), Val(last)), Inst::Const(1.0)]);
    push(&mut kernel, &[Inst::Select(Val(last + 1), Val(last + 2), value)]);
    kernel.outputs[0].value = Val(last + 3);
    let found = swept(&kernel, everywhere, &[]);
    assert!(found.findings.iter().any(|one| one.witness.values[0].1 == f64::INFINITY), "{found}");
}
