//! Hand-written yardstick: binary focal loss on logits, γ = 2, f32 in and out, f64 inside, 0.5001 ulp over all inputs.
//!
//! Written and tuned by hand before there was a generator, to see what could be reached. A kernel that is emitted should be
//! no slower and no less accurate in the same run. Nothing is emitted from it.

const EXP2: [f64; 9] = [
    1.0,
    0.6931471805482124,
    0.2402265069811059,
    0.055504109352660945,
    0.009618128616124516,
    0.0013333454860636734,
    0.00015403825462497904,
    1.53091561617658e-05,
    1.317893344193581e-06,
];
const ATANH: [f64; 7] = [
    2.000000000005029,
    0.6666666622728862,
    0.4000006254364207,
    0.28568102479634694,
    0.22305881040971662,
    0.17116491187464453,
    0.21878745820980858,
];
const BLOCK: usize = 128;
const MAGIC: f64 = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to an integer and leaves it in the low bits

/// Estrin's scheme; N is a constant, so this unrolls completely
#[inline(always)]
fn poly<const N: usize>(mut x: f64, c: &[f64; N]) -> f64 {
    let (mut b, mut n) = (*c, N);
    loop {
        let h = n / 2;
        let mut i = 0;
        while i < h {
            b[i] = b[2 * i] + x * b[2 * i + 1];
            i += 1;
        }
        if n % 2 == 1 {
            b[h] = b[n - 1];
        }
        n = (n + 1) / 2;
        if n == 1 {
            return b[0];
        }
        x *= x;
    }
}
/// t = exp(-|x|)
#[inline(always)]
fn stage_exp(x: f32) -> f64 {
    let a = x.abs();
    let a = if 300.0 < a { 300.0 } else { a }; // this order of comparison keeps NaN
    let u = a as f64 * -core::f64::consts::LOG2_E;
    let k = u + MAGIC;
    f64::from_bits(poly(u - (k - MAGIC), &EXP2).to_bits().wrapping_add(k.to_bits() << 52))
}
/// (t/(1+t), ln(1+t)) with one division
#[inline(always)]
fn stage_log(t: f64) -> (f64, f64) {
    let (d1, d2) = (1.0 + t, 2.0 + t);
    let r = t / (d1 * d2);
    let w = r * d1;
    (r * d2, w * poly(w * w, &ATANH))
}
#[inline(always)]
fn stage_out(x: f32, y: u8, a1: f64, a0: f64, qs: f64, l: f64) -> (f32, f32) {
    let (u, v) = ((-a1).to_bits(), a0.to_bits());
    let a = f64::from_bits(v ^ ((u ^ v) & 0u64.wrapping_sub(y as u64))); // -a1 or a0, no branch
    let nz = f32::from_bits(x.to_bits() ^ ((y as u32) << 31)); // -z
    let hard = nz > 0.0;
    let s = (if 0.0 > nz { 0.0 } else { nz }) as f64 + l;
    let sc = if 301.0 < s { 301.0 } else { s }; // p*s -> 0, not 0*inf
    let d = 1.0 - qs;
    let (q, p) = if hard { (d, qs) } else { (qs, d) };
    let m = (q * q) * a;
    (((m * s) as f32).abs(), (m * ((p + p) * sc + q)) as f32)
}
/// One element; bit-identical to the slice version. `y` is 0 or 1.
pub fn focal_g2(x: f32, y: u8, alpha1: f64, alpha0: f64) -> (f32, f32) {
    let (qs, l) = stage_log(stage_exp(x));
    stage_out(x, y, alpha1, alpha0, qs, l)
}
/// Slices of equal length.
pub fn focal_g2_slice(x: &[f32], y: &[u8], alpha1: f64, alpha0: f64, loss: &mut [f32], grad: &mut [f32]) {
    assert!(x.len() == y.len() && x.len() == loss.len() && x.len() == grad.len());
    let (mut t, mut l) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (((x, y), loss), grad) in
        x.chunks(BLOCK).zip(y.chunks(BLOCK)).zip(loss.chunks_mut(BLOCK)).zip(grad.chunks_mut(BLOCK))
    {
        let n = x.len();
        let (y, loss, grad, t, l) = (&y[..n], &mut loss[..n], &mut grad[..n], &mut t[..n], &mut l[..n]);
        for (t, x) in t.iter_mut().zip(x) {
            *t = stage_exp(*x);
        }
        for (t, l) in t.iter_mut().zip(l.iter_mut()) {
            (*t, *l) = stage_log(*t);
        }
        for i in 0..n {
            (loss[i], grad[i]) = stage_out(x[i], y[i], alpha1, alpha0, t[i], l[i]);
        }
    }
}

/// The yardstick under the name that emitted kernels have, at the setting of the paper.
pub fn forward_backward_slice(x: &[f32], y: &[u8], loss: &mut [f32], grad: &mut [f32]) {
    focal_g2_slice(x, y, 0.25, 0.75, loss, grad)
}
