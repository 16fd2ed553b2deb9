//! `flowbit key add`

use std::path::{Path, PathBuf};

use super::Span;
use crate::commands::Done;
use crate::commands::context::Context;
use crate::commands::keychain::{AnyPlace, read_source};
use crate::domain::keyring::{Entry, KeySource, State};
use crate::domain::token::Algorithm;
use crate::error::{Error, Result, code};
use crate::ops::key::SigningKey;
use crate::ui::{Block, Report};

/// Take in a key that is kept elsewhere.
///
/// It is read once, to see that it is a key of its algorithm and strong enough; after that it is read where it is kept
/// whenever it is needed. A file must be readable by its owner only. A command is run without a shell; what it prints is
/// the key.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  flowbit key add --kid 2027 --alg EdDSA --file /etc/flowbit/2027.pem
  flowbit key add --kid legacy --alg HS256 --env JWT_SECRET
  flowbit key add --kid vault --alg ES256 --command 'vault kv get -field=key secret/jwt' --not-before 1d
  flowbit key add --kid vault --alg ES256 --command vault --command-arg kv --command-arg get --command-arg secret/jwt",
    group = clap::ArgGroup::new("kept").args(["file", "env", "command"]).required(true)
)]
pub struct Args {
    /// Its name, as it stands in headers of tokens
    #[arg(long, value_name = "KID", value_parser = super::kid)]
    kid: String,
    /// What it signs by
    #[arg(long, value_name = "ALGORITHM", value_parser = super::algorithm(), ignore_case = true)]
    alg: Algorithm,
    /// A file: the secret, or the private key as PEM
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// An environment variable that holds it
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// A command that prints it: words as a shell would split them, or the program alone with --command-arg
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// An argument of the command, taken as it is; can be repeated
    #[arg(long, value_name = "ARG", requires = "command", allow_hyphen_values = true)]
    command_arg: Vec<String>,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let ring = args.place.ring(context)?;
    args.place.require_fit(args.alg)?;
    args.span.read(super::now())?;
    let source = args.source(&context.env.directory)?;
    let text = read_source(context, &ring, &source)?;
    let key = SigningKey::read(&args.kid, Some(&args.kid), args.alg, &text)?;
    if let Some(weakness) = &key.weakness {
        let message = format!("{}: {weakness}; nothing was changed", args.kid);
        return Err(Error::new(&code::WEAK_KEY, message).next("flowbit key generate   # makes a strong one"));
    }
    let public = key.jwk()?;
    let mut opened = ring.open().await?;
    let now = super::now();
    let (not_before, not_after) = args.span.read(now)?;
    let entry =
        Entry { not_before, not_after, public, source: Some(source.clone()), ..super::entry(&args.kid, args.alg, now) };
    opened.keyring.admit(entry.clone(), now)?;
    let state = opened.keyring.state(&entry, now);
    let data = super::data(&opened.keyring, &entry, now);
    opened.save()?;
    let line = match state {
        State::Pending => format!("Took in the key {}; it signs from {} on.", entry.kid, entry.begins()),
        _ => format!("Took in the key {}; it signs from now on.", entry.kid),
    };
    let facts = vec![
        ("algorithm".to_owned(), entry.algorithm.to_string()),
        ("state".to_owned(), state.to_string()),
        ("kept in".to_owned(), source.to_string()),
    ];
    let report = Report::new("flowbit.key.add/1", &data).changed(true).named([entry.kid.clone()]);
    let report = report.line(line).show(Block::Facts(facts));
    let report = report.warn(super::doubts(context, &args.place, &entry.kid, entry.algorithm));
    Ok(if entry.public.is_some() { report.next(super::tell(&entry, &args.place)) } else { report }.into())
}

impl Args {
    /// Where it is kept, in words that mean the same in every directory.
    fn source(&self, directory: &Path) -> Result<KeySource> {
        let refuse = |message: String| Err(Error::new(&code::BAD_ARGUMENT, message));
        if let Some(path) = &self.file {
            let path = std::path::absolute(directory.join(path)).unwrap_or_else(|_| directory.join(path));
            return match path.to_str() {
                Some(path) => Ok(KeySource::File(path.to_owned())),
                None => refuse(format!("--file {}: the path is not UTF-8", path.display())),
            };
        }
        if let Some(name) = &self.env {
            if name.is_empty() || name.contains('=') || name.contains('\0') {
                return refuse(format!("--env {name:?} is no name of a variable"));
            }
            return Ok(KeySource::Env(name.clone()));
        }
        let command = self.command.as_deref().unwrap_or_default();
        let mut argv = match self.command_arg.as_slice() {
            [] => words(command).map_err(|why| Error::new(&code::BAD_ARGUMENT, format!("--command: {why}")))?,
            arguments => {
                std::iter::once(command).chain(arguments.iter().map(String::as_str)).map(str::to_owned).collect()
            }
        };
        match argv.first_mut() {
            None => return refuse("--command is empty".to_owned()),
            // A path that means the same wherever flowbit is run.
            Some(program) if program.contains('/') => *program = directory.join(&*program).display().to_string(),
            Some(_) => {}
        }
        Ok(KeySource::Command(argv))
    }
}

/// Words as a shell splits them: quotes and backslashes, and nothing that a shell would replace.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' => single(&mut rest, word.get_or_insert_default())?,
            '"' => double(&mut rest, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(rest.next().ok_or("it ends with a backslash")?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// What stands between single quotes: everything is itself.
fn single(rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    for c in rest {
        match c {
            '\'' => return Ok(()),
            c => word.push(c),
        }
    }
    Err("a quote is not closed".to_owned())
}

/// What stands between double quotes, where a backslash keeps its meaning before a quote and itself.
fn double(rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    while let Some(c) = rest.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match rest.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                Some(c) => word.extend(['\\', c]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err("a quote is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (text, expected) in [
            ("vault kv  get\t-field=key", vec!["vault", "kv", "get", "-field=key"]),
            ("a 'b c' \"d e\"f", vec!["a", "b c", "d ef"]),
            ("a '' \"\"", vec!["a", "", ""]),
            (r#"a\ b "c\"d" 'e\f' "g\h""#, vec!["a b", "c\"d", "e\\f", "g\\h"]),
            ("$HOME `id` $(id) *", vec!["$HOME", "`id`", "$(id)", "*"]),
            ("  ", vec![]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for text in ["'a", "\"a", "a\\", "\"a\\", "a '"] {
            assert!(words(text).is_err(), "{text}");
        }
    }
}
