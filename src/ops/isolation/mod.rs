//! Whether one tenant sees what is another's: looked for in the data, given as rights, and tried on the platform's backend.

pub mod check;
pub mod grants;
pub mod probe;
