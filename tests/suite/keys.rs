//! Keys for tokens: the binary, the files that it leaves, and what never leaves them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bson::{Bson, doc};
use serde_json::{Value, json};

use crate::world::{PAIR, Ran, World, bare};

/// The platform with tokens that live an hour, and refresh tokens that live two.
fn platform(algorithm: &str) -> String {
    format!(
        "{PAIR}[token]\nalgorithm = \"{algorithm}\"\nsecret_env = \"JWT_SECRET\"\nexpires = 3600\nrefresh_expires = 7200\nclaims = {{ sub = \"{{account.id:string}}\" }}\n"
    )
}

/// A home with a description and no server: most of what keys need.
struct Home {
    home: tempfile::TempDir,
}

impl Home {
    fn new(description: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("flowbit.toml"), description).unwrap();
        Self { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn keys(&self) -> PathBuf {
        self.path(".local/share/flowbit/keys/default/pair")
    }

    fn with(&self, vars: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = bare(self.home.path());
        let ran = Ran::from(command.args(arguments).envs(vars.iter().copied()).output().unwrap());
        self.assert_silent(&ran);
        ran
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.with(&[], arguments)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ok().json()
    }

    /// Nothing that any key file holds is in what a command said.
    fn assert_silent(&self, ran: &Ran) {
        for secret in secrets(self.home.path()) {
            assert!(!ran.stdout.contains(&secret) && !ran.stderr.contains(&secret), "a key was shown: {ran:?}");
        }
    }

    fn states(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let listed = self.json(&["key", "list"]);
        listed["data"].as_array().unwrap().iter().map(|key| (text(&key["kid"]), text(&key["state"]))).collect()
    }

    fn ring(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.keys().join("keyring.json")).unwrap()).unwrap()
    }

    /// Changes the keyring as time would.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut ring = self.ring();
        change(&mut ring);
        std::fs::write(self.keys().join("keyring.json"), ring.to_string()).unwrap();
    }
}

/// Lines of all private files below a directory that no output may hold.
fn secrets(root: &Path) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "pem" || end == "secret") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.lines().filter(|line| line.len() > 20 && !line.starts_with("--")).map(str::to_owned));
            }
        }
    }
    found
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A moment so many seconds from now.
fn moment(seconds: i64) -> String {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    now.to_string()
}

#[test]
fn every_algorithm_is_generated_into_private_files_and_shown_to_nobody() {
    for algorithm in ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let home = Home::new(&platform(algorithm));
        let made = home.json(&["key", "generate"]);
        assert_eq!((&made["schema"], &made["changed"]), (&json!("flowbit.key.generate/1"), &json!(true)));
        assert_eq!((&made["data"]["algorithm"], &made["data"]["state"]), (&json!(algorithm), &json!("signing")));
        let file = home.keys().join(text(&made["data"]["source"]["place"]));
        assert_eq!((mode(&file), mode(&home.keys()), mode(&home.keys().join("keyring.json"))), (0o600, 0o700, 0o600));
        assert!(!secrets(home.home.path()).is_empty());
        let kid = text(&made["data"]["kid"]).to_owned();
        assert_eq!(home.run(&["key", "list", "-o", "name"]).ok().stdout, format!("{kid}\n"));
        let set: Value = serde_json::from_str(&home.run(&["key", "jwks"]).ok().stdout).unwrap();
        let keys = set["keys"].as_array().unwrap();
        let members: &[&str] = match algorithm {
            "RS256" => &["e", "kty", "n"],
            "ES256" => &["crv", "kty", "x", "y"],
            "EdDSA" => &["crv", "kty", "x"],
            _ => &[],
        };
        if members.is_empty() {
            assert!(keys.is_empty(), "{set}");
            let refused = home.run(&["key", "export", &kid, "--json"]).fails(5, "E0318");
            assert!(text(&refused.error()["next"][0]).contains("--private --out"));
        } else {
            let all: Vec<&str> = [members, &["kid", "alg", "use"]].concat();
            assert_eq!(keys[0].as_object().unwrap().keys().collect::<Vec<_>>(), all);
            assert_eq!(keys[0]["alg"], algorithm);
            let pem = home.run(&["key", "export", &kid]).ok().stdout;
            assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{pem}");
            let jwk: Value = serde_json::from_str(&home.run(&["key", "export", &kid, "--jwk"]).ok().stdout).unwrap();
            assert_eq!(jwk, keys[0]);
            assert_eq!(home.json(&["key", "jwks"])["data"], set);
        }
    }
    let home = Home::new(PAIR);
    assert_eq!(home.json(&["key", "generate", "--kid", "a"])["data"]["algorithm"], "EdDSA");
    for bits in ["3072", "4096", "1024"] {
        let arguments =
            ["key", "generate", "--alg", "rs256", "--bits", bits, "--not-before", "1d", "--kid", bits, "--json"];
        let ran = home.run(&arguments);
        if bits == "1024" { drop(ran.fails(2, "E0101")) } else { drop(ran.ok()) }
    }
    home.run(&["key", "generate", "--alg", "none", "--json"]).fails(2, "E0101");
    home.run(&["key", "generate", "--alg", "ES256", "--bits", "4096", "--not-before", "1d", "--json"])
        .fails(2, "E0101");
    home.run(&["key", "generate", "--kid", "../../etc/x", "--json"]).fails(2, "E0101");
}

