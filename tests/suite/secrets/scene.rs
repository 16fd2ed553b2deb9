//! A world full of secrets, and what is known about where each of them may stand.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bson::{Document, doc};
use futures_util::TryStreamExt;

use crate::servers::start_mongod_with;
use crate::world::{Ran, World};

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody may say it.
    Silent,
    /// The commands that made it say it on stdout.
    Token,
    /// It stands in the account that it belongs to.
    Hash,
}

/// Commands that print tokens, on stdout and nowhere else.
const PRINT_TOKENS: [&str; 2] = ["token issue", "token refresh"];

/// Collections of accounts, whose field `password` holds a hash.
const ACCOUNTS: [&str; 2] = ["users", "core_users"];

/// What begins like this is a token, a hash or a private key, whoever made it.
const MARKS: [&str; 5] = ["eyJ", "$2a$04$", "$2b$04$", "$argon2", "PRIVATE KEY-----"];

/// A secret, as the texts by which it would be seen.
struct Planted {
    name: String,
    kind: Kind,
    seen_by: Vec<String>,
}

/// What a command said.
struct Said {
    leaf: String,
    words: String,
    ran: Ran,
}

/// A mongod with access control, and its user's password as it is and as connection strings have it.
pub struct Guarded {
    pub port: u16,
    pub password: String,
    _holder: Mutex<Child>,
}

pub fn guarded() -> &'static Guarded {
    static SERVER: OnceLock<Guarded> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (port, holder) = start_mongod_with(Some("secretive"), true);
        let password = format!("{}@/:?#%", word());
        crate::local::wait(async {
            let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
            let client = mongodb::Client::with_uri_str(uri).await.unwrap();
            let user = doc! { "createUser": "keeper", "pwd": &password, "roles": ["root"] };
            client.database("admin").run_command(user).await.unwrap();
        });
        Guarded { port, password, _holder: Mutex::new(holder) }
    })
}

/// Thirty-two letters and digits that stand nowhere else.
pub fn word() -> String {
    const FROM: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    (0..32).map(|_| char::from(FROM[usize::from(rand::random::<u16>()) % FROM.len()])).collect()
}

pub fn percent(text: &str) -> String {
    let shown = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(shown).collect()
}

/// The texts by which a secret is seen: its beginning and end, and what base64 makes of it wherever it is in a text.
fn forms(secret: &str) -> Vec<String> {
    // Letters and digits are the same percent-encoded and in JSON.
    let longest = secret.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|part| part.len()).unwrap_or_default();
    assert!(longest.len() >= 12, "a secret that cannot be recognized: {secret}");
    let mut forms = vec![longest[..12].to_owned(), longest[longest.len() - 12..].to_owned()];
    for from in 0..3 {
        let part = &longest.as_bytes()[from..];
        let part = &part[..part.len() / 3 * 3];
        forms.extend([STANDARD_NO_PAD.encode(part), URL_SAFE_NO_PAD.encode(part)]);
    }
    forms
}

/// A world on the server with access control, where everything is a secret.
pub struct Scene {
    pub world: World,
    pub uri: String,
    planted: Mutex<Vec<Planted>>,
    said: Mutex<Vec<Said>>,
    by_design: Mutex<BTreeSet<PathBuf>>,
    surprises: Mutex<Vec<String>>,
    /// How often each command ended well and otherwise.
    ended: Mutex<BTreeMap<String, (usize, usize)>>,
}

impl Scene {
    pub fn new(platform: &str) -> Self {
        let server = guarded();
        let user = format!("keeper:{}@", percent(&server.password));
        let mut world = World::as_user(server.port, platform, &user);
        let uri = format!("mongodb://{user}127.0.0.1:{}/?directConnection=true&authSource=admin", server.port);
        world.env("FLOWBIT_URI", &uri);
        world.env("FLOWBIT_MONGOD", "/nowhere/mongod");
        let scene = Self {
            world,
            uri,
            planted: Mutex::default(),
            said: Mutex::default(),
            by_design: Mutex::default(),
            surprises: Mutex::default(),
            ended: Mutex::default(),
        };
        scene.plant("the server's password", &server.password);
        scene
    }

    /// Makes a text known as a secret.
    pub fn plant(&self, name: &str, secret: &str) {
        self.plant_seen_by(name, Kind::Silent, forms(secret));
    }

    fn plant_seen_by(&self, name: &str, kind: Kind, seen_by: Vec<String>) {
        self.planted.lock().unwrap().push(Planted { name: name.to_owned(), kind, seen_by });
    }

