//! The corpus: hand-derived formulas of public code, each a file of claims with its source and the verdict it must get.
//!
//! A file says in its comments where it is from (`# source: …`), how it is coded there (`# as coded: …`) and what is
//! expected of each claim (`# expect NAME: refuted, edit: the sign of`).

macro_rules! corpus {
    ($($name:literal)*) => {
        /// Name and text of each file of `derivations/corpus`, by name.
        pub const CORPUS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../derivations/corpus/", $name, ".txt")))),*];
    };
}

corpus! {
    "asymmetric_loss"
    "bokbokbok_focal"
    "bokbokbok_regression"
    "bokbokbok_weighted"
    "boosters_detached"
    "boosters_hessian"
    "boosters_sign"
    "catboost_focal"
    "darknet_focal"
    "detectron_sigmoid"
    "dlib_multibinary"
    "efficientdet_focal"
    "hinge"
    "imbalance_xgboost"
    "keras_categorical"
    "keras_focal"
    "keras_older"
    "kornia_focal"
    "lightgbm_binary"
    "lightgbm_softmax"
    "lin_appendix"
    "logit_adjustment"
    "mmcv_clamped"
    "mmcv_sigmoid"
    "mmcv_softmax"
    "optax_sigmoid"
    "paddle_sigmoid"
    "poly_loss"
    "pytorch_bce"
    "pytorch_module"
    "quality_focal"
    "rahowa_catboost"
    "smooth_l1"
    "softplus_inverse"
    "sympy_in_p"
    "torchvision_focal"
    "tweedie"
    "vnet_dice"
    "xgboost_logistic"
    "xgboost_poisson"
    "xgboost_pseudo_huber"
    "xgboost_softmax"
    "yggdrasil_focal"
}

/// What a file expects of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The claim's name.
    pub claim: String,
    /// `proved`, `refuted` or `unsettled`.
    pub verdict: String,
    /// Kinds of diagnoses that must be there, each with how its words begin.
    pub diagnoses: Vec<(String, String)>,
}

/// What a file expects, in the order of its lines.
pub fn expected(text: &str) -> Vec<Expected> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# expect ")?.split_once(": "));
    lines.map(|(claim, rest)| expectation(claim, rest)).collect()
}

/// `refuted, value: right for g = 0, edit`
fn expectation(claim: &str, rest: &str) -> Expected {
    const KINDS: [&str; 7] = ["value", "factor", "variable", "detached", "epsilon", "bound", "edit"];
    let mut parts = rest.split(", ");
    let verdict = parts.next().unwrap_or_default().trim().to_string();
    let mut diagnoses: Vec<(String, String)> = Vec::new();
    for part in parts {
        let (kind, words) = part.split_once(": ").unwrap_or((part, ""));
        match (KINDS.contains(&kind), diagnoses.last_mut()) {
            (true, _) => diagnoses.push((kind.to_string(), words.to_string())),
            // a comma in the words
            (false, Some((_, words))) => words.push_str(&format!(", {part}")),
            (false, None) => {}
        }
    }
    Expected { claim: claim.to_string(), verdict, diagnoses }
}

/// A line of the file's comments that begins like this, without its beginning.
pub fn said<'t>(text: &'t str, begins: &str) -> &'t str {
    text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(begins)).unwrap_or_default().trim()
}
