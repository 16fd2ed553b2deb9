//! What a mongod that did not start had to say.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// How many lines are shown: enough to see the cause, few enough to be read.
const LINES: usize = 5;

/// The last errors in the log; if it has none, its last warnings; if it has none either, its last lines.
pub(super) fn complaints(log: &Path) -> Vec<String> {
    // Lossy, because a log that was cut off in the middle of a character is still worth reading.
    fs::read(log).map(|bytes| worst(&String::from_utf8_lossy(&bytes))).unwrap_or_default()
}

/// The last lines of a text that say something.
pub(super) fn tail(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|&line| line.to_owned()).collect()
}

fn worst(text: &str) -> Vec<String> {
    let entries: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for severities in [["E", "F"], ["W", "W"]] {
        let found: Vec<String> = entries
            .iter()
            .filter(|entry| entry["s"].as_str().is_some_and(|s| severities.contains(&s)))
            .filter(|entry| !is_routine(entry))
            .filter_map(sentence)
            .collect();
        if !found.is_empty() {
            return found[found.len().saturating_sub(LINES)..].to_vec();
        }
    }
    tail(text)
}

/// What every start without a password or as root is warned of; never the reason why one failed.
fn is_routine(entry: &Value) -> bool {
    entry["tags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == "startupWarnings"))
}

/// `msg`, and `attr.error` behind it, which is a text or a status document.
fn sentence(entry: &Value) -> Option<String> {
    let message = entry["msg"].as_str()?;
    let cause = match &entry["attr"]["error"] {
        Value::String(text) => Some(text.clone()),
        Value::Object(status) => status.get("errmsg").and_then(Value::as_str).map(str::to_owned),
        _ => entry["attr"]["message"].as_str().or_else(|| entry["attr"]["msg"].as_str()).map(str::to_owned),
    };
    Some(match cause {
        Some(cause) => format!("{message}: {}", cause.trim()),
        None => message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = concat!(
        r#"{"s":"I","msg":"hello","attr":{"error":"no"}}"#,
        "\n",
        r#"{"s":"W","msg":"slow disk"}"#,
        "\n",
        r#"{"s":"W","msg":"no access control","tags":["startupWarnings"]}"#,
        "\n",
        r#"{"s":"E","msg":"Failed to set up listener","attr":{"error":{"code":9001,"errmsg":"Address already in use"}}}"#,
        "\n",
        r#"{"s":"F","msg":"Aborting","attr":{"error":"DBPathInUse: locked"}}"#,
        "\n{\"s\":\"E\",\"msg\":\"cut o"
    );

    #[test]
    fn errors_come_first_with_their_cause() {
        let said = worst(LOG);
        assert_eq!(said, ["Failed to set up listener: Address already in use", "Aborting: DBPathInUse: locked"]);
    }

    #[test]
    fn without_errors_warnings_speak_and_without_those_the_last_lines() {
        let calm: Vec<&str> = LOG.lines().take(3).collect();
        assert_eq!(worst(&calm.join("\n")), ["slow disk"]);
        assert_eq!(worst("1\n2\n3\n\n4\n5\n6\n7\n"), ["3", "4", "5", "6", "7"]);
        assert_eq!(worst(""), Vec::<String>::new());
    }
}
