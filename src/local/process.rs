//! Which process is ours. A number in a file proves nothing: after a crash or a reboot it names somebody else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::places::Places;
use crate::error::{Error, Result, code};

/// Our mongod, alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub pid: u32,
    /// Taken from its command line: the one place that cannot be out of date.
    pub port: u16,
}

/// The mongod that serves our data directory, if it runs.
///
/// Besides the pid file, mongod's own lock file is asked: a start that was interrupted right after the fork may have
/// left only that.
pub(super) fn find(places: &Places) -> Option<Server> {
    [noted_pid(&places.pid), noted_pid(&places.server_lock())]
        .into_iter()
        .flatten()
        .find_map(|pid| Some(Server { pid, port: port_of(pid, &places.data)? }))
}

/// As [`find`], but a server that is just ending is waited for: it has lost its arguments, but not yet its port and
/// its hold on the data.
pub(super) async fn find_settled(places: &Places) -> Option<Server> {
    let noted = [noted_pid(&places.pid), noted_pid(&places.server_lock())];
    let begun = Instant::now();
    while noted.into_iter().flatten().any(is_ending) && begun.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    find(places)
}

/// The process number in a pid file, whoever that is now.
pub(super) fn noted_pid(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The arguments by which a server of ours is recognized. They stay together and in this order.
pub(super) fn marks(data: &Path, port: u16) -> [std::ffi::OsString; 4] {
    ["--dbpath".into(), data.into(), "--port".into(), port.to_string().into()]
}

/// Asks a server of ours to end in order.
#[cfg(unix)]
pub(super) fn terminate(server: Server) -> Result<()> {
    let pid = i32::try_from(server.pid).ok().and_then(rustix::process::Pid::from_raw);
    let Some(pid) = pid else { return Ok(()) };
    match rustix::process::kill_process(pid, rustix::process::Signal::TERM) {
        // Gone by itself in the meantime.
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(errno) => {
            let message = format!("cannot end the local MongoDB, process {}: {errno}", server.pid);
            Err(Error::new(&code::LOCAL_IO, message).caused_by(std::io::Error::from(errno)))
        }
    }
}

/// There is no signal that asks for an orderly end here, and no server that was started either.
#[cfg(not(unix))]
pub(super) fn terminate(_: Server) -> Result<()> {
    Err(Error::new(&code::LOCAL_START, "the managed local MongoDB is served on Linux and macOS only"))
}

/// Waits until the process is gone; false when it is still there after `limit`.
pub(super) async fn wait_until_gone(server: Server, data: &Path, limit: Duration) -> bool {
    let begun = Instant::now();
    while port_of(server.pid, data) == Some(server.port) || is_ending(server.pid) {
        if begun.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    true
}

/// The port on which this process serves our data, if it does.
fn port_of(pid: u32, data: &Path) -> Option<u16> {
    port_in(&command_line(pid)?, data)
}

/// Whether a process is on its way out and may still hold files and sockets. Only Linux tells; elsewhere it is gone
/// when it has lost its arguments.
fn is_ending(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // A zombie holds nothing any more, unless it is only the first of several threads.
    let threads = fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    exits(&stat) && !(state_and_flags(&stat).is_some_and(|(state, _)| state == "Z") && threads <= 1)
}

/// The kernel's flag for a process that is exiting (`PF_EXITING`).
fn exits(stat: &str) -> bool {
    state_and_flags(stat).is_some_and(|(_, flags)| flags & 0x4 != 0)
}

/// The third and ninth field of `/proc/PID/stat`. The second is a name in brackets, in which anything may stand.
fn state_and_flags(stat: &str) -> Option<(&str, u32)> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    Some((fields.next()?, fields.nth(5)?.parse().ok()?))
}

/// The arguments of a process with spaces between them; nothing for one that is gone or only waits to be reaped.
fn command_line(pid: u32) -> Option<Vec<u8>> {
    if Path::new("/proc/self/cmdline").exists() {
        let mut line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        line.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        return Some(line);
    }
    asked_of_ps(pid)
}

/// For systems without `/proc`, such as macOS.
fn asked_of_ps(pid: u32) -> Option<Vec<u8>> {
    let output = Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn port_in(line: &[u8], data: &Path) -> Option<u16> {
    let mark = [b"--dbpath ", data.as_os_str().as_encoded_bytes(), b" --port "].concat();
    let at = line.windows(mark.len()).position(|window| window == mark)? + mark.len();
    let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&line[at..at + digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_recognized_by_its_data_directory() {
        let line = b"mongod --dbpath /home/a b/local --port 28017 --fork \n";
        assert_eq!(port_in(line, Path::new("/home/a b/local")), Some(28_017));
        assert_eq!(port_in(line, Path::new("/home/a b")), None);
        assert_eq!(port_in(line, Path::new("/home/a b/local/deeper")), None);
        assert_eq!(port_in(b"sleep 300", Path::new("/home/a b/local")), None);
        assert_eq!(port_in(b"", Path::new("/home/a b/local")), None);
    }

    #[test]
    fn the_marks_are_what_is_looked_for() {
        let data = Path::new("/srv/local");
        let line = marks(data, 1234).join(std::ffi::OsStr::new(" "));
        assert_eq!(port_in(line.as_encoded_bytes(), data), Some(1234));
    }

    #[test]
    fn a_process_that_ends_is_told_by_its_flags() {
        let stat = |state: &str, flags: u32| format!("42 (a) b (c)) {state} 1 42 42 0 -1 {flags} 9 9");
        assert_eq!(state_and_flags(&stat("S", 4_194_560)), Some(("S", 4_194_560)));
        assert!(!exits(&stat("S", 4_194_560)) && exits(&stat("R", 4_194_564)) && !exits(""));
    }

    #[test]
    fn this_test_is_alive_and_is_no_server() {
        assert!(command_line(std::process::id()).is_some_and(|line| !line.is_empty()));
        assert_eq!(port_of(std::process::id(), Path::new("/srv/local")), None);
        assert!(!is_ending(std::process::id()));
    }
}
