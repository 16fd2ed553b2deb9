//! The settings that are in force, each with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::platform;
use super::profile::{Profile, UserFile};
use crate::domain::Description;
use crate::domain::secrecy::{holds_secret, is_connection_string};
use crate::error::{Error, Result, code, io};

/// What the process was given besides its arguments.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Environment variables.
    pub vars: BTreeMap<String, String>,
    /// Working directory.
    pub directory: PathBuf,
    /// Directory of the user's configuration.
    pub config_home: PathBuf,
    /// The user as the system knows it, for where no variable names one.
    pub user: String,
}

impl Environment {
    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable says yes.
    pub fn says_yes(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value.to_lowercase().as_str(), "0" | "false" | "no"))
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command.
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
    /// A profile of the user's file.
    Profile(String),
    /// A preset.
    Preset(String),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) => write!(f, "flag {name}"),
            Origin::Env(name) => write!(f, "environment {name}"),
            Origin::File(path) => write!(f, "file {}", path.display()),
            Origin::Profile(name) => write!(f, "profile {name}"),
            Origin::Preset(name) => write!(f, "preset {name}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Its origin.
    pub origin: Origin,
}

impl<T> Setting<T> {
    fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// What flags said. None where a flag was not given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--uri`
    pub uri: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--preset`
    pub preset: Option<String>,
    /// `--master-db`
    pub master_db: Option<String>,
    /// `--reason`
    pub reason: Option<String>,
    /// `--no-input`
    pub no_input: bool,
    /// `--timeout`, seconds.
    pub timeout: Option<u64>,
}

/// Where the connection string is. The string itself is read only when it is needed.
#[derive(Clone)]
pub enum UriSource {
    /// It is known already; may hold a password.
    Text(String),
    /// It stands in a file.
    File(PathBuf),
}

impl fmt::Debug for UriSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UriSource::Text(_) => f.write_str("[connection string]"),
            UriSource::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

impl UriSource {
    /// The servers, without anything that could be secret.
    pub fn shown(&self) -> String {
        match self {
            UriSource::File(path) => format!("(in {})", path.display()),
            UriSource::Text(text) => {
                let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
                let hosts = rest.split(['/', '?']).next().unwrap_or_default();
                let hosts = hosts.rsplit_once('@').map_or(hosts, |(_, hosts)| hosts);
                // A password with an unescaped slash would end up before the sign: then nothing is shown.
                if rest.contains('@') && !rest.split(['/', '?']).next().unwrap_or_default().contains('@') {
                    return "(set, not shown)".to_owned();
                }
                format!("{scheme}://{hosts}")
            }
        }
    }

    /// The connection string.
    ///
    /// # Errors
    /// `E0003`, and `E0105` for a file that others can read.
    pub fn read(&self) -> Result<String> {
        match self {
            UriSource::Text(text) => Ok(text.clone()),
            UriSource::File(path) => private_file(path),
        }
    }
}

/// The text of a file that holds a secret, without line breaks at its end: only its owner may be able to read it.
///
/// # Errors
/// `E0003`, and `E0105` for a file that others can read.
pub fn private_file(path: &Path) -> Result<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            std::fs::metadata(path).map_err(|e| io(format!("cannot read {}", path.display()), e))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Error::new(
                &code::BAD_CONFIG,
                format!("{} can be read by others (mode {:o})", path.display(), mode & 0o777),
            )
            .next(format!("chmod 600 {}", path.display())));
        }
    }
    let text = std::fs::read_to_string(path).map_err(|e| io(format!("cannot read {}", path.display()), e))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the connection string is; none means a local server, if one runs.
    pub uri: Option<Setting<UriSource>>,
    /// Name of the master database.
    pub master: Setting<String>,
    /// The platform.
    pub platform: Setting<Description>,
    /// The registry file, if the platform has one.
    pub registry: Option<Setting<PathBuf>>,
    /// The profile, if one is in use.
    pub profile: Option<Setting<String>>,
    /// Whether changes through this connection need confirmation and reason.
    pub protected: bool,
    /// Whether reads of accounts and of the audit trail through this connection are recorded.
    pub support: bool,
    /// Who acts.
    pub actor: Setting<String>,
    /// Why.
    pub reason: Option<Setting<String>>,
    /// Whether questions may be asked.
    pub no_input: Setting<bool>,
    /// How long to look for a server.
    pub timeout: Setting<Duration>,
    /// How long a runner's lease lasts.
    pub lease: Setting<Duration>,
    /// The user's file.
    pub user_file: PathBuf,
    /// The profiles in it.
    pub profiles: Vec<String>,
}

/// One line of `flowbit config show`.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The setting.
    pub key: &'static str,
    /// Its value; secrets are not shown.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

const LEASE: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(5);

impl Settings {
    /// Settles what is in force.
    ///
    /// # Errors
    /// `E0104` for a password on the command line, `E0105` for broken files and contradictions, `E0106`, `E0110`.
    pub fn settle(flags: &Flags, env: &Environment) -> Result<Self> {
        let user_path = env.config_home.join("config.toml");
        let user = UserFile::read(&user_path)?;
        let profile = match (&flags.profile, env.get("FLOWBIT_PROFILE"), &user.default_profile) {
            (Some(name), _, _) => Some(Setting::new(name.clone(), Origin::Flag("--profile"))),
            (None, Some(name), _) => Some(Setting::new(name.to_owned(), Origin::Env("FLOWBIT_PROFILE".to_owned()))),
            (None, None, Some(name)) => Some(Setting::new(name.clone(), Origin::File(user_path.clone()))),
            (None, None, None) => None,
        };
        let chosen = profile.as_ref().map(|named| user.load(&named.value, &user_path)).transpose()?;
        let (platform, file) = platform_of(flags, env, chosen)?;
        let uri = uri_of(flags, env, profile.as_ref(), chosen, &platform.value)?;
        // A protected profile protects its connection, not whatever another source put in its place.
        let by_profile = uri.as_ref().is_some_and(|uri| matches!(uri.origin, Origin::Profile(_)));
        let master = master_of(flags, env, profile.as_ref(), chosen, &platform)?;
        let registry = platform.value.registry.as_ref().map(|registry| {
            let base =
                file.as_ref().and_then(|file| file.parent()).map_or_else(|| env.directory.clone(), Path::to_path_buf);
            Setting::new(base.join(&registry.file), platform.origin.clone())
        });
        Ok(Self {
            protected: by_profile && chosen.is_some_and(|profile| profile.protected),
            support: by_profile && chosen.is_some_and(|profile| profile.support),
            uri,
            master,
            registry,
            profile,
            actor: actor_of(env),
            reason: match (&flags.reason, env.get("FLOWBIT_REASON")) {
                (Some(reason), _) => Some(Setting::new(reason.clone(), Origin::Flag("--reason"))),
                (None, Some(reason)) => Some(Setting::new(reason.to_owned(), Origin::Env("FLOWBIT_REASON".to_owned()))),
                (None, None) => None,
            },
            no_input: no_input_of(flags, env),
            timeout: match flags.timeout {
                Some(seconds) => Setting::new(Duration::from_secs(seconds.max(1)), Origin::Flag("--timeout")),
                None => Setting::new(TIMEOUT, Origin::Default),
            },
            lease: lease_of(env)?,
            platform,
            user_file: user_path,
            profiles: user.profiles.into_keys().collect(),
        })
    }

    /// Every setting with its origin; no secret among them.
    pub fn shown(&self) -> Vec<Shown> {
        let mut rows = Vec::new();
        let mut row = |key, value: String, origin: String| rows.push(Shown { key, value, origin });
        match &self.uri {
            Some(uri) => row("uri", uri.value.shown(), uri.origin.to_string()),
            None => row("uri", "(none: the local MongoDB, if it runs)".to_owned(), Origin::Default.to_string()),
        }
        match &self.profile {
            Some(profile) => row("profile", profile.value.clone(), profile.origin.to_string()),
            None => row("profile", "(none)".to_owned(), Origin::Default.to_string()),
        }
        for (key, value) in [("protected", self.protected), ("support", self.support)] {
            let origin = self.profile.as_ref().map_or(Origin::Default, |p| p.origin.clone());
            row(key, value.to_string(), origin.to_string());
        }
        row("master_database", self.master.value.clone(), self.master.origin.to_string());
        row("platform", self.platform.value.platform.clone(), self.platform.origin.to_string());
        row("layout", self.platform.value.layout.word().to_owned(), self.platform.origin.to_string());
        match &self.registry {
            Some(registry) => row("registry", registry.value.display().to_string(), registry.origin.to_string()),
            None => row("registry", "(none)".to_owned(), self.platform.origin.to_string()),
        }
        row("actor", self.actor.value.clone(), self.actor.origin.to_string());
        match &self.reason {
            Some(reason) => row("reason", reason.value.clone(), reason.origin.to_string()),
            None => row("reason", "(none)".to_owned(), Origin::Default.to_string()),
        }
        row("no_input", self.no_input.value.to_string(), self.no_input.origin.to_string());
        row("timeout", format!("{} s", self.timeout.value.as_secs()), self.timeout.origin.to_string());
        row("lease", format!("{} s", self.lease.value.as_secs_f64()), self.lease.origin.to_string());
        row("user_file", self.user_file.display().to_string(), Origin::Default.to_string());
        let profiles = if self.profiles.is_empty() { "(none)".to_owned() } else { self.profiles.join(", ") };
        row("profiles", profiles, Origin::File(self.user_file.clone()).to_string());
        rows
    }
}

/// The description, and the file it stands in.
fn platform_of(
    flags: &Flags,
    env: &Environment,
    profile: Option<&Profile>,
) -> Result<(Setting<Description>, Option<PathBuf>)> {
    if flags.config.is_some() && flags.preset.is_some() {
        return Err(Error::new(
            &code::BAD_ARGUMENT,
            "--config and --preset exclude each other: both name the platform description",
        ));
    }
    let from_file = |path: PathBuf, origin: Origin| Ok((Setting::new(platform::file(&path)?, origin), Some(path)));
    let from_preset = |name: &str| Ok((Setting::new(platform::preset(name)?, Origin::Preset(name.to_owned())), None));
    if let Some(path) = &flags.config {
        return from_file(env.directory.join(path), Origin::File(path.clone()));
    }
    if let Some(name) = &flags.preset {
        return from_preset(name);
    }
    if let Some(path) = env.get("FLOWBIT_CONFIG") {
        let path = env.directory.join(path);
        return from_file(path.clone(), Origin::File(path));
    }
    if let Some(name) = env.get("FLOWBIT_PRESET") {
        return from_preset(name);
    }
    if let Some(path) = profile.and_then(|profile| profile.config.as_ref()) {
        return from_file(env.config_home.join(path), Origin::File(path.clone()));
    }
    let found = env.directory.ancestors().map(|directory| directory.join("flowbit.toml")).find(|path| path.is_file());
    match found {
        Some(path) => from_file(path.clone(), Origin::File(path)),
        None => from_preset("flowbit"),
    }
}

fn uri_of(
    flags: &Flags,
    env: &Environment,
    profile: Option<&Setting<String>>,
    chosen: Option<&Profile>,
    platform: &Description,
) -> Result<Option<Setting<UriSource>>> {
    if let Some(uri) = &flags.uri {
        refuse_password(uri)?;
        return Ok(Some(Setting::new(UriSource::Text(uri.clone()), Origin::Flag("--uri"))));
    }
    let by_profile = || -> Result<Option<Setting<UriSource>>> {
        let (Some(named), Some(profile)) = (profile, chosen) else { return Ok(None) };
        profile_uri(profile, env, &named.value)
    };
    let from_env = |name: &str| {
        // The variable that the profile names is the profile's connection, wherever it is found first.
        let origin = match (profile, chosen.and_then(Profile::variable)) {
            (Some(named), Some(variable)) if variable == name => Origin::Profile(named.value.clone()),
            _ => Origin::Env(name.to_owned()),
        };
        env.get(name).map(|uri| Setting::new(UriSource::Text(uri.to_owned()), origin))
    };
    let mut explicit = from_env("FLOWBIT_URI");
    if let (None, Some(path)) = (&explicit, env.get("FLOWBIT_URI_FILE")) {
        refuse_text_for_a_name(path, "FLOWBIT_URI_FILE", "a file")?;
        explicit = Some(Setting::new(UriSource::File(path.into()), Origin::Env("FLOWBIT_URI_FILE".to_owned())));
    }
    match profile.map(|named| &named.origin) {
        Some(Origin::Flag(_)) => return by_profile(),
        Some(Origin::Env(_)) => {
            // Two sources of one rank that name two servers: nobody should have to guess which one is changed.
            if let Some(other) = explicit.filter(|other| matches!(other.origin, Origin::Env(_))) {
                return Err(Error::new(
                    &code::BAD_CONFIG,
                    format!("FLOWBIT_PROFILE and {} are both set and name two connections", other.origin),
                )
                .next("unset one of them, or say --profile NAME"));
            }
            return by_profile();
        }
        _ => {}
    }
    if explicit.is_some() {
        return Ok(explicit);
    }
    if let Some(uri) = from_env("MONGODB_URI") {
        return Ok(Some(uri));
    }
    if let Some(uri) = platform.env.uri.as_deref().and_then(from_env) {
        return Ok(Some(uri));
    }
    by_profile()
}

fn profile_uri(profile: &Profile, env: &Environment, name: &str) -> Result<Option<Setting<UriSource>>> {
    let origin = Origin::Profile(name.to_owned());
    if let Some(uri) = &profile.uri {
        refuse_password_in(uri, "stands in the user's file")?;
        return Ok(Some(Setting::new(UriSource::Text(uri.clone()), origin)));
    }
    if let Some(path) = &profile.uri_file {
        refuse_text_for_a_name(&path.display().to_string(), &format!("uri_file of profile {name}"), "a file")?;
        return Ok(Some(Setting::new(UriSource::File(env.config_home.join(path)), origin)));
    }
    if let Some(variable) = &profile.uri_env {
        refuse_text_for_a_name(variable, &format!("uri_env of profile {name}"), "a variable")?;
        return match env.get(variable) {
            Some(uri) => Ok(Some(Setting::new(UriSource::Text(uri.to_owned()), origin))),
            None => Err(Error::new(
                &code::BAD_CONFIG,
                format!("profile {name} takes its connection string from {variable}, which is not set"),
            )),
        };
    }
    Err(Error::new(&code::BAD_CONFIG, format!("profile {name} names no connection: it needs uri, uri_env or uri_file")))
}

/// A connection string where the name of its place belongs: it is not repeated, as the name would be.
fn refuse_text_for_a_name(text: &str, setting: &str, what: &str) -> Result<()> {
    if !is_connection_string(text) {
        return Ok(());
    }
    Err(Error::new(
        &code::BAD_CONFIG,
        format!("{setting} is a connection string, and should be the name of {what} that holds one; it was not used"),
    ))
}

/// Refuses a connection string on the command line that holds a password.
///
/// # Errors
/// `E0104`.
pub fn refuse_password(uri: &str) -> Result<()> {
    refuse_password_in(uri, "stood on the command line").map_err(|error| {
        error.next("change the password: it is in the shell's history and was visible to every user of this machine")
    })
}

fn refuse_password_in(uri: &str, place: &str) -> Result<()> {
    if !holds_secret(uri) {
        return Ok(());
    }
    Err(Error::new(&code::SECRET_IN_ARGV, format!("a connection string with a password {place}; it was not used"))
        .next("put it into a file of mode 0600 and name the file: FLOWBIT_URI_FILE=/path/to/file flowbit …")
        .next("or into the environment of this command: FLOWBIT_URI"))
}

fn master_of(
    flags: &Flags,
    env: &Environment,
    profile: Option<&Setting<String>>,
    chosen: Option<&Profile>,
    platform: &Setting<Description>,
) -> Result<Setting<String>> {
    let setting = if let Some(name) = &flags.master_db {
        Setting::new(name.clone(), Origin::Flag("--master-db"))
    } else if let Some(name) = env.get("FLOWBIT_MASTER_DB") {
        Setting::new(name.to_owned(), Origin::Env("FLOWBIT_MASTER_DB".to_owned()))
    } else if let (Some(named), Some(name)) = (profile, chosen.and_then(|p| p.master_database.as_ref())) {
        Setting::new(name.clone(), Origin::Profile(named.value.clone()))
    } else if let Some((variable, name)) =
        platform.value.env.master_database.as_deref().and_then(|v| env.get(v).map(|name| (v, name)))
    {
        Setting::new(name.to_owned(), Origin::Env(variable.to_owned()))
    } else {
        Setting::new(platform.value.master_database.clone(), platform.origin.clone())
    };
    let name = &setting.value;
    let bad = name.is_empty() || name.len() > 63 || name.chars().any(|c| "/\\. \"$*<>:|?\0".contains(c));
    if bad || ["admin", "local", "config"].contains(&name.as_str()) {
        return Err(Error::new(
            &code::BAD_CONFIG,
            format!("{name:?} ({}) cannot be the master database", setting.origin),
        ));
    }
    Ok(setting)
}

/// Who is at work, as the environment says.
pub fn actor_of(env: &Environment) -> Setting<String> {
    for name in ["FLOWBIT_ACTOR", "USER", "LOGNAME", "USERNAME"] {
        if let Some(actor) = env.get(name) {
            return Setting::new(
                actor.chars().filter(|c| !c.is_control()).take(200).collect(),
                Origin::Env(name.to_owned()),
            );
        }
    }
    Setting::new(env.user.clone(), Origin::Default)
}

fn no_input_of(flags: &Flags, env: &Environment) -> Setting<bool> {
    if flags.no_input {
        return Setting::new(true, Origin::Flag("--no-input"));
    }
    for name in ["FLOWBIT_NO_INPUT", "CI"] {
        if env.says_yes(name) {
            return Setting::new(true, Origin::Env(name.to_owned()));
        }
    }
    Setting::new(false, Origin::Default)
}

fn lease_of(env: &Environment) -> Result<Setting<Duration>> {
    let Some(text) = env.get("FLOWBIT_LEASE_SECONDS") else { return Ok(Setting::new(LEASE, Origin::Default)) };
    match text.parse::<u64>() {
        Ok(seconds @ 2..=3600) => {
            Ok(Setting::new(Duration::from_secs(seconds), Origin::Env("FLOWBIT_LEASE_SECONDS".to_owned())))
        }
        _ => Err(Error::new(
            &code::BAD_CONFIG,
            format!("FLOWBIT_LEASE_SECONDS={text:?}: a whole number from 2 to 3600 is expected"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Environment {
        Environment {
            vars: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            directory: "/nowhere".into(),
            config_home: "/nowhere".into(),
            user: "uid 1".to_owned(),
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_origins_are_kept() {
        let flags = Flags { master_db: Some("a".into()), preset: Some("org-collections".into()), ..Flags::default() };
        let settings = Settings::settle(
            &flags,
            &env(&[("FLOWBIT_MASTER_DB", "b"), ("MONGO_URI", "mongodb://h/"), ("USER", "eve")]),
        )
        .unwrap();
        assert_eq!((settings.master.value.as_str(), &settings.master.origin), ("a", &Origin::Flag("--master-db")));
        assert_eq!(settings.uri.unwrap().origin, Origin::Env("MONGO_URI".into()));
        assert_eq!(settings.actor.value, "eve");
    }

    #[test]
    fn a_password_on_the_command_line_is_refused_and_not_repeated() {
        let flags = Flags { uri: Some("mongodb://root:hunter2@h/".into()), ..Flags::default() };
        let error = Settings::settle(&flags, &env(&[])).unwrap_err();
        assert_eq!(error.code().id, "E0104");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn two_connections_of_one_rank_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("config.toml"),
            "[profiles.p]\nuri = \"mongodb://h/\"\nprotected = true\n",
        )
        .unwrap();
        let mut environment = env(&[("FLOWBIT_PROFILE", "p"), ("FLOWBIT_URI", "mongodb://other/")]);
        environment.config_home = directory.path().to_path_buf();
        assert_eq!(Settings::settle(&Flags::default(), &environment).unwrap_err().code().id, "E0105");
        environment.vars.remove("FLOWBIT_URI");
        assert!(Settings::settle(&Flags::default(), &environment).unwrap().protected);
    }

    #[test]
    fn the_variable_that_a_profile_names_is_the_profiles_own_wherever_it_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let settle = |uri: &str, variable: &str| {
            let text = format!("default_profile = \"p\"\n[profiles.p]\n{uri}\nprotected = true\nsupport = true\n");
            std::fs::write(directory.path().join("config.toml"), text).unwrap();
            let mut environment = env(&[(variable, "mongodb://h/")]);
            environment.config_home = directory.path().to_path_buf();
            let flags = Flags { preset: Some("org-collections".into()), ..Flags::default() };
            let settings = Settings::settle(&flags, &environment).unwrap();
            (settings.uri.unwrap().origin, settings.protected, settings.support)
        };
        for variable in ["FLOWBIT_URI", "MONGODB_URI", "MONGO_URI"] {
            let own = settle(&format!("uri_env = \"{variable}\""), variable);
            assert_eq!(own, (Origin::Profile("p".into()), true, true), "{variable}");
            let others = settle("uri_env = \"ANOTHER\"", variable);
            assert_eq!(others, (Origin::Env(variable.into()), false, false), "{variable}");
            let unused = settle(&format!("uri = \"mongodb://p/\"\nuri_env = \"{variable}\""), variable);
            assert_eq!(unused, (Origin::Env(variable.into()), false, false), "{variable}");
        }
    }
}
