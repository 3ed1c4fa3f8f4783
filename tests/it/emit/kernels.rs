//! Kernels written by hand: what the emitter is doubted with, whatever the engine finds.

use focal_derive::domain::Domain;
use focal_derive::elementary::Level;
use focal_derive::emit::{EmitOptions, Labels};
use focal_derive::kernel::{
    Arithmetic, Format, Inst, Kernel, KernelParameter, Let, Mode, Output, Proved, Setting, Val,
};
use focal_derive::rational::Rational;
use focal_derive::setting::Choice;
use focal_derive::spec::{Input, Spec, Text};

/// A kernel and how it is emitted.
pub struct Case {
    pub spec: Spec,
    pub kernel: Kernel,
    pub options: EmitOptions,
    /// Values of the open parameters that it is run with.
    pub arguments: Vec<Vec<f64>>,
}

impl Case {
    pub fn text(&self) -> String {
        focal_derive::emit::text(&self.kernel, &self.spec, "0123456789abcdef", &self.options).unwrap()
    }
}

/// Every way to emit that differs in its text.
pub fn all() -> Vec<Case> {
    use Format::{F32, F64};
    let fixed = |text: &str| Some(Rational::from_decimal(text).unwrap());
    let none = Some(None);
    let outside = vec![vec![0.25, 2.0], vec![0.0, 0.5], vec![1.0, 3.7], vec![-0.5, 2.0], vec![0.5, f64::INFINITY]];
    let outside = [outside, vec![vec![f64::NAN, 1.0], vec![0.5, -1.0], vec![0.5, f64::NAN], vec![-0.0, 0.0]]].concat();
    let single = vec![vec![0.25], vec![1.0], vec![1.5], vec![f64::NAN]];
    vec![
        case(F32, none.clone(), fixed("2"), 2, false, Labels::Float, vec![vec![]]),
        case(F32, Some(fixed("0.25")), fixed("2"), 1, false, Labels::U8, vec![vec![]]),
        case(F64, none.clone(), fixed("2"), 2, false, Labels::Bool, vec![vec![]]),
        case(F64, None, None, 2, true, Labels::Float, outside.clone()),
        case(F32, None, None, 2, false, Labels::Bool, outside),
        case(F32, None, fixed("3.14"), 1, true, Labels::PlusMinus, single),
        case(F64, Some(fixed("0.1")), fixed("0.5"), 0, false, Labels::Float, vec![vec![]]),
        case(F32, none.clone(), fixed("0.5"), 0, false, Labels::PlusMinus, vec![vec![]]),
        case(F64, none, fixed("2.5"), 1, true, Labels::U8, vec![vec![]]),
        every_instruction(F32, true),
        every_instruction(F64, false),
        tree(F32, 1),
        tree(F64, 2),
    ]
}

/// Some of them with variants for what processors have.
pub fn dispatched() -> Vec<Case> {
    let dispatch = |mut case: Case| {
        (case.options.dispatch, case.options.classes) = (true, true);
        case
    };
    all().into_iter().take(4).map(dispatch).collect()
}

/// A kernel whose names and meanings are so much longer: every width that rustfmt could break a line at.
pub fn stretched(by: usize) -> Case {
    let format = if by.is_multiple_of(2) { Format::F32 } else { Format::F64 };
    let labels = if by.is_multiple_of(3) { Labels::Bool } else { Labels::Float };
    let mut case = case(format, None, None, 2, by % 4 < 2, labels, Vec::new());
    case.options.dispatch = by % 8 < 4;
    case.options.classes = by % 5 < 3;
    let longer = "q".repeat(by);
    for (place, parameter) in case.kernel.parameters.iter_mut().enumerate() {
        parameter.name.push_str(&longer);
        case.spec.parameters[place].name = parameter.name.as_str().into();
        case.options.choices[place].0 = parameter.name.clone();
    }
    for (place, input) in case.spec.inputs.iter_mut().enumerate() {
        input.name = format!("{}{}", input.name, "z".repeat(by / (place + 2))).as_str().into();
    }
    for one in &mut case.kernel.lets {
        one.name.push_str(&longer);
        one.meaning = format!("{0}{0}{0}", longer);
    }
    case
}