    /// A new password that JSON and percent-encoding change.
    pub fn password(&self, name: &str) -> String {
        let password = format!("{}\"\\ %é", word());
        self.plant(name, &password);
        password
    }

    pub fn token(&self, name: &str, token: &str) {
        let signature = token.rsplit('.').next().unwrap();
        self.plant_seen_by(name, Kind::Token, vec![signature[..20].to_owned()]);
        if token.contains('.') {
            let payload = token.split('.').nth(1).unwrap();
            self.plant_seen_by(name, Kind::Token, vec![payload[payload.len() - 20..].to_owned()]);
        }
    }

    /// A hash, which stands in an account.
    pub fn hash_of(&self, name: &str, password: &str) -> String {
        let hash = bcrypt::hash(password, 4).unwrap();
        self.plant_seen_by(name, Kind::Hash, vec![hash[..20].to_owned(), hash[40..].to_owned()]);
        hash
    }

    /// The secret lines of a private key.
    pub fn pem(&self, name: &str, pem: &str) {
        // A key of Edwards' curve is one line whose beginning says what it is.
        let lines = pem.lines().filter(|line| !line.starts_with("--") && line.len() > 20);
        self.plant_seen_by(name, Kind::Silent, lines.map(|line| line[line.len() - 20..].to_owned()).collect());
    }

    /// Writes a private file that may hold secrets.
    pub fn hide(&self, name: &str, text: &str) {
        if let Some(parent) = self.world.path(name).parent() {
            std::fs::create_dir_all(parent).unwrap();
        }
        self.world.private(name, text);
        self.may_hold(name);
    }

    /// A file that flowbit is asked to write secrets into.
    pub fn may_hold(&self, name: &str) {
        self.by_design.lock().unwrap().insert(self.world.path(name));
    }

    /// Runs one command once.
    pub fn once(&self, leaf: &str, words: &[&str], vars: &[(&str, &str)], typed: &str) -> Ran {
        let mut all: Vec<&str> = leaf.split(' ').collect();
        all.extend(words);
        all.push("-vv");
        let mut command = self.world.command(&all);
        command.envs(vars.iter().copied()).env("RUST_BACKTRACE", "1");
        let ran = typed_into(command, typed);
        if PRINT_TOKENS.contains(&leaf) {
            let made = ran.stdout.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            made.filter(|word| word.len() >= 40).for_each(|token| self.token(&format!("a token of {leaf}"), token));
        }
        let mut ended = self.ended.lock().unwrap();
        let counts = ended.entry(leaf.to_owned()).or_default();
        if ran.status == 0 {
            counts.0 += 1
        } else {
            counts.1 += 1
        }
        let said = Said { leaf: leaf.to_owned(), words: words.join(" "), ran };
        let copy = Ran { status: said.ran.status, stdout: said.ran.stdout.clone(), stderr: said.ran.stderr.clone() };
        self.said.lock().unwrap().push(said);
        copy
    }

    /// Runs it for people, where it has to end well, then for scripts, where it may have nothing left to do.
    pub fn ok_with(&self, leaf: &str, words: &[&str], vars: &[(&str, &str)], typed: &str) -> Ran {
        let first = self.once(leaf, words, vars, typed);
        if first.status != 0 {
            self.surprise(format!("{leaf} {words:?} did not end well: {}", end_of(&first)));
        }
        self.once(leaf, &[words, &["--json"]].concat(), vars, typed);
        first
    }

    pub fn ok(&self, leaf: &str, words: &[&str]) -> Ran {
        self.ok_with(leaf, words, &[], "")
    }

    /// Runs it in both forms, where it has to fail.
    pub fn bad_with(&self, leaf: &str, words: &[&str], vars: &[(&str, &str)], typed: &str) -> Ran {
        let table = self.once(leaf, words, vars, typed);
        let json = self.once(leaf, &[words, &["--json"]].concat(), vars, typed);
        if table.status == 0 || json.status == 0 {
            self.surprise(format!("{leaf} {words:?} did not fail: {}{}", end_of(&table), end_of(&json)));
        }
        json
    }

    /// What did not go as it should; looked at with the leaks, so that one does not hide the others.
    fn surprise(&self, text: String) {
        self.surprises.lock().unwrap().push(text);
    }

    pub fn surprises(&self) -> Vec<String> {
        self.surprises.lock().unwrap().clone()
    }

    pub fn bad(&self, leaf: &str, words: &[&str]) -> Ran {
        self.bad_with(leaf, words, &[], "")
    }