#[test]
fn a_second_key_waits_and_takes_over_and_rotate_settles_it() {
    let home = Home::new(&platform("EdDSA"));
    home.json(&["key", "generate", "--kid", "a"]);
    let refused = home.run(&["key", "generate", "--kid", "b", "--json"]).fails(5, "E0318");
    assert!(text(&refused.error()["next"][0]).starts_with("flowbit key rotate"));
    assert!(!home.keys().join("b.pem").exists(), "a key that was refused leaves nothing");
    home.run(&["key", "generate", "--kid", "b", "--not-before", "soon", "--json"]).fails(2, "E0101");
    home.run(&["key", "generate", "--kid", "b", "--not-before", "2d", "--not-after", "1d", "--json"]).fails(2, "E0101");
    home.json(&["key", "generate", "--kid", "b", "--not-before", "2d"]);
    home.run(&["key", "generate", "--kid", "b", "--not-before", "3d", "--json"]).fails(5, "E0318");
    let both = |states: [&str; 2]| {
        let expected = vec![("a".to_owned(), states[0].to_owned()), ("b".to_owned(), states[1].to_owned())];
        assert_eq!(home.states(), expected);
    };
    both(["signing", "pending"]);
    home.edit(|ring| {
        ring["keys"][0]["created"] = json!("2026-01-01T00:00:00Z");
        ring["keys"][1]["created"] = json!("2026-01-01T00:00:00Z");
        ring["keys"][1]["not_before"] = json!(moment(-60));
    });
    both(["verifying", "signing"]);
    let listed = home.json(&["key", "list"]);
    assert!(text(&listed["next"][0]).starts_with("flowbit key rotate"), "{listed}");
    home.run(&["key", "retire", "a", "--json"]).fails(5, "E0318");
    home.run(&["key", "rotate", "--kid", "c", "--json"]).fails(5, "E0318");
    let settled = home.json(&["key", "rotate"]);
    assert_eq!((&settled["data"]["made"], &settled["data"]["key"]["kid"]), (&json!(false), &json!("b")));
    both(["verifying", "signing"]);
    let until: jiff::Timestamp = text(&home.ring()["keys"][0]["verifies_until"]).parse().unwrap();
    let left = until.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((7200 + 30 - 70..=7200 + 30 - 60).contains(&left), "from when the other one began: {left}");
    home.edit(|ring| ring["keys"][0]["verifies_until"] = json!(moment(-1)));
    both(["expired", "signing"]);
    assert_eq!(home.json(&["key", "list"])["next"][0], "flowbit key retire a");
}

