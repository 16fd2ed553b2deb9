//! A report that was saved, for the commands that need one and no server.

use std::path::Path;

use crate::domain::isolation::{Report, saved};
use crate::error::{Error, Result, code, io};

/// Bytes that a report may have.
const LIMIT: u64 = 1 << 30;

/// Reads a report as `flowbit isolation check -o json` prints it; `-` is the standard input.
///
/// # Errors
/// `E0141` for what is none, `E0003` for a file that cannot be read.
pub(super) fn read(path: &Path) -> Result<Report> {
    use std::io::Read;
    let (name, source): (String, Box<dyn Read>) = if path.as_os_str() == "-" {
        ("the standard input".to_owned(), Box::new(std::io::stdin().lock()))
    } else {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|e| io(format!("cannot read {name}"), e))?;
        (name, Box::new(file))
    };
    let mut bytes = Vec::new();
    source.take(LIMIT).read_to_end(&mut bytes).map_err(|e| io(format!("cannot read {name}"), e))?;
    let bad = |what: String| {
        Error::new(&code::BAD_REPORT, format!("{name}: {what}")).next("flowbit isolation check -o json > report.json")
    };
    let text = String::from_utf8(bytes).map_err(|_| bad("it is not UTF-8".to_owned()))?;
    saved::read(&text).map_err(bad)
}
