//! What is asked for → the blocks of floats that are swept.
//!
//! Blocks are [`BLOCK`] neighbouring magnitudes, each with both signs, from 0 through the NaNs: 2^22 blocks are all 2^32 floats.

use std::ops::Range;

use super::BLOCK;
use crate::kernel::Format;
use crate::message::Message;
use crate::verify::hexfloat;

/// The magnitudes that most inputs have, as bits of f32: 2^−31 ≤ |x| < 256.
const CORE: Range<u32> = 96 << 23..135 << 23;
/// One block in so many is taken beyond them.
const BEYOND: u64 = 64;
/// Bits of f32 but for the sign.
const MAGNITUDES: u32 = 1 << 31;
const INFINITE: u32 = 0x7f80_0000;

/// A part of the line of f32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Every float, NaNs too.
    All,
    /// Every float with 2^−31 ≤ |x| < 256, one block of 512 in 64 of the others, 0 and ±∞.
    Core,
    /// From one float up to another one, both included.
    Range(f32, f32),
}

/// A part, or one block in so many of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The part.
    pub part: Part,
    /// One block in so many.
    pub one_in: u64,
    /// Seed of which one, where not all are taken.
    pub seed: u64,
}

/// A block that is swept: the magnitudes from `first` on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    /// Bits of the first magnitude.
    pub first: u32,
    /// Places in the block that are swept with the sign +, and with −.
    pub places: [Range<usize>; 2],
}

impl Block {
    /// Number of floats.
    pub fn len(&self) -> usize {
        self.places.iter().map(Range::len).sum()
    }
}

impl Asked {
    /// Number of blocks of the line.
    pub(super) const BLOCKS: u32 = MAGNITUDES / BLOCK as u32;

    /// The block at a place of the line, where it is swept.
    pub(super) fn block(&self, place: u32) -> Option<Block> {
        let first = place * BLOCK as u32;
        let ends = [0, INFINITE].contains(&first);
        let core = CORE.contains(&first);
        let places = match self.part {
            Part::All | Part::Core => [0..BLOCK, 0..BLOCK],
            Part::Range(lo, hi) => [within(first, lo, hi), within(first, -hi, -lo)],
        };
        let one_in = if self.part == Part::Core && !core { self.one_in * BEYOND } else { self.one_in };
        let taken = ends || place as u64 % one_in == mixed(self.seed, place as u64 / one_in) % one_in;
        let block = Block { first, places };
        (taken && block.len() > 0).then_some(block)
    }

    /// In words.
    pub fn words(&self) -> String {
        let part = match self.part {
            Part::All => "all 2^32 floats".to_string(),
            Part::Core => "floats with 2^-31 <= |x| < 256, one block in 64 of the others".to_string(),
            Part::Range(lo, hi) => {
                let number = |value: f32| hexfloat::with_decimal(f64::from(value), Format::F32);
                format!("floats from {} to {}", number(lo), number(hi))
            }
        };
        match self.one_in {
            1 => part,
            more => format!("one block in {more} of {part}, seed {}", self.seed),
        }
    }

    /// The options of the command line that ask for it.
    pub fn options(&self) -> String {
        let mut options = "--exhaustive".to_string();
        match self.part {
            Part::All => {}
            Part::Core => options += " --core",
            Part::Range(lo, hi) => {
                options += &format!(" --range {}..{}", hexfloat::print(lo.into()), hexfloat::print(hi.into()));
            }
        }
        if self.one_in > 1 {
            options += &format!(" --sample 1/{}", self.one_in);
        }
        if self.seed != 1 && (self.one_in > 1 || self.part == Part::Core) {
            options += &format!(" --seed {}", self.seed);
        }
        options
    }
}

/// The places of a block whose magnitudes lie from `lo` to `hi`; −0 counts as below 0.
fn within(first: u32, lo: f32, hi: f32) -> Range<usize> {
    if hi.is_sign_negative() {
        return 0..0;
    }
    let from = if lo.is_sign_negative() { 0 } else { lo.to_bits() };
    let place = |bits: u32| (bits.saturating_sub(first) as usize).min(BLOCK);
    place(from)..place(hi.to_bits() + 1)
}

