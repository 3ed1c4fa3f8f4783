//! What the program made of emitted modules has in common: reads `inputs`, calls kernels, prints bits as f64.
use std::io::Write;

struct Io {
    inputs: Vec<u64>,
    read: usize,
}

trait Float: Copy + Into<f64> {
    fn of(value: f64) -> Self;
}
impl Float for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }
}
impl Float for f64 {
    fn of(value: f64) -> f64 {
        value
    }
}

#[allow(dead_code)]
impl Io {
    fn new() -> Io {
        let bytes = std::fs::read("inputs").unwrap();
        let inputs = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        Io { inputs, read: 0 }
    }

    fn next(&mut self) -> u64 {
        self.read += 1;
        self.inputs[self.read - 1]
    }

    fn float<F: Float>(&mut self) -> F {
        F::of(f64::from_bits(self.next()))
    }

    fn print<F: Float>(&self, values: &[F]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| (*value).into().to_le_bytes()).collect();
        std::io::stdout().lock().write_all(&bytes).unwrap();
    }

    fn elements<F: Float>(&mut self, count: usize, kernel: impl Fn(F, F) -> (F, F)) {
        for _ in 0..count {
            let (x, y) = (self.float(), self.float());
            let (loss, slope) = kernel(x, y);
            self.print(&[loss, slope]);
        }
    }

    fn rows<F: Float>(&mut self, rows: usize, classes: usize, kernel: impl Fn(&[F], u32, &mut [F]) -> F) {
        for _ in 0..rows {
            let row: Vec<F> = (0..classes).map(|_| self.float()).collect();
            let target = self.next() as u32;
            let mut slopes = vec![F::of(0.0); classes];
            let loss = kernel(&row, target, &mut slopes);
            self.print(&[loss]);
            self.print(&slopes);
        }
    }

    fn labels<F: Float>(&mut self, rows: usize, classes: usize, kernel: impl Fn(&[F], &[F], &mut [F], &mut [F])) {
        let inputs: Vec<F> = (0..rows * classes).map(|_| self.float()).collect();
        let labels: Vec<F> = (0..rows * classes).map(|_| self.float()).collect();
        let (mut losses, mut slopes) = (vec![F::of(0.0); rows], vec![F::of(0.0); rows * classes]);
        kernel(&inputs, &labels, &mut losses, &mut slopes);
        for (loss, slopes) in losses.iter().zip(slopes.chunks(classes)) {
            self.print(&[*loss]);
            self.print(slopes);
        }
    }
}
