//! The committed kernels of the built-in losses: emitted files of `derivations/<loss>/`, ready to use.
//!
//! Each module holds the functions that its loss's file declares: `forward`, `backward`, `hessian`, the pairs of
//! them, slices and sums; parameters are arguments behind the label, in the order of the spec.
//!
//! All are of mode accurate: f32 rounds once, at the pace of code tuned by hand; f64 computes in pairs, to the last digit,
//! which takes some twenty times as long as what `emit --precision f64 --mode fast` gives.
//!
//! ```
//! use focal_derive::kernels::{focal_binary, focal_binary_g2};
//!
//! let (x, y) = ([1.5_f32, -0.5, -2.0], [1.0, 1.0, 0.0]);
//! let mut gradient = [0.0; 3];
//! let sum = focal_binary_g2::f32::forward_backward_sum(&x, &y, 1.0, &mut gradient);
//! assert!(sum > 0.0 && gradient[1] < gradient[0] && gradient[0] < 0.0 && gradient[2] > 0.0);
//!
//! let (alpha, gamma) = (0.25, 2.0);
//! assert!(focal_binary::f32::backward(-0.5, 1.0, alpha, gamma) > gradient[1]);
//! ```
//!
//! The tool makes these files, and they are part of its crate. So nothing else in the crate uses them, and
//! without the feature `kernels` the crate builds without them: `sh tests/refresh` does that, and remakes files
//! that are missing, stale or broken.

/// What a file declares. The path is of this file, so the name of the macro is what a missing file's error shows.
macro_rules! made_by_tests_refresh {
    ($file:literal) => {
        include!(concat!("../derivations/", $file));
    };
}

/// Binary focal loss on logits; `alpha` and `gamma` are arguments.
pub mod focal_binary {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_binary/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_binary/kernel_f64.rs");
    }
}

/// Binary focal loss on logits with gamma = 2, without alpha.
pub mod focal_binary_g2 {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_binary/kernel_g2_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_binary/kernel_g2_f64.rs");
    }
}

/// Binary focal loss on probabilities; `alpha` and `gamma` are arguments. Without the Hessian.
pub mod focal_probability {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_probability/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_probability/kernel_f64.rs");
    }
}

/// Binary focal loss on probabilities with gamma = 2, without alpha.
pub mod focal_probability_g2 {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_probability/kernel_g2_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_probability/kernel_g2_f64.rs");
    }
}

/// Focal loss on the probabilities of C classes; `alpha`, a number for each class, and `gamma` are arguments. Without the Hessian.
pub mod focal_categorical {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_categorical/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_categorical/kernel_f64.rs");
    }
}

/// Focal loss on the probabilities of C classes with gamma = 2, without alpha.
pub mod focal_categorical_g2 {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_categorical/kernel_g2_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_categorical/kernel_g2_f64.rs");
    }
}

/// Focal loss on C probabilities over their sum; `alpha`, a number for each class, and `gamma` are arguments. Without the Hessian.
pub mod focal_normalised {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_normalised/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_normalised/kernel_f64.rs");
    }
}

/// Focal loss on C probabilities over their sum with gamma = 2, without alpha.
pub mod focal_normalised_g2 {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_normalised/kernel_g2_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_normalised/kernel_g2_f64.rs");
    }
}

/// Focal loss on the logits of C classes; `alpha`, a number for each class, and `gamma` are arguments.
pub mod focal_softmax {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_softmax/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_softmax/kernel_f64.rs");
    }
}

/// Focal loss on the logits of C classes with gamma = 2, without alpha.
pub mod focal_softmax_g2 {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_softmax/kernel_g2_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_softmax/kernel_g2_f64.rs");
    }
}

/// Binary cross entropy on logits; `alpha` is an argument.
pub mod cross_entropy_binary {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("cross_entropy_binary/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("cross_entropy_binary/kernel_f64.rs");
    }
}

/// Binary focal loss, the variant FL* on logits; `gamma` and `beta` are arguments.
pub mod focal_star {
    /// In f32.
    pub mod f32 {
        made_by_tests_refresh!("focal_star/kernel_f32.rs");
    }
    /// In f64.
    pub mod f64 {
        made_by_tests_refresh!("focal_star/kernel_f64.rs");
    }
}
