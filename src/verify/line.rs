//! The floats of a format as one line of integers: the order, neighbours and the midway of two.

use crate::kernel::Format;

/// The place of a float of the format on the line; −0 stands just below +0. NaN has none that means anything.
pub fn rank(value: f64, format: Format) -> i64 {
    let (bits, negative) = match format {
        Format::F32 => (i64::from((value as f32).abs().to_bits()), value.is_sign_negative()),
        Format::F64 => (value.abs().to_bits() as i64, value.is_sign_negative()),
    };
    if negative { -bits - 1 } else { bits }
}

/// The float at a place of the line, widened; beyond the ends it is the infinity.
pub fn at(rank: i64, format: Format) -> f64 {
    let bits = if rank < 0 { -(rank + 1) } else { rank };
    let magnitude = match format {
        Format::F32 => f64::from(f32::from_bits(bits.min(0x7f80_0000) as u32)),
        Format::F64 => f64::from_bits(bits.min(0x7ff0_0000_0000_0000) as u64),
    };
    if rank < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_order() {
        for format in [Format::F32, Format::F64] {
            let tiny = format.least();
            let line = [f64::NEG_INFINITY, -format.greatest(), -1.0, -tiny, -0.0, 0.0, tiny, 1.0, f64::INFINITY];
            for pair in line.windows(2) {
                assert!(rank(pair[0], format) < rank(pair[1], format), "{pair:?}");
            }
            for value in line {
                assert_eq!(at(rank(value, format), format).to_bits(), value.to_bits());
            }
            assert_eq!(at(i64::MAX, format), f64::INFINITY);
            assert_eq!(at(rank(tiny, format) - 2, format).to_bits(), (-0.0f64).to_bits());
        }
    }
}
