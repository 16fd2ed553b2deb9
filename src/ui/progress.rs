//! Progress, on a screen only and only of what takes longer than a moment.

use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::Terminal;

/// How long something may take before it is worth a line.
const MOMENT: Duration = Duration::from_millis(250);

/// One line that says which step is being done.
#[derive(Debug)]
pub struct Progress {
    draws: bool,
    /// When the first step began: a question before it takes as long as it takes.
    start: OnceLock<Instant>,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    bar: Option<ProgressBar>,
    /// The step: its number, of how many, and what it does.
    step: (u64, u64, String),
    /// When the step said for the first time how far it is, and how far it was.
    counted: Option<(Instant, u64)>,
}

impl Line {
    /// Draws the step, once there is something to draw.
    fn draw(&mut self) -> &ProgressBar {
        let (number, of, what) = self.step.clone();
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(of);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {prefix} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_length(of);
        bar.set_position(number);
        bar.set_message(what);
        bar
    }
}

impl Progress {
    /// Progress on this terminal.
    pub fn new(terminal: &Terminal) -> Self {
        Self { draws: terminal.draws_progress(), start: OnceLock::new(), line: Mutex::default() }
    }

    /// Says which step is being done.
    pub fn step(&self, number: usize, of: usize, what: &str) {
        if !self.draws {
            return;
        }
        let early = self.start.get_or_init(Instant::now).elapsed() < MOMENT;
        let Ok(mut line) = self.line.lock() else { return };
        let whole = |n: usize| u64::try_from(n).unwrap_or_default();
        let next = (whole(number), whole(of), what.to_owned());
        if line.step != next {
            line.step = next;
            line.counted = None;
        }
        if !early {
            line.draw().set_prefix("");
        }
    }

    /// Says how far a long step is.
    pub fn documents(&self, done: u64, of: Option<u64>) {
        if !self.draws {
            return;
        }
        let early = self.start.get_or_init(Instant::now).elapsed() < MOMENT;
        let Ok(mut line) = self.line.lock() else { return };
        let (since, before) = *line.counted.get_or_insert((Instant::now(), done));
        if early {
            return;
        }
        let pace = pace(done.saturating_sub(before), since.elapsed(), of.map(|of| of.saturating_sub(done)));
        line.draw().set_prefix(match of {
            Some(of) if of > 0 => format!("{done} of {of} documents{pace}"),
            _ => format!("{done} documents{pace}"),
        });
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Ok(mut line) = self.line.lock()
            && let Some(bar) = line.bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// How fast it goes, and how long the rest takes at that.
fn pace(done: u64, took: Duration, left: Option<u64>) -> String {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if done == 0 || millis < 500 {
        return String::new();
    }
    let rate = (done.saturating_mul(1000) / millis).max(1);
    match left {
        Some(left) if left > 0 => format!(", {rate} a second, {} s left", left / rate + 1),
        _ => format!(", {rate} a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_told_once_there_is_one() {
        assert_eq!(pace(10, Duration::from_millis(100), Some(5)), "");
        assert_eq!(pace(3000, Duration::from_secs(2), Some(6000)), ", 1500 a second, 5 s left");
        assert_eq!(pace(3000, Duration::from_secs(2), None), ", 1500 a second");
    }
}
