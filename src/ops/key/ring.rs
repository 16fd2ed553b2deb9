//! The keyring on disk: `keyring.json`, and beside it a private file for each key. Whoever changes it holds it, so that
//! two people at once come one after the other.

use std::path::{Path, PathBuf};

use crate::domain::keyring::{KeySource, Keyring};
use crate::error::{Error, Result, code, io};
use crate::ops::Consent;
use crate::store::{Secret, file};

/// The name of the file that lists the keys.
const LIST: &str = "keyring.json";

/// How files of keys end.
const EXTENSIONS: [&str; 2] = [".pem", ".secret"];

/// Where a keyring is, or would be.
#[derive(Debug, Clone)]
pub struct Ring {
    directory: PathBuf,
}

impl Ring {
    /// The keyring in this directory.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file that lists the keys.
    pub fn list(&self) -> PathBuf {
        self.directory.join(LIST)
    }

    /// A file of a key.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// What is in it; nothing where there is none.
    ///
    /// # Errors
    /// `E0105` for a keyring that is broken, of another version, or open to others.
    pub fn read(&self) -> Result<Keyring> {
        self.require_closed()?;
        match file::read(&self.list()).map_err(|error| self.no_text(error))? {
            Some(text) => self.parse(&text),
            None => Ok(Keyring::default()),
        }
    }

    /// Opens it for a change, and keeps it from everybody else. Makes it where there is none.
    ///
    /// # Errors
    /// As for [`Ring::read`].
    pub async fn open(&self) -> Result<Opened<'_>> {
        file::create_private_directory(&self.directory)?;
        self.require_closed()?;
        file::ensure_private(&self.list(), &Keyring::default().text())?;
        let held = file::hold(&self.list()).await.map_err(|error| self.no_text(error))?;
        let held = held.ok_or_else(|| io(format!("cannot hold {}", self.list().display()), gone()))?;
        let keyring = self.parse(held.text())?;
        Ok(Opened { ring: self, held, keyring, made: Vec::new() })
    }

    /// Files that look like keys and that no entry names: left by somebody who was stopped in between. Looked at once
    /// nobody is in between: else the key that is just being made would be among them.
    ///
    /// # Errors
    /// As for [`Ring::read`].
    pub async fn orphans(&self) -> Result<Vec<String>> {
        if self.strays(&self.read()?).is_empty() {
            return Ok(Vec::new());
        }
        match file::hold(&self.list()).await? {
            Some(held) => Ok(self.strays(&self.parse(held.text())?)),
            None => Ok(self.strays(&Keyring::default())),
        }
    }

    fn strays(&self, keyring: &Keyring) -> Vec<String> {
        let places = keyring.keys.iter().filter_map(|entry| match &entry.source {
            Some(KeySource::File(place)) => Some(self.file(place)),
            _ => None,
        });
        let places: Vec<PathBuf> = places.collect();
        let known = |name: &String| places.contains(&self.file(name));
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut orphans: Vec<String> =
            names.filter(|name| EXTENSIONS.iter().any(|end| name.ends_with(end)) && !known(name)).collect();
        orphans.sort();
        orphans
    }

    /// Destroys a key's own file. False where it is gone.
    ///
    /// # Errors
    /// `E0003`.
    pub fn shred(&self, name: &str, _consent: &Consent) -> Result<bool> {
        file::destroy(&self.file(name))
    }

    fn parse(&self, text: &str) -> Result<Keyring> {
        Keyring::parse(text, &self.list().display().to_string())
    }

    /// Only the owner may write into the directory, and see the list.
    fn require_closed(&self) -> Result<()> {
        file::require_closed(&self.directory, 0o022, 0o700)?;
        file::require_closed(&self.list(), 0o077, 0o600)
    }

    /// Text that is none is a broken keyring, not a broken registry.
    fn no_text(&self, error: Error) -> Error {
        if *error.code() != code::BAD_REGISTRY {
            return error;
        }
        Error::new(&code::BAD_CONFIG, error.message())
            .next("put back a copy of the file; the keys themselves stand in files beside it")
    }
}

