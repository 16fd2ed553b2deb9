//! A secret that a program prints: a vault, a password store.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result, code};

/// How long the program may take.
pub const LIMIT: Duration = Duration::from_secs(10);

/// More than any key has.
const MOST_BYTES: u64 = 64 * 1024;

/// Runs a program, without a shell, and takes what it prints for a secret, without the line break at the end.
///
/// What it says on stderr is not repeated, and neither are its arguments: either could hold the secret. It gets no input.
///
/// # Errors
/// `E0130`, which names the program and nothing else of it.
pub fn secret_of(argv: &[String], directory: &Path, limit: Duration) -> Result<String> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Error::new(&code::NO_KEY, "the command for the key is empty"));
    };
    let failed = |why: String| {
        Error::new(&code::NO_KEY, format!("{program}, which should print the key, {why}"))
            .next("run the command by itself to see what it says")
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // A group of its own: what it started ends with it when it takes too long.
        command.process_group(0);
    }
    let begun = Instant::now();
    let mut child = command.spawn().map_err(|e| failed(format!("did not start: {e}")))?;
    let outcome = output(&mut child, begun, limit);
    if outcome.is_none() {
        end(&mut child);
    }
    let Some((status, bytes)) = outcome else {
        return Err(failed(format!("did not end within {} s", limit.as_secs())));
    };
    // First of all: whoever prints more is ended by a pipe that nobody reads.
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed(format!("printed more than {MOST_BYTES} bytes")));
    }
    if !status.success() {
        let how =
            status.code().map_or_else(|| "was ended by a signal".to_owned(), |n| format!("ended with status {n}"));
        return Err(failed(how));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("printed something that is not UTF-8".to_owned()))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    Ok(text.to_owned())
}

/// How it ended and what it printed; none when it took too long.
fn output(child: &mut Child, begun: Instant, limit: Duration) -> Option<(std::process::ExitStatus, Vec<u8>)> {
    let stdout = child.stdout.take()?;
    let (tell, heard) = mpsc::channel();
    // A pipe is read until everybody who holds it has let go, and nobody can be waited for with a limit but a thread.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stdout.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        let _ = tell.send(bytes);
    });
    let bytes = heard.recv_timeout(limit.saturating_sub(begun.elapsed())).ok()?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some((status, bytes)),
            Ok(None) if begun.elapsed() < limit => std::thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(script: &str, limit: u64) -> Result<String> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        secret_of(&argv, Path::new("/"), Duration::from_millis(limit))
    }

    #[test]
    fn what_is_printed_is_the_secret_without_one_line_break() {
        assert_eq!(run("echo secret", 5000).unwrap(), "secret");
        assert_eq!(run("printf 'secret\\r\\n'", 5000).unwrap(), "secret");
        assert_eq!(run("printf ' a\\nb\\n\\n'", 5000).unwrap(), " a\nb\n");
        assert_eq!(run("echo \"$0\" \"$1\"", 5000).unwrap(), "sh ", "nothing stands between arguments and program");
    }

    #[test]
    fn failures_name_the_program_and_nothing_that_it_said() {
        for (script, why) in [
            ("echo hush; echo hush >&2; exit 3", "status 3"),
            ("exit 0", "printed nothing"),
            ("printf '\\377'", "UTF-8"),
            ("kill -9 $$", "signal"),
            ("head -c 700000 /dev/zero", "more than"),
        ] {
            let error = run(script, 5000).unwrap_err();
            assert_eq!(error.code().id, "E0130");
            let said = format!("{error:?}");
            assert!(said.contains(why) && !said.contains("hush") && !said.contains("exit"), "{said}");
        }
        let argv = ["/nowhere/vault".to_owned(), "--token=hush".to_owned()];
        let error = secret_of(&argv, Path::new("/"), LIMIT).unwrap_err();
        assert!(error.message().contains("/nowhere/vault") && !format!("{error:?}").contains("hush"));
        assert!(secret_of(&[], Path::new("/"), LIMIT).is_err());
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_started() {
        let begun = Instant::now();
        for script in ["sleep 60", "sleep 60 & echo early", "exec >&-; sleep 60"] {
            assert!(run(script, 300).unwrap_err().message().contains("did not end"), "{script}");
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
