use focal_derive::expr::Expr;
use focal_derive::interval::Interval;
use focal_derive::kernel::Format;
use focal_derive::regime::*;
use focal_derive::rule::RuleBook;
use std::rc::Rc;
use std::sync::Arc;
fn show(t: &Rc<extract::Term>) -> String {
    let ops: Vec<String> = t.operands.iter().map(show).collect();
    match &t.head {
        extract::Head::Number(v) => v.to_string(),
        extract::Head::Symbol(v) => v.to_string(),
        extract::Head::Apply(op) => format!("{}({})", op, ops.join(", ")),
        other => format!("{:?}({})", other, ops.join(", ")),
    }
}
fn main() {
    let g = std::env::args().nth(1).unwrap_or("2".into());
    let format = if std::env::args().nth(2).as_deref() == Some("f32") { Format::F32 } else { Format::F64 };
    let t0 = std::time::Instant::now();
    let book = RuleBook::builtin();
    println!("book {:?}", t0.elapsed());
    let targets: Vec<Expr> = [
        format!("-(c*(1 - sigmoid(w))^{g}*log(sigmoid(w)))"),
        format!("c*((1 - sigmoid(w))^{g}*({g}*sigmoid(w)*log(sigmoid(w)) + sigmoid(w) - 1))"),
        format!("c*(sigmoid(w)*(1 - sigmoid(w))^{g}*((1 + 2*{g})*(1 - sigmoid(w)) - {g}*log(sigmoid(w))*({g}*sigmoid(w) - (1 - sigmoid(w)))))"),
    ].iter().map(|t| Expr::parse(t).unwrap()).collect();
    let pieces = piece::coarse(format);
    let mut leaves = std::collections::BTreeMap::new();
    let w = pieces.iter().map(|p| Some(error::Approx::exact(p.pivot()))).collect();
    leaves.insert(Arc::from("w"), extract::Leaf { single: w, pair: None, ends: [f64::NEG_INFINITY, f64::INFINITY] });
    let c = pieces.iter().map(|_| Some(error::Approx::exact(Interval::new(0.25, 0.75)))).collect();
    leaves.insert(Arc::from("c"), extract::Leaf { single: c, pair: None, ends: [0.25; 2] });
    let mut ranges = std::collections::BTreeMap::new();
    ranges.insert(Arc::from("c"), Interval::new(0.25, 0.75));
    let search = Search { book, format, targets, crossing: vec![false, false, true], leaves, ranges, pieces };
    let t1 = std::time::Instant::now();
    match forms(&search) {
        Ok(f) => {
            println!(
                "{:?} classes {} stopped {} fired {:?}",
                t1.elapsed(),
                f.saturated.classes().len(),
                f.saturated.stopped(),
                f.saturated.fired()
            );
            for (t, e) in f.terms.iter().zip(&f.ends) {
                println!("{}\n   {:?}", show(t), e);
            }
        }
        Err(m) => println!("{m} {}", m.help),
    }
}
