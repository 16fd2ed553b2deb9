//! What every command that needs a server works with.

use std::path::PathBuf;
use std::sync::Arc;

use bson::Document;

use crate::config::{Environment, Settings};
use crate::error::{Error, Result, code};
use crate::journal::{Interrupt, Watch};
use crate::local::{self, Dirs, Status};
use crate::ops::org::Org;
use crate::ops::{House, Pace};
use crate::store::{Connect, Secret, Store, Trace};
use crate::ui::{Progress, Terminal};

/// Settings, environment, terminal.
pub(crate) struct Context<'a> {
    pub settings: Settings,
    pub env: Environment,
    pub terminal: &'a Terminal,
    pub interrupt: &'a Interrupt,
}

/// What a command about organizations says about its surroundings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    /// Leave the registry file alone.
    pub no_registry: bool,
    /// Nobody else writes.
    pub exclusive: bool,
    /// How data is copied.
    pub pace: Pace,
}

impl Watch for Progress {
    fn step(&self, number: usize, of: usize, what: &str) {
        Progress::step(self, number, of, what);
    }

    fn progress(&self, documents: u64, of: Option<u64>) {
        Progress::documents(self, documents, of);
    }
}

impl Context<'_> {
    /// Connects to the configured server, or to the local one if none is configured and it runs.
    pub async fn connect(&self) -> Result<Store> {
        Store::connect(&self.connecting().await?).await
    }

    /// How that is done: for whoever connects as somebody else as well.
    pub async fn connecting(&self) -> Result<Connect> {
        let (uri, timeout) = match &self.settings.uri {
            Some(uri) => (uri.value.read()?, self.settings.timeout.value),
            None => (self.local_uri().await?, self.settings.timeout.value),
        };
        for shown in self.settings.shown() {
            self.terminal.trace(1, &format!("{} = {} ({})", shown.key, shown.value, shown.origin));
        }
        let master = self.settings.master.value.clone();
        Ok(Connect { uri: Secret::new(uri), master, timeout, trace: self.trace() })
    }

    /// Who is told of the commands that are sent, where somebody wants to know.
    pub fn trace(&self) -> Option<Trace> {
        let terminal = self.terminal.clone();
        self.terminal.traces(2).then(|| Trace(Arc::new(move |line: &str| terminal.trace(2, line))))
    }

    async fn local_uri(&self) -> Result<String> {
        match local::status(&dirs()?).await {
            Ok(Status::Running(running)) => {
                self.terminal.note(&format!("no MongoDB is configured; using the local one on port {}", running.port));
                Ok(running.uri)
            }
            _ => Err(Error::new(&code::NO_SERVER, "no MongoDB is configured and no local one is running")
                .next("set FLOWBIT_URI (or MONGODB_URI, FLOWBIT_URI_FILE, a profile) to use yours")
                .next("flowbit local start   # a MongoDB on this machine, for trying things out")),
        }
    }

    /// The house around a store.
    pub fn house<'b>(&'b self, store: &'b Store, wishes: Wishes, watch: &'b dyn Watch) -> Result<House<'b>> {
        let platform = &self.settings.platform.value;
        Ok(House {
            store,
            platform,
            actor: self.settings.actor.value.clone(),
            reason: self.settings.reason.as_ref().map(|reason| reason.value.clone()),
            lease: self.settings.lease.value,
            registry: self.registry(wishes),
            pace: wishes.pace,
            exclusive: wishes.exclusive,
            interrupt: self.interrupt,
            watch,
        })
    }

    /// The registry file, where the platform has one and it is not to be left alone.
    pub fn registry(&self, wishes: Wishes) -> Option<PathBuf> {
        let registry = self.settings.registry.as_ref().filter(|_| !wishes.no_registry)?;
        Some(std::path::absolute(&registry.value).unwrap_or_else(|_| registry.value.clone()))
    }

    /// The name of the profile in use.
    pub fn profile(&self) -> &str {
        self.settings.profile.as_ref().map_or("?", |profile| profile.value.as_str())
    }

    /// Whether somebody said why.
    pub fn has_reason(&self) -> bool {
        self.settings.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty())
    }

    /// Refuses to read accounts or the trail through a support profile where nobody says why.
    ///
    /// # Errors
    /// `E1007`.
    pub fn require_reason_to_read(&self) -> Result<()> {
        if !self.settings.support || self.has_reason() {
            return Ok(());
        }
        let text =
            format!("profile {} is for support: whoever reads through it says why; nothing was read", self.profile());
        Err(Error::new(&code::SUPPORT, text).next("repeat with --reason TEXT"))
    }

    /// Records, through a support profile, that accounts or a trail are about to be read: called when it is known what, and
    /// before any of it is shown. Through another profile it does nothing.
    ///
    /// `org` is the organization whose they are, none for all or for the platform; `command` is `user.list`, `details` what
    /// of them: filters, a window, an account. No secret among them.
    ///
    /// # Errors
    /// `E1007` without a reason; what kept the entry from being written. Nothing may be shown then.
    pub async fn record_read(
        &self,
        house: &House<'_>,
        org: Option<&Org>,
        command: &str,
        details: Document,
    ) -> Result<()> {
        self.require_reason_to_read()?;
        if !self.settings.support {
            return Ok(());
        }
        house.record_read(org, command, details).await
    }

    /// A line of progress for a command.
    pub fn progress(&self) -> Progress {
        Progress::new(self.terminal)
    }
}

/// flowbit's own directories on this machine.
pub(crate) fn dirs() -> Result<Dirs> {
    let project = directories::ProjectDirs::from("", "", "flowbit").ok_or_else(|| {
        Error::new(&code::LOCAL_IO, "this user has no home directory, so there is no place for flowbit's data")
            .next("set HOME")
    })?;
    let data = project.data_local_dir().to_path_buf();
    let state = project.state_dir().map_or_else(|| data.join("state"), std::path::Path::to_path_buf);
    Ok(Dirs { data, state })
}
