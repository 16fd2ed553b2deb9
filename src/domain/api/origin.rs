//! Scheme, host and port: what makes two addresses the same backend.

use std::fmt;

/// Where a backend is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

impl Origin {
    /// Reads `http://host:port`; nothing may follow but a slash.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let broken = |why: &str| Err(format!("{why}; write http://HOST:PORT or https://HOST:PORT"));
        let (scheme, rest, usual) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
            _ => return broken("this is no address of http or https"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return broken("an address of a backend holds no user and no password");
        }
        if rest.contains(['/', '?', '#', '\\']) {
            return broken("nothing may follow the port");
        }
        let (host, port) = match (rest.starts_with('['), rest.rfind(']'), rest.rsplit_once(':')) {
            (true, Some(end), _) => match rest[end + 1..].strip_prefix(':') {
                Some(port) => (&rest[..=end], Some(port)),
                None if end + 1 == rest.len() => (rest, None),
                None => return broken("this is no host"),
            },
            (true, None, _) => return broken("this is no host"),
            (false, _, Some((host, port))) => (host, Some(port)),
            (false, _, None) => (rest, None),
        };
        let inside = host.trim_start_matches('[').trim_end_matches(']');
        let is_v6 = host.starts_with('[') && inside.parse::<std::net::Ipv6Addr>().is_ok();
        let is_name =
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !is_v6 && !is_name {
            return broken("this is no host");
        }
        let port = match port.map(str::parse::<u16>) {
            None => usual,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return broken("this is no port"),
        };
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_backend_is_written_in_several_ways() {
        let same = |a: &str, b: &str| assert_eq!(Origin::parse(a), Origin::parse(b), "{a} {b}");
        same("http://Example.com", "http://example.com:80/");
        same("HTTPS://example.com", "https://example.com:443");
        same("http://[::1]:3000", "http://[::1]:3000/");
        assert_ne!(Origin::parse("http://127.0.0.1:3000"), Origin::parse("http://127.0.0.1:3001"));
        assert_ne!(Origin::parse("http://127.0.0.1:443"), Origin::parse("https://127.0.0.1:443"));
        assert_ne!(Origin::parse("http://127.0.0.1"), Origin::parse("http://localhost"));
    }

    #[test]
    fn what_is_no_backend_is_refused() {
        for text in [
            "",
            "localhost:3000",
            "ftp://a",
            "http://",
            "http://a/b",
            "http://u:p@a",
            "http://a?b",
            "http://a:0",
            "http://a:70000",
            "http://a:x",
            "http://[::1",
            "http://[::1]x",
            "http://[g]",
            "http://a b",
            "http://a\\b",
            "http://a#b",
            "http://a:1:2",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}
