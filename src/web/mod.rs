//! What is asked over HTTP: one backend, so many times a second, so many times at all, for so long.
//!
//! Nothing leaves for another host: redirects are shown and not followed, and proxies of the environment do not count.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use serde_json::Value;
use tokio::sync::Mutex;
use ureq::Agent;
use ureq::http::{Request, header::HeaderName, header::HeaderValue};
use ureq::tls::{RootCerts, TlsConfig};

use crate::domain::api::{Method, Origin};
use crate::error::{Error, Result, code};

/// Bytes of an answer that are read.
pub const MOST_BYTES: u64 = 1024 * 1024;

/// How far it may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests in a second.
    pub rate: u32,
    /// Requests at all.
    pub most: u32,
    /// Time for everything.
    pub whole: Duration,
    /// Time for one answer.
    pub answer: Duration,
}

/// One request. Its headers may hold secrets, so it cannot be shown.
#[derive(Clone)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// Path and query, escaped.
    pub path: String,
    /// Headers besides those that the body needs.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Value>,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.word(), self.path)
    }
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Where it points, as far as it is a redirect.
    pub location: Option<String>,
    /// Headers and body, as much of it as was read.
    pub bytes: Vec<u8>,
    /// Why not all of it was read.
    pub cut: Option<String>,
}

impl Answer {
    /// Whether this text is in it.
    pub fn holds(&self, text: &str) -> bool {
        let wanted = text.as_bytes();
        !wanted.is_empty() && self.bytes.windows(wanted.len()).any(|window| window == wanted)
    }

    /// Whether it says that all went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} bytes", self.status, self.bytes.len())
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Nobody listens there, or it is not who it says.
    Unreachable(String),
    /// Somebody does, and did not answer.
    Broken(String),
    /// It was not asked: a limit is reached.
    Spent(String),
}

impl Silence {
    /// The sentence.
    pub fn why(&self) -> &str {
        match self {
            Silence::Unreachable(why) | Silence::Broken(why) | Silence::Spent(why) => why,
        }
    }
}

/// What asks.
pub struct Client {
    agent: Agent,
    origin: Origin,
    limits: Limits,
    left: AtomicU32,
    began: Instant,
    /// When the next request may leave.
    next: Mutex<Instant>,
}

impl Client {
    /// A client of one backend. Its time begins now.
    ///
    /// # Errors
    /// `E0001` where TLS cannot be prepared.
    pub fn new(origin: Origin, limits: Limits) -> Result<Self> {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .root_certs(RootCerts::WebPki)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .allow_non_standard_methods(true)
            .user_agent(concat!("flowbit/", env!("CARGO_PKG_VERSION"), " (isolation probe)"))
            .timeout_global(Some(limits.answer))
            .max_idle_connections_per_host(1)
            .build();
        let now = Instant::now();
        let left = AtomicU32::new(limits.most);
        Ok(Self { agent: Agent::new_with_config(config), origin, limits, left, began: now, next: Mutex::new(now) })
    }

    /// The backend.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many requests were sent.
    pub fn sent(&self) -> u32 {
        self.limits.most - self.left.load(Ordering::Relaxed)
    }

    /// Sends a request when its turn has come, and waits for the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&self, ask: Ask) -> std::result::Result<Answer, Silence> {
        self.turn().await?;
        let (agent, url) = (self.agent.clone(), format!("{}{}", self.origin, ask.path));
        let asked = tokio::task::spawn_blocking(move || send(&agent, &url, &ask)).await;
        asked.unwrap_or_else(|_| Err(Silence::Broken("the request did not end".to_owned())))
    }

    /// Waits until the next request may leave, and counts it.
    async fn turn(&self) -> std::result::Result<(), Silence> {
        let mut next = self.next.lock().await;
        let now = Instant::now();
        let at = (*next).max(now);
        if at.duration_since(self.began) >= self.limits.whole {
            return Err(Silence::Spent(format!(
                "the time of {} s is used up; --for gives more",
                self.limits.whole.as_secs()
            )));
        }
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(Silence::Spent(format!(
                "the limit of {} requests is used up; --max-requests allows more",
                self.limits.most
            )));
        }
        tokio::time::sleep_until(at.into()).await;
        self.left.store(left - 1, Ordering::Relaxed);
        *next = at + Duration::from_secs(1) / self.limits.rate.max(1);
        Ok(())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("origin", &self.origin).finish_non_exhaustive()
    }
}

fn send(agent: &Agent, url: &str, ask: &Ask) -> std::result::Result<Answer, Silence> {
    let mut request = Request::builder().method(ask.method.word()).uri(url).header("Accept", "application/json");
    for (name, value) in &ask.headers {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let (Ok(name), Ok(mut value)) = (name, value) else {
            return Err(Silence::Broken("a header cannot be sent".to_owned()));
        };
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let unfit = |_| Silence::Broken("this address cannot be asked".to_owned());
    let response = match &ask.body {
        Some(body) => {
            let request = request.header("Content-Type", "application/json").body(body.to_string()).map_err(unfit)?;
            agent.run(request)
        }
        None => agent.run(request.body(()).map_err(unfit)?),
    };
    let response = response.map_err(silence)?;
    let (parts, body) = response.into_parts();
    let text = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
    let location = text("location");
    let mut bytes = Vec::new();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(b'\n');
    }
    let most = bytes.len() as u64 + MOST_BYTES;
    // What was read before it broke counts: a leak does not become none by being long.
    let read = body.into_reader().take(MOST_BYTES + 1).read_to_end(&mut bytes);
    let cut = match read {
        Err(error) => Some(format!("the answer broke off: {error}")),
        Ok(_) if bytes.len() as u64 > most => {
            Some(format!("the answer has more than {} KiB, and only those were read", MOST_BYTES / 1024))
        }
        Ok(_) => None,
    };
    Ok(Answer { status: parts.status.as_u16(), location, bytes, cut })
}

fn silence(error: ureq::Error) -> Silence {
    use std::io::ErrorKind;
    match error {
        ureq::Error::HostNotFound => Silence::Unreachable("there is no such host".to_owned()),
        ureq::Error::ConnectionFailed => Silence::Unreachable("nobody listens there".to_owned()),
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            Silence::Unreachable("nobody listens there".to_owned())
        }
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
            Silence::Unreachable("it does not answer in time".to_owned())
        }
        ureq::Error::Timeout(_) => Silence::Broken("no answer in time".to_owned()),
        ureq::Error::Tls(why) => Silence::Unreachable(format!("TLS: {why}")),
        ureq::Error::Rustls(error) => Silence::Unreachable(format!("TLS: {error}")),
        error => Silence::Broken(error.to_string()),
    }
}

/// A backend that cannot be asked.
pub fn unreachable(origin: &Origin, silence: &Silence) -> Error {
    Error::new(&code::API_DOWN, format!("the backend at {origin} cannot be asked: {}", silence.why()))
        .next("start it, or give its address with --api")
}
