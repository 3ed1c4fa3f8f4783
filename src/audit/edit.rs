//! One edit of a formula that makes the claim right: what stands at a position, against what would have to stand there.
//!
//! Where the formula is affine in what stands at a position, the value that would have to stand there follows at each
//! point; a short product of letters that gives its ratio to what does, or its difference, is the edit. Elsewhere
//! (in exponents, under logarithms) usual slips are tried one by one.

use super::derivative::neat;
use super::floats::{Floats, near};
use super::letters::{Word, nice};
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// A name that no formula has.
const HOLE: &str = "_";
/// Words that sums of two are made of.
const SUMMED: usize = 160;
/// Points that an edit must be seen at.
const SEEN: usize = 4;

/// An edit: what it is in words, and the formula after it.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What it is.
    pub words: String,
    /// The formula after it.
    pub formula: Expr,
    cost: u32,
}

/// The edits that make the formula equal to the left side at every point, the simplest first. With `sums`, a factor
/// or term that lacks may be a sum of two words, of the shortest.
pub fn edits(formula: &Expr, floats: &Floats, words: &[Word], sums: bool) -> Vec<Edit> {
    let mut all = Vec::new();
    let mut places = Vec::new();
    positions(formula, &mut Vec::new(), &mut places);
    for at in places.iter().take(300) {
        let place = Place::of(formula, at, floats);
        match sums {
            true => place.of_sums(&words[..words.len().min(SUMMED)], &mut all),
            false => place.edits(words, &mut all),
        }
    }
    all.sort_by_key(|edit| edit.cost);
    all.dedup_by(|a, b| a.formula == b.formula);
    all
}

fn positions(expr: &Expr, at: &mut Vec<usize>, to: &mut Vec<Vec<usize>>) {
    to.push(at.clone());
    let from = usize::from(matches!(expr, Expr::Apply(Op::Where, _)));
    for (place, operand) in expr.operands().iter().enumerate().skip(from) {
        at.push(place);
        positions(operand, at, to);
        at.pop();
    }
}

/// A position of the formula.
struct Place<'a> {
    formula: &'a Expr,
    at: &'a [usize],
    part: &'a Expr,
    parent: Option<&'a Expr>,
    floats: &'a Floats,
    /// What stands there.
    values: Vec<f64>,
}