fn gone() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotFound, "it was removed in this moment")
}

/// A keyring that nobody else can change. Files that were made for it go again, unless it is saved.
#[derive(Debug)]
pub struct Opened<'r> {
    ring: &'r Ring,
    held: file::Held,
    /// What is in it, and will be when it is saved.
    pub keyring: Keyring,
    made: Vec<PathBuf>,
}

impl Opened<'_> {
    /// Puts a key into a private file of its own, and gives the file's name. A file that is there is never touched: it
    /// may be all that is left of a key.
    ///
    /// # Errors
    /// `E0003` or `E0004`.
    pub fn keep(&mut self, kid: &str, extension: &str, text: &Secret) -> Result<String> {
        let numbered = (2..1000).map(|n| format!("{kid}-{n}.{extension}"));
        let free = |name: &String| self.ring.file(name).symlink_metadata().is_err();
        let name = std::iter::once(format!("{kid}.{extension}")).chain(numbered).find(free);
        let name = name.unwrap_or_else(|| format!("{kid}.{extension}"));
        let path = self.ring.file(&name);
        file::create_private(&path, text.reveal())?;
        self.made.push(path);
        Ok(name)
    }

    /// Puts the changed keyring in the old one's place.
    ///
    /// # Errors
    /// `E0003` or `E0004`; the old one is whole then.
    pub fn save(mut self) -> Result<()> {
        self.held.stage(&self.keyring.text())?.put()?;
        self.made.clear();
        Ok(())
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        for path in &self.made {
            // Nobody was told of this key; what cannot be removed is an orphan, and the list says so.
            let _ = file::destroy(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyring::Entry;
    use crate::domain::token::Algorithm;

    fn entry(kid: &str, name: &str) -> Entry {
        Entry {
            kid: kid.to_owned(),
            algorithm: Algorithm::HS256,
            created: jiff::Timestamp::UNIX_EPOCH,
            not_before: None,
            not_after: None,
            rotated_at: None,
            verifies_until: None,
            retired_at: None,
            source: Some(KeySource::File(name.to_owned())),
            public: None,
        }
    }

    #[tokio::test]
    async fn what_was_not_saved_leaves_nothing_and_orphans_stay() {
        let home = tempfile::tempdir().unwrap();
        let ring = Ring::at(home.path().join("a/b"));
        assert_eq!(ring.read().unwrap(), Keyring::default());
        let mut opened = ring.open().await.unwrap();
        opened.keep("k", "secret", &Secret::new("lost")).unwrap();
        assert!(ring.file("k.secret").exists());
        drop(opened);
        assert!(!ring.file("k.secret").exists());
        std::fs::write(ring.file("k.secret"), "orphan").unwrap();
        let mut opened = ring.open().await.unwrap();
        let name = opened.keep("k", "secret", &Secret::new("kept")).unwrap();
        assert_eq!(name, "k-2.secret");
        opened.keyring.keys.push(entry("k", &name));
        opened.save().unwrap();
        let keyring = ring.read().unwrap();
        assert_eq!((keyring.keys.len(), ring.orphans().await.unwrap()), (1, vec!["k.secret".to_owned()]));
        assert_eq!(std::fs::read_to_string(ring.file("k.secret")).unwrap(), "orphan");
        assert!(ring.shred(&name, &Consent::implied()).unwrap() && !ring.shred(&name, &Consent::implied()).unwrap());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let ring = Ring::at(home.path().join("keys"));
        drop(ring.open().await.unwrap());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(ring.directory()), mode(&ring.list())), (0o700, 0o600));
        for (path, open, closed) in [(ring.list(), 0o644, 0o600), (ring.directory().to_owned(), 0o770, 0o700)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
            let error = ring.read().unwrap_err();
            assert_eq!(error.code().id, "E0105");
            assert_eq!(error.actions()[0], format!("chmod {closed:o} {}", path.display()));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(closed)).unwrap();
        }
    }
}
