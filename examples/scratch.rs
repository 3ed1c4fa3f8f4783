use focal_derive::derivation::Derived;
use focal_derive::expr::Expr;
use focal_derive::kernel::Format;
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::*;
use focal_derive::{Derivation, Spec, lower};
fn main() {
    let g = std::env::args().nth(1).unwrap_or("2".into());
    let n: usize = std::env::args().nth(2).unwrap_or("2000".into()).parse().unwrap();
    let d = |n: &str, of: &str, f: &str| Derived {
        name: n.into(),
        of: Expr::parse(of).unwrap(),
        form: Expr::parse(f).unwrap(),
        steps: vec![],
    };
    let derivation = Derivation {
        spec: Spec::builtin("focal_binary").unwrap(),
        derived: vec![
            d("d_x", "d(loss, x)", "(2*y - 1) * alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)"),
            d(
                "d2_x",
                "d(d(loss, x), x)",
                "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
            ),
        ],
        claims: vec![],
        rules_digest: String::new(),
    };
    for format in [Format::F32, Format::F64] {
        let p = settle(&derivation.spec, &[("gamma".into(), Choice::parse(&g).unwrap())], format).unwrap();
        let t = std::time::Instant::now();
        let kernel = match lower::kernel(&derivation, &p, format, 2, false) {
            Ok(k) => k,
            Err(m) => {
                println!("{m}");
                continue;
            }
        };
        println!("{kernel}");
        println!("lower {:?}", t.elapsed());
        let t = std::time::Instant::now();
        println!("{:?} gate {:?}", gate(&kernel, &derivation).map_err(|m| m.text), t.elapsed());
        let t = std::time::Instant::now();
        let f = verify_kernel(&derivation, &kernel, &VerifyOptions { samples: n, ..Default::default() }).unwrap();
        println!("{f}{:?}", t.elapsed());
    }
}
