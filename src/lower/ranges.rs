//! Open parameters and scales → the ranges for which bounds are searched and proved.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{KernelParameter, Setting};
use crate::rational::Rational;
use crate::regime::bound::Side;
use crate::regime::pivot::{Problem, Scale};

/// Beyond these an open parameter has no proved bound where its domain has no end of its own.
const FARTHEST: [f64; 2] = [2.5, 5.0];
/// How near 0 a scale is taken.
const NEAREST: f64 = 1.0 / 1024.0;
/// How near an open end at 0 is approached: below it what is divided by the parameter decides.
const LOWEST: f64 = 0.25;

/// An open parameter.
struct Open {
    name: Arc<str>,
    place: usize,
    domain: Domain,
}

/// What is open, and the scales.
pub struct Ranges {
    open: Vec<Open>,
    scales: Vec<Scale>,
}

/// One range for every open parameter.
pub struct Box<'a> {
    all: &'a Ranges,
    farthest: f64,
}

impl Ranges {
    /// What the problem leaves open.
    pub fn of(problem: &Problem, parameters: &[KernelParameter]) -> Ranges {
        let open = parameters.iter().enumerate().filter(|(_, parameter)| parameter.setting == Setting::Argument);
        let open = open.map(|(place, parameter)| Open {
            name: Arc::from(parameter.name.as_str()),
            place,
            domain: parameter.domain.clone(),
        });
        let mut scales: Vec<Scale> = Vec::new();
        for scale in problem.targets.iter().filter_map(|target| target.scale.as_ref()) {
            if !scales.contains(scale) {
                scales.push(scale.clone());
            }
        }
        Ranges { open: open.collect(), scales }
    }

    /// The ranges for which bounds are proved, the widest last.
    pub fn boxes(&self) -> Vec<Box<'_>> {
        let endless = |open: &Open| !matches!(open.domain, Domain::Interval { hi: Some(_), .. } | Domain::Set(_));
        let farthest: &[f64] = if self.open.iter().any(endless) { &FARTHEST } else { &FARTHEST[..1] };
        farthest.iter().map(|farthest| Box { all: self, farthest: *farthest }).collect()
    }

    /// Ranges of names for the search: scales by their magnitude, away from 0.
    pub fn for_search(&self) -> BTreeMap<Arc<str>, Interval> {
        let widest = Box { all: self, farthest: FARTHEST[1] };
        let mut names = widest.parameters();
        for scale in &self.scales {
            let known = widest.parameters();
            let parts = [&scale.one, &scale.zero].map(|expr| range(expr, &known).map(|range| range.abs()));
            let parts = parts.into_iter().flatten().filter(|range| range.mag().sign() > 0);
            let hull = parts.reduce(|a, b| a.hull(&b)).unwrap_or_else(|| Interval::point(1.0));
            let away = hull.intersect(&Interval::new(NEAREST, f64::MAX)).unwrap_or(hull);
            names.insert(scale.name.clone(), away);
        }
        names
    }

    /// The range of an expression of open parameters and numbers.
    pub fn of_expr(&self, expr: &Expr) -> Option<Interval> {
        range(expr, &Box { all: self, farthest: FARTHEST[1] }.parameters())
    }

    /// The greatest magnitude of an expression of open parameters and numbers.
    pub fn magnitude(&self, expr: &Expr) -> f64 {
        self.of_expr(expr).map_or(f64::INFINITY, |range| range.mag().to_f64_up())
    }

    /// May the scale be 0?
    pub fn may_vanish(scale: &Scale) -> bool {
        let vanishes = |expr: &Expr| expr.as_number().is_none_or(Rational::is_zero);
        vanishes(&scale.one) || vanishes(&scale.zero)
    }
}

