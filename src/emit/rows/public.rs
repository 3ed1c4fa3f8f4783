//! The functions over rows that others call: each checks its shapes, then hands on to the one over [N, C, inner].

use super::{Over, Rows, docs};
use crate::emit::layout::{self, Shape};
use crate::emit::slices::Public;

/// Every public function, in order.
pub fn text(rows: &Rows, over: &[Over]) -> Vec<String> {
    let mut items = Vec::new();
    for one in over {
        items.push(row(rows, one));
        items.push(matrix(rows, one));
        items.extend(array(rows, one));
    }
    items.extend(sum(rows, &over[0]));
    items.push(mean(rows));
    items.extend(weighted_mean(rows));
    items.extend(
        over.iter().find(|one| one.row.name == "forward_backward").into_iter().flat_map(|one| scaled_sum(rows, one)),
    );
    items
}

impl Rows<'_> {
    /// Arguments of a function over rows, with their types: shapes, targets, parameters, then slices that it writes.
    fn arguments(&self, shape: &[&str], written: &[&str]) -> Vec<String> {
        let float = self.row.float();
        let mut all = vec![format!("{}: &[{float}]", self.list())];
        all.extend(shape.iter().map(|name| format!("{name}: usize")));
        all.push(format!("{}: &[{}]", self.target(), self.row.options.targets.name()));
        all.extend(self.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
        all.extend(written.iter().map(|name| format!("{name}: &mut [{float}]")));
        all
    }

    /// The logits: the name of the spec's first input.
    pub fn list(&self) -> &str {
        &self.term.names.x
    }

    /// The name of the targets.
    pub fn target(&self) -> &'static str {
        "target"
    }

    /// The names of parameters that are arguments.
    pub fn passed(&self) -> Vec<String> {
        self.parameters().into_iter().map(|(name, _)| name).collect()
    }

    /// The checks of a function over rows.
    fn checks(&self, inner: &str, written: &[&str]) -> String {
        let (z, target) = (self.list(), self.target());
        let mut text = String::new();
        let mut call = |name: &str, arguments: &[String]| {
            let call = Shape::Call(name.to_string(), arguments.to_vec());
            text.push_str(&layout::statement(4, "", &call, ";\n"));
        };
        let length = |name: &str| format!("{name}.len()");
        call("check_shape", &[length(z), "classes".to_string(), inner.to_string(), length(target)]);
        self.check_lists(&mut |name, arguments| call(name, &arguments));
        for name in written {
            let of = if *name == "loss" { target } else { z };
            call("same_length", &[format!("\"{name}\""), length(name), format!("\"{of}\""), length(of)]);
        }
        text
    }

    /// The checks of lists, each a call of a function with its arguments.
    pub fn check_lists(&self, call: &mut dyn FnMut(&str, Vec<String>)) {
        for name in self.lists_with_names() {
            call("check_list", vec![format!("\"{name}\""), format!("{name}.len()"), "classes".to_string()]);
        }
    }

    /// The loop over blocks of rows; its body is given the block's slices by name.
    fn blocks(&self, one: &Over, inner: &str, loss: Option<&str>, after: &str) -> String {
        let (z, target) = (self.list(), self.target());
        let mut arguments = vec![z.to_string(), format!("[classes, {inner}, start]"), format!("&{target}[start..end]")];
        arguments.extend(self.passed());
        for name in one.writes {
            arguments.push(match (*name, loss) {
                ("loss", Some(loss)) => loss.to_string(),
                ("loss", None) => "&mut loss[start..end]".to_string(),
                (name, _) => name.to_string(),
            });
        }
        let mut text = String::new();
        for name in self.margin().iter().flat_map(|_| self.parts("terms")) {
            text.push_str(&format!("    let mut {name} = [0.0; TERMS];\n"));
            arguments.push(format!("&mut {name}"));
        }
        let step = match self.margin() {
            Some(_) => {
                text.push_str("    let step = rows_of_block(classes);\n");
                "step"
            }
            None => "ROWS",
        };
        text.push_str(&format!("    for start in (0..{target}.len()).step_by({step}) {{\n"));
        text.push_str(&format!("        let end = {target}.len().min(start + {step});\n"));
        let call = Shape::Call(format!("{}_block", one.row.name), arguments);
        text.push_str(&layout::statement(8, "", &call, ";\n"));
        text + after + "    }\n"
    }
}

/// A function without variants for what processors have: it calls those that have them.
fn plain(docs: Vec<String>, name: &str, arguments: Vec<String>, result: &str, statements: &str) -> String {
    let (checks, work) = (String::new(), String::new());
    Public { name: name.to_string(), docs, arguments, result, checks, work }.function(statements)
}

/// Of one row: its loss is returned, the rest is written.
fn row(rows: &Rows, one: &Over) -> String {
    let (z, target, float) = (rows.list(), rows.target(), rows.row.float());
    let returned = one.has_loss();
    let written = one.derivatives();
    let mut arguments = rows.arguments(&[], &written);
    arguments[1] = format!("{target}: {}", rows.row.options.targets.name());
    let mut passed = vec![z.to_string(), format!("{z}.len()"), format!("&[{target}]")];
    passed.extend(rows.passed());
    passed.extend(one.writes.iter().map(|name| if *name == "loss" { "&mut loss" } else { name }.to_string()));
    let call = Shape::Call(format!("{}_rows", one.row.name), passed);
    let call = layout::statement(4, "", &call, ";\n");
    let statements = if returned { format!("    let mut loss = [0.0];\n{call}    loss[0]\n") } else { call };
    let result = if returned { float } else { String::new() };
    plain(docs::row(rows, one), one.row.name, arguments, &result, &statements)
}

