//! What is typed and what is shown. One verb, one file; this one only parses, wires and dispatches.

mod audit;
mod change;
mod cli;
mod completions;
mod config;
mod consent;
mod context;
mod doctor;
mod explain;
mod fleet;
mod init;
mod isolation;
mod key;
mod keychain;
mod local;
mod op;
mod org;
mod password;
mod quickstart;
mod roster;
mod schema;
mod screen;
mod seed;
mod token;
mod user;
mod view;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches};

use crate::config::{Environment, Settings, refuse_password};
use crate::error::{Error, Result, code};
use crate::journal::Interrupt;
use crate::ui::{ColorWish, Format, Report, Streams, Terminal};
use cli::{Cli, Verb};
use context::Context;

/// Runs one command and gives its exit status.
pub fn run(arguments: Vec<OsString>, environment: Vec<(OsString, OsString)>) -> u8 {
    let env = gather(environment);
    let streams = streams(&env);
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(asked) => return answer_parser(&asked, early_terminal(&arguments, &env, streams)),
    };
    let format = cli.global.format(&env);
    let may_ask = !(cli.global.no_input || env.says_yes("FLOWBIT_NO_INPUT") || env.says_yes("CI"));
    let var = |name: &str| env.vars.get(name).cloned();
    let terminal = match format {
        Ok(format) => Terminal::new(format, streams, cli.global.color.into(), cli.global.quiet, may_ask, &var)
            .verbose(cli.global.verbose),
        Err(error) => {
            let terminal = Terminal::new(Format::Table, streams, ColorWish::Auto, false, false, &var);
            terminal.fail(&error);
            return error.exit();
        }
    };
    let global = cli.global.clone();
    match dispatch(cli, env, &terminal) {
        Ok(Done::Report(mut report, exit)) => {
            report.next = report.next.into_iter().map(|next| global.carried_into(next)).collect();
            terminal.report(&report);
            written(&terminal, report.changed).map_or(exit, |error| fail(&terminal, &error))
        }
        Ok(Done::Text(text)) => print(&terminal, &text, false),
        Ok(Done::Made(text)) => print(&terminal, &text, true),
        Ok(Done::Found(text, exit)) => match print(&terminal, &text, false) {
            0 => exit,
            failed => failed,
        },
        Err(error) => {
            terminal.restore();
            fail(&terminal, &error.with_actions(|action| global.carried_into(action)))
        }
    }
}

/// Prints text that is the result itself; `made` says whether something was made with it.
fn print(terminal: &Terminal, text: &str, made: bool) -> u8 {
    terminal.raw(text);
    written(terminal, made).map_or(0, |error| fail(terminal, &error))
}

fn fail(terminal: &Terminal, error: &Error) -> u8 {
    terminal.fail(error);
    error.exit()
}

/// The failure to write the result, if it was one: a full disk, not a reader that went away.
fn written(terminal: &Terminal, changed: bool) -> Option<Error> {
    let failure = terminal.write_failure()?;
    let error = crate::error::io("cannot write the result", failure);
    Some(if changed { error.after_changes() } else { error })
}

/// What a command ends with.
pub(crate) enum Done {
    /// A report, and the exit status.
    Report(Box<Report>, u8),
    /// Text that is the result itself.
    Text(String),
    /// The same, of something that was made and is recorded: a token.
    Made(String),
    /// Text that is the result itself, and the exit status of what it says.
    Found(String, u8),
}

impl From<Report> for Done {
    fn from(report: Report) -> Self {
        Done::Report(Box::new(report), 0)
    }
}

/// Commands that need neither settings nor a server, and must work where both are broken; none for the others.
fn offline(cli: &Cli, env: &Environment, terminal: &Terminal) -> Option<Result<Done>> {
    match &cli.verb {
        Verb::Explain(args) => Some(explain::run(args)),
        Verb::Completions(args) => Some(completions::run(args)),
        Verb::Init(args) => init::wanted_preset(&cli.global, env).map(|name| init::preset(args, name)),
        Verb::Schema(args) => Some(schema::run(args)),
        Verb::Isolation(verb) => isolation::offline(verb, &cli.global, env, terminal),
        Verb::Config(config::Verb::Check { file: Some(file) }) => Some(config::check(file, env)),
        _ => None,
    }
}

