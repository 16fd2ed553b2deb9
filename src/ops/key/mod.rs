//! Keys for tokens.

pub mod material;

pub use material::{Keychain, SigningKey, Standing, VerifyingKey};
