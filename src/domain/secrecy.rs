//! What of a text or a document may be somebody's secret: of connection strings, of what readers say about a file, and of
//! what backends keep in fields.

/// Options of connection strings whose values are secret, in small letters.
const SECRET_OPTIONS: [&str; 3] = ["tlscertificatekeyfilepassword", "authmechanismproperties", "proxypassword"];

/// Words in names of fields whose values are nobody's business.
const SECRET_NAMES: [&str; 13] = [
    "password",
    "passwd",
    "token",
    "secret",
    "hash",
    "salt",
    "apikey",
    "privatekey",
    "accesskey",
    "credential",
    "authorization",
    "cookie",
    "passphrase",
];

/// Words that are secret where they are a whole word of a name: `footprint` is none.
const SECRET_WORDS: [&str; 3] = ["otp", "pin", "pwd"];

/// What secrets begin with.
const SECRET_STARTS: [&str; 8] = ["$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$bcrypt-sha256$", "-----BEGIN", "eyJ"];

/// What stands in the place of a secret.
pub const VEILED: &str = "[secret]";

/// Whether a field of this name holds something that is nobody's business.
pub fn is_secret_name(path: &str) -> bool {
    let bare: String = path.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect();
    SECRET_NAMES.iter().any(|word| bare.contains(word))
        || words(path).any(|word| SECRET_WORDS.contains(&word.as_str()))
        // What `audit doctor` finds is not shown either.
        || names_a_secret(path)
}

/// The words of a name: `resetOtp` and `reset_otp` have two.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut low = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && low) {
            words.push(String::new());
        }
        low = c.is_lowercase() || c.is_numeric();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Whether a text is a secret, whatever its field is called: the hash of a password, a signed token, a private key.
pub fn is_secret_value(text: &str) -> bool {
    let text = text.trim_start();
    SECRET_STARTS.iter().any(|start| text.starts_with(start)) || is_a_secret(text)
}

/// A text without the secrets in it: those that are the whole text, and those that stand among other words.
pub fn without_secrets(text: &str) -> String {
    if is_secret_value(text) {
        return VEILED.to_owned();
    }
    let text = match text.find("-----BEGIN") {
        Some(at) => format!("{}{VEILED}", &text[..at]),
        None => scrub(text),
    };
    if !text.contains('$') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let word = &rest[at..];
        let end =
            word.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | ']' | '}')).unwrap_or(word.len());
        out.push_str(if is_secret_value(&word[..end]) { VEILED } else { &word[..end] });
        rest = &word[end..];
    }
    out.push_str(rest);
    out
}

/// Words of a name that make its value a secret, each for itself: a chain of digests may have a `hash`.
const STORED_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "token",
    "jwt",
    "secret",
    "salt",
    "otp",
    "authorization",
    "cookie",
    "bearer",
];

/// The same of two words that stand together.
const SECRET_PAIRS: [(&str, &str); 4] = [("api", "key"), ("private", "key"), ("access", "key"), ("password", "hash")];

/// Words at the end of a name that make it say something about a secret, not the secret.
const ABOUT: [&str; 16] = [
    "id",
    "ids",
    "type",
    "at",
    "expires",
    "expiry",
    "expiration",
    "count",
    "policy",
    "version",
    "kid",
    "name",
    "length",
    "changed",
    "reset",
    "family",
];

/// Whether a field of this name holds a secret itself: `newPassword`, `api_key`, not `tokenType` or `passwordChanged`.
pub fn names_a_secret(name: &str) -> bool {
    let words = words_of(name);
    let last = words.last().map_or("", String::as_str);
    let single = words.iter().any(|word| STORED_WORDS.contains(&word.as_str()));
    let paired = words.windows(2).any(|two| SECRET_PAIRS.iter().any(|(a, b)| two[0] == *a && two[1] == *b));
    let joined = SECRET_PAIRS.iter().any(|(a, b)| words.iter().any(|word| *word == format!("{a}{b}")));
    (single || paired || joined) && !ABOUT.contains(&last)
}

/// Whether a text is a hash of a password, a signed token or a private key.
pub fn is_a_secret(text: &str) -> bool {
    let signed = |text: &str| text.len() > 20 && text.split('.').count() == 3 && !text.contains(char::is_whitespace);
    let bcrypt = |text: &str| text.len() == 60 && text.as_bytes().get(3) == Some(&b'$');
    match text {
        _ if text.starts_with("eyJ") => signed(text),
        _ if text.starts_with("$2") => bcrypt(text),
        _ => {
            text.starts_with("$argon2")
                || text.starts_with("$bcrypt-sha256$")
                || text.starts_with("-----BEGIN") && text.contains("PRIVATE KEY")
        }
    }
}

