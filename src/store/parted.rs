//! A large file in the making: written beside where it will stand, made durable piece by piece, and put in its place
//! whole. What was made durable survives everything, and can be gone on with.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::file::directory_of;
use crate::error::{Error, Result, code, io};

/// A path with something behind it.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Where the parts of a file in the making are.
#[derive(Debug, Clone)]
pub struct Places {
    /// The file.
    pub target: PathBuf,
    /// What there is of it yet.
    pub part: PathBuf,
    /// How far that is.
    pub state: PathBuf,
    /// What the file is.
    pub manifest: PathBuf,
}

impl Places {
    /// The places of a file.
    pub fn of(target: &Path) -> Self {
        Self {
            target: target.to_path_buf(),
            part: beside(target, ".part"),
            state: beside(target, ".part.json"),
            manifest: beside(target, ".manifest.json"),
        }
    }

    /// Puts the finished part in its place.
    ///
    /// # Errors
    /// `E0003`.
    pub fn put(&self) -> Result<()> {
        let what = || format!("cannot put {} in its place", self.target.display());
        fs::rename(&self.part, &self.target).map_err(|e| io(what(), e))?;
        if let Ok(directory) = fs::File::open(directory_of(&self.target)) {
            // File systems that cannot do this on directories say so, and that is all right.
            let _ = directory.sync_all();
        }
        Ok(())
    }

    /// Removes what is known of how far it is.
    ///
    /// # Errors
    /// `E0003`.
    pub fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.state) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(io(format!("cannot remove {}", self.state.display()), e))
            }
            _ => Ok(()),
        }
    }
}

/// A part that is open for writing. Nobody else writes it meanwhile.
#[derive(Debug)]
pub struct Part {
    file: fs::File,
    shown: PathBuf,
}

impl Part {
    /// Opens the part, with what is there.
    ///
    /// # Errors
    /// `E0003`; `E0320` where somebody else writes it.
    pub fn open(places: &Places) -> Result<Self> {
        let what = || format!("cannot create {}", places.part.display());
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&places.part).map_err(|e| io(what(), e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, shown: places.part.clone() }),
            Err(fs::TryLockError::WouldBlock) => {
                let message = format!("another process is writing {}", places.part.display());
                Err(Error::new(&code::EXPORT_STATE, message).next("wait for it, or export to another file"))
            }
            Err(fs::TryLockError::Error(e)) => Err(io(what(), e)),
        }
    }

    /// Cuts it to this length, and goes on there. Gives the digest of what stays; none where there is less.
    ///
    /// # Errors
    /// `E0003`.
    pub fn keep(&mut self, length: u64) -> Result<Option<Context>> {
        let what = format!("cannot read {}", self.shown.display());
        let found = self.file.metadata().map_err(|e| io(&what, e))?.len();
        if found < length {
            return Ok(None);
        }
        let mut digest = Context::new(&SHA256);
        let mut buffer = vec![0; 1 << 20];
        self.file.seek(SeekFrom::Start(0)).map_err(|e| io(&what, e))?;
        let mut kept = (&self.file).take(length);
        loop {
            match kept.read(&mut buffer).map_err(|e| io(&what, e))? {
                0 => break,
                n => digest.update(&buffer[..n]),
            }
        }
        self.file.set_len(length).map_err(|e| io(&what, e))?;
        self.file.seek(SeekFrom::Start(length)).map_err(|e| io(&what, e))?;
        Ok(Some(digest))
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// `E0003`, `E0004`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| io(format!("cannot write {}", self.shown.display()), e))
    }

    /// Another handle on it, which can make durable what was written up to then while more is written.
    ///
    /// # Errors
    /// `E0003`.
    pub fn other(&self) -> Result<Syncing> {
        let file = self.file.try_clone().map_err(|e| io(format!("cannot open {}", self.shown.display()), e))?;
        Ok(Syncing { file, shown: self.shown.clone() })
    }
}

/// A handle that makes durable.
#[derive(Debug)]
pub struct Syncing {
    file: fs::File,
    shown: PathBuf,
}

impl Syncing {
    /// Makes durable what was written.
    ///
    /// # Errors
    /// `E0003`, `E0004`.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|e| io(format!("cannot write {}", self.shown.display()), e))
    }
}
