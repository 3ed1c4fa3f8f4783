//! A kernel over rows of classes → Rust text: functions of a row, of rows, of arrays of shape [N, C, inner].
//!
//! A block of rows goes through in three passes: the sum over each row's other classes, the row's own kernel, which runs
//! over the block's rows stage by stage, and each row's other classes. All functions are made of these, so they give the same bits.
//! Where classes stand apart the row's own kernel is that of its target, and the other classes have nothing; where a row is
//! divided by its sum, they have one number, which that kernel gives as well.

mod across;
mod apart;
mod apart_docs;
mod block;
mod docs;
mod labels;
mod normalised;
mod normalised_docs;
mod normalised_labels;
mod pass;
mod public;
mod refuse;
mod sum;
mod weights;

pub use refuse::refuse;
pub use weights::by_class;

use std::collections::BTreeSet;

use super::items::{self, Function, arguments_allowance};
use super::plan::{self, Plan};
use super::{EmitOptions, Frame, Labels, body, header, helpers, inst, layout, names, tokens};
use crate::derivation::{ByClass, Derivation};
use crate::kernel::{ApartKernel, Arithmetic, Kernel, NormalisedKernel, RowKernel};
use crate::message::Message;
use crate::setting::{self, Choice};
use crate::spec::{Classes, Spec};

/// How the true class of a row is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// `target: u32`
    U32,
    /// `target: i64`, as frameworks have it
    I64,
}

impl Targets {
    /// Its type.
    pub fn name(self) -> &'static str {
        match self {
            Targets::U32 => "u32",
            Targets::I64 => "i64",
        }
    }

    /// Is the number one of its values?
    pub fn holds(self, value: i64) -> bool {
        self == Targets::I64 || u32::try_from(value).is_ok()
    }
}

/// A parameter that has a fixed number for each class.
struct List {
    name: String,
    values: Vec<f64>,
}

/// What the text is made from.
struct Rows<'a> {
    /// Of the row's kernel, which the header and docs speak of.
    row: Frame<'a>,
    /// Of one class of a sum over a row: of the other classes, or of labels.
    term: Frame<'a>,
    /// What an other class has, where it has something.
    class: Option<Frame<'a>>,
    classes: &'a Classes,
    /// How the classes are coupled.
    coupled: Coupled,
    lists: Vec<List>,
}

/// How the classes of a loss are coupled.
enum Coupled {
    /// By their margin, in the notation of classes.
    Margin(String),
    /// By the sum of their numbers.
    Sum,
    /// Not at all.
    Not,
}

/// What a file over rows names besides its own input: no argument of it may be called so.
const NAMES: &[&str] = &[
    "classes",
    "target",
    "inner",
    "begin",
    "rows",
    "row",
    "place",
    "class",
    "first",
    "step",
    "greatest",
    "rest",
    "rest_hi",
    "rest_lo",
    "weight",
    "kept",
    "width",
    "from",
    "block",
    "terms",
    "terms_hi",
    "terms_lo",
    "beside",
    "beside_hi",
    "beside_lo",
    "apart",
    "level",
    "finite",
    "level_of",
    "pair_sum",
    "sum",
    "sum_hi",
    "sum_lo",
    "second",
    "second_hi",
    "second_lo",
    "first_hi",
    "first_lo",
    "left",
    "left_hi",
    "left_lo",
    "scale_hi",
    "scale_lo",
    "own_grad",
    "own_hess",
    "of_class",
    "one",
    "class_of",
    "rows_of_block",
    "labelled",
    "lost",
    "r",
    "at",
    "to",
    "y",
    "array",
    "count",
    "next",
    "of_row",
    "own_term",
    "set_others",
    "one_a_row",
    "others",
    "summed",
    "summed_across",
    "put",
    "check_shape",
    "check_list",
];

/// Functions over rows: what they are called, and what the row's kernel and the kernel of a class give for them.
struct Over {
    /// Its name, and the outputs of the row's kernel.
    row: &'static Function,
    /// The outputs of a class's kernel.
    class: Option<&'static Function>,
    /// Slices that it writes: one number a row, or one a class.
    writes: &'static [&'static str],
}

impl Over {
    /// Does it give the loss?
    fn has_loss(&self) -> bool {
        self.writes.contains(&"loss")
    }

    /// What it writes of each class.
    fn derivatives(&self) -> Vec<&'static str> {
        self.writes.iter().copied().filter(|name| *name != "loss").collect()
    }
}

const FORWARD: Over = Over { row: &Function { name: "forward", outputs: &[0] }, class: None, writes: &["loss"] };
const FIRST: Function = Function { name: "class_gradient", outputs: &[0] };
const OVER: [&[Over]; 3] = [
    &[FORWARD],
    &[
        FORWARD,
        Over {
            row: &Function { name: "forward_backward", outputs: &[0, 1, 2] },
            class: Some(&FIRST),
            writes: &["loss", "grad"],
        },
    ],
    &[
        FORWARD,
        Over {
            row: &Function { name: "forward_backward", outputs: &[0, 1, 3] },
            class: Some(&FIRST),
            writes: &["loss", "grad"],
        },
        Over {
            row: &Function { name: "backward_hessian", outputs: &[1, 2, 3, 4, 5, 6, 7] },
            class: Some(&Function { name: "class_hessian", outputs: &[0, 1] }),
            writes: &["grad", "hess"],
        },
    ],
];

