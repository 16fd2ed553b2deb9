//! The files that a check of the isolation leaves, for other programs and for people.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::commands::Done;
use crate::domain::isolation::{self, Report, html, junit, sarif};
use crate::domain::naming::shell;
use crate::domain::severity::Severity;
use crate::error::{Error, Result, code};
use crate::store::file;
use crate::ui::{self, Format, Terminal};

use super::view;

/// From where on a finding is a failure.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    /// Anything at all, and whatever was not looked at
    Incomplete,
    /// Anything at all
    Info,
    /// What will go wrong, or costs
    Warning,
    /// What is wrong now
    Error,
}

impl From<FailOn> for isolation::FailOn {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Incomplete => Self { severity: Severity::Info, incomplete: true },
            FailOn::Info => Severity::Info.into(),
            FailOn::Warning => Severity::Warning.into(),
            FailOn::Error => Severity::Error.into(),
        }
    }
}

/// Where the report goes besides the standard output.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Reports")]
pub struct Files {
    /// Write SARIF 2.1.0, for code scanning; `-` is the standard output, in place of the result
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Write JUnit XML, for build servers: a test case for each rule; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write one self-contained HTML file, for people; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Those that are there.
    pub files: Vec<PathBuf>,
    /// Those that could not be written, and why.
    pub failures: Vec<Error>,
    /// What is printed in place of the result.
    pub instead: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Sarif,
    Junit,
    Html,
}

impl Files {
    fn wanted(&self) -> Vec<(Kind, &Path)> {
        let all = [(Kind::Sarif, &self.sarif), (Kind::Junit, &self.junit), (Kind::Html, &self.html)];
        all.into_iter().filter_map(|(kind, path)| Some((kind, path.as_deref()?))).collect()
    }

    /// Refuses what could not be written, before anything is looked at: a check may take an hour.
    ///
    /// # Errors
    /// `E0101` for two reports at one place, and for a place where no file can be made.
    pub(super) fn require_writable(&self) -> Result<()> {
        let wanted = self.wanted();
        for (at, (_, path)) in wanted.iter().enumerate() {
            if wanted[..at].iter().any(|(_, other)| other == path) {
                let place = if is_stdout(path) { "the standard output".to_owned() } else { path.display().to_string() };
                return Err(Error::new(&code::BAD_ARGUMENT, format!("two reports cannot both go to {place}"))
                    .next("give each a file of its own"));
            }
        }
        wanted.iter().filter(|(_, path)| !is_stdout(path)).try_for_each(|(_, path)| {
            file::require_writable(path).map_err(|error| {
                let directory = file::directory_of(path);
                let error = Error::new(&code::BAD_ARGUMENT, error.message());
                match directory.exists() {
                    false => error.next(format!("mkdir -p {}", shell(&directory.display().to_string()))),
                    true => error.next("name a file that can be written"),
                }
            })
        })
    }

    /// Writes the reports, each whole or not at all. A rule of the JUnit report fails from the severity on from which the
    /// command does. One that cannot be written does not keep the others from it.
    pub(super) fn write(&self, report: &Report, fail_on: isolation::FailOn) -> Written {
        let mut written = Written::default();
        for (kind, path) in self.wanted() {
            let text = match kind {
                Kind::Sarif => sarif::render(report),
                Kind::Junit => junit::render(report, fail_on),
                Kind::Html => html::render(report),
            };
            if is_stdout(path) {
                written.instead = Some(text);
                continue;
            }
            match file::publish_whole(path, &text) {
                Ok(()) => written.files.push(path.to_path_buf()),
                Err(error) => written.failures.push(error),
            }
        }
        written
    }

    /// Writes the reports and ends the command: with what it shows, or with the report that was asked for in its place. Where
    /// a file could not be written the result is still told, and the exit status is that of work that is partly done.
    pub(super) fn finish(
        &self,
        terminal: &Terminal,
        (report, fail_on): (&Report, isolation::FailOn),
        mut shown: ui::Report,
        exit: u8,
    ) -> Done {
        let written = self.write(report, fail_on);
        // The envelope would carry it among the warnings, and it is none.
        if terminal.format != Format::Json {
            written.files.iter().for_each(|path| terminal.note(&format!("wrote {}", path.display())));
        }
        if matches!(terminal.format, Format::Jsonl | Format::Csv) {
            shown = view::listed(shown, report);
        }
        let exit = if written.failures.is_empty() { exit } else { code::PARTLY_DONE.class.exit() };
        let failures = written.failures.iter().map(|error| format!("not written: {error}"));
        match written.instead {
            Some(text) => {
                failures.for_each(|failure| terminal.warn(&failure));
                Done::Found(text, exit)
            }
            None => {
                shown = shown.warn(failures.collect::<Vec<_>>());
                shown.ok = written.failures.is_empty();
                Done::Report(Box::new(shown), exit)
            }
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::isolation::fixture::report;

    #[test]
    fn files_are_written_whole_and_the_others_in_spite_of_one_that_cannot_be() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| Some(home.path().join(name));
        std::fs::write(home.path().join("old.html"), "old").unwrap();
        let files = Files { sarif: at("gone/a.sarif"), junit: at("b.xml"), html: at("old.html") };
        assert_eq!(files.require_writable().unwrap_err().code(), &code::BAD_ARGUMENT);
        let written = files.write(&report(), Severity::Error.into());
        assert_eq!((written.files.len(), written.failures.len()), (2, 1));
        assert!(std::fs::read_to_string(home.path().join("old.html")).unwrap().starts_with("<!DOCTYPE html>"));
        assert!(std::fs::read_to_string(home.path().join("b.xml")).unwrap().starts_with("<?xml"));
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2, "nothing is left beside them");
    }

    #[test]
    fn one_report_may_stand_in_place_of_the_result() {
        let one = Files { sarif: Some("-".into()), ..Files::default() };
        one.require_writable().unwrap();
        assert!(one.write(&report(), Severity::Error.into()).instead.unwrap().contains("\"2.1.0\""));
        let two = Files { html: Some("-".into()), ..one };
        assert_eq!(two.require_writable().unwrap_err().code(), &code::BAD_ARGUMENT);
    }
}
