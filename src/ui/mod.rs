//! The terminal: results on stdout, everything else on stderr. Nothing else in flowbit prints or asks.

mod human;
mod progress;
mod prompt;
mod report;
mod terminal;

pub use human::{Block, Table};
pub use progress::Progress;
pub use prompt::read_bounded;
pub use report::Report;
pub use terminal::screen_width;
pub use terminal::{ColorWish, Format, Streams, Terminal, scrub};
