use std::time::Instant;
use focal_derive::kernel::Format;
use focal_derive::setting::{Choice, settle};
use focal_derive::{RuleBook, Spec, derive, lower};
use focal_derive::verify::sweep::*;
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let loss = a.get(1).map_or("focal_binary", |s| s.as_str());
    let order: u8 = a[0].parse().unwrap();
    let d = derive(&Spec::builtin(loss).unwrap(), RuleBook::builtin()).unwrap();
    let one_in: u64 = a[2].parse().unwrap();
    let c: Vec<(String, Choice)> = a[3..].iter().map(|s| { let (n, v) = s.split_once('=').unwrap(); (n.to_string(), if v == "none" { Choice::None } else { Choice::Value(focal_derive::rational::Rational::from_decimal(v).unwrap())})}).collect();
    let p = settle(&d.spec, &c, Format::F32).unwrap();
    let k = lower::kernel(&d, &p, Format::F32, order, false).unwrap();
    for part in [Part::Core, Part::All] {
        let t = Instant::now();
        let s = sweep(&d, &k, &Asked { part, one_in, seed: 1 }, &[], &|_, _| {}).unwrap();
        let e = t.elapsed().as_secs_f64();
        println!("{s}");
        println!("{e:.2} s, {:.1} ns per point and core", e * 2e9 / (2 * s.floats) as f64);
    }
}