impl Box<'_> {
    fn range(&self, open: &Open) -> Interval {
        let far = Interval::new(-self.farthest, self.farthest);
        let domain = Interval::of_domain(&open.domain);
        let near = domain.intersect(&far).unwrap_or(domain);
        // a scale near 0 gives subnormal products, whose digits are lost
        let scales =
            self.all.scales.iter().any(|scale| scale.one.mentions(&open.name) || scale.zero.mentions(&open.name));
        let inner = match &open.domain {
            Domain::Interval { lo: Some(lo), hi: Some(hi), .. } if scales && lo.is_zero() && *hi == Rational::ONE => {
                Interval::new(NEAREST, 1.0 - NEAREST)
            }
            Domain::Interval { lo: Some(lo), .. } if scales && lo.is_zero() => Interval::new(NEAREST, f64::MAX),
            Domain::Interval { lo: Some(lo), lo_open: true, .. } if lo.is_zero() => Interval::new(LOWEST, f64::MAX),
            _ => near,
        };
        near.intersect(&inner).unwrap_or(near)
    }

    fn parameters(&self) -> BTreeMap<Arc<str>, Interval> {
        self.all.open.iter().map(|open| (open.name.clone(), self.range(open))).collect()
    }

    /// In words, where it is less than the domains: `gamma <= 5`.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        for open in &self.all.open {
            let (range, domain) = (self.range(open), Interval::of_domain(&open.domain));
            if range.lo() != domain.lo() {
                words.push(format!("{} >= {}", open.name, range.lo().to_f64_down()));
            }
            if range.hi() != domain.hi() {
                words.push(format!("{} <= {}", open.name, range.hi().to_f64_up()));
            }
        }
        words.join(", ")
    }

    /// Both labels with the ranges that go with them; one where they do not differ. A parameter that is the scale of
    /// both goes octave by octave: absolute errors grow with it as results do.
    pub fn sides(&self) -> Vec<Side> {
        let whole = self.parameters();
        let both = |open: &&Open| {
            let name = Expr::Symbol(open.name.clone());
            self.all.scales.iter().any(|scale| scale.one == name && scale.zero == name)
        };
        let Some(open) = self.all.open.iter().find(both) else { return self.sides_within(&whole) };
        let octaves = octaves(&self.range(open)).into_iter();
        let with = |octave: Interval| {
            let mut known = whole.clone();
            known.insert(open.name.clone(), octave);
            self.sides_within(&known)
        };
        octaves.flat_map(with).collect()
    }

    /// The same where open parameters lie so.
    fn sides_within(&self, known: &BTreeMap<Arc<str>, Interval>) -> Vec<Side> {
        let side = |one: bool| {
            let mut names = known.clone();
            for scale in &self.all.scales {
                let expr = if one { &scale.one } else { &scale.zero };
                names.insert(scale.name.clone(), range(expr, known).unwrap_or_else(Interval::whole));
            }
            let parameters = self.all.open.iter().map(|open| (open.place, known[&open.name])).collect();
            Side { one, parameters, names }
        };
        let opposite = |scale: &Scale| scale.one.as_number().zip(scale.zero.as_number()).is_some_and(|(a, b)| *a == -b);
        let alike = |scale: &Scale| scale.one == scale.zero || opposite(scale);
        if self.all.scales.iter().all(alike) { vec![side(true)] } else { vec![side(true), side(false)] }
    }
}

/// An interval above 0, cut at its powers of two; any other as it is.
fn octaves(range: &Interval) -> Vec<Interval> {
    let (lo, hi) = (range.lo().to_f64_down(), range.hi().to_f64_up());
    if !(lo > 0.0 && hi / lo < 1e6) {
        return vec![*range];
    }
    let starts = std::iter::successors(Some(lo), |at| Some(at * 2.0)).take_while(|at| *at < hi);
    starts.map(|at| Interval::new(at, (at * 2.0).min(hi))).collect()
}

fn range(expr: &Expr, known: &BTreeMap<Arc<str>, Interval>) -> Option<Interval> {
    Interval::of_expr(expr, &|name| known.get(name).copied())
}
