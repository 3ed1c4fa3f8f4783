//! Shared libraries on standard input → nanoseconds per element of each, or the values that each gives.
//!
//! Compiled by `rustc` alone, not a part of the crate: it loads what the benchmark compiled, which safe Rust cannot do.
//! Every library has functions `run(n, x, y, a, b)` over two arrays of inputs and two of outputs. A line of standard
//! input is `path function float labels`, as in `/tmp/libkernel.so forward_backward f32 u8`.
//!
//! ```text
//! timer time N REPETITIONS same|fresh      a line each: the least ns per element; fresh: new labels at each call
//! timer values LOGITS                      a line each: the bits of a and b, for each x and both labels
//! ```

use std::ffi::{CString, c_char, c_int, c_void};
use std::hint::black_box;
use std::io::Read;

type Run = unsafe extern "C" fn(usize, *const c_void, *const c_void, *mut c_void, *mut c_void);

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn clock_gettime(clock: c_int, time: *mut [i64; 2]) -> c_int;
}

const RTLD_NOW: c_int = 2;
const CLOCK_THREAD_CPUTIME_ID: c_int = if cfg!(target_os = "macos") { 16 } else { 3 };

/// Fewer elements than this are called again within one timing, so that the clock's own time does not count.
const ELEMENTS: usize = 200_000;

/// A share of positive labels as it is in detection heads after sampling, and logits of a net that learns.
const POSITIVE: f64 = 0.25;
const SPREAD: f64 = 3.0;

struct Candidate {
    run: Run,
    double: bool,
    labels: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["time", n, repetitions, labels] => {
            let mut data = Data::random(n.parse().expect("N is a number"));
            let repetitions = repetitions.parse().expect("REPETITIONS is a number");
            for least in time(&candidates(), &mut data, repetitions, labels == "fresh") {
                println!("{least}");
            }
        }
        ["values", logits] => {
            let logits = logits.split(',').map(|x| x.parse().expect("LOGITS are numbers")).collect();
            let mut data = Data::at(logits);
            for candidate in candidates() {
                candidate.call(&mut data);
                println!("{}", data.outputs(candidate.double));
            }
        }
        _ => panic!("timer time N REPETITIONS same|fresh, or timer values LOGITS"),
    }
}

fn candidates() -> Vec<Candidate> {
    let mut list = String::new();
    std::io::stdin().read_to_string(&mut list).expect("a list on standard input");
    list.lines().map(Candidate::load).collect()
}

impl Candidate {
    fn load(line: &str) -> Candidate {
        let words: Vec<&str> = line.split('\t').collect();
        let [path, function, float, labels] = words[..] else { panic!("four words separated by tabs: {line}") };
        let name = |text: &str| CString::new(text).expect("no byte 0");
        // SAFETY: the library was compiled by this benchmark; its initialisers are those of Rust's std.
        let library = unsafe { dlopen(name(path).as_ptr(), RTLD_NOW) };
        assert!(!library.is_null(), "{path} does not load");
        // SAFETY: `library` is a loaded library.
        let address = unsafe { dlsym(library, name(function).as_ptr()) };
        assert!(!address.is_null(), "{path} has no {function}");
        // SAFETY: the benchmark wrote every function of these names with this signature.
        let run = unsafe { std::mem::transmute::<*mut c_void, Run>(address) };
        Candidate { run, double: float == "f64", labels: labels.to_string() }
    }

    fn call(&self, data: &mut Data) {
        let x = if self.double { data.x64.as_ptr().cast() } else { data.x32.as_ptr().cast() };
        let y = match &self.labels[..] {
            "f32" => data.y32.as_ptr().cast(),
            "f64" => data.y64.as_ptr().cast(),
            _ => data.y8.as_ptr().cast(),
        };
        let (a, b) = (data.a.as_mut_ptr().cast(), data.b.as_mut_ptr().cast());
        // SAFETY: each array has `x32.len()` elements of the type that the candidate takes; outputs have room for f64.
        unsafe { (self.run)(black_box(data.x32.len()), x, y, a, b) };
        black_box((&data.a, &data.b));
    }
}

/// Inputs in every type, outputs with room for the widest.
struct Data {
    x32: Vec<f32>,
    x64: Vec<f64>,
    y8: Vec<u8>,
    y32: Vec<f32>,
    y64: Vec<f64>,
    a: Vec<u64>,
    b: Vec<u64>,
    random: Random,
}

impl Data {
    fn random(n: usize) -> Data {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        // the sum of twelve is as good as normal
        let x = (0..n).map(|_| SPREAD * ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0)).collect();
        let mut data = Data { random, ..Data::new(x) };
        data.label();
        data
    }

    /// Each logit with label 0, then with label 1.
    fn at(logits: Vec<f64>) -> Data {
        let mut data = Data::new(logits.iter().flat_map(|&x| [x, x]).collect());
        for i in 0..data.y8.len() {
            data.set_label(i, i % 2 == 1);
        }
        data
    }

    fn new(x64: Vec<f64>) -> Data {
        let n = x64.len();
        let x32 = x64.iter().map(|&x| x as f32).collect();
        let (y8, y32, y64) = (vec![0; n], vec![0.0; n], vec![0.0; n]);
        // 1, so that the pages are there before the first timing
        Data { x32, x64, y8, y32, y64, a: vec![1; n], b: vec![1; n], random: Random(1) }
    }

    fn label(&mut self) {
        for i in 0..self.y8.len() {
            let one = self.random.unit() < POSITIVE;
            self.set_label(i, one);
        }
    }

    fn set_label(&mut self, i: usize, one: bool) {
        (self.y8[i], self.y32[i], self.y64[i]) = (u8::from(one), f32::from(one), f64::from(one));
    }

    fn outputs(&self, double: bool) -> String {
        let bits = |all: &[u64], i: usize| match double {
            true => all[i],
            // written as f32: two in each word
            false => all[i / 2] >> (32 * (i % 2)) & 0xFFFF_FFFF,
        };
        let words = (0..self.x32.len()).map(|i| format!("{:x} {:x}", bits(&self.a, i), bits(&self.b, i)));
        words.collect::<Vec<_>>().join(" ")
    }
}

struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The least time of each candidate. Candidates take turns, so that a slow minute of the machine strikes all of them.
fn time(candidates: &[Candidate], data: &mut Data, repetitions: usize, fresh: bool) -> Vec<f64> {
    let calls = if fresh { 1 } else { (ELEMENTS / data.x32.len()).max(1) };
    let mut least = vec![f64::INFINITY; candidates.len()];
    for candidate in candidates {
        candidate.call(data);
    }
    for _ in 0..repetitions {
        for (candidate, least) in candidates.iter().zip(&mut least) {
            if fresh {
                data.label();
            }
            let start = thread_nanoseconds();
            for _ in 0..calls {
                candidate.call(data);
            }
            let elements = (calls * data.x32.len()) as f64;
            *least = least.min((thread_nanoseconds() - start) as f64 / elements);
        }
    }
    least
}

fn thread_nanoseconds() -> i64 {
    let mut time = [0; 2];
    // SAFETY: on 64-bit systems a timespec is two 64-bit numbers.
    assert!(unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0, "this system has no clock for threads");
    time[0] * 1_000_000_000 + time[1]
}
