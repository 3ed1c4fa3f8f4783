// What rows of classes refuse: a file with weights and one without, each call panics and writes nothing.
mod plain;
mod weighted;

/// Slices of these lengths are refused with this message, and results keep what they held.
fn refused(lengths: [usize; 5], classes: usize, message: &str) {
    let (x, target, w) = ([0.5_f32; 9], [0_u32; 9], [1.0_f32; 9]);
    let [of_x, of_target, of_w, of_loss, of_grad] = lengths;
    for weights in [true, false] {
        if !weights && message.contains("`w`") {
            continue;
        }
        let (mut loss, mut grad) = ([-7.0_f32; 9], [-7.0_f32; 9]);
        let results = std::panic::AssertUnwindSafe((&mut loss, &mut grad));
        let text = panic_of(move || {
            let (loss, grad) = { results }.0;
            let (x, target, w) = (&x[..of_x], &target[..of_target], &w[..of_w]);
            let (loss, grad) = (&mut loss[..of_loss], &mut grad[..of_grad]);
            match weights {
                true => weighted::forward_backward_classes(x, classes, target, w, loss, grad),
                false => plain::forward_backward_classes(x, classes, target, loss, grad),
            }
        });
        assert_eq!(text, message);
        assert!(loss.iter().chain(&grad).all(|value| *value == -7.0), "{} was written before the panic", message);
    }
}

fn main() {
    refused([6, 2, 2, 6, 6], 0, "`classes` is 0, a row has one at least");
    refused([0, 0, 0, 0, 0], 0, "`classes` is 0, a row has one at least");
    refused([7, 2, 2, 7, 7], 3, "`x` has 7 elements, which are no rows of 3");
    refused([2, 1, 1, 2, 2], usize::MAX, &format!("`x` has 2 elements, which are no rows of {}", usize::MAX));
    refused([6, 3, 2, 6, 6], 3, "`target` has 3 elements, `x` has 2 rows of 3");
    refused([6, 6, 6, 6, 6], 2, "`target` has 6 elements, `x` has 3 rows of 2");
    refused([0, 1, 0, 0, 0], 4, "`target` has 1 elements, `x` has 0 rows of 4");
    refused([6, 2, 6, 6, 6], 3, "`w` has 6 elements, `x` has 2 rows of 3");
    refused([6, 2, 2, 2, 6], 3, "`loss` has 2 elements, `x` has 6");
    refused([6, 2, 2, 6, 9], 3, "`grad` has 9 elements, `x` has 6");
    // no row at all is none that does not fit
    weighted::forward_backward_classes(&[], 4, &[], &[], &mut [], &mut []);
    plain::forward_backward_classes(&[], usize::MAX, &[], &mut [], &mut []);
}
