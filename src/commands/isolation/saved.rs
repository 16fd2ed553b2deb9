//! A report that was saved, for the commands that need one and no server.

use std::path::Path;

use crate::domain::isolation::{Report, saved};
use crate::error::{Error, Result, code};

/// Bytes that a report may have.
const LIMIT: u64 = 1 << 30;

/// Reads a report as `flowbit isolation check -o json` prints it; `-` is the standard input.
///
/// # Errors
/// `E0141` for what is none, and for a file that cannot be read.
pub(super) fn read(path: &Path) -> Result<Report> {
    use std::io::Read;
    let (name, source): (String, std::io::Result<Box<dyn Read>>) = if path.as_os_str() == "-" {
        ("the standard input".to_owned(), Ok(Box::new(std::io::stdin().lock())))
    } else {
        let open = std::fs::File::open(path).map(|file| Box::new(file) as Box<dyn Read>);
        (path.display().to_string(), open)
    };
    let bad =
        |message: String| Error::new(&code::BAD_REPORT, message).next("flowbit isolation check -o json > report.json");
    let unreadable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => bad(format!("there is no file {name}")),
        std::io::ErrorKind::IsADirectory => bad(format!("{name} is a directory, not a report")),
        _ => bad(format!("cannot read {name}: {e}")),
    };
    let mut bytes = Vec::new();
    source.and_then(|source| source.take(LIMIT).read_to_end(&mut bytes)).map_err(unreadable)?;
    let bad = |what: String| bad(format!("{name}: {what}"));
    let text = String::from_utf8(bytes).map_err(|_| bad("it is not UTF-8".to_owned()))?;
    saved::read(&text).map_err(bad)
}
