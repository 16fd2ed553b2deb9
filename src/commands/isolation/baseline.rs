//! `flowbit isolation baseline`

mod add;
mod list;
mod remove;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::commands::Done;
use crate::commands::cli::Global;
use crate::config::Environment;
use crate::domain::isolation::Baseline;
use crate::domain::isolation::baseline::Fault;
use crate::domain::naming::shell;
use crate::error::{Error, Result, code};
use crate::store::file;

/// The file, where no other is named.
const FILE: &str = "flowbit-baseline.toml";

/// Accept findings for a time, list what is accepted, and take it back.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Accept findings of a saved report, with a reason and a last day.
    Add(add::Args),
    /// List what is accepted: in force, ending soon, over.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Take findings out of the baseline: they are findings again.
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
}

/// The file of accepted findings.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The file of accepted findings [default: flowbit-baseline.toml in the working directory]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

pub(super) fn run(verb: &Verb, global: &Global, env: &Environment) -> Result<Done> {
    match verb {
        Verb::Add(args) => add::run(args, global, env),
        Verb::List(args) => list::run(args),
        Verb::Remove(args) => remove::run(args),
    }
}

/// Today in UTC: a baseline ends at the same moment for everybody.
pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

impl Place {
    fn path(&self) -> &Path {
        self.baseline.as_deref().unwrap_or_else(|| Path::new(FILE))
    }

    /// The option that names the file, for commands that are suggested.
    fn option(&self) -> String {
        self.baseline
            .as_ref()
            .map(|path| format!(" --baseline {}", shell(&path.display().to_string())))
            .unwrap_or_default()
    }

    /// The text of the file, where it is there.
    fn text_if_any(&self) -> Result<Option<String>> {
        read(self.path())
    }

    /// The text of the file; none where no file was named and none is there.
    fn text(&self) -> Result<Option<String>> {
        let text = read(self.path())?;
        if text.is_none() && self.baseline.is_some() {
            let message = format!("there is no file {}", self.path().display());
            return Err(
                Error::new(&code::BAD_BASELINE, message).next("flowbit isolation baseline add --help   # makes one")
            );
        }
        Ok(text)
    }

    /// What is accepted; nothing where no file was named and none is there.
    ///
    /// # Errors
    /// `E0140` for a file that was named and is not there, or that is broken; `E0003`.
    pub(super) fn load(&self, today: Date) -> Result<Baseline> {
        match self.text()? {
            Some(text) => Baseline::read(&text, today).map_err(|fault| self.broken(&fault)),
            None => Ok(Baseline::default()),
        }
    }

    fn broken(&self, fault: &Fault) -> Error {
        let message = format!("{}:{}: {}", self.path().display(), fault.line, fault.what);
        Error::new(&code::BAD_BASELINE, message).next("correct the file, then flowbit isolation baseline list")
    }

    /// Puts a new text in the place of the one that was read, if that is still there.
    fn replace(&self, was: Option<&str>, new: &str) -> Result<()> {
        let path = self.path();
        let changed = || {
            Error::new(&code::FILE_CHANGED, format!("{} was changed by somebody else meanwhile", path.display()))
                .next("repeat the command")
        };
        let Some(was) = was else {
            return if file::publish_new(path, new)? { Ok(()) } else { Err(changed()) };
        };
        let there = file::update(path, |now| if now == was { Ok(Some(new.to_owned())) } else { Err(changed()) })?;
        if there { Ok(()) } else { Err(changed()) }
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    file::read(path).map_err(|error| match error.code() == &code::BAD_REGISTRY {
        true => Error::new(&code::BAD_BASELINE, error.message()),
        false => error,
    })
}

/// Who is not among the findings, and who was probably meant, or the command that lists them.
pub(super) fn not_there((what, near): (String, Option<String>), place: &str, list: impl Into<String>) -> Error {
    let error = Error::new(&code::FINDING_NOT_FOUND, format!("{what} {place}"));
    match near {
        Some(near) => error.next(format!("did you mean `{near}`?")),
        None => error.next(list),
    }
}

/// The command that lists the findings of a report.
pub(super) fn lists(report: &Path) -> String {
    let report = if report.as_os_str() == "-" { "report.json".to_owned() } else { report.display().to_string() };
    format!("flowbit isolation show {} -o name", shell(&report))
}
