//! Looks for a mongod that runs on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install;
use super::places::{Dirs, absolute};
use crate::error::{Error, Result, code};

/// A mongod that was seen to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mongod {
    /// Absolute.
    pub path: PathBuf,
    /// What it calls itself, such as `6.0.5`.
    pub version: String,
    /// Where it was found.
    pub origin: Origin,
}

/// Where a mongod was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Named by `FLOWBIT_MONGOD`.
    Env,
    /// In one of the directories of `PATH`.
    Path,
    /// Installed by flowbit into its own data directory.
    Installed,
}

/// Looks at `FLOWBIT_MONGOD`, then `PATH`, then at what [`super::install`] left; `None` when there is none.
///
/// A `FLOWBIT_MONGOD` that is set and wrong is an error: somebody chose that server, so another one will not do.
/// A broken mongod in `PATH` was chosen by nobody; it is an error only when flowbit has installed none of its own.
pub fn find(dirs: &Dirs, flowbit_mongod: Option<&Path>, path: Option<&OsStr>) -> Result<Option<Mongod>> {
    if let Some(chosen) = flowbit_mongod.filter(|p| !p.as_os_str().is_empty()) {
        if !chosen.is_file() {
            let message = format!("FLOWBIT_MONGOD names {}, which is not a file", chosen.display());
            return Err(Error::new(&code::NO_MONGOD, message)
                .next("set FLOWBIT_MONGOD to the path of a mongod, or unset it to search PATH"));
        }
        return probe(chosen, Origin::Env).map(Some);
    }
    let in_path = path.and_then(search).map(|found| probe(&found, Origin::Path));
    if let Some(Ok(mongod)) = in_path {
        return Ok(Some(mongod));
    }
    let installed = install::target(dirs)?;
    if installed.is_file() {
        return probe(&installed, Origin::Installed).map(Some);
    }
    in_path.transpose()
}

/// Runs `mongod --version`, which also shows whether it can run at all.
pub(super) fn probe(path: &Path, origin: Origin) -> Result<Mongod> {
    let path = absolute(path)?;
    let output = Command::new(&path)
        .arg("--version")
        .stdin(Stdio::null())
        // mongod refuses to work under a locale that this machine does not have.
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| cannot_run(&path, &e.to_string()).caused_by(e))?;
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match version_in(&said) {
        Some(version) if output.status.success() => Ok(Mongod { version, path, origin }),
        _ => Err(explain(&path, &complained)),
    }
}

fn search(path: &OsStr) -> Option<PathBuf> {
    let name = format!("mongod{}", std::env::consts::EXE_SUFFIX);
    // A relative entry would run whatever lies in the working directory.
    std::env::split_paths(path).filter(|dir| dir.is_absolute()).map(|dir| dir.join(&name)).find(|file| runs(file))
}

#[cfg(unix)]
fn runs(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(file: &Path) -> bool {
    file.is_file()
}

/// `db version v6.0.5` → `6.0.5`.
fn version_in(said: &str) -> Option<String> {
    said.lines().find_map(|line| line.trim().strip_prefix("db version v")).map(|v| v.trim().to_owned())
}

fn cannot_run(path: &Path, why: &str) -> Error {
    Error::new(&code::NO_MONGOD, format!("{} cannot run: {why}", path.display()))
}

/// Turns the loader's complaint into what is missing and which package has it.
fn explain(path: &Path, complained: &str) -> Error {
    const LOADER: &str = "error while loading shared libraries: ";
    if let Some((_, rest)) = complained.split_once(LOADER) {
        let library = rest.split(':').next().unwrap_or(rest).trim();
        let error = cannot_run(path, &format!("the shared library {library} is missing"));
        return match package_of(library) {
            Some(package) => error.next(format!("apt-get install {package} (Debian, Ubuntu), then repeat the command")),
            None => error.next(format!("install the package that has {library}, then repeat the command")),
        };
    }
    if complained.contains("GLIBC_") && complained.contains("not found") {
        return cannot_run(path, "the C library of this system is too old for it")
            .next("use a container or Atlas and set FLOWBIT_URI");
    }
    let said = super::log::tail(complained).join("; ");
    cannot_run(path, if said.is_empty() { "`mongod --version` did not name a version" } else { &said })
}

/// Debian's and Ubuntu's package. `openssl` stands for its library, whose own package name differs by release.
fn package_of(library: &str) -> Option<&'static str> {
    [
        ("libcurl.", "libcurl4"),
        ("libssl.", "openssl"),
        ("libcrypto.", "openssl"),
        ("liblzma.", "liblzma5"),
        ("libgcc_s.", "libgcc-s1"),
        ("libresolv.", "libc6"),
    ]
    .into_iter()
    .find_map(|(prefix, package)| library.starts_with(prefix).then_some(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let said = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file";
        let error = explain(Path::new("/x/mongod"), said);
        assert_eq!(error.code(), &code::NO_MONGOD);
        assert_eq!(error.message(), "/x/mongod cannot run: the shared library libcurl.so.4 is missing");
        assert_eq!(error.actions(), ["apt-get install libcurl4 (Debian, Ubuntu), then repeat the command"]);
    }

    #[test]
    fn an_old_c_library_is_named() {
        let said = "mongod: /lib/libc.so.6: version `GLIBC_2.34' not found (required by mongod)";
        assert!(
            explain(Path::new("/x/mongod"), said).message().ends_with("the C library of this system is too old for it")
        );
    }

    #[test]
    fn the_version_is_the_one_after_the_v() {
        assert_eq!(version_in("db version v7.0.12\nBuild Info: {}"), Some("7.0.12".to_owned()));
        assert_eq!(version_in("something else"), None);
    }

    #[test]
    fn relative_entries_of_path_are_passed_over() {
        assert_eq!(search(OsStr::new(":.:bin")), None);
    }
}
