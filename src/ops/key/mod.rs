//! Keys for tokens.

pub mod generate;
pub mod living;
pub mod material;
pub mod ring;
mod spki;

pub use generate::{Bits, Making, make, new_kid, thumbprint};
pub use living::{Living, living};
pub use material::{Keychain, Refusal, SigningKey, Standing, VerifyingKey};
pub use ring::{Opened, Ring};
pub use spki::public_pem;