    /// How often a command ended well and otherwise.
    pub fn ended(&self, leaf: &str) -> (usize, usize) {
        self.ended.lock().unwrap().get(leaf).copied().unwrap_or_default()
    }

    /// Starts a command that waits at a place, and gives it with the arguments of all processes that it is then.
    pub fn held(&self, words: &[&str], vars: &[(&str, &str)], typed: &str, place: &str) -> (Child, PathBuf, String) {
        let gate = self.world.path("gate");
        let mut command = self.world.command(words);
        command.envs(vars.iter().copied()).env("FLOWBIT_FAULT", format!("hold@{place}"));
        command.env("FLOWBIT_FAULT_GATE", &gate).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        while !gate.exists() {
            assert!(child.try_wait().unwrap().is_none(), "{words:?} ended without coming to {place}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let arguments = arguments_of(child.id());
        (child, gate, arguments)
    }

    /// The secrets that a text tells, those of a kind aside.
    pub fn told(&self, text: &str, except: &[Kind]) -> Vec<String> {
        let planted = self.planted.lock().unwrap();
        let silent = planted.iter().filter(|secret| !except.contains(&secret.kind));
        let mut told: Vec<String> = silent
            .filter(|secret| secret.seen_by.iter().any(|form| text.contains(form)))
            .map(|secret| secret.name.clone())
            .collect();
        let marks: &[&str] = if except.contains(&Kind::Token) { &MARKS[1..] } else { &MARKS };
        told.extend(marks.iter().filter(|mark| text.contains(**mark)).map(|mark| format!("something with {mark}")));
        told
    }

    /// Everything that is told anywhere, with the place; empty is good.
    pub fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        let mut look = |place: &str, text: &str, except: &[Kind]| {
            for secret in self.told(text, except) {
                leaks.push(format!("{secret}: {place}: {}", text.chars().take(1500).collect::<String>()));
            }
        };
        for Said { leaf, words, ran } in self.said.lock().unwrap().iter() {
            let prints: &[Kind] = if PRINT_TOKENS.contains(&leaf.as_str()) { &[Kind::Token] } else { &[] };
            look(&format!("stdout of {leaf} {words}"), &ran.stdout, prints);
            look(&format!("stderr of {leaf} {words}"), &ran.stderr, &[]);
        }
        for (place, document) in self.documents() {
            look(&place, &document.to_string(), &[]);
            look(&place, &bson::Bson::Document(document).into_canonical_extjson().to_string(), &[]);
        }
        let by_design = self.by_design.lock().unwrap();
        for path in files(self.world.home.path()) {
            if !by_design.iter().any(|known| path.starts_with(known)) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                look(&format!("the file {}", path.display()), &text, &[]);
            }
        }
        leaks
    }

    /// All documents of all databases, accounts without their hash.
    fn documents(&self) -> Vec<(String, Document)> {
        let mut all = Vec::new();
        for db in self.world.databases() {
            for entry in self.world.catalog_of(&db) {
                let name = entry.get_str("name").unwrap().to_owned();
                let found: Vec<Document> = self.world.wait(async {
                    let collection = self.world.client.database(&db).collection::<Document>(&name);
                    collection.find(doc! {}).await.unwrap().try_collect().await.unwrap()
                });
                for mut document in found {
                    if ACCOUNTS.contains(&name.as_str()) {
                        document.remove("password");
                    }
                    all.push((format!("a document of {db}.{name}"), document));
                }
            }
        }
        all
    }
}

/// Status and last words of a command.
fn end_of(ran: &Ran) -> String {
    let from = ran.stderr.len().saturating_sub(600);
    format!("{}: …{}", ran.status, String::from_utf8_lossy(&ran.stderr.as_bytes()[from..]))
}

/// Runs a command with this on standard input.
pub fn typed_into(mut command: Command, text: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    Ran::from(child.wait_with_output().unwrap())
}

/// All files below a directory.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The arguments of a process and of all that it started.
fn arguments_of(pid: u32) -> String {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let descends = |mut at: u32| loop {
        match parent(at) {
            _ if at == pid => return true,
            Some(above) if above > 1 => at = above,
            _ => return false,
        }
    };
    let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let ours: Vec<u32> = all.filter(|pid| descends(*pid)).collect();
    ours.iter()
        .filter_map(|pid| std::fs::read(format!("/proc/{pid}/cmdline")).ok())
        .fold(String::new(), |all, line| format!("{all}{}\n", String::from_utf8_lossy(&line).replace('\0', " ")))
}