impl<'a> Place<'a> {
    fn of(formula: &'a Expr, at: &'a [usize], floats: &'a Floats) -> Place<'a> {
        let part_at = |at: &[usize]| at.iter().fold(formula, |expr, place| &expr.operands()[*place]);
        let parent = at.split_last().map(|(_, above)| part_at(above));
        let part = part_at(at);
        let values = floats.with(part, "", &vec![0.0; floats.points()]);
        Place { formula, at, part, parent, floats, values }
    }

    fn edits(&self, words: &[Word], to: &mut Vec<Edit>) {
        match self.wanted() {
            Some(wanted) => self.solved(&wanted, words, to),
            None => self.tried(words, to),
        }
    }

    /// What would have to stand there at each point where that matters; `None` where the formula is not affine in it.
    fn wanted(&self) -> Option<Vec<Option<f64>>> {
        let hole = self.replaced(&Expr::symbol(HOLE));
        let moved = |by: f64| {
            let values: Vec<f64> = self.values.iter().map(|value| value + by).collect();
            self.floats.with(&hole, HOLE, &values)
        };
        let (one, other) = (moved(1.0), moved(-1.5));
        let mut wanted = Vec::new();
        for (k, value) in self.values.iter().enumerate() {
            let (left, right) = (self.floats.lhs[k], self.floats.rhs[k]);
            let slope = one[k] - right;
            let bend = (other[k] - right) + 1.5 * slope;
            let size = one[k].abs().max(right.abs()).max(other[k].abs());
            if bend.is_nan() || bend.abs() > 1e-9 * size {
                return None;
            }
            if slope.abs() <= 1e-12 * size {
                // what stands there does not matter at this point
                if !near(left, right) {
                    return Some(Vec::new());
                }
                wanted.push(None);
            } else {
                wanted.push(Some(value + (left - right) / slope));
            }
        }
        Some(wanted)
    }

    fn solved(&self, wanted: &[Option<f64>], words: &[Word], to: &mut Vec<Edit>) {
        let seen: Vec<(usize, f64, f64)> =
            wanted.iter().enumerate().filter_map(|(k, wanted)| Some((k, self.values[k], (*wanted)?))).collect();
        if seen.len() < SEEN || seen.iter().any(|(_, a, b)| !a.is_finite() || !b.is_finite()) {
            return;
        }
        let within_sum = matches!(self.parent, Some(Expr::Apply(Op::Add | Op::Sub | Op::Neg, _)));
        let is_sum = matches!(self.part, Expr::Apply(Op::Add | Op::Sub, _));
        if seen.iter().all(|(_, value, wanted)| wanted.abs() <= 1e-9 * value.abs()) {
            if within_sum {
                to.push(self.edit(format!("the term `{}` is one too many", self.part), Expr::integer(0), 3));
            }
            return;
        }
        if seen.iter().all(|(_, value, _)| *value != 0.0) {
            let ratio: Vec<(usize, f64)> = seen.iter().map(|(k, value, wanted)| (*k, wanted / value)).collect();
            if let Some((by, word)) = matching(&ratio, words) {
                to.push(self.factor(&by, word, u32::from(is_sum && within_sum)));
            }
        }
        let exact: Vec<(usize, f64)> = seen.iter().map(|(k, _, wanted)| (*k, *wanted)).collect();
        if self.leafy()
            && let Some((by, word)) = matching(&exact, words)
        {
            let part = scaled(&by, word);
            to.push(self.edit(format!("`{}` should be `{part}`", self.part), part, 3 + word.cost + odd(&by)));
        }
        if self.parent.is_none() || self.top_of_sum() {
            let difference: Vec<(usize, f64)> = seen.iter().map(|(k, value, wanted)| (*k, wanted - value)).collect();
            if let Some((by, word)) = matching(&difference, words) {
                let term = scaled(&by, word);
                let words = format!("the term `{term}` is missing in `{}`", self.part);
                to.push(self.edit(words, neat(Op::Add, vec![self.part.clone(), term]), 6 + word.cost + odd(&by)));
            }
        }
    }

    /// A factor that lacks, a sum of two words.
    fn of_sums(&self, words: &[Word], to: &mut Vec<Edit>) {
        let Some(wanted) = self.wanted() else { return };
        let ratio: Option<Vec<(usize, f64)>> = wanted
            .iter()
            .enumerate()
            .filter_map(|(k, wanted)| Some((k, (*wanted)? / self.values[k])))
            .map(|(k, ratio)| ratio.is_finite().then_some((k, ratio)))
            .collect();
        let Some(ratio) = ratio.filter(|ratio| ratio.len() >= SEEN) else { return };
        if let Some([(a, one), (b, other)]) = sum_matching(&ratio, words) {
            let factor = neat(Op::Add, vec![scaled(&a, one), scaled(&b, other)]);
            let words = format!("the factor `{factor}` is missing at `{}`", self.part);
            let cost = 8 + one.cost + other.cost + odd(&a) + odd(&b);
            to.push(self.edit(words, neat(Op::Mul, vec![self.part.clone(), factor]), cost));
        }
    }

    /// A number, a name or a complement.
    fn leafy(&self) -> bool {
        match self.part {
            Expr::Number(_) | Expr::Symbol(_) => true,
            Expr::Apply(Op::Sub, operands) => operands.iter().all(|operand| operand.operands().is_empty()),
            _ => false,
        }
    }

    fn top_of_sum(&self) -> bool {
        matches!(self.part, Expr::Apply(Op::Add | Op::Sub, _))
            && !matches!(self.parent, Some(Expr::Apply(Op::Add | Op::Sub, _)))
    }

    /// The part times a number and a word.
    fn factor(&self, by: &Rational, word: &Word, more: u32) -> Edit {
        let minus_one = *by == Rational::from(-1);
        let mut part = self.part.clone();
        for (letter, times) in &word.factors {
            part = multiplied(&part, letter, *times);
        }
        if minus_one {
            part = neat(Op::Neg, vec![part]);
        } else if *by != Rational::ONE {
            part = Expr::Number(by.clone()) * part;
        }
        let all = |positive: bool| word.factors.iter().all(|(_, times)| (*times > 0) == positive);
        let words = match (word.factors.is_empty(), minus_one, *by == Rational::ONE) {
            (true, true, _) => format!("the sign of `{}`", self.part),
            (true, ..) => format!("`{}` should be `{part}`", self.part),
            (_, _, true) if all(true) => format!("the factor `{}` is missing at `{}`", word.expr(), self.part),
            (_, _, true) if all(false) => {
                let inverse: Vec<(Expr, i64)> = word.factors.iter().map(|(of, times)| (of.clone(), -times)).collect();
                let inverse = Word { factors: inverse, ..word.clone() };
                format!("the factor `{}` is one too many at `{}`", inverse.expr(), self.part)
            }
            _ => format!("`{}` should be `{part}`", self.part),
        };
        // a whole term rather than one of its factors
        let within = matches!(self.parent, Some(Expr::Apply(Op::Mul | Op::Div | Op::Neg, _)));
        self.edit(words, part, 2 + 2 * word.cost + odd(by) + u32::from(within) + more)
    }

    /// Usual slips, one by one.
    fn tried(&self, words: &[Word], to: &mut Vec<Edit>) {
        let part = self.part;
        let one = Expr::integer(1);
        let mut others = vec![
            neat(Op::Neg, vec![part.clone()]),
            part.clone() + one.clone(),
            part.clone() - one.clone(),
            Expr::integer(2) * part.clone(),
            part.clone() / Expr::integer(2),
        ];
        if self.leafy() {
            others.push(neat(Op::Sub, vec![one, part.clone()]));
            others.extend(words.iter().filter(|word| word.factors.len() == 1).map(Word::expr));
        }
        for other in others.into_iter().filter(|other| other != part) {
            let formula = self.replaced(&other);
            let values = self.floats.with(&formula, "", &vec![0.0; self.floats.points()]);
            if self.floats.is_left(&values) {
                to.push(self.edit(format!("`{part}` should be `{other}`"), other, 6));
            }
        }
    }

    fn replaced(&self, part: &Expr) -> Expr {
        rebuilt(self.formula, self.at, part)
    }

    fn edit(&self, words: String, part: Expr, cost: u32) -> Edit {
        Edit { words, formula: self.replaced(&part), cost: 4 * cost + self.at.len() as u32 / 4 }
    }
}

/// The formula with another part at the position, without what adds or multiplies nothing.
fn rebuilt(expr: &Expr, at: &[usize], part: &Expr) -> Expr {
    let (Some((place, rest)), Expr::Apply(op, operands)) = (at.split_first(), expr) else { return part.clone() };
    let mut operands = operands.to_vec();
    operands[*place] = rebuilt(&operands[*place], rest, part);
    neat(*op, operands)
}

/// The first word that gives the values but for a number.
fn matching<'w>(values: &[(usize, f64)], words: &'w [Word]) -> Option<(Rational, &'w Word)> {
    words.iter().find_map(|word| {
        let (first, value) = values.first()?;
        let by = value / word.values[*first];
        let same = |(k, value): &(usize, f64)| (value - by * word.values[*k]).abs() <= 1e-6 * value.abs();
        if !by.is_finite() || by == 0.0 || !values.iter().all(same) {
            return None;
        }
        Some((nice(by)?, word))
    })
}

