//! One at a time: an advisory lock on a file, waited for without blocking the runtime.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{self, Error, Result, code};

/// Takes the lock, or gives up after `limit`. It is released when the file is dropped, or with the process.
///
/// The lock file itself is never deleted: whoever waits on a deleted one would hold a lock that nobody else sees.
pub(super) async fn hold(path: &Path, limit: Duration, what: &str) -> Result<File> {
    let failed = |e| error::io(format_args!("cannot lock {}", path.display()), e);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
            Err(TryLockError::WouldBlock) if begun.elapsed() < limit => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(TryLockError::WouldBlock) => {
                let message = format!("another flowbit is busy {what} for {} s", limit.as_secs());
                return Err(Error::new(&code::SERVER_BUSY, message).next("wait for it to end, then repeat the command"));
            }
        }
    }
}