/// α: argument, none, or a value; γ: argument or a value.
fn case(
    format: Format,
    alpha: Option<Option<Rational>>,
    gamma: Option<Rational>,
    order: u8,
    weighted: bool,
    labels: Labels,
    arguments: Vec<Vec<f64>>,
) -> Case {
    let choice = |value: &Option<Rational>| value.clone().map_or(Choice::None, Choice::Value);
    let choices = vec![
        ("alpha".to_string(), alpha.as_ref().map_or(Choice::Argument, choice)),
        ("gamma".to_string(), gamma.clone().map_or(Choice::Argument, Choice::Value)),
    ];
    let round = |exact: &Rational| match format {
        Format::F32 => f64::from(exact.to_f32()),
        Format::F64 => exact.to_f64(),
    };
    let fixed = |exact: &Rational| Setting::Fixed { exact: exact.clone(), value: round(exact) };
    let alpha = alpha.map_or(Setting::Argument, |alpha| alpha.as_ref().map_or(Setting::None, fixed));
    let gamma = gamma.as_ref().map_or(Setting::Argument, fixed);
    Case {
        spec: Spec::builtin("focal_binary").unwrap(),
        kernel: focal_kernel(format, alpha, gamma, order, weighted),
        options: EmitOptions {
            choices,
            format,
            mode: mode(format),
            order,
            weighted,
            labels,
            classes: order == 1,
            ..EmitOptions::default()
        },
        arguments,
    }
}

/// The mode of a kernel that computes in f64.
fn mode(format: Format) -> Mode {
    Mode::of(Arithmetic::F64, format)
}

fn interval(lo: i64, hi: Option<i64>) -> Domain {
    let hi_open = hi.is_none();
    Domain::Interval { lo: Some(lo.into()), lo_open: false, hi: hi.map(Rational::from), hi_open }
}

/// Lets as they are added.
#[derive(Default)]
struct Lets(Vec<Let>);

impl Lets {
    fn put(&mut self, name: &str, inst: Inst, meaning: &str) -> Val {
        self.0.push(Let { name: name.into(), inst, meaning: meaning.into() });
        Val(self.0.len() - 1)
    }

    fn number(&mut self, value: f64) -> Val {
        let place = self.0.iter().position(|one| one.inst == Inst::Const(value));
        place.map(Val).unwrap_or_else(|| self.put(&format!("c{}", self.0.len()), Inst::Const(value), ""))
    }
}

fn focal_kernel(format: Format, alpha: Setting, gamma: Setting, order: u8, weighted: bool) -> Kernel {
    use Inst::*;
    let mut lets = Lets::default();
    let x = lets.put("x", X, "");
    let one = lets.put("positive", LabelIsOne, "y == 1");
    let neg_x = lets.put("neg_x", Neg(x), "");
    let z = lets.put("z", Select(one, x, neg_x), "(2*y - 1) * x");
    let a = lets.put("a", Abs(z), "abs(z)");
    let capped = lets.put("capped", AtMost(a, 800.0), "");
    let minus = lets.put("minus", Neg(capped), "");
    let t = lets.put("t", Exp(minus), "exp(-abs(z))");
    let unit = lets.number(1.0);
    let d = lets.put("d", Add(unit, t), "");
    let small = lets.put("small", Div(t, d), "sigmoid(-abs(z))");
    let large = lets.put("large", Div(unit, d), "sigmoid(abs(z))");
    let zero = lets.number(0.0);
    let hard = lets.put("hard", Less(z, zero), "");
    let p = lets.put("p", Select(hard, small, large), "p_t");
    let q = lets.put("q", Select(hard, large, small), "1 - p_t");
    let l1 = lets.put("l1", Log1p(t), "");
    let over = lets.put("over", Select(hard, a, zero), "");
    let l = lets.put("l", Add(over, l1), "-log(p_t)");
    let g = match &gamma {
        Setting::Fixed { value, .. } => lets.number(*value),
        _ => lets.put("gamma", Parameter(1), ""),
    };
    let m = match &gamma {
        Setting::Fixed { value: 2.0, .. } => lets.put("m", Mul(q, q), "(1 - p_t)^2"),
        Setting::Fixed { value: 0.5, .. } => lets.put("m", Sqrt(q), "(1 - p_t)^0.5"),
        _ => {
            let under = lets.put("under", Select(hard, zero, capped), "");
            let s = lets.put("s", TwoSum(under, l1), "softplus(z)");
            let e = lets.put("e", PairTimes(s, g), "");
            let n = lets.put("n", NegPair(e), "-gamma * softplus(z)");
            lets.put("m", ExpPair(n), "(1 - p_t)^gamma")
        }
    };
    let c = match &alpha {
        Setting::None => m,
        Setting::Fixed { value, .. } => {
            let (one_weight, zero_weight) = (lets.number(*value), lets.number(1.0 - value));
            let alpha_t = lets.put("alpha_t", Select(one, one_weight, zero_weight), "alpha_t");
            lets.put("c", Mul(alpha_t, m), "")
        }
        Setting::Argument => {
            let alpha = lets.put("alpha", Parameter(0), "");
            let rest = lets.put("rest", Sub(unit, alpha), "1 - alpha");
            let alpha_t = lets.put("alpha_t", Select(one, alpha, rest), "alpha_t");
            lets.put("c", Mul(alpha_t, m), "")
        }
    };
    let loss = lets.put("loss", Mul(c, l), "loss");
    let l_c = lets.put("l_c", AtMost(l, 800.0), "");
    let pl = lets.put("pl", Mul(p, l_c), "");
    let gpl = lets.put("gpl", Mul(g, pl), "");
    let bracket = lets.put("bracket", Add(gpl, q), "gamma * p_t * -log(p_t) + 1 - p_t");
    let size = lets.put("size", Mul(c, bracket), "");
    let neg = lets.put("neg", Neg(size), "d_z");
    let d_x = lets.put("d_x", Select(one, neg, size), "d_x");
    let two = lets.number(2.0);
    let gg = lets.put("gg", Mul(g, two), "");
    let k = lets.put("k", Add(unit, gg), "1 + 2 * gamma");
    let kq = lets.put("kq", Mul(k, q), "");
    let gp = lets.put("gp", Mul(g, p), "");
    let gpq = lets.put("gpq", Sub(gp, q), "");
    let gl = lets.put("gl", Mul(g, l_c), "");
    let r = lets.put("r", Mul(gl, gpq), "");
    let u = lets.put("u", Add(kq, r), "");
    let pc = lets.put("pc", Mul(p, c), "");
    let d2_x = lets.put("d2_x", Mul(pc, u), "d2_x");
    let bound = |ulps, of_terms| vec![Proved { ulps, of_terms, within: String::new() }];
    let outputs = [
        ("loss", loss, "-alpha_t * (1 - p_t)^gamma * log(p_t)"),
        ("d_x", d_x, "(2*y - 1) * alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)"),
        (
            "d2_x",
            d2_x,
            "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
        ),
    ];
    let outputs = outputs.into_iter().take(usize::from(order) + 1);
    let outputs = outputs.map(|(name, value, formula)| Output {
        name,
        value,
        bounds: bound(if format == Format::F32 { 0.500_01 } else { 17.25 }, name == "d2_x"),
        inside: false,
        formula: formula.into(),
    });
    Kernel {
        loss: "focal_binary".into(),
        format,
        within: None,
        parameters: vec![
            KernelParameter { name: "alpha".into(), setting: alpha, domain: interval(0, Some(1)) },
            KernelParameter { name: "gamma".into(), setting: gamma, domain: interval(0, None) },
        ],
        weighted,
        level: level(format),
        fused: false,
        outputs: outputs.collect(),
        lets: lets.0,
    }
}

