//! Files of the platform that carry a tenant's name: read whole, replaced at once or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result, code, io};

/// The text of a file, if it exists.
///
/// # Errors
/// `E0003`, and `E0107` for a file that is not UTF-8.
pub fn read(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(e) => Err(Error::new(
                &code::BAD_REGISTRY,
                format!("{}: not UTF-8 after byte {}", path.display(), e.utf8_error().valid_up_to()),
            )),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io(format!("cannot read {}", path.display()), e)),
    }
}

/// Replaces a file: written beside it, made durable, then put in its place with the old permissions.
///
/// # Errors
/// `E0003` or `E0004`; the old file is whole then.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    stage(path, text)?.put()
}

/// New contents of a file, durable beside it.
#[derive(Debug)]
pub struct Staged {
    new: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Staged {
    /// Puts the new contents in the file's place.
    ///
    /// # Errors
    /// `E0003` or `E0004`; the old file is whole then.
    pub fn put(self) -> Result<()> {
        let what = || format!("cannot write {}", self.path.display());
        self.new.persist(&self.path).map_err(|e| io(what(), e.error))?;
        if let Ok(handle) = fs::File::open(directory_of(&self.path)) {
            // Makes the new name durable; file systems that cannot do this on directories say so and that is all right.
            let _ = handle.sync_all();
        }
        Ok(())
    }
}

/// The directory that a file is in.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// What went wrong without the name of the file in the making, which nobody asked for.
fn unnamed(error: &std::io::Error) -> std::io::Error {
    error.kind().into()
}

fn stage(path: &Path, text: &str) -> Result<Staged> {
    // A link is followed: replacing it by a file would separate it from what it points to.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let what = || format!("cannot write {}", path.display());
    let mut new = tempfile::NamedTempFile::new_in(directory_of(&path)).map_err(|e| io(what(), unnamed(&e)))?;
    new.write_all(text.as_bytes()).map_err(|e| io(what(), e))?;
    if let Ok(old) = fs::metadata(&path) {
        new.as_file().set_permissions(old.permissions()).map_err(|e| io(what(), e))?;
    }
    new.as_file().sync_all().map_err(|e| io(what(), e))?;
    Ok(Staged { new, path })
}

/// A file that is kept from everybody who asks for it in the same way or by [`update`].
#[derive(Debug)]
pub struct Held {
    _lock: fs::File,
    path: PathBuf,
    text: String,
}

impl Held {
    /// What is in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Makes new contents ready; until they are put in place nothing is changed.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn stage(&self, text: &str) -> Result<Staged> {
        stage(&self.path, text)
    }
}

/// Reads a file and holds it, so that something else can be done between reading and replacing. Waits without keeping
/// the thread. None when there is no file.
///
/// # Errors
/// As for [`read`].
pub async fn hold(path: &Path) -> Result<Option<Held>> {
    let what = || format!("cannot lock {}", path.display());
    loop {
        let lock = match fs::File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io(what(), e)),
        };
        match lock.try_lock() {
            Ok(()) if is_still(&lock, path) => {
                let text = read(path)?;
                return Ok(text.map(|text| Held { _lock: lock, path: path.to_path_buf(), text }));
            }
            // Whoever held it before put another file in this one's place.
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(fs::TryLockError::Error(e)) => return Err(io(what(), e)),
        }
    }
}

/// Reads a file, lets it be changed, and replaces it, while nobody else does the same. False when there is no file.
///
/// # Errors
/// As for [`read`] and [`replace`], and what `change` gives.
pub fn update(path: &Path, change: impl FnOnce(&str) -> Result<Option<String>>) -> Result<bool> {
    let what = || format!("cannot lock {}", path.display());
    let _held = loop {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(io(what(), e)),
        };
        file.lock().map_err(|e| io(what(), e))?;
        // Whoever held the lock before may have put another file in this one's place.
        if is_still(&file, path) {
            break file;
        }
    };
    let Some(text) = read(path)? else { return Ok(false) };
    if let Some(changed) = change(&text)? {
        replace(path, &changed)?;
    }
    Ok(true)
}

#[cfg(unix)]
fn is_still(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    matches!((file.metadata(), fs::metadata(path)), (Ok(open), Ok(named)) if open.ino() == named.ino() && open.dev() == named.dev())
}

#[cfg(not(unix))]
fn is_still(_file: &fs::File, _path: &Path) -> bool {
    true
}

