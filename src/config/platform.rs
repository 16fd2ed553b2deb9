//! Platform descriptions: the presets in the binary, and files in the same format.

use std::path::Path;

use super::places::{Places, line_and_column};
use crate::domain::Description;
use crate::domain::secrecy::without_values;
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
///
/// # Errors
/// `E0105`, with file, line, column and field.
pub fn file(path: &Path) -> Result<Description> {
    let bytes = std::fs::read(path).map_err(|e| {
        Error::new(&code::BAD_CONFIG, format!("cannot read the platform description {}: {e}", path.display()))
    })?;
    let shown = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        let (line, column) = line_and_column(&String::from_utf8_lossy(&e.as_bytes()[..good]), good);
        Error::new(&code::BAD_CONFIG, format!("{shown}:{line}:{column}: this is not UTF-8"))
    })?;
    parse(&shown, &text)
}

pub(super) fn parse(file: &str, text: &str) -> Result<Description> {
    let description: Description = toml::from_str(text).map_err(|e| located(file, text, &e))?;
    let Some((field, what)) = description.contradictions().into_iter().next() else { return Ok(description) };
    let places = Places::read(text);
    // What is missing altogether is missing because of the layout.
    let offset = places.offset_of(&field).or_else(|| places.offset_of("layout")).unwrap_or_default();
    let (line, column) = line_and_column(text, offset);
    Err(Error::new(&code::BAD_CONFIG, format!("{file}:{line}:{column}: {field}: {what}")))
}

/// Where the TOML reader stopped, and why.
pub(super) struct Located {
    pub line: usize,
    pub column: usize,
    pub field: Option<String>,
    pub message: String,
    /// The word that was probably meant.
    pub meant: Option<String>,
}

/// An error of the TOML reader with line, column and field, and the word that was probably meant.
pub(super) fn locate(text: &str, error: &toml::de::Error) -> Located {
    let message = sentence(error.message());
    let span = error.span().unwrap_or_default();
    let (line, column) = line_and_column(text, span.start);
    let places = Places::read(text);
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (missing, places.table_at(&span)) {
        (Some(name), Some(table)) => Some(format!("{table}.{name}")),
        (Some(name), None) => Some(name.to_owned()),
        (None, _) => places.field_at(span.start),
    };
    let meant = meant(&message).map(str::to_owned);
    Located { line, column, field, message, meant }
}

/// The same as an error of a file.
pub(super) fn located(file: &str, text: &str, error: &toml::de::Error) -> Error {
    told(file, locate(text, error))
}

/// The same for a file in which a connection string may stand where another value belongs.
pub(super) fn located_silently(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let mut found = locate(text, error);
    if found.message.starts_with("invalid ") {
        found.message = without_values(&found.message);
    }
    told(file, found)
}

fn told(file: &str, found: Located) -> Error {
    let Located { line, column, field, message, meant } = found;
    let field = field.map_or_else(String::new, |field| format!("{field}: "));
    let error = Error::new(&code::BAD_CONFIG, format!("{file}:{line}:{column}: {field}{message}"));
    match meant {
        Some(meant) => error.next(format!("did you mean `{meant}`?")),
        None => error,
    }
}

/// What the reader says, on one line and in one way for unknown keys.
fn sentence(said: &str) -> String {
    let said = said.trim().lines().map(str::trim).collect::<Vec<_>>().join(", ");
    let keys = said.strip_prefix("unexpected keys in table: ").and_then(|rest| rest.split_once(", available keys: "));
    let quoted = |words: &str| words.split(", ").map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match keys {
        Some((unknown, known)) => format!("unknown field {}, expected one of {}", quoted(unknown), quoted(known)),
        None => said,
    }
}

/// The known word that is nearest to an unknown one, where the message lists the known ones.
fn meant(message: &str) -> Option<&str> {
    let unknown = ["unknown field", "unknown variant", "unknown placeholder"];
    if !unknown.iter().any(|start| message.starts_with(start)) {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let typed = words.next()?;
    nearest(typed, words)
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
        assert!(
            error.message().starts_with("flowbit.toml:4:1: lay_out: unknown field `lay_out`"),
            "{}",
            error.message()
        );
        assert_eq!(error.actions(), ["did you mean `layout`?"]);
        let error = parse("flowbit.toml", &text.replace("{name}", "{nme}")).unwrap_err();
        assert!(error.message().contains("`{nme}`"), "{}", error.message());
        let error = parse("flowbit.toml", &text.replace("cost = 12", "cost = 40")).unwrap_err();
        assert!(error.message().contains("account.hash.cost"), "{}", error.message());
        assert!(parse("flowbit.toml", "version = ").unwrap_err().message().starts_with("flowbit.toml:1:"));
    }
}