/// A number that looks like chance (the finaliser of splitmix64).
fn mixed(seed: u64, place: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(place.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Reads `LO..HI`.
///
/// # Errors
/// Ends that are no floats, not in order, or NaN.
pub fn range(text: &str) -> Result<Part, Message> {
    let help =
        "write --range LO..HI, both included, decimal or hexadecimal, e.g. --range=-2..0x1.8p+1 or --range 88..inf";
    let Some((lo, hi)) = text.split_once("..") else {
        return Err(Message::new(format!("`{text}` is no range of floats")).help(help));
    };
    let end = |text: &str| {
        let value = hexfloat::parse(text.trim().trim_start_matches('='), Format::F32);
        let value = value.ok_or_else(|| Message::new(format!("`{text}` is no number")).help(help))?;
        if value.is_nan() {
            return Err(Message::new("NaN is on no side of a range").help(help));
        }
        if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
            return Err(Message::new(format!("`{text}` is beyond the floats of f32")).help(help));
        }
        Ok(value as f32)
    };
    let (lo, hi) = (end(lo)?, end(hi)?);
    if lo > hi {
        return Err(Message::new(format!("the range {text} is empty: its ends are in the wrong order")).help(help));
    }
    Ok(Part::Range(lo, hi))
}

/// Reads `1/N`.
///
/// # Errors
/// Anything else.
pub fn sample(text: &str) -> Result<u64, Message> {
    let one_in = text.strip_prefix("1/").and_then(|number| number.parse::<u64>().ok());
    one_in.filter(|one_in| (1..=1 << 20).contains(one_in)).ok_or_else(|| {
        Message::new(format!("`{text}` is no share of a sweep")).help("write --sample 1/N, N from 1 to 1048576")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(part: Part, one_in: u64) -> usize {
        let asked = Asked { part, one_in, seed: 7 };
        (0..Asked::BLOCKS).filter_map(|place| asked.block(place)).map(|block| block.len()).sum()
    }

    #[test]
    fn parts_have_as_many_floats_as_they_say() {
        assert_eq!(count(Part::All, 1), 1 << 32);
        let core = 2 * (CORE.end - CORE.start) as usize;
        assert_eq!((f32::from_bits(CORE.start), f32::from_bits(CORE.end)), (2f32.powi(-31), 256.0));
        let rest = (1usize << 32) - core;
        let counted = count(Part::Core, 1);
        assert!(counted.abs_diff(core + rest / 64) <= 6 * BLOCK, "{counted}");
        let sampled = count(Part::Core, 64);
        assert!(sampled.abs_diff(core / 64 + rest / 4096) <= 8 * BLOCK, "{sampled}");
        // from −1.5 to 1: zeros of both signs
        let range = count(Part::Range(-1.5, 1.0), 1);
        assert_eq!(range, (1.5f32.to_bits() + 1 + 1.0f32.to_bits() + 1) as usize);
        assert_eq!(count(Part::Range(3.0, 3.0), 1), 1);
        assert_eq!(count(Part::Range(-0.0, 0.0), 1), 2);
        assert_eq!(count(Part::Range(f32::MAX, f32::INFINITY), 1), 2);
    }

    #[test]
    fn wrong_ranges_are_refused() {
        for text in ["1", "a..b", "2..1", "nan..1", "1..", "..", "0..1e60", "-0x1p+200..0", "0x1p+0..0x1p-1"] {
            assert!(range(text).is_err(), "{text}");
        }
        assert_eq!(range("-2..0x1.8p+1"), Ok(Part::Range(-2.0, 3.0)));
        assert_eq!(range("-inf..inf"), Ok(Part::Range(f32::NEG_INFINITY, f32::INFINITY)));
        for text in ["64", "1/0", "2/3", "1/x"] {
            assert!(sample(text).is_err(), "{text}");
        }
    }
}
