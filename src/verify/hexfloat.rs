//! Floats ⇄ text that loses no bit: `0x1.2p+7`; decimals are read as well.
//!
//! Reading rounds once, to nearest and ties to even, to the format asked for; printing is exact, with
//! subnormals normalised (`0x1p-1074`), so that print, then read, gives the same bits.

use crate::kernel::Format;

/// The float in hexadecimal, exactly.
pub fn print(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_string();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    if value == 0.0 {
        return format!("{sign}0x0p+0");
    }
    let bits = value.to_bits() & (u64::MAX >> 1);
    let (mut fraction, mut exponent) = (bits & FRACTION, (bits >> 52) as i64 - 1023);
    if exponent == -1023 {
        let shift = fraction.leading_zeros() - 11;
        fraction = (fraction << shift) & FRACTION;
        exponent = -1022 - i64::from(shift);
    }
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x1{point}{digits}p{exponent:+}")
}

const FRACTION: u64 = (1 << 52) - 1;

/// The float in hexadecimal and, in brackets, the shortest decimal that reads as it in the format:
/// `0x1.2p+7 (144)`.
pub fn with_decimal(value: f64, format: Format) -> String {
    if !value.is_finite() { print(value) } else { format!("{} ({})", print(value), decimal(value, format)) }
}

/// The shortest decimal that reads as the value in the format.
pub fn decimal(value: f64, format: Format) -> String {
    let plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    match format {
        Format::F32 if plain => format!("{}", value as f32),
        Format::F32 => format!("{:e}", value as f32),
        Format::F64 if plain => format!("{value}"),
        Format::F64 => format!("{value:e}"),
    }
}