/// Whether a text stands for a secret that was taken out: `***`, `[redacted]`.
pub fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let bracketed =
        [('[', ']'), ('<', '>'), ('(', ')')].iter().any(|(a, b)| text.starts_with(*a) && text.ends_with(*b));
    let word = text.to_lowercase();
    bracketed
        || text.chars().all(|c| matches!(c, '*' | '•' | 'x' | 'X' | '-' | '.' | '#'))
        || ["redacted", "hidden", "masked", "removed", "filtered", "null", "none", "undefined"].contains(&word.as_str())
}

/// The words of a name, in small letters: at signs that are no letters, and at capitals.
pub fn words_of(name: &str) -> Vec<String> {
    words(name).collect()
}

/// Whether a text is a connection string, also one that lost its beginning: where a name of a file or a variable belongs.
pub fn is_connection_string(text: &str) -> bool {
    text.contains("://") || holds_secret(text)
}

/// Whether a connection string holds a password, or an option that is one.
pub fn holds_secret(uri: &str) -> bool {
    user_info(uri).is_some_and(|user| user.contains(':')) || !secret_options(uri).is_empty()
}

/// Whether a connection string holds a password with characters that end it before its end: a reader takes parts of it
/// for hosts, ports or options, and says them.
pub fn is_cut_short(uri: &str) -> bool {
    user_info(uri).is_some_and(|user| user.contains(['/', '?', '#', '@', '[', ']']))
}

/// Every piece of a connection string that may be secret.
pub fn secrets_of(uri: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    if let Some(user) = user_info(uri) {
        parts.push(user);
        parts.extend(user.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty()));
    }
    parts.extend(secret_options(uri));
    parts
}

/// What stands before the servers. An option may hold the sign too.
fn user_info(uri: &str) -> Option<&str> {
    let after = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (before, _) = after.rsplit_once('@')?;
    let servers = before.split(['/', '?']).next().unwrap_or_default();
    // `h:1,h:2/db?appName=a@b`: the sign is in an option where what stands before can be servers.
    let in_option = before.contains("/?") || before.split_once('?').is_some_and(|(_, options)| options.contains('='));
    match servers.rsplit_once('@') {
        Some((user, _)) if in_option => Some(user),
        None if in_option && servers.split(',').all(is_server) => None,
        _ => Some(before),
    }
}

