use focal_derive::kernel::{Format, Mode};
use focal_derive::lower::row_kernel;
use focal_derive::setting::{Choice, settle};
use focal_derive::{RuleBook, Spec, derive};
fn main() {
    let spec = Spec::builtin("focal_softmax").unwrap();
    let t = std::time::Instant::now();
    let margin = derive(&spec, RuleBook::builtin()).unwrap().classes.unwrap().reduced.unwrap();
    eprintln!("derived {:?}", t.elapsed());
    println!("{:?}", margin.spec.inputs);
    for format in [Format::F32, Format::F64] {
        for gamma in ["2", "param"] {
            let t = std::time::Instant::now();
            let choice = |text| Choice::parse(text).unwrap();
            let choices = [("alpha".to_string(), choice("param")), ("gamma".to_string(), choice(gamma))];
            let parameters = settle(&margin.spec, &choices, format).unwrap();
            match row_kernel(&margin, &parameters, (format, Mode::Accurate), 2) {
                Ok(k) => println!("{}\n{}\n{}", k.row, k.term, k.class.unwrap()),
                Err(m) => println!("{m}"),
            }
            eprintln!("{format} {gamma} {:?}", t.elapsed());
        }
    }
}