#[test]
fn rotation_keeps_the_old_key_as_long_as_its_tokens_live() {
    let home = Home::new(&platform("HS256"));
    home.run(&["key", "rotate", "--json"]).fails(5, "E0318");
    home.json(&["key", "generate", "--kid", "a"]);
    let short = home.run(&["key", "rotate", "--overlap", "2h", "--json"]).fails(2, "E0101");
    assert!(text(&short.error()["message"]).contains("7230 s"), "{short:?}");
    home.run(&["key", "rotate", "--overlap", "-1d", "--json"]).fails(2, "E0101");
    assert_eq!(home.states(), [("a".to_owned(), "signing".to_owned())]);
    let rotated = home.json(&["key", "rotate", "--kid", "b", "--alg", "EdDSA"]);
    assert_eq!(rotated["data"]["made"], true);
    assert_eq!(
        rotated["warnings"][0],
        "the description says HS256 and the signing key is EdDSA: the backend will refuse its tokens"
    );
    let old = &rotated["data"]["old"][0];
    let moments = |name: &str| text(&old[name]).parse::<jiff::Timestamp>().unwrap();
    assert_eq!(moments("verifies_until").duration_since(moments("rotated_at")).as_secs(), 7230);
    let rotated = home.json(&["key", "rotate", "--kid", "c", "--overlap", "30d"]);
    assert_eq!(rotated["data"]["key"]["algorithm"], "EdDSA", "as the old one");
    let states: Vec<String> = home.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["verifying", "verifying", "signing"]);
    let set = home.run(&["key", "jwks"]).ok();
    assert!(set.stderr.contains("a secret has no public half: a"), "{set:?}");
    let set: Value = serde_json::from_str(&set.stdout).unwrap();
    let kids: Vec<&str> = set["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"])).collect();
    assert_eq!(kids, ["b", "c"]);
    let home = Home::new(PAIR);
    home.json(&["key", "generate"]);
    let rotated = home.json(&["key", "rotate"]);
    assert!(text(&rotated["warnings"][0]).contains("no [token]"));
}

#[test]
fn keys_that_ended_sign_nothing_and_are_rotated() {
    let home = Home::new(&platform("EdDSA"));
    home.json(&["key", "generate", "--kid", "a", "--not-after", "7d"]);
    let listed = home.json(&["key", "list"]);
    assert!(text(&listed["warnings"][0]).contains("no other key takes over"), "{listed}");
    home.edit(|ring| ring["keys"][0]["not_after"] = json!(moment(-600)));
    assert_eq!(home.states(), [("a".to_owned(), "expired".to_owned())]);
    let listed = home.json(&["key", "list"]);
    assert!(text(&listed["warnings"][0]).contains("no key signs"));
    assert_eq!(listed["next"][0], "flowbit key rotate");
    home.json(&["key", "rotate", "--kid", "b"]);
    let ring = home.ring();
    let at = |name: &str| text(&ring["keys"][0][name]).parse::<jiff::Timestamp>().unwrap();
    assert_eq!(at("rotated_at"), at("not_after"), "it had stopped by itself");
    assert_eq!(home.states()[0].1, "verifying");
}