/// Of rows, one after the other.
fn matrix(rows: &Rows, one: &Over) -> String {
    let mut passed = vec![rows.list().to_string(), "classes".to_string(), "1".to_string(), rows.target().to_string()];
    passed.extend(rows.passed());
    passed.extend(one.writes.iter().map(ToString::to_string));
    let call = Shape::Call(format!("{}_nd", one.row.name), passed);
    let arguments = rows.arguments(&["classes"], one.writes);
    let statements = layout::statement(4, "", &call, ";\n");
    plain(docs::matrix(rows, one), &format!("{}_rows", one.row.name), arguments, "", &statements)
}

/// Of an array of shape [N, C, inner].
fn array(rows: &Rows, one: &Over) -> Vec<String> {
    let public = Public {
        name: format!("{}_nd", one.row.name),
        docs: docs::array(rows, one),
        arguments: rows.arguments(&["classes", "inner"], one.writes),
        result: "",
        checks: rows.checks("inner", one.writes),
        work: rows.blocks(one, "inner", None, ""),
    };
    public.items(&rows.row)
}

/// Losses of a block on the stack, added to the lanes in the order of rows.
fn summed(rows: &Rows, one: &Over, scaled: &str) -> String {
    let wide = rows.row.wide("loss");
    let after = format!(
        "        for (row, &loss) in (start..end).zip(&loss) {{\n            lanes[row % 8] += {wide};\n        }}\n{scaled}"
    );
    let declared = "    let mut lanes = [0.0; 8];\n    let mut loss = [0.0; ROWS];\n";
    declared.to_string() + &rows.blocks(one, "1", Some("&mut loss[..end - start]"), &after)
}

fn sum(rows: &Rows, forward: &Over) -> Vec<String> {
    let public = Public {
        name: "forward_sum_rows".to_string(),
        docs: docs::sum(rows),
        arguments: rows.arguments(&["classes"], &[]),
        result: "f64",
        checks: rows.checks("1", &[]),
        work: summed(rows, forward, "") + "    lane_sum(lanes)\n",
    };
    public.items(&rows.row)
}

/// `forward_sum_rows` of all arguments.
fn sum_of(rows: &Rows) -> String {
    let mut passed = vec![rows.list().to_string(), "classes".to_string(), rows.target().to_string()];
    passed.extend(rows.passed());
    layout::statement(4, "let sum = ", &Shape::Call("forward_sum_rows".to_string(), passed), ";\n")
}

fn mean(rows: &Rows) -> String {
    let target = rows.target();
    let count = match rows.row.options.ignore {
        Some(_) => format!("{target}.iter().filter(|&&one| one != IGNORED).count()"),
        None => format!("{target}.len()"),
    };
    let statements = sum_of(rows) + &format!("    sum / {count} as f64\n");
    let arguments = rows.arguments(&["classes"], &[]);
    plain(docs::mean(rows), "forward_mean_rows", arguments, "f64", &statements)
}

/// Where there is a weight of each class: the sum of the losses by the sum of their weights.
fn weighted_mean(rows: &Rows) -> Option<String> {
    let (weights, target) = (rows.of_class()?, rows.target());
    let weight = rows.row.wide("weight");
    let skipped = match rows.row.options.ignore {
        Some(_) => "        if one == IGNORED {\n            continue;\n        }\n",
        None => "",
    };
    let statements = sum_of(rows)
        + &format!(
            "    let mut lanes = [0.0; 8];\n    for (row, &one) in {target}.iter().enumerate() {{\n{skipped}        \
             if let Some(&weight) = {weights}.get(class_of(one, classes)) {{\n            \
             lanes[row % 8] += {weight};\n        }}\n    }}\n    sum / lane_sum(lanes)\n"
        );
    let arguments = rows.arguments(&["classes"], &[]);
    Some(plain(docs::weighted_mean(rows), "forward_weighted_mean_rows", arguments, "f64", &statements))
}

fn scaled_sum(rows: &Rows, both: &Over) -> Vec<String> {
    let float = rows.row.float();
    let mut arguments = rows.arguments(&["classes"], &[]);
    arguments.extend([format!("scale: {float}"), format!("grad: &mut [{float}]")]);
    let scaled =
        "        for grad in &mut grad[start * classes..end * classes] {\n            *grad *= scale;\n        }\n";
    let public = Public {
        name: "forward_backward_sum_rows".to_string(),
        docs: docs::scaled_sum(rows),
        arguments,
        result: "f64",
        checks: rows.checks("1", &["grad"]),
        work: summed(rows, both, scaled) + &format!("    {} * lane_sum(lanes)\n", rows.row.wide("scale")),
    };
    public.items(&rows.row)
}
