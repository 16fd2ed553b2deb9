//! Tokens, and the keys that they are signed with.

use serde_json::json;

use super::data;
use super::scene::{Scene, word};

pub fn tokens(scene: &Scene) {
    let user = ["--org", "acme", "--user", "a@acme.com"];
    let with = |more: &[&'static str]| [&user[..], more].concat();
    scene.ok("token issue", &user);
    scene.ok("token issue", &with(&["--raw"]));
    scene.ok("token issue", &with(&["--support", "--reason", "ticket 1"]));
    scene.ok("token issue", &["--context", "core", "--user", "owner@pair.com", "--refresh"]);
    let both = scene.once("token issue", &with(&["--refresh", "--json"]), &[], "").ok().stdout;
    let (access, refresh) = (data(&both, "token"), data(&both, "refresh_token"));
    scene.bad("token issue", &["--org", "acme", "--user", "nobody@acme.com"]);
    let weak = word()[..14].to_owned();
    scene.plant("a weak key", &weak);
    scene.bad_with("token issue", &user, &[("JWT_SECRET", &weak)], "");
    scene.ok_with("token issue", &with(&["--allow-weak-secret"]), &[("JWT_SECRET", &weak)], "");
    scene.once("doctor", &[], &[("JWT_SECRET", &weak)], "");
    scene.hide("access.token", &access);
    scene.hide("refresh.token", &refresh);
    let forged = format!("{}x", &access[..access.len() - 1]);
    for leaf in ["token inspect", "token verify"] {
        scene.ok_with(leaf, &[], &[], &access);
        scene.ok(leaf, &["--token-file", "access.token"]);
        scene.ok_with(leaf, &["--token-env", "TOKEN"], &[("TOKEN", &access)], "");
    }
    scene.ok("token verify", &["--use", "refresh", "--token-file", "refresh.token"]);
    scene.ok("token inspect", &["--token-file", "refresh.token"]);
    let parts: Vec<&str> = access.split('.').collect();
    let broken = [
        forged.clone(),
        refresh.clone(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{access}.{}", parts[2]),
        format!("!{access}"),
        format!("{}.{}.{}", parts[1], parts[0], parts[2]),
        format!("{} {}", parts[1], parts[2]),
        format!("{}.{}x.{}", parts[0], parts[1], parts[2]),
        parts[2].to_owned(),
    ];
    for token in &broken {
        scene.bad_with("token verify", &[], &[], token);
        scene.once("token inspect", &[], &[], token);
        scene.once("token inspect", &["--json"], &[], token);
        if *token != refresh {
            scene.bad_with("token refresh", &[], &[], token);
        }
    }
    scene.bad_with("token refresh", &[], &[], &access);
    let first = scene.once("token refresh", &["--token-file", "refresh.token", "--json"], &[], "").ok().stdout;
    let second = data(&first, "refresh_token");
    scene.ok("token list", &["--org", "acme", "--all"]);
    // Raw is for pipes; and a second use ends the log-in.
    scene.ok_with("token refresh", &["--raw"], &[], &second);
    scene.bad("token refresh", &["--token-file", "refresh.token"]);
    scene.ok_with("token revoke", &[], &[], &access);
    scene.bad_with("token revoke", &[], &[], "no token");
    scene.once("token revoke", &["--json"], &[], &forged);
    scene.bad_with("token verify", &[], &[], &access);
    scene.bad("token verify", &["--token-file", "nowhere"]);
    scene.bad("token inspect", &["--token-env", "NOWHERE"]);
    scene.ok("token revoke", &["--org", "acme", "--confirm", "acme"]);
}

pub fn keys(scene: &Scene) {
    let secret = scene.password("a key in a file");
    scene.hide("key.txt", &secret);
    scene.hide("vault.txt", &scene.password("a key that a command prints"));
    let ring = ["--keys", "ring"];
    let with = |more: &[&'static str]| [more, &ring].concat();
    scene.bad("key export", &with(&["nobody"]));
    scene.bad("key retire", &with(&["nobody"]));
    scene.ok("key generate", &with(&["--kid", "a", "--alg", "HS256"]));
    scene.ok("key rotate", &with(&["--kid", "b", "--alg", "ES256"]));
    for alg in ["RS256", "EdDSA"] {
        scene.ok("key generate", &["--kid", alg, "--alg", alg, "--keys", alg]);
        scene.may_hold(alg);
        own_keys(scene, alg);
    }
    scene.may_hold("ring/a.secret");
    scene.may_hold("ring/b.pem");
    own_keys(scene, "ring");
    for alg in ["--file=key.txt", "--env=JWT_SECRET", "--command=/bin/cat vault.txt"] {
        let kid = alg[2..5].replace('=', "");
        scene.ok(
            "key add",
            &["--kid", &kid, "--alg", "HS256", alg, "--not-before", "1d", "--keys", &format!("ring-{kid}")],
        );
    }
    scene.ok("key list", &ring);
    scene.ok("key jwks", &ring);
    scene.ok("key export", &with(&["b"]));
    scene.ok("key export", &with(&["b", "--jwk"]));
    for (kid, file) in [("a", "a.env"), ("b", "b.env")] {
        let env: &[&str] = if kid == "a" { &["--env", "JWT_SECRET"] } else { &[] };
        let out = [&[kid, "--private", "--out", file, "--keys", "ring"], env].concat();
        scene.ok("key export", &out);
        scene.may_hold(file);
    }
    scene.bad("key export", &with(&["a", "--private", "--out", "a.env"]));
    scene.bad("key export", &with(&["a"]));
    // Signed with what a command prints, and with the keyring.
    let user = ["--org", "acme", "--user", "a@acme.com", "--keys"];
    for (ring, key) in [("ring", "b"), ("ring-com", "com"), ("ring-fil", "fil")] {
        scene.once("token issue", &[&user[..], &[ring, "--key", key]].concat(), &[], "");
    }
    scene.ok("key retire", &with(&["a", "--force", "--shred", "--confirm", "a"]));
    bad_keys(scene, &secret);
}

/// Seals, signed with a key that stands in a directory of its own.
pub fn seals(scene: &Scene) {
    let with = |more: &[&'static str]| [more, &["--keys", "seal-keys"]].concat();
    scene.ok("key generate", &with(&["--seals"]));
    scene.may_hold("seal-keys");
    own_keys(scene, "seal-keys");
    scene.once("audit seal", &with(&["--all", "--settle", "0s"]), &[], "");
    scene.ok("audit verify", &with(&["--all"]));
    for (leaf, more) in [
        ("audit hold place", &["case", "--all", "--reason", "r"][..]),
        ("audit hold release", &["case", "--all", "--reason", "r", "--confirm", "case"]),
        ("audit hold list", &["--all"]),
        ("audit prune", &["--all", "--before", "100d"]),
        ("audit seal", &["--all"]),
    ] {
        scene.ok(leaf, &with(more));
        scene.bad(leaf, &[more, &["--keys", "no-such-keys"]].concat());
    }
    scene.bad("audit verify", &["--file", "nowhere.ndjson", "--keys", "seal-keys"]);
    scene.ok("audit export", &["--all", "--out", "sealed.ndjson"]);
    scene.ok("audit verify", &with(&["--file", "sealed.ndjson"]));
    scene.bad("audit export", &["--org", "nobody", "--out", "more"]);
}

/// Plants the keys that stand in a directory.
fn own_keys(scene: &Scene, directory: &str) {
    for entry in std::fs::read_dir(scene.world.path(directory)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "pem") {
            scene.pem(&format!("{}", path.display()), &std::fs::read_to_string(&path).unwrap());
        } else if path.extension().is_some_and(|end| end == "secret") {
            scene.plant(&format!("{}", path.display()), std::fs::read_to_string(&path).unwrap().trim());
        }
    }
}

fn bad_keys(scene: &Scene, secret: &str) {
    let pem = std::fs::read_dir(scene.world.path("EdDSA")).unwrap().map(|entry| entry.unwrap().path());
    let pem = pem.into_iter().find(|path| path.extension().is_some_and(|end| end == "pem")).unwrap();
    let pem = std::fs::read_to_string(pem).unwrap();
    scene.hide("good.pem", &pem);
    scene.hide("cut.pem", &pem.replace("-----END PRIVATE KEY-----", ""));
    scene.hide("odd.pem", &pem.replacen('\n', "\n!!", 1));
    scene.hide("other.pem", &pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"));
    let base = ["--keys", "bad-ring", "--kid", "bad", "--alg"];
    for (alg, from) in [
        ("EdDSA", "--file=cut.pem"),
        ("EdDSA", "--file=odd.pem"),
        ("EdDSA", "--file=other.pem"),
        ("EdDSA", "--file=key.txt"),
        ("RS256", "--file=good.pem"),
        ("ES256", "--env=JWT_SECRET"),
        ("HS256", "--file=good.pem"),
        ("HS256", "--command=/bin/cat vault.txt nowhere"),
        ("HS256", "--command=/bin/cat vault.txt nowhere 'a"),
        ("EdDSA", "--command=/bin/cat vault.txt"),
        ("HS256", "--command=/bin/sh loud.sh"),
        ("none", "--env=JWT_SECRET"),
    ] {
        scene.hide("loud.sh", "cat vault.txt >&2; cat vault.txt; exit 3");
        scene.bad("key add", &[&base[..], &[alg, from]].concat());
    }
    // A command that printed the key, and prints it no more.
    scene.hide("vault.txt", &scene.password("another key that a command prints"));
    scene.bad("token issue", &["--org", "acme", "--user", "a@acme.com", "--keys", "ring-com", "--key", "com"]);
    std::fs::write(scene.world.path("vault.txt"), [0xff, 0xfe, b'a']).unwrap();
    scene.bad("token issue", &["--org", "acme", "--user", "a@acme.com", "--keys", "ring-com", "--key", "com"]);
    // Keyrings in which somebody put a key where none belongs.
    let text = json!(secret).to_string();
    let token = format!("{{\"version\":1,\"keys\":[{{\"kid\":\"a\",\"algorithm\":{text}}}]}}");
    for (i, list) in [
        secret.to_owned(),
        text.clone(),
        format!("[{text}]"),
        format!("{{\"version\":{text}}}"),
        format!("{{\"version\":1,\"keys\":{text}}}"),
        format!("{{\"version\":1,\"keys\":[{text}]}}"),
        format!("{{\"version\":1,\"keys\":[],{text}:1}}"),
        format!("{{\"version\":1,\"keys\":[{{\"kid\":{text},\"algorithm\":\"HS256\",\"created\":\"2026-01-01T00:00:00Z\"}}]}}"),
        format!("{{\"version\":1,\"keys\":[{{\"kid\":\"a\",\"algorithm\":\"HS256\",\"created\":{text}}}]}}"),
        format!("{{\"version\":1,\"keys\":[{{\"kid\":\"a\",\"algorithm\":\"HS256\",\"created\":\"2026-01-01T00:00:00Z\",\"source\":{text}}}]}}"),
        format!("{{\"version\":1,\"keys\":[{{\"kid\":\"a\",\"algorithm\":\"HS256\",\"created\":\"2026-01-01T00:00:00Z\",\"source\":{{\"kind\":{text},\"place\":\"x\"}}}}]}}"),
        format!("{{\"version\":1,\"keys\":[{{\"kid\":\"a\",\"algorithm\":\"HS256\",\"created\":\"2026-01-01T00:00:00Z\",{text}:1}}]}}"),
        token,
    ]
    .iter()
    .enumerate()
    {
        let directory = format!("broken-ring-{i}");
        scene.hide(&format!("{directory}/keyring.json"), list);
        for leaf in ["key list", "key jwks", "key rotate", "key generate"] {
            scene.bad(leaf, &["--keys", &directory]);
        }
        scene.once("doctor", &[], &[("FLOWBIT_KEYS", &directory)], "");
    }
}
