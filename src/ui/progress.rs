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
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// Progress on this terminal.
    pub fn new(terminal: &Terminal) -> Self {
        Self { draws: terminal.draws_progress(), start: OnceLock::new(), bar: Mutex::new(None) }
    }

    /// Says which step is being done.
    pub fn step(&self, number: usize, of: usize, what: &str) {
        if !self.draws || self.start.get_or_init(Instant::now).elapsed() < MOMENT {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(u64::try_from(of).unwrap_or_default());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {prefix} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_position(u64::try_from(number).unwrap_or_default());
        bar.set_prefix("");
        bar.set_message(what.to_owned());
    }

    /// Says how far a long step is.
    pub fn documents(&self, done: u64, of: Option<u64>) {
        if !self.draws {
            return;
        }
        let Ok(bar) = self.bar.lock() else { return };
        if let Some(bar) = bar.as_ref() {
            bar.set_prefix(match of {
                Some(of) if of > 0 => format!("{done} of {of} documents"),
                _ => format!("{done} documents"),
            });
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
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
