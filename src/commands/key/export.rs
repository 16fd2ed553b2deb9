//! `flowbit key export`

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::commands::context::Context;
use crate::commands::keychain::{AnyPlace, read_key, read_text};
use crate::commands::{Done, consent};
use crate::domain::keyring::{Entry, public_jwk};
use crate::error::{Error, Result, code};
use crate::ops::Consent;
use crate::ops::key::{Ring, public_pem};
use crate::ops::org::find::shell;
use crate::store::file;
use crate::ui::{Format, Report};

const SCHEMA: &str = "flowbit.key.export/1";

/// Print a public key, or write a private one into a file.
///
/// The public key is printed as PEM (SPKI). A secret, or a private key, goes into a new file that only you can read, and
/// never to standard output, to where it would be seen, logged or piped.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key export 2027 > 2027.pub.pem
  flowbit key export 2027 --jwk
  flowbit key export legacy --private --out backend.env --env JWT_SECRET")]
pub struct Args {
    /// Name of the key
    #[arg(value_name = "KID")]
    kid: String,
    /// The public key as a JWK
    #[arg(long, conflicts_with = "private")]
    jwk: bool,
    /// The secret or private key itself, into the file of --out
    #[arg(long, requires = "out")]
    private: bool,
    /// Write into this file; a private key only into a new one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the private key as NAME=value, as files of environment variables have it
    #[arg(long, value_name = "NAME", requires = "private", value_parser = variable)]
    env: Option<String>,
    /// Confirm with the name of the key; needed for private keys through a protected profile
    #[arg(long, value_name = "KID")]
    confirm: Option<String>,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let ring = args.place.ring(context)?;
    let keyring = ring.read()?;
    let entry = keyring.load(&args.kid)?;
    match &args.out {
        Some(out) if args.private => {
            let agreed = consent::implied(context, &args.kid, args.confirm.as_deref())?;
            private(args, context, &ring, entry, &context.env.directory.join(out), &agreed)
        }
        _ => public(args, context, entry),
    }
}

fn public(args: &Args, context: &Context<'_>, entry: &Entry) -> Result<Done> {
    let kid = &entry.kid;
    let Some(jwk) = public_jwk(entry) else {
        let message = format!("{kid} is a secret for {}, and a secret has no public half", entry.algorithm);
        return Err(Error::new(&code::KEY_STATE, message)
            .next(format!("flowbit key export {} --private --out FILE   # the secret itself", shell(kid))));
    };
    let pem = public_pem(kid, &jwk)?;
    let text = match args.jwk {
        true => format!("{}\n", serde_json::to_string_pretty(&jwk).unwrap_or_default()),
        false => pem.clone(),
    };
    if args.out.is_none() && context.terminal.format == Format::Table {
        return Ok(Done::Text(text));
    }
    let data = json!({
        "kid": kid, "algorithm": entry.algorithm, "private": false, "file": args.out, "pem": pem, "jwk": jwk,
    });
    let mut report = Report::new(SCHEMA, &data).named([kid.clone()]);
    if let Some(out) = &args.out {
        file::publish(&context.env.directory.join(out), &text)?;
        report = report.changed(true).line(format!("Wrote the public key of {kid} to {}.", out.display()));
    }
    Ok(report.into())
}

fn private(args: &Args, context: &Context<'_>, ring: &Ring, entry: &Entry, out: &Path, _: &Consent) -> Result<Done> {
    let kid = &entry.kid;
    if out.symlink_metadata().is_ok() {
        let message =
            format!("{} exists, and a private key goes only into a new file; nothing was changed", out.display());
        return Err(Error::new(&code::BAD_ARGUMENT, message).next("name another file with --out"));
    }
    // Read as a key first: what is kept there may have been replaced.
    read_key(context, ring, entry)?;
    let text = read_text(context, ring, entry)?;
    let contents = match &args.env {
        Some(name) => format!("{name}={}\n", env_value(text.reveal())),
        None if entry.public.is_some() => format!("{}\n", text.reveal()),
        // The very bytes that sign: a line break would become one of them in the backend.
        None => text.reveal().to_owned(),
    };
    file::create_private(out, &contents)?;
    let data = json!({
        "kid": kid, "algorithm": entry.algorithm, "private": true, "file": args.out, "variable": args.env,
    });
    let what = if entry.public.is_some() { "private key" } else { "secret" };
    Ok(Report::new(SCHEMA, &data)
        .changed(true)
        .named([kid.clone()])
        .line(format!("Wrote the {what} {kid} to {}; only you can read it.", out.display()))
        .next(format!("rm {}   # as soon as the backend has it", shell(&out.display().to_string())))
        .into())
}

fn variable(name: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(good) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("no name of a variable: letters, digits and `_`, and no digit first".to_owned());
    }
    Ok(name.to_owned())
}

/// A value as files of environment variables have it: quoted only where it must be, because some readers know no quotes.
fn env_value(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+=:,@%".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        assert_eq!(env_value("abc-_09"), "abc-_09");
        assert_eq!(env_value("a b$c\"d\\e\nf"), "\"a b\\$c\\\"d\\\\e\\nf\"");
        assert!(variable("JWT_SECRET").is_ok());
        for bad in ["", "1A", "A-B", "A=B", "A\nB"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
    }
}
