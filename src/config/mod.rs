//! What the words on the command line, in the environment and in files mean here, and where each value came from.
//!
//! Order: flags, `FLOWBIT_*`, the platform's own variables, `flowbit.toml`, the user's file, defaults.

#[cfg(test)]
mod broken;
mod places;
mod platform;
mod profile;
mod sets;
mod settings;

pub use platform::{PRESETS, file as description_in, preset_text};
pub use profile::Profile;
pub use sets::{SetSource, as_of_ms, find_set, known_sets, read_set};
pub use settings::{
    Environment, Flags, Origin, Setting, Settings, Shown, UriSource, actor_of, private_file, refuse_password,
};