/// The first two words of which a sum, each with a number, gives the values.
fn sum_matching<'w>(values: &[(usize, f64)], words: &'w [Word]) -> Option<[(Rational, &'w Word); 2]> {
    let [(j, v), (k, w), ..] = values else { return None };
    for (place, one) in words.iter().enumerate() {
        for other in &words[..place] {
            let (a, b, c, d) = (one.values[*j], other.values[*j], one.values[*k], other.values[*k]);
            let determinant = a * d - b * c;
            let (x, y) = ((v * d - b * w) / determinant, (a * w - v * c) / determinant);
            let same = |(k, value): &(usize, f64)| {
                let (x, y) = (x * one.values[*k], y * other.values[*k]);
                (value - x - y).abs() <= 1e-6 * (x.abs() + y.abs())
            };
            if determinant != 0.0 && x != 0.0 && y != 0.0 && values.iter().all(same) {
                return Some([(nice(x)?, one), (nice(y)?, other)]);
            }
        }
    }
    None
}

fn scaled(by: &Rational, word: &Word) -> Expr {
    let expr = word.expr();
    if word.factors.is_empty() {
        return Expr::Number(by.clone());
    }
    match by {
        by if *by == Rational::ONE => expr,
        by if *by == Rational::from(-1) => neat(Op::Neg, vec![expr]),
        by => Expr::Number(by.clone()) * expr,
    }
}

/// What a number in front counts for.
fn odd(by: &Rational) -> u32 {
    match by {
        by if *by == Rational::ONE => 0,
        by if *by == Rational::from(-1) => 1,
        _ => 3,
    }
}

/// The product with a letter to a power more: a factor that is there goes first.
fn multiplied(part: &Expr, letter: &Expr, times: i64) -> Expr {
    let mut part = part.clone();
    for _ in 0..times.unsigned_abs() {
        part = match (times > 0, without(&part, letter)) {
            (true, _) => neat(Op::Mul, vec![part, letter.clone()]),
            (false, Some(rest)) => rest,
            (false, None) => part / letter.clone(),
        };
    }
    part
}

/// The product without one of its factors.
fn without(part: &Expr, factor: &Expr) -> Option<Expr> {
    if part == factor {
        return Some(Expr::integer(1));
    }
    match (part, part.operands()) {
        (Expr::Apply(Op::Mul, _), [a, b]) => match without(a, factor) {
            Some(a) => Some(neat(Op::Mul, vec![a, b.clone()])),
            None => without(b, factor).map(|b| neat(Op::Mul, vec![a.clone(), b])),
        },
        (Expr::Apply(Op::Div, _), [a, b]) => without(a, factor).map(|a| neat(Op::Div, vec![a, b.clone()])),
        (Expr::Apply(Op::Neg, _), [a]) => without(a, factor).map(|a| neat(Op::Neg, vec![a])),
        (Expr::Apply(Op::Pow, _), [a, by]) if a == factor => {
            let by = by.as_number().filter(|by| by.is_integer())?;
            let less = by - &Rational::ONE;
            Some(neat(Op::Pow, vec![a.clone(), Expr::Number(less)]))
        }
        _ => None,
    }
}