fn is_server(text: &str) -> bool {
    let port = text.rsplit_once(':').map(|(_, port)| port).filter(|_| !text.ends_with(']'));
    port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn secret_options(uri: &str) -> Vec<&str> {
    let options = uri.split(['?', '&']).skip(1).filter_map(|option| option.split_once('='));
    let secret = options.filter(|(name, _)| SECRET_OPTIONS.contains(&name.to_ascii_lowercase().as_str()));
    secret.map(|(_, value)| value).filter(|value| !value.is_empty()).collect()
}

/// Takes user and password, options that are secret, and tokens out of a text.
pub fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let ours = before.ends_with("mongodb://") || before.ends_with("mongodb+srv://");
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`') || (c == '/' && !ours);
        let end = after.find(ends).unwrap_or(after.len());
        let uri = &after[..end];
        // A password may hold what should have been encoded: the last sign counts, wherever it is.
        let shown = uri.rfind('@').map_or(uri, |sign| {
            out.push_str("***");
            &uri[sign..]
        });
        let secret = secret_options(shown);
        out.push_str(
            &secret.iter().fold(shown.to_owned(), |shown, secret| shown.replace(&format!("={secret}"), "=***")),
        );
        rest = &after[end..];
    }
    out.push_str(rest);
    without_tokens(&out)
}

/// Signed tokens begin with a header whose JSON begins in one way.
fn without_tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        let end = rest[at..].find(|c| !is_part(c)).map_or(rest.len(), |length| at + length);
        out.push_str(&rest[..at]);
        let word = &rest[at..end];
        out.push_str(if word.len() > 20 && word.contains('.') { "[token]" } else { word });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// What a reader of TOML or JSON says, without the value that it says it about: in files where that may be a secret.
pub fn without_values(said: &str) -> String {
    if said.starts_with("missing field ") {
        // The name comes from the reader.
        return said.to_owned();
    }
    let (what, expected) = match said.rfind(", expected ") {
        Some(at) => said.split_at(at),
        None => (said, ""),
    };
    let kept = match (what.find(['"', '`']), what.rfind(['"', '`'])) {
        (Some(from), Some(to)) if from < to => format!("{}{}", what[..from].trim_end(), &what[to + 1..]),
        (Some(from), _) => what[..from].trim_end().to_owned(),
        _ => what.to_owned(),
    };
    format!("{kept}{expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_connection_strings() {
        assert_eq!(secrets_of("mongodb://u:p%40s@h/?x=1"), ["u:p%40s", "p%40s"]);
        assert_eq!(secrets_of("mongodb://u:p/s@h/"), ["u:p/s", "p/s"]);
        assert_eq!(secrets_of("mongodb://u:p?s@h/db?appName=a@b"), ["u:p?s@h/db?appName=a", "p?s@h/db?appName=a"]);
        assert_eq!(secrets_of("mongodb://u:p@h/?appName=a@b"), ["u:p", "p"]);
        assert_eq!(secrets_of("mongodb://h/?proxyPassword=x&tlsCertificateKeyFilePassword=y&w=1"), ["x", "y"]);
        for harmless in ["mongodb://localhost", "mongodb://h:1,h:2/?appName=a@b", "mongodb://[::1]/db?appName=a@b"] {
            assert!(secrets_of(harmless).is_empty() && !holds_secret(harmless), "{harmless}");
        }
        assert!(holds_secret("u:p@h") && !holds_secret("mongodb://u@h/"));
        assert!(is_cut_short("mongodb://u:p/s@h/") && !is_cut_short("mongodb://u:p%2Fs@h/?appName=a@b"));
        assert!(is_connection_string("u:p@h") && !is_connection_string("/run/secrets/uri@2"));
    }

    #[test]
    fn fields_that_hold_secrets_are_told_from_those_about_them() {
        for name in [
            "password",
            "newPassword",
            "user_password",
            "apiKey",
            "api_key",
            "apikey",
            "refreshToken",
            "otp",
            "Authorization",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "footprint",
            "tokenId",
            "token_type",
            "passwordChanged",
            "passwordChangedAt",
            "prevHash",
            "key",
            "secretary",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
        let hash = format!("$2b$12${}", "a".repeat(53));
        assert!(
            is_a_secret(&hash)
                && is_a_secret("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
                && !is_a_secret("$20 off")
                && !is_a_secret("eyJ")
        );
        assert!(is_masked("***") && is_masked("[REDACTED]") && !is_masked("hunter2"));
    }

    #[test]
    fn texts_lose_their_secrets() {
        let kept = [
            ("at mongodb://u:p@h:1/?x, and mongodb+srv://a@b/", "at mongodb://***@h:1/?x, and mongodb+srv://***@b/"),
            ("mongodb://u:p/q?r@h/", "mongodb://***@h/"),
            ("mongodb://h/ is fine, a@b.cc", "mongodb://h/ is fine, a@b.cc"),
            ("https://h/a@b", "https://h/a@b"),
            ("mongodb://h/?proxyPassword=x&w=1", "mongodb://h/?proxyPassword=***&w=1"),
            ("'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' is odd", "'[token]' is odd"),
            ("eyJ", "eyJ"),
        ];
        for (text, expected) in kept {
            assert_eq!(scrub(text), expected);
        }
    }

    #[test]
    fn secrets_in_fields_are_known_by_name_and_by_value() {
        for name in ["password", "newPassword", "resetToken", "api_key", "resetOtp", "otp", "a.clientSecret", "PIN"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["footprint", "status", "pinned", "author", "keynote"] {
            assert!(!is_secret_name(name), "{name}");
        }
        let hash = "$2b$12$abcdefghijklmnopqrstuv";
        for (text, expected) in [
            (hash, VEILED),
            ("$200 were paid", "$200 were paid"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", VEILED),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "Bearer [token]"),
            ("set to $2b$12$abcdefghijklmnopqrstuv today", "set to [secret] today"),
            ("key: -----BEGIN PRIVATE KEY-----", "key: [secret]"),
            ("at mongodb://u:p@h/", "at mongodb://***@h/"),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }

    #[test]
    fn what_readers_say_loses_its_values() {
        let said = [
            (r#"invalid type: string "a\"b", expected a map"#, "invalid type: string, expected a map"),
            ("unknown variant `a`, expected one of `b`, `c`", "unknown variant, expected one of `b`, `c`"),
            (r#"invalid type: string "a, expected x", expected u32"#, "invalid type: string, expected u32"),
            (r#"failed to parse "a": no date"#, "failed to parse: no date"),
            ("missing field `kid`", "missing field `kid`"),
            ("unknown field `kid`", "unknown field"),
            ("EOF while parsing", "EOF while parsing"),
        ];
        for (text, expected) in said {
            assert_eq!(without_values(text), expected);
        }
    }
}
