// The float types of programs over rows.
use std::fmt::Debug;

trait Float: Copy + Debug + PartialEq {
    fn of(value: f64) -> Self;
    fn wide(self) -> f64;
}
impl Float for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }
    fn wide(self) -> f64 {
        self.into()
    }
}
impl Float for f64 {
    fn of(value: f64) -> f64 {
        value
    }
    fn wide(self) -> f64 {
        self
    }
}