/// Writes a new file that only its owner can read. An existing file is never touched.
///
/// # Errors
/// `E0003` or `E0004`.
pub fn create_private(path: &Path, text: &str) -> Result<()> {
    let what = || format!("cannot create {}", path.display());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|e| io(what(), e))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| io(what(), e))
}

/// The same, but whole from the first moment on: whoever opens it sees all of it. That it is there is just as well.
///
/// # Errors
/// `E0003` or `E0004`.
pub fn ensure_private(path: &Path, text: &str) -> Result<()> {
    let what = || format!("cannot create {}", path.display());
    let mut new = tempfile::NamedTempFile::new_in(directory_of(path)).map_err(|e| io(what(), unnamed(&e)))?;
    new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(|e| io(what(), e))?;
    match new.persist_noclobber(path) {
        Err(e) if e.error.kind() != std::io::ErrorKind::AlreadyExists => Err(io(what(), e.error)),
        _ => Ok(()),
    }
}

/// Writes a file that anybody may read: a new one with the permissions that are usual here, or in place of the old one.
///
/// # Errors
/// `E0003` or `E0004`.
pub fn publish(path: &Path, text: &str) -> Result<()> {
    let what = || format!("cannot create {}", path.display());
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| io(what(), e)),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => replace(path, text),
        Err(e) => Err(io(what(), e)),
    }
}

/// Writes a file that anybody may read, whole or not at all: beside it first, with the permissions that are usual here or those
/// of the old one, then in its place.
///
/// # Errors
/// `E0003` or `E0004`; an old file is whole then.
pub fn publish_whole(path: &Path, text: &str) -> Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        // A device or a pipe: nothing can be put in its place.
        return fs::write(path, text).map_err(|e| io(format!("cannot write {}", path.display()), e));
    }
    if fs::symlink_metadata(path).is_ok() { replace(path, text) } else { beside(path, text)?.put() }
}

/// Writes a new file in the same way. One that is there by now is not touched: false.
///
/// # Errors
/// `E0003` or `E0004`.
pub fn publish_new(path: &Path, text: &str) -> Result<bool> {
    match beside(path, text)?.new.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(io(format!("cannot create {}", path.display()), e.error)),
    }
}

/// Contents of a new file, with the permissions that are usual here.
fn beside(path: &Path, text: &str) -> Result<Staged> {
    let what = || format!("cannot write {}", path.display());
    let mut new = usual().tempfile_in(directory_of(path)).map_err(|e| io(what(), unnamed(&e)))?;
    new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(|e| io(what(), e))?;
    Ok(Staged { new, path: path.to_path_buf() })
}

#[cfg(unix)]
fn usual() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    // What the mask of this process takes away is taken away.
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn usual() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

/// Refuses a place at which no file can be made. Nothing stays there.
///
/// # Errors
/// `E0003`.
pub fn require_writable(path: &Path) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io(what(), std::io::ErrorKind::IsADirectory.into())),
        // A device or a pipe is written to as it is.
        Ok(found) if !found.is_file() => Ok(()),
        _ => {
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
            let directory = directory_of(&path);
            match fs::metadata(directory) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => return Err(io(what(), std::io::ErrorKind::NotADirectory.into())),
                Err(e) => return Err(io(format!("{}: its directory {}", what(), directory.display()), e)),
            }
            tempfile::NamedTempFile::new_in(directory).map(drop).map_err(|e| io(what(), unnamed(&e)))
        }
    }
}

/// Refuses a file or a directory that others than its owner can use in one of these ways, bits of a mode. One that is
/// not there is nobody's.
///
/// # Errors
/// `E0105`, `E0003`.
#[cfg(unix)]
pub fn require_closed(path: &Path, bits: u32, owners: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(io(format!("cannot look at {}", path.display()), e)),
    };
    if mode & bits == 0 {
        return Ok(());
    }
    let message = format!("{} is open to others (mode {:o})", path.display(), mode & 0o777);
    Err(Error::new(&code::BAD_CONFIG, message).next(format!("chmod {owners:o} {}", path.display())))
}

/// There are no modes here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn require_closed(_: &Path, _: u32, _: u32) -> Result<()> {
    Ok(())
}

/// Overwrites a file and deletes it; what a disk or a backup keeps besides is beyond its reach. False where it is gone.
///
/// # Errors
/// `E0003`.
pub fn destroy(path: &Path) -> Result<bool> {
    let what = || format!("cannot destroy {}", path.display());
    let mut file = match fs::OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(io(what(), e)),
    };
    let length = file.metadata().map(|found| found.len()).map_err(|e| io(what(), e))?;
    let zeros = vec![0; usize::try_from(length).unwrap_or_default()];
    file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(|e| io(what(), e))?;
    fs::remove_file(path).map_err(|e| io(what(), e))?;
    Ok(true)
}

