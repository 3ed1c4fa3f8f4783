//! Trains a logistic regression on made-up, unbalanced data with an emitted focal loss, and prints gradients.

#![forbid(unsafe_code)]
#![deny(warnings)]

mod focal;

/// Points of the plane; one in ten is positive.
fn data() -> Vec<([f32; 2], f32)> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let point = |place| {
        let y = if place % 10 == 0 { 1.0 } else { 0.0 };
        ([next() + 0.75 * y, next() - 0.5 * y], y)
    };
    (0..400).map(point).collect()
}

/// Loss of each epoch, scaled as in RetinaNet: by one over the positives.
fn train(data: &[([f32; 2], f32)], epochs: usize) -> Vec<f64> {
    let y: Vec<f32> = data.iter().map(|(_, y)| *y).collect();
    let scale = 1.0 / y.iter().sum::<f32>().max(1.0);
    let (mut weights, mut offset) = ([0.0_f32; 2], -1.0_f32);
    let mut grad = vec![0.0; y.len()];
    let mut losses = Vec::new();
    for _ in 0..epochs {
        let logit = |(x, _): &([f32; 2], f32)| weights[0] * x[0] + weights[1] * x[1] + offset;
        let x: Vec<f32> = data.iter().map(logit).collect();
        losses.push(focal::forward_backward_sum(&x, &y, scale, &mut grad));
        for ((x, _), grad) in data.iter().zip(&grad) {
            weights[0] -= 0.5 * grad * x[0];
            weights[1] -= 0.5 * grad * x[1];
            offset -= 0.5 * grad;
        }
    }
    losses
}

fn main() {
    let losses = train(&data(), 200);
    let rises = losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    println!("epochs {}, rises {rises}, halved {}", losses.len(), last < 0.5 * first);
    println!("gradients in bits, y = 1 and y = 0");
    for x in [-104.0, -20.0, -3.5, -1.0, -0.25, 0.0, 0.25, 1.0, 3.5, 20.0, 104.0] {
        let (positive, negative) = (focal::backward(x, 1.0), focal::backward(x, 0.0));
        println!("{x:7} {:08x} {:08x}", positive.to_bits(), negative.to_bits());
    }
}
