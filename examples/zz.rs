use focal_derive::*;
use focal_derive::kernel::{Format, Mode};
use focal_derive::setting::{Choice, settle};
fn main() {
    let spec = Spec::builtin("focal_normalised").unwrap();
    let d = derivation::derive(&spec, rule::RuleBook::builtin()).unwrap();
    for format in [Format::F32, Format::F64] {
        for gamma in ["0", "0.5", "1", "2", "2.5", "5", "param"] {
            for order in [1u8, 2] {
                for clip in [None, Some("1e-7")] {
                let mut choices = vec![("alpha".to_string(), Choice::parse("param").unwrap()), ("gamma".to_string(), Choice::parse(gamma).unwrap())];
                if let Some(c) = clip { choices.push(("clip".into(), Choice::parse(c).unwrap())); }
                let parameters = settle(&spec, &choices, format).unwrap();
                let t = std::time::Instant::now();
                match lower::normalised_kernel(&d, &parameters, (format, Mode::Accurate), order) {
                    Ok(k) => {
                        let b: Vec<String> = k.term.outputs.iter().map(|o| format!("{} {:?}", o.name, o.bounds.iter().map(|b| (b.ulps, b.of_terms, b.within.clone())).collect::<Vec<_>>())).collect();
                        println!("{format} gamma {gamma} order {order} {clip:?} {:?}: {} lets\n   {}", t.elapsed(), k.term.lets.len(), b.join("\n   "));
                        if std::env::args().nth(1).is_some() && gamma == "2" && order == 2 { println!("{:#?}", k.term.lets.iter().map(|l| format!("{} = {:?} {}", l.name, l.inst, l.meaning)).collect::<Vec<_>>()); }
                        println!("{:?}", k.eval(&[0.2, 0.5, 0.3], 1, &if gamma == "param" { vec![0.25, 2.0] } else { vec![0.25] }));
                    }
                    Err(m) => println!("{format} gamma {gamma} order {order} {clip:?}: {m}"),
                }
                }
            }
        }
    }
}
