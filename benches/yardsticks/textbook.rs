//! Binary focal loss as it stands in the paper, on std: p by the sigmoid's definition, `powf`, `ln`, `1 - p`, and γ an
//! argument (the compiler must not see that it is 2, or the power becomes a product).

macro_rules! textbook {
    ($float:ident) => {
        pub mod $float {
            const ALPHA: $float = 0.25;

            /// s, α_t and p_t
            #[inline(always)]
            fn element(x: $float, y: u8) -> ($float, $float, $float) {
                let p = 1.0 / (1.0 + (-x).exp());
                if y == 1 { (1.0, ALPHA, p) } else { (-1.0, 1.0 - ALPHA, 1.0 - p) }
            }

            pub fn forward_backward_slice(x: &[$float], y: &[u8], loss: &mut [$float], grad: &mut [$float]) {
                let gamma = std::hint::black_box(2.0);
                for (((&x, &y), loss), grad) in x.iter().zip(y).zip(loss).zip(grad) {
                    let (s, alpha, p) = element(x, y);
                    *loss = -alpha * (1.0 - p).powf(gamma) * p.ln();
                    *grad = s * alpha * (1.0 - p).powf(gamma) * (gamma * p * p.ln() + p - 1.0);
                }
            }

            pub fn backward_hessian_slice(x: &[$float], y: &[u8], grad: &mut [$float], hess: &mut [$float]) {
                let gamma = std::hint::black_box(2.0);
                for (((&x, &y), grad), hess) in x.iter().zip(y).zip(grad).zip(hess) {
                    let (s, alpha, p) = element(x, y);
                    *grad = s * alpha * (1.0 - p).powf(gamma) * (gamma * p * p.ln() + p - 1.0);
                    *hess = alpha
                        * p
                        * (1.0 - p).powf(gamma)
                        * ((1.0 + 2.0 * gamma) * (1.0 - p) - gamma * p.ln() * (gamma * p - (1.0 - p)));
                }
            }
        }
    };
}

textbook!(f32);
textbook!(f64);
