//! What can be done with operations themselves.

pub mod drive;
pub mod gc;
