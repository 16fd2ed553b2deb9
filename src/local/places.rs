//! Which files are whose: everything this room writes, derived from two directories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{self, Result};

/// flowbit's own data and state directories, as the XDG rules or their like give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    /// Holds an installed mongod (`mongod/`) and the local MongoDB's data (`local/`).
    pub data: PathBuf,
    /// Holds `local.json`, `local.log`, `local.pid` and lock files.
    pub state: PathBuf,
}

/// The files of the local server. No path is ever read from a file: what is deleted is what is named here.
#[derive(Debug)]
pub(super) struct Places {
    pub data: PathBuf,
    pub log: PathBuf,
    /// The log of the run before; one is kept, because a crash is explained there.
    pub old_log: PathBuf,
    pub pid: PathBuf,
    pub state: PathBuf,
    pub lock: PathBuf,
}

impl Places {
    /// Absolute, because a server in the background outlives the working directory it was started from.
    pub fn of(dirs: &Dirs) -> Result<Self> {
        let (data, state) = (absolute(&dirs.data)?, absolute(&dirs.state)?);
        Ok(Self {
            data: data.join("local"),
            log: state.join("local.log"),
            old_log: state.join("local.log.old"),
            pid: state.join("local.pid"),
            state: state.join("local.json"),
            lock: state.join("local.lock"),
        })
    }

    /// mongod's own lock file, which names the process that has the data open.
    pub fn server_lock(&self) -> PathBuf {
        self.data.join("mongod.lock")
    }

    /// Whether anything of a local server was ever written.
    pub fn are_used(&self) -> bool {
        [&self.data, &self.log, &self.old_log, &self.pid, &self.state].into_iter().any(|p| p.symlink_metadata().is_ok())
    }
}

/// Makes a path independent of the working directory, without asking the disk.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| error::io(format_args!("cannot resolve {}", path.display()), e))
}

/// Creates a directory, with its parents, that only its owner may enter.
pub(super) fn private_dir(path: &Path) -> Result<()> {
    let failed = |e| error::io(format_args!("cannot create the directory {}", path.display()), e);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700).create(path).map_err(failed)?;
        // An existing directory keeps its mode above, and the server has no password: closed here, every time.
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    builder.create(path).map_err(failed)
}

/// Deletes a file; that it is not there is just as well. Says whether it was.
pub(super) fn remove_file(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(error::io(format_args!("cannot delete {}", path.display()), e)),
    }
}