fn dispatch(cli: Cli, env: Environment, terminal: &Terminal) -> Result<Done> {
    // Also before commands that need no server: they would repeat it in what they suggest.
    cli.global.uri.as_deref().map_or(Ok(()), refuse_password)?;
    if let Some(done) = offline(&cli, &env, terminal) {
        return done;
    }
    let interrupt = Arc::new(Interrupt::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| crate::error::io("cannot start the runtime", e))?;
    let outcome = runtime.block_on(async {
        let hearing = Arc::clone(&interrupt);
        let work = async {
            if let Verb::Local(args) = cli.verb {
                return local::run(args, &env, terminal).await;
            }
            let settings = match &cli.verb {
                Verb::Init(_) => init::settle(&cli.global, &env)?,
                _ => Settings::settle(&cli.global.flags(), &env)?,
            };
            let context = Context { settings, env, terminal, interrupt: &interrupt };
            match cli.verb {
                Verb::Org(verb) => org::run(verb, &context).await,
                Verb::Op(verb) => op::run(verb, &context).await,
                Verb::User(verb) => user::run(verb, &context).await,
                Verb::Seed(verb) => seed::run(verb, &context).await,
                Verb::Screen(verb) => screen::run(verb, &context).await,
                Verb::Token(verb) => token::run(verb, &context).await,
                Verb::Key(verb) => key::run(verb, &context).await,
                Verb::Audit(verb) => audit::run(verb, &cli.global, &context).await,
                Verb::Isolation(verb) => isolation::run(verb, &cli.global, &context).await,
                Verb::Doctor(args) => doctor::run(&args, &cli.global, &context).await,
                Verb::Config(verb) => Ok(config::run(&verb, &context)),
                Verb::Quickstart(args) => quickstart::run(&args, &context).await,
                Verb::Init(args) => init::run(&args, &context).await,
                Verb::Local(_) | Verb::Explain(_) | Verb::Completions(_) | Verb::Schema(_) => {
                    Err(Error::new(&code::INTERNAL, "a command was not dispatched"))
                }
            }
        };
        tokio::select! {
            done = work => done,
            error = listen(&hearing) => Err(error),
        }
    });
    quieten_workers();
    // Connections and timers of the driver are not worth waiting for.
    runtime.shutdown_background();
    outcome
}

/// The work is done. A task of the driver that still waits for a connection panics when its runtime goes, which would put
/// a backtrace beside the result; whatever happens on this thread is still told.
fn quieten_workers() {
    let told = std::panic::take_hook();
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == main {
            told(panic);
        }
    }));
}

/// Ends the command at a signal while nothing has begun; otherwise asks the runner to stop, and ends at the second.
async fn listen(interrupt: &Interrupt) -> Error {
    loop {
        signal().await;
        if !interrupt.is_engaged() {
            return Error::new(&code::CANCELLED, "interrupted; nothing was changed");
        }
        if interrupt.is_asked() {
            return Error::new(&code::INTERRUPTED, "interrupted twice; the operation is where the journal says")
                .after_changes()
                .next("flowbit op list --open");
        }
        interrupt.ask();
    }
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = heard else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            // The terminal went away, with an ssh session for instance.
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// The command as clap knows it, for completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Help and version are results; everything else is a mistake of the caller's.
fn answer_parser(asked: &clap::Error, terminal: Terminal) -> u8 {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if matches!(asked.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        terminal.raw(&asked.render().to_string());
        return 0;
    }
    let mut rendered = asked.render().to_string();
    if let (ErrorKind::TooManyValues, Some(ContextValue::String(value))) =
        (asked.kind(), asked.get(ContextKind::InvalidValue))
    {
        // `--password-stdin=…`: what was given to an option that takes nothing.
        rendered = rendered.replace(value, "…");
    }
    if asked.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && matches!(terminal.format, Format::Table) {
        terminal.preview(&[crate::ui::Block::Line(rendered.trim_end().to_owned())]);
        return code::BAD_ARGUMENT.class.exit();
    }
    let text = rendered.trim().trim_start_matches("error:").trim();
    let (first, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let first: Vec<&str> = first.lines().map(str::trim).collect();
    let mut error = Error::new(&code::BAD_ARGUMENT, first.join(" "));
    for line in rest.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !line.starts_with("For more information") {
            error = error.next(line.trim_start_matches("tip:").trim());
        }
    }
    terminal.fail(&error);
    error.exit()
}

/// A terminal for a command line that could not be parsed: the format is taken from what can be seen of it.
fn early_terminal(arguments: &[OsString], env: &Environment, streams: Streams) -> Terminal {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let json = words.iter().any(|word| word == "--json" || word == "-ojson" || word == "--output=json")
        || words.windows(2).any(|pair| (pair[0] == "-o" || pair[0] == "--output") && pair[1] == "json")
        || env.get("FLOWBIT_OUTPUT") == Some("json");
    let format = if json { Format::Json } else { Format::Table };
    Terminal::new(format, streams, ColorWish::Auto, false, false, &|name| env.vars.get(name).cloned())
}

fn gather(environment: Vec<(OsString, OsString)>) -> Environment {
    let vars: BTreeMap<String, String> = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config_home = directories::ProjectDirs::from("", "", "flowbit").map(|dirs| dirs.config_dir().to_path_buf());
    Environment {
        vars,
        directory: std::env::current_dir().unwrap_or_default(),
        config_home: config_home.unwrap_or_default(),
        user: crate::store::machine::user(),
    }
}

fn streams(env: &Environment) -> Streams {
    let width = env.get("COLUMNS").and_then(|columns| columns.parse().ok()).or_else(crate::ui::screen_width);
    Streams {
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        width,
    }
}
