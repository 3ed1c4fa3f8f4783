use focal_derive::*;
fn main() {
    let text = "title = \"t\"\n[inputs]\nm = { domain = \"finite\" }\n[parameters]\nalpha_t = { domain = \"[0, inf)\", none = { alpha_t = \"1\" } }\ngamma = { domain = \"[0, inf)\" }\n[formula]\np_t = \"sigmoid(m)\"\nloss = \"-alpha_t * (1 - p_t)^gamma * log(p_t)\"\n";
    let text = text.replace(", none = { alpha_t = \"1\" }", "");
    let s = spec::Spec::parse("soft", "soft.toml", &text).unwrap_or_else(|m| panic!("{m}"));
    let d = derivation::derive(&s, rule::RuleBook::builtin()).unwrap();
    for f in [kernel::Format::F32, kernel::Format::F64] {
        let choices = [("gamma".to_string(), setting::Choice::parse("2").unwrap()), ("alpha_t".to_string(), setting::Choice::Argument)];
        let p = setting::settle(&s, &choices, f).unwrap();
        for order in 1..2 {
        let t = std::time::Instant::now();
        let k = lower::row_kernel(&d, &p, (f, kernel::Mode::Accurate), order).unwrap();
        println!("{} {} {}", t.elapsed().as_secs_f64(), k.row, k.term);
        if let Some(c) = &k.class { println!("{c}"); }
        println!("{:?}", k.eval(&[1.0, 2.0, -3.0, 0.5], 1, &[0.25]));
        println!("{:?}", k.eval(&[1.0, 2.0, 90.0, f64::NEG_INFINITY], 1, &[0.25]));
        println!("{:?}", k.eval(&[1.0, 2.0, f64::INFINITY, f64::NEG_INFINITY], 1, &[1.0]));
        }
    }
}
