//! Whether somebody wants to stop, and whether there is something that must be stopped with care.

use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between the one who hears the signal and the one who works.
#[derive(Debug, Default)]
pub struct Interrupt {
    asked: AtomicBool,
    engaged: AtomicBool,
}

impl Interrupt {
    /// Somebody wants to stop.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
    }

    /// Whether somebody wants to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// An operation is about to begin: from here on it ends between steps, not at once.
    pub fn engage(&self) {
        self.engaged.store(true, Ordering::SeqCst);
    }

    /// Whether an operation has begun.
    pub fn is_engaged(&self) -> bool {
        self.engaged.load(Ordering::SeqCst)
    }
}
