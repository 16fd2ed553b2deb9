//! The command line: global options and the tree of verbs.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Environment, Flags};
use crate::error::{Error, Result, code};
use crate::ui::{ColorWish, Format};

use super::{
    audit, completions, config, doctor, explain, init, isolation, key, local, op, org, quickstart, schema, screen,
    seed, token, user,
};

const AFTER_HELP: &str = "\
Examples:
  flowbit quickstart                          a local MongoDB, two demo tenants, a rename with its data
  flowbit org list                            the organizations of the platform
  flowbit org rename acme acme-global --dry-run
  flowbit op list --open                      what was begun and is not finished

Exit status:
  0 done or nothing to do   1 internal   2 usage   3 not found   4 authentication or missing right
  5 conflict, open operation, stale plan   6 a check found something   7 partly done
  8 server unavailable   10 refused by a guard   11 interrupted, saved, resumable   130 interrupted, nothing begun";

/// Run the organizations of a multi-tenant MongoDB platform.
#[derive(Debug, Parser)]
#[command(name = "flowbit", version, about, after_help = AFTER_HELP, arg_required_else_help = true, subcommand_required = true, max_term_width = 110, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Create, list, show, rename, delete, restore and purge organizations.
    #[command(subcommand)]
    Org(org::Verb),
    /// List, show, create, change, delete and import accounts, and check their passwords.
    #[command(subcommand)]
    User(user::Verb),
    /// List, show, finish and undo operations that were begun.
    #[command(subcommand)]
    Op(op::Verb),
    /// Write, compare and remove the documents of seed sets.
    #[command(subcommand)]
    Seed(seed::Verb),
    /// List, show, change and check the screens of tenants in the platform's registry file.
    #[command(subcommand)]
    Screen(screen::Verb),
    /// Issue, look at, verify, refresh, revoke and list tokens that the platform's backend accepts.
    #[command(subcommand)]
    Token(token::Verb),
    /// Make, rotate, retire and publish the keys that tokens are signed with.
    #[command(subcommand)]
    Key(key::Verb),
    /// Ask, follow, export, seal and prove the audit trail.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Find every leak between tenants, and prove that there is none.
    #[command(subcommand)]
    Isolation(isolation::Verb),
    /// Check the platform for what is known to go wrong, and say how to repair it.
    Doctor(doctor::Args),
    /// Start, stop and look at the local MongoDB that flowbit manages.
    #[command(subcommand)]
    Local(local::Verb),
    /// Show the settings in force and where each came from.
    #[command(subcommand)]
    Config(config::Verb),
    /// Write a platform description: look at a server, or start from a preset.
    Init(init::Args),
    /// Print the JSON Schema of a file that flowbit reads.
    Schema(schema::Args),
    /// Try it: a local MongoDB, two demo tenants, a rename with its data.
    Quickstart(quickstart::Args),
    /// Explain an error code.
    Explain(explain::Args),
    /// Print the completion script of a shell.
    Completions(completions::Args),
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile.
    #[arg(long, global = true, value_name = "URI")]
    pub uri: Option<String>,
    /// Use this connection of the user's configuration file [env: FLOWBIT_PROFILE].
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read the platform description from this file [env: FLOWBIT_CONFIG].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use a platform description that ships with flowbit [env: FLOWBIT_PRESET].
    #[arg(long, global = true, value_name = "NAME")]
    pub preset: Option<String>,
    /// Name of the master database [env: FLOWBIT_MASTER_DB].
    #[arg(long, global = true, value_name = "NAME")]
    pub master_db: Option<String>,
    /// Format of the result [env: FLOWBIT_OUTPUT].
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<OutputFormat>,
    /// The same as --output json.
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,
    /// Why this is done; recorded in the audit trail [env: FLOWBIT_REASON].
    #[arg(long, global = true, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT].
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Seconds to look for a server.
    #[arg(long, global = true, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Use colour.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Say more: -v the settings, -vv every command that is sent to the server (never what is in it).
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Print no notes and no progress.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// Formats.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OutputFormat {
    /// For people
    Table,
    /// One envelope
    Json,
    /// One line for each thing
    Jsonl,
    /// The table, comma-separated
    Csv,
    /// Names, a line each
    Name,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ColorChoice {
    /// On terminals that can
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<ColorChoice> for ColorWish {
    fn from(choice: ColorChoice) -> Self {
        match choice {
            ColorChoice::Auto => ColorWish::Auto,
            ColorChoice::Always => ColorWish::Always,
            ColorChoice::Never => ColorWish::Never,
        }
    }
}

impl Global {
    /// The format in force.
    ///
    /// # Errors
    /// `E0105` for an unknown word in `FLOWBIT_OUTPUT`.
    pub fn format(&self, env: &Environment) -> Result<Format> {
        let chosen = match (self.json, self.output, env.get("FLOWBIT_OUTPUT")) {
            (true, _, _) => OutputFormat::Json,
            (false, Some(format), _) => format,
            (false, None, Some(word)) => OutputFormat::from_str(word, true).map_err(|_| {
                Error::new(
                    &code::BAD_CONFIG,
                    format!("FLOWBIT_OUTPUT={word:?}: expected table, json, jsonl, csv or name"),
                )
            })?,
            (false, None, None) => OutputFormat::Table,
        };
        Ok(match chosen {
            OutputFormat::Table => Format::Table,
            OutputFormat::Json => Format::Json,
            OutputFormat::Jsonl => Format::Jsonl,
            OutputFormat::Csv => Format::Csv,
            OutputFormat::Name => Format::Name,
        })
    }

    /// A command that is suggested, with the options by which this one found server and platform: pasted without them
    /// it would find others.
    pub fn carried_into(&self, suggestion: String) -> String {
        let Some(at) = suggestion.find("flowbit ").filter(|at| *at == 0 || suggestion[..*at].ends_with(": ")) else {
            return suggestion;
        };
        let config = self.config.as_ref().map(|path| path.display().to_string());
        let given = [
            ("--profile", self.profile.as_deref()),
            ("--uri", self.uri.as_deref()),
            ("--config", config.as_deref()),
            ("--preset", self.preset.as_deref()),
            ("--master-db", self.master_db.as_deref()),
        ];
        let mut options = String::new();
        for (option, value) in given {
            if let Some(value) = value {
                options.push_str(&format!("{option} {} ", crate::ops::org::find::shell(value)));
            }
        }
        let (before, command) = suggestion.split_at(at + "flowbit ".len());
        format!("{before}{options}{command}")
    }

    /// The options that settings are made from.
    pub fn flags(&self) -> Flags {
        Flags {
            uri: self.uri.clone(),
            profile: self.profile.clone(),
            config: self.config.clone(),
            preset: self.preset.clone(),
            master_db: self.master_db.clone(),
            reason: self.reason.clone(),
            no_input: self.no_input,
            timeout: self.timeout,
        }
    }
}
