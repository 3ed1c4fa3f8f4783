//! Binary focal loss, γ = 2, as a careful engineer writes it on std: softplus that neither overflows nor cancels, one
//! `exp` and one `ln_1p` an element, no `powf`, nothing subtracted from 1.

macro_rules! careful {
    ($float:ident) => {
        pub mod $float {
            const ALPHA: $float = 0.25;

            struct Element {
                s: $float,
                alpha: $float,
                p: $float,
                q: $float,
                /// softplus(-z)
                ell: $float,
            }

            #[inline(always)]
            fn element(x: $float, y: u8) -> Element {
                let (s, alpha) = if y == 1 { (1.0, ALPHA) } else { (-1.0, 1.0 - ALPHA) };
                let z = s * x;
                let t = (-z.abs()).exp();
                let log_d = t.ln_1p();
                let (small, large) = (t / (1.0 + t), 1.0 / (1.0 + t));
                let (p, q, ell) = if z < 0.0 { (small, large, log_d - z) } else { (large, small, log_d) };
                Element { s, alpha, p, q, ell }
            }

            pub fn forward_backward_slice(x: &[$float], y: &[u8], loss: &mut [$float], grad: &mut [$float]) {
                for (((&x, &y), loss), grad) in x.iter().zip(y).zip(loss).zip(grad) {
                    let Element { s, alpha, p, q, ell } = element(x, y);
                    *loss = alpha * q * q * ell;
                    *grad = -s * alpha * q * q * (2.0 * p * ell + q);
                }
            }

            pub fn backward_hessian_slice(x: &[$float], y: &[u8], grad: &mut [$float], hess: &mut [$float]) {
                for (((&x, &y), grad), hess) in x.iter().zip(y).zip(grad).zip(hess) {
                    let Element { s, alpha, p, q, ell } = element(x, y);
                    *grad = -s * alpha * q * q * (2.0 * p * ell + q);
                    *hess = alpha * p * q * q * (5.0 * q + 2.0 * ell * (2.0 * p - q));
                }
            }
        }
    };
}

careful!(f32);
careful!(f64);
