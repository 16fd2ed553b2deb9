//! Places where a test build can be made to die, stop or fail. A release build knows none of this.
//!
//! `FLOWBIT_FAULT=kill@PLACE#K` ends the process by SIGKILL when it comes to the place for the K-th time;
//! `hold@PLACE#K` waits there until the file named by `FLOWBIT_FAULT_GATE` disappears, after creating it;
//! `trace@FILE` writes every place to a file, which is how the tests learn all of them.

#[cfg(debug_assertions)]
mod armed {
    use std::collections::HashMap;
    use std::io::Write;
    use std::path::PathBuf;
    use std::sync::Mutex;
    use std::time::Duration;

    #[derive(Debug, Clone, PartialEq)]
    enum Action {
        Kill,
        Hold(PathBuf),
        Trace(PathBuf),
    }

    /// What to do, where.
    #[derive(Debug, Default)]
    pub struct Fault {
        plan: Option<(Action, String, u32)>,
        seen: Mutex<HashMap<String, u32>>,
    }

    impl Fault {
        /// Reads `FLOWBIT_FAULT`.
        pub fn from_environment() -> Self {
            let plan = std::env::var("FLOWBIT_FAULT").ok().and_then(|text| {
                let (action, rest) = text.split_once('@')?;
                let (place, nth) = rest.rsplit_once('#').unwrap_or((rest, "1"));
                let action = match action {
                    "kill" => Action::Kill,
                    "hold" => Action::Hold(PathBuf::from(std::env::var_os("FLOWBIT_FAULT_GATE")?)),
                    "trace" => return Some((Action::Trace(PathBuf::from(rest)), String::new(), 0)),
                    _ => return None,
                };
                Some((action, place.to_owned(), nth.parse().ok()?))
            });
            Self { plan, seen: Mutex::default() }
        }

        /// The process came to this place.
        pub async fn at(&self, place: &str) {
            let Some((action, wanted, nth)) = &self.plan else { return };
            let count = {
                let Ok(mut seen) = self.seen.lock() else { return };
                let count = seen.entry(place.to_owned()).or_insert(0);
                *count += 1;
                *count
            };
            match action {
                Action::Trace(file) => {
                    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(file) {
                        let _ = writeln!(file, "{place}#{count}");
                    }
                }
                Action::Kill if wanted == place && *nth == count => {
                    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                }
                Action::Hold(gate) if wanted == place && *nth == count => {
                    let _ = std::fs::write(gate, place);
                    while gate.exists() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(not(debug_assertions))]
mod unarmed {
    /// Nothing.
    #[derive(Debug, Default)]
    pub struct Fault;

    impl Fault {
        /// Nothing.
        pub fn from_environment() -> Self {
            Self
        }

        /// Nothing.
        #[inline]
        pub async fn at(&self, _place: &str) {}
    }
}

#[cfg(debug_assertions)]
pub use armed::Fault;
#[cfg(not(debug_assertions))]
pub use unarmed::Fault;
