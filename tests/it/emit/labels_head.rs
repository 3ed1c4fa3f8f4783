// Labels, the same in a test and in the program that it makes.
/// Labels of rows of so many classes: one-hot and soft, rows of zeros, and what is no label.
fn labels(classes: usize, rows: usize) -> Vec<f64> {
    let mut state = 11_u64 + classes as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // 22 bits, so that three times as much is a number of f32
        (state >> 42) as f64 / 4_194_304.0
    };
    let mut all = Vec::new();
    for row in 0..rows {
        let own = (next() * classes as f64) as usize;
        let wrong = (next() * classes as f64) as usize;
        for class in 0..classes {
            let soft = next();
            all.push(match row % 8 {
                0 | 1 => f64::from(u8::from(class == own)),
                2 | 3 => soft,
                4 => if class == own { 0.9375 } else { -0.0 },
                5 => if soft < 0.5 { 0.0 } else { 3.0 * soft },
                6 => 0.0,
                _ if class == wrong => [-0.25, f64::NAN, f64::INFINITY, -1e-45][row / 8 % 4],
                _ => soft,
            });
        }
    }
    all
}
