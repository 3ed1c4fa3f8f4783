//! How far a long run is, and how long it took. The one file that names `indicatif`, and the one that reads a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error where that is a terminal; nothing in a pipe. What is printed or decided does not depend on it.
pub struct Bar {
    bar: ProgressBar,
    started: Instant,
}

impl Bar {
    /// A bar that stands at 0; hidden where nobody wants it.
    pub fn new(hidden: bool) -> Bar {
        let bar = ProgressBar::with_draw_target(
            Some(1),
            match hidden {
                true => ProgressDrawTarget::hidden(),
                false => ProgressDrawTarget::stderr_with_hz(4),
            },
        );
        // a template that does not parse leaves the default one
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {percent:>3} %  {elapsed_precise}, {eta_precise} left")
        {
            bar.set_style(style);
        }
        Bar { bar, started: Instant::now() }
    }

    /// So many of so many are done.
    pub fn at(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
    }

    /// Takes the bar away and says how long it stood.
    pub fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

/// The date, as in 2026-01-31, in UTC.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date((seconds / 86_400) as i64)
}

/// The date so many days after 1970-01-01 (Gregorian; Hinnant's `civil_from_days`).
fn date(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (of_month, month) =
        (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_453, "2025-12-31")];
        cases.iter().for_each(|(days, text)| assert_eq!(date(*days), *text));
    }
}