fn level(format: Format) -> Level {
    match format {
        Format::F32 => Level::Middle,
        Format::F64 => Level::Full,
    }
}

/// No loss of anyone's: every instruction, names that clash with Rust and with the text, a NaN that selects lose.
fn every_instruction(format: Format, weighted: bool) -> Case {
    use Inst::*;
    let mut lets = Lets::default();
    let e = lets.put("e_constant", Const(std::f64::consts::E), "e");
    let x = lets.put("loop", X, "an input");
    let again = lets.put("again", X, "");
    let one = lets.put("y", LabelIsOne, "");
    let k = lets.put("valid", Parameter(0), "");
    let minus = lets.put("c_minus", Const(-1.0), "");
    let two = lets.put("c_two", Const(2.0), "");
    let neg = lets.put("exp", Neg(minus), "");
    let size = lets.put("ln_1p", Abs(minus), "");
    let sign = lets.put("w", Select(one, two, minus), "");
    let size_of_sign = lets.put("two_sum", Abs(sign), "");
    let sum = lets.put("a__b", TwoSum(x, again), "a pair");
    let product = lets.put("split", TwoProduct(e, x), "");
    let plus = lets.put("pair_plus", PairPlus(product, k), "");
    let times = lets.put("pair_times", PairTimes(sum, sign), "");
    let wide = lets.put("box", Widen(two), "");
    let less = lets.put("gen", Less(x, two), "x < 2");
    let equal = lets.put("match", Equal(x, k), "");
    let same = lets.put("same", Same(less, equal), "");
    let chosen = lets.put("a_name_that_is_longer_than_any_line_ought_to_be", Select(same, plus, wide), "");
    let turned = lets.put("turned", NegPair(chosen), "");
    let hi = lets.put("a_name_that_is_longer_than_any_line_ought_to_be_2", Hi(turned), "");
    let root = lets.put("sqrt", Sqrt(size_of_sign), "");
    let capped = lets.put("capped", AtMost(hi, 7.389_056_098_930_65), "");
    let power = lets.put("exp_pair", ExpPair(times), "");
    let low = lets.put("low", Mul(minus, power), "-exp(2*x)");
    let ends = lets.put("ends", Exp(low), "");
    let logs = lets.put(
        "logs",
        Log1p(ends),
        "a meaning that is too long to stand behind its let, so that it has to stand above it",
    );
    let falling = lets.put("falling", ExpMinus(minus), "");
    let atanh = lets.put("two_atanh", TwoAtanh(falling), "");
    let all = [neg, size, root, capped, logs, atanh];
    let total =
        all.into_iter().enumerate().fold(size, |sum, (at, next)| lets.put(&format!("t{at}"), Add(sum, next), ""));
    let lost = lets.put("lost", Select(less, total, two), "");
    let same_sides = lets.put("same_sides", Sub(total, capped), "");
    let quotient = lets.put("quotient", Div(same_sides, two), "");
    let spec = Spec {
        name: "strange".into(),
        named: "strange".into(),
        title: Text { en: "No loss\nof \u{202e}anyone's".into(), zh: String::new() },
        source: "none".into(),
        inputs: vec![
            Input { name: "W".into(), domain: Domain::Finite, unit: String::new() },
            Input { name: "an_input_with_a_long_name".into(), domain: Domain::Finite, unit: String::new() },
        ],
        parameters: vec![focal_derive::spec::Parameter { name: "loss".into(), domain: third(), none: None }],
        formula: Vec::new(),
        classes: None,
        claims: Vec::new(),
        edges: Vec::new(),
        clip: false,
        log_eps: false,
        normalised: None,
        text: String::new(),
    };
    let output = |(name, value)| Output { name, value, bounds: Vec::new(), inside: false, formula: "nothing".into() };
    Case {
        spec,
        kernel: Kernel {
            loss: "strange".into(),
            format,
            within: None,
            parameters: vec![KernelParameter { name: "loss".into(), setting: Setting::Argument, domain: third() }],
            weighted,
            level: level(format),
            fused: false,
            outputs: [("loss", lost), ("d_x", quotient), ("d2_x", lost)].map(output).into(),
            lets: lets.0,
        },
        options: EmitOptions {
            choices: vec![("loss".into(), Choice::Argument)],
            format,
            mode: mode(format),
            order: 2,
            weighted,
            loss: "./a strange loss.toml".into(),
            ..EmitOptions::default()
        },
        arguments: third_arguments(format),
    }
}

