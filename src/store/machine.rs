//! Which process this is, and whether another one still lives: decides how soon its work can be taken over.

use std::fs;

use crate::domain::record::Runner;

/// This process, as it stands in a lease.
pub fn this_runner(actor: &str) -> Runner {
    let pid = i64::from(std::process::id());
    Runner { host: host(), boot: boot(), pid, started: started(pid).unwrap_or_default(), actor: actor.to_owned() }
}

/// The user of this process, by number.
pub fn user() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

/// The name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether a runner is known to be dead. `None` where it cannot be known: another machine.
pub fn is_dead(runner: &Runner) -> Option<bool> {
    if runner.host != host() || runner.boot.is_empty() {
        return None;
    }
    if runner.boot != boot() {
        // Booted since, or another machine or container of the same name: that cannot be told from here.
        return None;
    }
    Some(started(runner.pid).is_none_or(|now| now != runner.started))
}

/// Identity of this boot and of the process namespace.
fn boot() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default();
    if boot.is_empty() { String::new() } else { format!("{}/{namespace}", boot.trim()) }
}

/// When a process started, in clock ticks since boot; none if there is no such process or it is only waiting to be reaped.
fn started(pid: i64) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses and may contain anything; count from its end.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        let mut me = this_runner("test");
        assert_eq!(is_dead(&me), Some(false));
        me.started = "1".to_owned();
        assert_eq!(is_dead(&me), Some(true), "the identifier was given to another process");
        me.host = "elsewhere".to_owned();
        assert_eq!(is_dead(&me), None);
    }
}