/// Reads a hexadecimal or decimal float, `inf` or `nan`, rounded once to the format and widened; `None` where the
/// text is none.
pub fn parse(text: &str, format: Format) -> Option<f64> {
    let (negative, body) = match text.strip_prefix(['-', '+']) {
        Some(body) => (text.starts_with('-'), body),
        None => (false, text),
    };
    if body.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = match body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        Some(hex) => hexadecimal(hex, format)?,
        None => match format {
            Format::F32 => f64::from(body.parse::<f32>().ok()?),
            Format::F64 => body.parse::<f64>().ok()?,
        },
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// What follows `0x`.
fn hexadecimal(text: &str, format: Format) -> Option<f64> {
    let (digits, exponent) = match text.find(['p', 'P']) {
        Some(at) => (&text[..at], power(&text[at + 1..])?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa = 0u64;
    let mut shifted = 0i64;
    for (place, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        let after_point = i64::from(place >= whole.chars().count());
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | digit;
            shifted -= 4 * after_point;
        } else {
            mantissa |= u64::from(digit != 0);
            shifted += 4 * (1 - after_point);
        }
    }
    Some(round(mantissa, exponent.saturating_add(shifted), format))
}

fn power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `mantissa · 2^exponent` rounded to the format; the lowest bit of a mantissa above 2^58 stands for all that follow.
fn round(mantissa: u64, exponent: i64, format: Format) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let (precision, lowest, highest) = match format {
        Format::F32 => (24, -149, 127),
        Format::F64 => (53, -1074, 1023),
    };
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let unit = (exponent.saturating_add(bits - precision)).max(lowest);
    let drop = unit.saturating_sub(exponent);
    let kept = match drop {
        ..=0 => mantissa << -drop,
        1..=63 => {
            let (kept, rest, half) = (mantissa >> drop, mantissa & ((1 << drop) - 1), 1 << (drop - 1));
            kept + u64::from(rest > half || (rest == half && kept & 1 == 1))
        }
        64 => u64::from(mantissa > 1 << 63),
        _ => 0,
    };
    let top = 63 - i64::from(kept.leading_zeros());
    if kept == 0 {
        0.0
    } else if unit.saturating_add(top) > highest {
        f64::INFINITY
    } else {
        // Both factors are exact powers or fit 53 bits, and the product is a number of the format.
        let low = unit.max(-1022);
        kept as f64 * scale(low) * scale(unit - low)
    }
}

/// 2^exponent for −1022 ≤ exponent ≤ 1023.
fn scale(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_c_does() {
        assert_eq!(print(144.0), "0x1.2p+7");
        assert_eq!(print(-1.0), "-0x1p+0");
        assert_eq!(print(0.1), "0x1.999999999999ap-4");
        assert_eq!(print(f64::from_bits(1)), "0x1p-1074");
        assert_eq!(print(f64::from(f32::from_bits(3))), "0x1.8p-148");
        assert_eq!(print(f64::MAX), "0x1.fffffffffffffp+1023");
        assert_eq!(print(-0.0), "-0x0p+0");
        assert_eq!(print(f64::NEG_INFINITY), "-inf");
        assert_eq!(with_decimal(144.0, Format::F64), "0x1.2p+7 (144)");
        assert_eq!(with_decimal(f64::from(0.1f32), Format::F32), "0x1.99999ap-4 (0.1)");
    }

    #[test]
    fn reading_gives_back_the_bits() {
        let mut random = super::super::points::Xorshift::new(7);
        let subnormal = (0..2000).map(|k| f64::from_bits(random.next() >> (12 + k % 52)));
        let subnormal: Vec<f64> = subnormal.collect();
        let any = (0..2000).map(|_| f64::from_bits(random.next())).filter(|v| !v.is_nan());
        for value in any.chain(subnormal).chain([0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY]) {
            let back = parse(&print(value), Format::F64).unwrap();
            assert_eq!(back.to_bits(), value.to_bits(), "{value:e}");
            let back = parse(&decimal(value, Format::F64), Format::F64).unwrap();
            assert_eq!(back.to_bits(), value.to_bits(), "{value:e}");
        }
    }

    #[test]
    fn reading_gives_back_the_bits_of_f32() {
        let mut random = super::super::points::Xorshift::new(8);
        let subnormal = (0..2000).map(|k| f32::from_bits((random.next() >> 41) as u32 >> (k % 23)));
        let subnormal: Vec<f32> = subnormal.collect();
        let any = (0..2000).map(|_| f32::from_bits((random.next() >> 32) as u32)).filter(|v| !v.is_nan());
        for value in any.chain(subnormal).chain([f32::MAX, f32::MIN_POSITIVE]) {
            let value = f64::from(value);
            assert_eq!(parse(&print(value), Format::F32).unwrap().to_bits(), value.to_bits(), "{value:e}");
            assert_eq!(parse(&decimal(value, Format::F32), Format::F32).unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn rounds_once() {
        // Just above the midpoint of 1 and the next f32: through f64 it would be a tie and fall to 1.
        let above = "0x1.00000100000000001p0";
        assert_eq!(parse(above, Format::F32), Some(f64::from(1.0f32.next_up())));
        assert_eq!(parse("0x1.000001p0", Format::F32), Some(1.0));
        assert_eq!(parse("0x1.000003p0", Format::F32), Some(f64::from(1.0f32.next_up().next_up())));
        assert_eq!(parse("0x1.00000000000008p0", Format::F64), Some(1.0));
        assert_eq!(parse("0x1.000000000000081p0", Format::F64), Some(1.0f64.next_up()));
        assert_eq!(parse("0x1p-1075", Format::F64), Some(0.0));
        assert_eq!(parse("0x1.8p-1075", Format::F64), Some(f64::from_bits(1)));
        assert_eq!(parse("0x1.fffffffffffff8p1023", Format::F64), Some(f64::INFINITY));
        assert_eq!(parse("0x1p+128", Format::F32), Some(f64::INFINITY));
        assert_eq!(parse("0x1p-150", Format::F32), Some(0.0));
        assert_eq!(parse("0x0.0000000000001p-1022", Format::F64), Some(f64::from_bits(1)));
        assert_eq!(parse("-0x10000000000000000000.8", Format::F64), Some(-(2f64.powi(76))));
        assert_eq!(parse("0x1p+99999999999999999999", Format::F64), Some(f64::INFINITY));
        assert_eq!(parse("0x1p-99999999999999999999", Format::F64), Some(0.0));
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "0x", "0x.p1", "0x1p", "0x1p+", "0xg", "--1", "-+0x1", "1e", "x", "0x1.2.3", "0x1 p"] {
            assert_eq!(parse(text, Format::F64), None, "{text}");
        }
        assert!(parse("nan", Format::F64).unwrap().is_nan());
        assert_eq!(parse("-inf", Format::F32), Some(f64::NEG_INFINITY));
    }
}