#[test]
fn keys_that_are_kept_elsewhere_are_read_once_and_checked() {
    const SECRET: &str = "mT4!xk2Q9vLw7Zp3Rb8Nc5Hd1Fg6Js0Y";
    let home = Home::new(&platform("HS256"));
    let add = |vars: &[(&str, &str)], more: &[&str]| {
        let ran = home.with(vars, &[&["key", "add", "--kid", "k", "--alg", "HS256", "--json"], more].concat());
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{ran:?}");
        ran
    };
    add(&[], &[]).fails(2, "E0101");
    add(&[], &["--env", "A", "--file", "b"]).fails(2, "E0101");
    add(&[], &["--env", "NOT_SET"]).fails(2, "E0130");
    add(&[("WEAK", "secret")], &["--env", "WEAK"]).fails(2, "E0129");
    add(&[], &["--file", "nowhere"]).fails(2, "E0130");
    private(&home.path("s"), &format!("{SECRET}\n"));
    std::fs::set_permissions(home.path("s"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let open = add(&[], &["--file", "s"]).fails(2, "E0105");
    assert_eq!(
        open.error()["next"][0],
        format!("chmod 600 {}", home.home.path().canonicalize().unwrap().join("s").display())
    );
    private(&home.path("s"), &format!("{SECRET}\n"));
    private(
        &home.path("public"),
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
    );
    add(&[], &["--file", "public"]).fails(2, "E0129");
    for (command, says) in [
        ("false", "status 1"),
        ("true", "nothing"),
        ("./none here", "did not start"),
        ("", "empty"),
        ("'a", "not closed"),
    ] {
        let failed = add(&[], &["--command", command]);
        assert!(failed.status == 2 && text(&failed.error()["message"]).contains(says), "{failed:?}");
    }
    let begun = Instant::now();
    let hung = add(&[], &["--command", "/bin/sleep 60"]).fails(2, "E0130");
    assert!(text(&hung.error()["message"]).contains("within 10 s") && begun.elapsed() < Duration::from_secs(20));
    let echo = format!("echo {SECRET} >&2; echo {SECRET}; exit 4");
    add(&[], &["--command", "/bin/sh", "--command-arg", "-c", "--command-arg", &echo]).fails(2, "E0130");
    assert!(!home.keys().exists(), "what was refused leaves nothing");
    home.edit_free_of(SECRET);
    let added = add(&[], &["--command", "/bin/cat 's'"]).ok().json();
    assert_eq!(added["data"]["source"], json!({ "kind": "command", "place": "/bin/cat" }));
    home.edit_free_of(SECRET);
    add(&[], &["--file", "s"]).fails(5, "E0318");
    // A pair is another one's when its public half is.
    let made = home.json(&["key", "generate", "--kid", "pair", "--alg", "ES256", "--not-before", "1d"]);
    let file = home.keys().join(text(&made["data"]["source"]["place"]));
    let file = file.to_str().unwrap();
    let twin = ["key", "add", "--kid", "twin", "--alg", "ES256", "--file", file, "--not-before", "1d", "--json"];
    home.run(&twin).fails(5, "E0318");
    let wrong = ["key", "add", "--kid", "twin", "--alg", "EdDSA", "--file", file, "--not-before", "1d", "--json"];
    home.run(&wrong).fails(2, "E0129");
}

impl Home {
    /// The keyring, where there is one, names places and holds no key.
    fn edit_free_of(&self, secret: &str) {
        let list = std::fs::read_to_string(self.keys().join("keyring.json")).unwrap_or_default();
        assert!(!list.contains(secret), "{list}");
    }
}

#[test]
fn private_keys_leave_into_new_private_files_only() {
    let home = Home::new(&platform("HS256"));
    home.json(&["key", "generate", "--kid", "s"]);
    home.json(&["key", "generate", "--kid", "p", "--alg", "EdDSA", "--not-before", "1d"]);
    home.run(&["key", "export", "s", "--private", "--json"]).fails(2, "E0101");
    home.run(&["key", "export", "s", "--private", "--out", "/dev/stdout", "--json"]).fails(2, "E0101");
    home.run(&["key", "export", "nobody", "--json"]).fails(3, "E0208");
    let exported = home.json(&["key", "export", "s", "--private", "--out", "backend.env", "--env", "JWT_SECRET"]);
    assert_eq!(
        exported["data"],
        json!({ "kid": "s", "algorithm": "HS256", "private": true, "file": "backend.env", "variable": "JWT_SECRET" })
    );
    let secret = std::fs::read_to_string(home.keys().join("s.secret")).unwrap();
    assert_eq!(std::fs::read_to_string(home.path("backend.env")).unwrap(), format!("JWT_SECRET={secret}\n"));
    assert_eq!(mode(&home.path("backend.env")), 0o600);
    home.run(&["key", "export", "s", "--private", "--out", "backend.env", "--json"]).fails(2, "E0101");
    std::os::unix::fs::symlink(home.path("elsewhere"), home.path("link")).unwrap();
    home.run(&["key", "export", "s", "--private", "--out", "link", "--json"]).fails(2, "E0101");
    home.json(&["key", "export", "p", "--private", "--out", "p.out"]);
    let pem = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    assert_eq!(pem(home.path("p.out")), pem(home.keys().join("p.pem")));
    home.json(&["key", "jwks", "--out", "jwks.json"]);
    assert_eq!(serde_json::from_str::<Value>(&pem(home.path("jwks.json"))).unwrap()["keys"][0]["kid"], "p");
    std::fs::set_permissions(home.keys().join("p.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = home.run(&["key", "export", "p", "--private", "--out", "q.out", "--json"]).fails(2, "E0105");
    assert!(text(&open.error()["next"][0]).starts_with("chmod 600 "), "{open:?}");
    std::fs::set_permissions(home.keys().join("p.pem"), std::fs::Permissions::from_mode(0o600)).unwrap();
    // A file that was replaced is not the key that it was.
    let other = Home::new(&platform("EdDSA"));
    other.json(&["key", "generate", "--kid", "p"]);
    std::fs::copy(other.keys().join("p.pem"), home.keys().join("p.pem")).unwrap();
    home.run(&["key", "export", "p", "--private", "--out", "q.out", "--json"]).fails(2, "E0129");
    assert!(!home.path("q.out").exists());
}

#[test]
fn a_keyring_that_is_not_in_order_is_left_alone() {
    let home = Home::new(&platform("EdDSA"));
    home.json(&["key", "generate", "--kid", "a"]);
    let list = home.keys().join("keyring.json");
    let good = std::fs::read(&list).unwrap();
    for broken in [&b""[..], b"{", b"\xff\xfe", &good[..good.len() / 2], b"{\"version\":2,\"keys\":[]}"] {
        std::fs::write(&list, broken).unwrap();
        for verb in [&["list"][..], &["generate"], &["rotate"], &["retire", "a"], &["export", "a"], &["jwks"]] {
            home.run(&[&["key"], verb, &["--json"]].concat()).fails(2, "E0105");
        }
        assert_eq!(std::fs::read(&list).unwrap(), broken);
    }
    std::fs::write(&list, &good).unwrap();
    for (path, open) in [(&list, 0o644), (&home.keys(), 0o777)] {
        let closed = mode(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(open)).unwrap();
        let refused = home.run(&["key", "list", "--json"]).fails(2, "E0105");
        assert_eq!(refused.error()["next"][0], format!("chmod {closed:o} {}", path.display()));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(closed)).unwrap();
    }
    // Killed between file and list: the file belongs to nobody, and is in nobody's way.
    private(&home.keys().join("b.pem"), "the rest of a key that nobody finished\n");
    let listed = home.json(&["key", "list"]);
    assert!(text(&listed["warnings"][0]).contains("b.pem belongs to no key"), "{listed}");
    home.json(&["key", "generate", "--kid", "b", "--not-before", "1d"]);
    assert!(std::fs::read_to_string(home.keys().join("b.pem")).unwrap().starts_with("the rest"));
    assert!(home.keys().join("b-2.pem").exists());
    std::fs::remove_file(home.keys().join("a.pem")).unwrap();
    assert!(home.run(&["key", "list"]).ok().stderr.contains("a.pem is gone"));
}

#[test]
fn two_at_once_leave_one_keyring_and_one_key_that_signs() {
    let home = Home::new(&platform("EdDSA"));
    let start = |kid: &str, more: &[&str]| {
        let mut command = bare(home.home.path());
        command.args(["key", "generate", "--json", "--kid", kid]).args(more);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let kids: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
    let all: Vec<_> = kids.iter().map(|kid| start(kid, &[])).collect();
    let ran: Vec<Ran> = all.into_iter().map(|child| Ran::from(child.wait_with_output().unwrap())).collect();
    let (done, refused): (Vec<&Ran>, Vec<&Ran>) = ran.iter().partition(|ran| ran.status == 0);
    assert_eq!(done.len(), 1, "{ran:?}");
    assert!(refused.iter().all(|ran| ran.error()["code"] == "E0318"), "{ran:?}");
    let all: Vec<_> = (0..8).map(|n| start(&format!("p{n}"), &["--not-before", "1d"])).collect();
    all.into_iter().for_each(|child| drop(Ran::from(child.wait_with_output().unwrap()).ok()));
    let listed = home.json(&["key", "list"]);
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["warnings"]), (9, &json!([])));
    assert_eq!(home.states().iter().filter(|(_, state)| state == "signing").count(), 1);
}

#[test]
fn profiles_and_platforms_have_keyrings_of_their_own() {
    let home = Home::new(&platform("EdDSA"));
    std::fs::create_dir_all(home.path(".config/flowbit")).unwrap();
    let profiles = "[profiles.production]\nuri = \"mongodb://127.0.0.1:1/\"\nprotected = true\n[profiles.staging]\nuri = \"mongodb://127.0.0.1:1/\"\n";
    std::fs::write(home.path(".config/flowbit/config.toml"), profiles).unwrap();
    home.json(&["key", "generate", "--kid", "a", "--profile", "production"]);
    assert_eq!(home.json(&["key", "list", "--profile", "staging"])["data"], json!([]));
    assert_eq!(home.json(&["key", "list"])["data"], json!([]));
    home.run(&["key", "rotate", "--profile", "production", "--json"]).fails(10, "E1003");
    let out = ["key", "export", "a", "--private", "--out", "o", "--profile", "production", "--json"];
    home.run(&out).fails(10, "E1003");
    home.run(&[&out[..], &["--confirm", "b", "--reason", "r"]].concat()).fails(10, "E1002");
    home.run(&[&out[..], &["--confirm", "a", "--reason", "r"]].concat()).ok();
    home.json(&["key", "generate", "--kid", "b", "--keys", "here"]);
    assert_eq!(home.with(&[("FLOWBIT_KEYS", "here")], &["key", "list", "-o", "name"]).ok().stdout, "b\n");
    let refused = home.run(&["key", "generate", "--keys", "here", "--json"]).fails(5, "E0318");
    assert!(text(&refused.error()["next"][0]).starts_with("flowbit key rotate --keys here   #"), "{refused:?}");
}

#[test]
fn a_key_that_tokens_need_is_not_retired() {
    let world = World::new(&platform("EdDSA"));
    let run = |more: &[&str]| world.run(&[&["key"], more, &["--json"]].concat());
    run(&["generate", "--kid", "a"]).ok();
    let keys = world.path(".local/share/flowbit/keys/default/pair");
    let over = || {
        let list = keys.join("keyring.json");
        let mut ring: Value = serde_json::from_str(&std::fs::read_to_string(&list).unwrap()).unwrap();
        ring["keys"][0]["verifies_until"] = json!(moment(-1));
        std::fs::write(&list, ring.to_string()).unwrap();
    };
    run(&["retire", "nobody"]).fails(3, "E0208");
    run(&["retire", "a"]).fails(5, "E0318");
    run(&["retire", "a", "--force"]).fails(5, "E0318");
    run(&["rotate", "--kid", "b"]).ok();
    let early = run(&["retire", "a"]).fails(5, "E0318");
    assert!(text(&early.error()["message"]).contains("verifies until"));
    over();
    let at = |seconds: i64| bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() + seconds * 1000);
    let token = |id: i32, key: &str, expires: bson::DateTime, revoked: Bson| {
        doc! { "_id": id, "key": key, "expires": expires, "revoked": revoked }
    };
    let last = at(5000);
    world.insert(
        "flowbit_tokens",
        vec![
            token(1, "a", at(1000), Bson::Null),
            token(2, "a", last, Bson::Null),
            token(3, "a", at(-1000), Bson::Null),
            token(4, "a", at(9000), Bson::DateTime(at(-5))),
            token(5, "b", at(9000), Bson::Null),
        ],
    );
    let needed = run(&["retire", "a"]).fails(5, "E0318");
    let message = text(&needed.error()["message"]).to_owned();
    assert!(message.contains("2 living tokens need a, until"), "{message}");
    assert!(message.contains(&last.try_to_rfc3339_string().unwrap()), "{message}");
    let dead = [("FLOWBIT_URI", "mongodb://127.0.0.1:1/"), ("FLOWBIT_MASTER_DB", "x")];
    let unreachable = world.run_with(&["key", "retire", "a", "--timeout", "1", "--json"], &dead).fails(8, "E0802");
    assert!(unreachable.error()["next"].to_string().contains("--force"));
    let offline = ["key", "retire", "a", "--force", "--dry-run", "--timeout", "1", "--json"];
    let planned = world.run_with(&offline, &dead).ok().json();
    assert!(text(&planned["warnings"][0]).contains("no server"));
    let forced = run(&["retire", "a", "--force", "--dry-run"]).ok().json();
    assert!(forced["changed"] == false && text(&forced["warnings"][0]).contains("from now on they are refused"));
    world.command_on(
        doc! { "delete": "flowbit_tokens", "deletes": [{ "q": { "_id": { "$in": [1, 2] } }, "limit": 0 }] },
    );
    let retired = run(&["retire", "a"]).ok().json();
    assert_eq!((&retired["changed"], &retired["data"]["key"]["state"]), (&json!(true), &json!("retired")));
    assert_eq!(run(&["retire", "a"]).ok().json()["changed"], false);
    assert!(keys.join("a.pem").exists(), "only --shred destroys it");
    run(&["retire", "a", "--shred"]).fails(10, "E1001");
    run(&["retire", "a", "--shred", "--confirm", "b"]).fails(10, "E1002");
    assert_eq!(run(&["retire", "a", "--shred", "--confirm", "a"]).ok().json()["data"]["destroyed"], true);
    assert!(!keys.join("a.pem").exists());
    let listed = run(&["list"]).ok().json();
    assert_eq!((&listed["data"][0]["source"], &listed["data"][0]["jwk"]["kid"]), (&Value::Null, &json!("a")));
    let set = run(&["jwks"]).ok().json();
    assert_eq!((set["data"]["keys"].as_array().unwrap().len(), &set["data"]["keys"][0]["kid"]), (1, &json!("b")));
    run(&["generate", "--kid", "a", "--not-before", "1d"]).fails(5, "E0318");
    run(&["export", "a", "--private", "--out", "o"]).fails(2, "E0130");
}