/// The text of a kernel over rows in their margin, which was made for the options `of`; they were `said` in the command.
///
/// # Errors
/// A loss that has no such rows, and text that does not parse (an error of the emitter).
pub fn text(
    kernel: &RowKernel,
    derivation: &Derivation,
    (of, said): (&EmitOptions, &EmitOptions),
) -> Result<String, Message> {
    let (by_class, classes) = parts(derivation)?;
    let ByClass { reduced: Some(margin), margin: written, .. } = by_class else {
        return Err(Message::new(format!("`{}` is no function of a margin", derivation.spec.name)));
    };
    let plain = EmitOptions { labels: Labels::Bool, weighted: false, ..of.clone() };
    let frame = |kernel, x| frame(kernel, &margin.spec, &plain, x);
    let rows = Rows {
        row: frame(&kernel.row, "own"),
        term: frame(&kernel.term, &classes.list),
        class: kernel.class.as_ref().map(|class| frame(class, &classes.list)),
        classes,
        coupled: Coupled::Margin(written.to_string()),
        lists: lists(&derivation.spec, of)?,
    };
    rows.text(derivation, said)
}

/// The text of a kernel over rows whose classes stand apart.
///
/// # Errors
/// As `text`.
pub fn text_apart(
    kernel: &ApartKernel,
    derivation: &Derivation,
    (of, said): (&EmitOptions, &EmitOptions),
) -> Result<String, Message> {
    let (_, classes) = parts(derivation)?;
    let plain = EmitOptions { labels: Labels::Bool, ..of.clone() };
    let frame = |kernel| frame(kernel, &derivation.of_elements().spec, &plain, &classes.list);
    let rows = Rows {
        row: frame(&kernel.term),
        term: frame(&kernel.labelled),
        class: None,
        classes,
        coupled: Coupled::Not,
        lists: lists(&derivation.spec, of)?,
    };
    rows.text(derivation, said)
}

/// The text of a kernel over rows that are divided by their sum.
///
/// # Errors
/// As `text`.
pub fn text_normalised(
    kernel: &NormalisedKernel,
    derivation: &Derivation,
    (of, said): (&EmitOptions, &EmitOptions),
) -> Result<String, Message> {
    let (by_class, classes) = parts(derivation)?;
    let Some(share) = &by_class.share else {
        return Err(Message::new(format!("`{}` is no loss of a share of the row's sum", derivation.spec.name)));
    };
    let plain = EmitOptions { labels: Labels::Bool, ..of.clone() };
    let mut spec = share.spec.clone();
    spec.inputs[0].unit.clone_from(&derivation.spec.inputs[0].unit);
    let frame = |kernel| frame(kernel, &spec, &plain, &classes.list);
    let rows = Rows {
        row: frame(&kernel.term),
        term: frame(&kernel.labelled),
        class: None,
        classes,
        coupled: Coupled::Sum,
        lists: lists(&derivation.spec, of)?,
    };
    rows.text(derivation, said)
}

fn parts(derivation: &Derivation) -> Result<(&ByClass, &Classes), Message> {
    match (&derivation.classes, &derivation.spec.classes) {
        (Some(by_class), Some(classes)) => Ok((by_class, classes)),
        _ => Err(Message::new(format!("`{}` is no loss over classes", derivation.spec.name))),
    }
}

fn frame<'a>(kernel: &'a Kernel, spec: &'a Spec, options: &'a EmitOptions, x: &str) -> Frame<'a> {
    let mut named = spec.clone();
    named.inputs.truncate(1);
    named.inputs[0].name = x.into();
    Frame { kernel, spec, options, names: names::Names::of(kernel, &named, NAMES) }
}

/// The parameters that have a list.
fn lists(spec: &Spec, options: &EmitOptions) -> Result<Vec<List>, Message> {
    let mut lists = Vec::new();
    for (name, choice) in &options.choices {
        if let Choice::List(exact) = choice {
            let values = setting::list(spec, name, exact, options.format)?;
            lists.push(List { name: name.clone(), values });
        }
    }
    Ok(lists)
}