/// Makes a directory that only its owner can enter, where there is none yet.
///
/// # Errors
/// `E0003`.
pub fn create_private_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|e| io(format!("cannot create the directory {}", path.display()), e))
}

/// A directory in the making: nobody else sees it before it is whole, and it goes with this value otherwise.
#[derive(Debug)]
pub struct NewDirectory {
    making: tempfile::TempDir,
    target: PathBuf,
}

impl NewDirectory {
    /// Begins beside where it is going to stand.
    ///
    /// # Errors
    /// `E0101` where there is something already, `E0003`.
    pub fn begin(target: &Path) -> Result<Self> {
        Self::require_free(target)?;
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let what = || format!("cannot create a directory in {}", parent.display());
        let making = tempfile::Builder::new().prefix(".flowbit-").tempdir_in(parent).map_err(|e| io(what(), e))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(making.path(), fs::Permissions::from_mode(0o700)).map_err(|e| io(what(), e))?;
        }
        Ok(Self { making, target: target.to_path_buf() })
    }

    /// Refuses a place at which there is something.
    ///
    /// # Errors
    /// `E0101`.
    pub fn require_free(target: &Path) -> Result<()> {
        match fs::symlink_metadata(target) {
            Ok(_) => Err(Error::new(
                &code::BAD_ARGUMENT,
                format!("{} exists, and nothing is written over it", target.display()),
            )
            .next("name a directory that is not there yet")),
            Err(_) => Ok(()),
        }
    }

    /// A new file in it, which only its owner can read.
    ///
    /// # Errors
    /// `E0003`.
    pub fn file(&self, name: &str) -> Result<NewFile> {
        let path = self.making.path().join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let shown = self.target.join(name);
        let file = options.open(&path).map_err(|e| io(format!("cannot create {}", shown.display()), e))?;
        Ok(NewFile { out: std::io::BufWriter::with_capacity(1 << 18, file), shown })
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// `E0101` where there is something by now, `E0003`.
    pub fn finish(self) -> Result<()> {
        Self::require_free(&self.target)?;
        fs::rename(self.making.path(), &self.target)
            .map_err(|e| io(format!("cannot create {}", self.target.display()), e))?;
        // What would be removed at the end has another name now.
        let _ = self.making.keep();
        if let Some(Ok(parent)) = self.target.parent().map(fs::File::open) {
            let _ = parent.sync_all();
        }
        Ok(())
    }
}

/// A file of a directory in the making.
#[derive(Debug)]
pub struct NewFile {
    out: std::io::BufWriter<fs::File>,
    shown: PathBuf,
}

impl NewFile {
    /// Adds bytes.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| io(format!("cannot write {}", self.shown.display()), e))
    }

    /// Makes them durable.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn finish(self) -> Result<()> {
        let what = format!("cannot write {}", self.shown.display());
        let file = self.out.into_inner().map_err(|e| io(&what, e.into_error()))?;
        file.sync_all().map_err(|e| io(&what, e))
    }
}

/// A new file that only its owner can read, written line by line: each is durable before the next thing is done.
#[derive(Debug)]
pub struct PrivateLines {
    file: fs::File,
    path: PathBuf,
    lines: usize,
}

impl PrivateLines {
    /// Makes the file. An existing one is never touched.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn create(path: &Path) -> Result<Self> {
        create_private(path, "")?;
        let what = || format!("cannot write {}", path.display());
        let file = fs::OpenOptions::new().append(true).open(path).map_err(|e| io(what(), e))?;
        if let Ok(directory) = fs::File::open(directory_of(path)) {
            let _ = directory.sync_all();
        }
        Ok(Self { file, path: path.to_path_buf(), lines: 0 })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn add(&mut self, line: &str) -> Result<()> {
        let what = || format!("cannot write {}", self.path.display());
        self.file.write_all(format!("{line}\n").as_bytes()).map_err(|e| io(what(), e))?;
        self.lines += 1;
        self.file.sync_all().map_err(|e| io(what(), e))
    }

    /// How many lines there are. A file without any goes again.
    pub fn finish(self) -> usize {
        if self.lines == 0 {
            let _ = fs::remove_file(&self.path);
        }
        self.lines
    }
}