/// Arithmetic at random on lets that nobody named, which the text writes without lets where it can.
fn tree(format: Format, seed: u64) -> Case {
    use Inst::*;
    let mut state = seed;
    let mut pick = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut case = every_instruction(format, false);
    let mut lets = Lets::default();
    let x = lets.put("x", X, "");
    let one = lets.put("one", LabelIsOne, "");
    let mut values = vec![x, lets.number(-3.0), lets.number(0.75), x];
    for n in 0..120 {
        let mut operand = || if pick(4) == 0 { x } else { values[values.len() - 1 - pick(values.len().min(4))] };
        let (a, b) = (operand(), operand());
        let inst = match pick(8) {
            0 => Neg(a),
            1 => Add(a, b),
            2 => Sub(a, b),
            3 => Mul(a, b),
            4 => Div(a, b),
            5 => Select(one, a, b),
            6 => Abs(a),
            _ => AtMost(a, 1e3),
        };
        // `x - x` is what clippy denies, and nothing that an engine finds.
        if a != b {
            values.push(lets.put(&format!("v_{n}"), inst, ""));
        }
    }
    let compared = lets.put("is", Less(values[values.len() - 2], x), "");
    let ends = lets.put("ends", Select(compared, x, values[values.len() - 1]), "");
    case.kernel.outputs[0].value = values[values.len() - 1];
    case.kernel.outputs[1].value = ends;
    case.kernel.outputs[2].value = values[values.len() / 2];
    case.kernel.lets = lets.0;
    case
}

/// (1/3, 5]: an end that is no float.
fn third() -> Domain {
    Domain::Interval { lo: Rational::ratio(1, 3), lo_open: true, hi: Some(5.into()), hi_open: false }
}

/// Both floats around each end.
fn third_arguments(format: Format) -> Vec<Vec<f64>> {
    let around: Vec<f64> = match format {
        Format::F32 => {
            [1.0_f32 / 3.0, 5.0].iter().flat_map(|v| [v.next_down(), *v, v.next_up()]).map(f64::from).collect()
        }
        Format::F64 => [1.0_f64 / 3.0, 5.0].iter().flat_map(|v| [v.next_down(), *v, v.next_up()]).collect(),
    };
    around.into_iter().map(|value| vec![value]).collect()
}