impl Rows<'_> {
    /// Header and items; `said` is what the command says.
    fn text(&self, derivation: &Derivation, said: &EmitOptions) -> Result<String, Message> {
        let spec = &derivation.spec;
        let items = self.items();
        let broken = |what: String| {
            Message::new(format!("the text made for `{}` does not parse: {what}", spec.name))
                .help("this is an error of the emitter; please report it with the command")
        };
        tokens::parses(&items).map_err(broken)?;
        let digest = tokens::digest(&items).ok_or_else(|| broken("no tokens".to_string()))?;
        let about = (&*self.facts(said), &*self.bounds());
        let head = header::of_rows(&self.row, (said, spec), about, (&derivation.rules_digest, &digest));
        Ok(format!("{head}\n{items}"))
    }

    fn items(&self) -> String {
        let mut calls = BTreeSet::from(["same_length", "lane_sum"]);
        let mut items = items::constants(&self.row);
        items.extend(self.lists.iter().map(|list| self.constant(list)));
        items.extend(match self.coupled {
            Coupled::Margin(_) => self.of_margin(&mut calls),
            Coupled::Sum => normalised::text(self, &mut calls),
            Coupled::Not => apart::text(self, &mut calls),
        });
        items.extend(items::validity(&self.row));
        items.extend(helpers::text(&calls, &self.row));
        items.join("\n")
    }

    /// The functions of a loss of the margin, and their stages.
    fn of_margin(&self, calls: &mut BTreeSet<&'static str>) -> Vec<String> {
        let over = OVER[self.order()];
        let plans = self.plans(over);
        let mut items = public::text(self, over);
        items.extend(block::text(self, over, &plans, calls));
        let frames = [Some(&self.row), Some(&self.term), self.class.as_ref()].into_iter().flatten();
        for (frame, plan) in frames.zip(&plans) {
            items.extend(plan.stages.iter().map(|stage| items::stage(frame, stage, calls)));
        }
        items
    }

    /// The margin in the notation of classes, where there is one.
    fn margin(&self) -> Option<&String> {
        match &self.coupled {
            Coupled::Margin(margin) => Some(margin),
            Coupled::Sum | Coupled::Not => None,
        }
    }

    /// 0: loss; 1: and gradient; 2: and the diagonal of the Hessian.
    fn order(&self) -> usize {
        usize::from(self.row.options.order)
    }

    /// The stages of the row's kernel, of a term, and of a class.
    fn plans(&self, over: &'static [Over]) -> Vec<Plan> {
        let rows: Vec<&'static Function> = over.iter().map(|one| one.row).collect();
        let mut classes: Vec<&'static Function> = over.iter().filter_map(|one| one.class).collect();
        classes.dedup_by_key(|one| one.name);
        let mut plans = vec![plan::of(&self.row, &rows, "row_"), plan::of(&self.term, &[&TERM], "term_")];
        plans.extend(self.class.as_ref().map(|frame| plan::of(frame, &classes, "class_")));
        plans
    }

    /// `pub const ALPHA: [f32; 3] = [0.25, 0.5, 0.25];`
    fn constant(&self, list: &List) -> String {
        let (name, float) = (list.name.to_uppercase(), self.row.float());
        let literals: Vec<String> =
            list.values.iter().map(|value| inst::literal(*value, self.row.kernel.format)).collect();
        let doc = format!("The parameter `{}` of each class, as {float}.", list.name);
        let before = format!("pub const {name}: [{float}; {}] = ", literals.len());
        let allow = items::allowance(&list.values);
        format!("/// {doc}\n#[allow(dead_code)]\n{allow}{}", layout::array(&before, &literals))
    }

    /// Is what a register holds a pair?
    fn pairs(&self) -> bool {
        self.row.kernel.arithmetic() == Arithmetic::Pair
    }

    /// The names that hold a value of a register: one, or hi and lo.
    fn parts(&self, name: &str) -> Vec<String> {
        if self.pairs() { vec![format!("{name}_hi"), format!("{name}_lo")] } else { vec![name.to_string()] }
    }

    /// Open parameters: their name, and whether they have a number for each class; in the order of the spec.
    fn open(&self) -> Vec<(&str, bool)> {
        let indexed = |name: &str| self.classes.parameters.iter().any(|one| **one == *name);
        let parameter = |place: &usize| self.row.kernel.parameters[*place].name.as_str();
        self.row.names.open.iter().map(|(place, name)| (name.as_str(), indexed(parameter(place)))).collect()
    }

    /// Is the parameter of that name a list, and no argument?
    fn is_list(&self, name: &str) -> bool {
        self.lists.iter().any(|list| list.name == name)
    }

    /// Parameters that are arguments, with their types.
    fn parameters(&self) -> Vec<(String, String)> {
        let float = self.row.float();
        let typed = |(name, indexed): (&str, bool)| {
            (name.to_string(), if indexed { format!("&[{float}]") } else { float.clone() })
        };
        self.open().into_iter().filter(|(name, _)| !self.is_list(name)).map(typed).collect()
    }

    /// The parameter that has a number for each class, where there is one: as its elements are read.
    fn of_class(&self) -> Option<String> {
        let (name, _) = self.open().into_iter().find(|(_, indexed)| *indexed)?;
        Some(if self.is_list(name) { name.to_uppercase() } else { name.to_string() })
    }
}

/// The kernel of a term.
const TERM: Function = Function { name: "term", outputs: &[0] };
