//! Platform descriptions: the presets in the binary, and files in the same format.

use std::path::Path;

use crate::domain::Description;
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code};

/// The presets: name, and the description as a file.
pub const PRESETS: &[(&str, &str)] = &[
    ("flowbit", include_str!("presets/flowbit.toml")),
    ("tickets", include_str!("presets/tickets.toml")),
    ("tickets-fastapi", include_str!("presets/tickets-fastapi.toml")),
    ("tenant-databases", include_str!("presets/tenant-databases.toml")),
    ("inventory", include_str!("presets/inventory.toml")),
    ("org-collections", include_str!("presets/org-collections.toml")),
];

/// The description file of a preset.
///
/// # Errors
/// `E0106`.
pub fn preset_text(name: &str) -> Result<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
        let error =
            Error::new(&code::UNKNOWN_PRESET, format!("there is no preset {name:?}; there are {}", names.join(", ")));
        match nearest(name, names) {
            Some(meant) => error.next(format!("did you mean {meant}?")),
            None => error,
        }
    })
}

/// Reads a preset.
pub(super) fn preset(name: &str) -> Result<Description> {
    parse(&format!("preset {name}"), preset_text(name)?)
}

/// Reads a description file.
pub(super) fn file(path: &Path) -> Result<Description> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::new(&code::BAD_CONFIG, format!("cannot read the platform description {}: {e}", path.display()))
    })?;
    let shown = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|e| {
        Error::new(&code::BAD_CONFIG, format!("{shown}: not UTF-8 after byte {}", e.utf8_error().valid_up_to()))
    })?;
    parse(&shown, &text)
}

fn parse(file: &str, text: &str) -> Result<Description> {
    let description: Description = toml::from_str(text).map_err(|e| located(file, text, &e))?;
    match description.contradictions().into_iter().next() {
        None => Ok(description),
        Some((field, what)) => {
            let line = line_of(text, &field).map_or_else(String::new, |line| format!(":{line}"));
            Err(Error::new(&code::BAD_CONFIG, format!("{file}{line}: {field}: {what}")))
        }
    }
}

/// An error of the TOML reader with file, line and column, and the word that was probably meant.
pub(super) fn located(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let at = error.span().map_or_else(String::new, |span| {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(":{line}:{column}")
    });
    let message = error.message().trim().to_owned();
    let mut words = message.split('`').skip(1).step_by(2);
    let suggestion =
        match (message.starts_with("unknown field") || message.starts_with("unknown variant"), words.next()) {
            (true, Some(typed)) => nearest(typed, words).map(str::to_owned),
            _ => None,
        };
    let error = Error::new(&code::BAD_CONFIG, format!("{file}{at}: {message}"));
    match suggestion {
        Some(meant) => error.next(format!("did you mean `{meant}`?")),
        None => error,
    }
}

/// The line on which a dotted field, or the table it is in, stands.
fn line_of(text: &str, field: &str) -> Option<usize> {
    let last = field.rsplit('.').next().unwrap_or(field);
    let table = format!("[{field}]");
    text.lines().position(|line| line.trim() == table || line.trim_start().starts_with(last)).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        for (name, _) in PRESETS {
            let description = preset(name).unwrap_or_else(|e| panic!("{name}: {}", e.message()));
            assert_eq!(description.platform, *name);
        }
    }

    #[test]
    fn broken_files_are_located_and_slips_are_named() {
        let text = preset_text("flowbit").unwrap();
        let error = parse("flowbit.toml", &text.replace("layout =", "lay_out =")).unwrap_err();
        assert!(error.message().starts_with("flowbit.toml:4:1: unknown field `lay_out`"), "{}", error.message());
        assert_eq!(error.actions(), ["did you mean `layout`?"]);
        let error = parse("flowbit.toml", &text.replace("{name}", "{nme}")).unwrap_err();
        assert!(error.message().contains("`{nme}`"), "{}", error.message());
        let error = parse("flowbit.toml", &text.replace("cost = 12", "cost = 40")).unwrap_err();
        assert!(error.message().contains("account.hash.cost"), "{}", error.message());
        assert!(parse("flowbit.toml", "version = ").unwrap_err().message().starts_with("flowbit.toml:1:"));
    }
}
