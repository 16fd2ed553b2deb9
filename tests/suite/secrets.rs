//! Secrets are planted in every place where one can come from, every command is run, well and badly, and then all that
//! was said and all that was written is searched for them.

mod scene;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::tokens::platform;
use scene::{Scene, percent, typed_into, word};

/// Every command, with arguments that it would take.
const ROWS: &[(&str, &[&str])] = &[
    ("org create", &["zeta", "--admin-email", "z@zeta.com", "--password-env", "PW_ENV"]),
    ("org list", &[]),
    ("org show", &["acme"]),
    ("org footprint", &["acme"]),
    ("org rename", &["acme", "other", "--confirm", "acme"]),
    ("org delete", &["acme", "--confirm", "acme"]),
    ("org restore", &["acme"]),
    ("org purge", &["acme", "--before-grace-ends", "--confirm", "acme"]),
    ("user list", &["--org", "acme"]),
    ("user show", &["admin@acme.com", "--org", "acme"]),
    ("user create", &["z@acme.com", "--org", "acme", "--role", "User", "--password-env", "PW_ENV"]),
    ("user set-role", &["admin@acme.com", "User", "--org", "acme"]),
    ("user enable", &["admin@acme.com", "--org", "acme"]),
    ("user disable", &["admin@acme.com", "--org", "acme"]),
    ("user reset-password", &["admin@acme.com", "--org", "acme", "--password-env", "PW_ENV"]),
    ("user delete", &["admin@acme.com", "--org", "acme", "--confirm", "admin@acme.com"]),
    ("user import", &["rows.csv", "--org", "acme", "--role", "User", "--passwords-out", "spare.csv"]),
    ("user check-password", &["admin@acme.com", "--org", "acme", "--password-env", "PW_ENV"]),
    ("op list", &[]),
    ("op show", &["acme"]),
    ("op resume", &["acme"]),
    ("op rollback", &["acme"]),
    ("op gc", &[]),
    ("seed list", &[]),
    ("seed show", &["small"]),
    ("seed lint", &["small"]),
    ("seed apply", &["small", "--org", "acme", "--confirm", "acme", "--password-stdin", "--passwords-out", "spare"]),
    ("seed verify", &["small", "--org", "acme"]),
    ("seed reset", &["small", "--org", "acme", "--confirm", "acme"]),
    ("seed generate", &["small", "--org", "acme"]),
    ("seed snapshot", &["acme", "--out", "never"]),
    ("screen list", &[]),
    ("screen show", &["acme"]),
    ("screen set", &["acme", "--name", "Tickets", "--url", "/t"]),
    ("screen validate", &[]),
    ("screen diff", &["registry.json"]),
    ("token issue", &["--org", "acme", "--user", "admin@acme.com"]),
    ("token inspect", &["--token-env", "TOKEN"]),
    ("token verify", &["--token-env", "TOKEN"]),
    ("token refresh", &["--token-env", "TOKEN"]),
    ("token revoke", &["--token-env", "TOKEN"]),
    ("token list", &["--org", "acme"]),
    ("key list", &["--keys", "spare-keys"]),
    ("key generate", &["--keys", "spare-keys"]),
    ("key add", &["--kid", "added", "--alg", "HS256", "--env", "JWT_SECRET", "--keys", "spare-keys"]),
    ("key rotate", &["--keys", "spare-keys"]),
    ("key retire", &["added", "--keys", "spare-keys"]),
    ("key export", &["added", "--keys", "spare-keys"]),
    ("key jwks", &["--keys", "spare-keys"]),
    ("doctor", &[]),
    ("local start", &["--no-install"]),
    ("local stop", &[]),
    ("local status", &[]),
    ("local reset", &[]),
    ("config show", &[]),
    ("config check", &["flowbit.toml"]),
    ("init", &[]),
    ("schema", &[]),
    ("quickstart", &["--no-install"]),
    ("explain", &["E0312"]),
    ("completions", &["bash"]),
];

/// Commands that only fail here: where they are at work they start a server, or delete one's data.
const ONLY_FAIL: [&str; 3] = ["local start", "local reset", "quickstart"];

/// The commands that take a token.
const TAKE_TOKENS: [&str; 4] = ["token inspect", "token verify", "token refresh", "token revoke"];

/// The commands at the ends of clap's tree.
fn leaves() -> Vec<(String, clap::Command)> {
    fn descend(command: &clap::Command, path: &str, leaves: &mut Vec<(String, clap::Command)>) {
        let below: Vec<&clap::Command> = command.get_subcommands().collect();
        if below.is_empty() {
            leaves.push((path.trim().to_owned(), command.clone()));
        }
        below.iter().for_each(|verb| descend(verb, &format!("{path} {}", verb.get_name()), leaves));
    }
    let mut found = Vec::new();
    descend(&flowbit::commands::command(), "", &mut found);
    found
}

/// The platform with tokens of every kind, and a variable of its own for the connection string.
fn description() -> String {
    platform().replace("[naming]", "[env]\nuri = \"PAIR_MONGO\"\n[naming]")
}

const SET: &str = r#"
version = 1
name = "small"
demo = true
as_of = "2026-01-01"
admin = "boss"
[[collection]]
name = "users"
into = "@accounts"
files = ["users.json"]
rows = 2
fields = { email = "agent{row}@{org.slug}.com", role = "User", password = "demo:@DEMO@" }
[[collection]]
name = "tickets"
rows = 3
fields = { title = "Late {row}", status = "Open" }
"#;

const SEEDED: &str = r#"[
  {"_key": "boss", "email": {"$text": "boss@{org.slug}.com"}, "role": "Admin", "password": "env:BOSS_PW"},
  {"_key": "anna", "email": {"$text": "anna@{org.slug}.com"}, "role": "User", "password": "stdin"},
  {"_key": "otto", "email": {"$text": "otto@{org.slug}.com"}, "role": "User", "password": "generated"}
]"#;

/// A scene with its secrets in the environment.
fn scene(description: &str) -> Scene {
    let mut scene = Scene::new(description);
    for (name, variable) in [
        ("the key of access tokens", "JWT_SECRET"),
        ("the key of refresh tokens", "REFRESH_SECRET"),
        ("a password in a variable", "PW_ENV"),
        ("a password for a set", "BOSS_PW"),
    ] {
        let secret = scene.password(name);
        scene.world.env(variable, &secret);
    }
    scene
}

#[test]
fn every_command_keeps_every_secret_to_itself() {
    let scene = scene(&description());
    let rows: BTreeSet<String> = ROWS.iter().map(|(leaf, _)| (*leaf).to_owned()).collect();
    let there: BTreeSet<String> = leaves().into_iter().map(|(leaf, _)| leaf).collect();
    assert_eq!(rows, there, "every command has its row, and every row its command");

    organizations(&scene);
    accounts(&scene);
    tokens(&scene);
    keys(&scene);
    seeds(&scene);
    everything_else(&scene);
    connections(&scene);
    let leaks = scene.leaks();
    let surprises = scene.surprises();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    for (leaf, _) in ROWS {
        let (well, badly) = scene.ended(leaf);
        assert!(badly > 0, "{leaf} never failed");
        assert!(well > 0 || ONLY_FAIL.contains(leaf), "{leaf} never ended well");
    }
    assert_eq!(scene.world.count("flowbit_held"), 0);
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn arguments_of_processes_hold_no_secret() {
    let scene = scene(&description());
    scene.world.run(&["org", "create", "acme", "--admin-email", "admin@acme.com"]).ok();
    let typed = scene.password("a password that is typed");
    let vars: [(&str, &str); 1] = [("PW_TYPED", &typed)];
    for (words, place) in [
        (vec!["user", "create", "a@acme.com", "--org", "acme", "--role", "User", "--password-stdin"], "begin:before"),
        (vec!["user", "reset-password", "a@acme.com", "--org", "acme", "--password-env", "PW_TYPED"], "commit:before"),
        (vec!["org", "create", "beta", "--admin-email", "b@beta.com", "--password-stdin"], "commit:after"),
    ] {
        let (child, gate, arguments) = scene.held(&words, &vars, &typed, place);
        assert!(arguments.contains(words[1]), "{arguments}");
        assert_eq!(scene.told(&arguments, &[]), Vec::<String>::new(), "{words:?}");
        // The journal, while the hash lies beside it.
        let records = format!("{:?}", scene.world.find("flowbit_ops", bson::doc! {}));
        assert_eq!(scene.told(&records, &[]), Vec::<String>::new(), "{words:?}");
        std::fs::remove_file(gate).unwrap();
        let ran = crate::world::Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let scene = scene(&description());
    let secret = word();
    let token = format!("eyJ{secret}.eyJ{secret}.{secret}");
    for leaf in TAKE_TOKENS {
        let mut words: Vec<&str> = leaf.split(' ').collect();
        words.extend([token.as_str(), "--json", "-vv"]);
        let ran = scene.world.run(&words);
        assert!(!format!("{ran:?}").contains(&secret), "{ran:?}");
        assert_eq!((ran.status, &ran.error()["code"]), (2, &serde_json::json!("E0104")), "{ran:?}");
    }
    let uri = format!("mongodb://user:{secret}@127.0.0.1:1/");
    for (leaf, more) in ROWS {
        let mut words: Vec<&str> = leaf.split(' ').collect();
        words.extend_from_slice(more);
        words.extend(["--uri", uri.as_str(), "--json"]);
        let ran = typed_into(scene.world.command(&words), "");
        assert!(!format!("{ran:?}").contains(&secret), "{ran:?}");
        assert_eq!((ran.status, &ran.error()["code"]), (2, &serde_json::json!("E0104")), "{leaf}: {ran:?}");
    }
}

/// Plants what a file of generated passwords holds: the last word of each line.
fn plant_generated(scene: &Scene, file: &str) {
    let text = std::fs::read_to_string(scene.world.path(file)).unwrap();
    for line in text.lines().filter(|line| *line != "email,password") {
        let password = line.rsplit([',', ' ']).next().unwrap();
        scene.plant(&format!("a generated password of {file}"), password);
    }
    scene.may_hold(file);
}

fn organizations(scene: &Scene) {
    let typed = scene.password("a password on stdin");
    let email = |name: &str| format!("admin@{name}.com");
    scene.ok_with("org create", &["acme", "--admin-email", &email("acme"), "--password-stdin"], &[], &typed);
    scene.hide("org.pw", &scene.password("a password in a file"));
    scene.ok("org create", &["globex", "--admin-email", &email("globex"), "--password-file", "org.pw"]);
    scene.ok("org create", &["initech", "--admin-email", &email("initech"), "--password-env", "PW_ENV"]);
    scene.ok("org create", &["umbra", "--admin-email", &email("umbra"), "--password-out", "umbra.pw"]);
    plant_generated(scene, "umbra.pw");
    std::fs::write(
        scene.world.path("list.csv"),
        "name,email,password_file\nhooli,h@hooli.com,org.pw\nvandelay,v@vandelay.com,\n",
    )
    .unwrap();
    scene.ok("org create", &["--from", "list.csv", "--password-dir", "made", "--confirm", "2"]);
    for entry in std::fs::read_dir(scene.world.path("made")).unwrap() {
        plant_generated(scene, &format!("made/{}", entry.unwrap().file_name().display()));
    }
    let long = format!("{}{}", scene.password("a password that is too long"), "x".repeat(60));
    scene.bad_with("org create", &["n", "--admin-email", "n@n.com", "--password-stdin"], &[], &long);
    scene.bad_with("org create", &["n", "--admin-email", "n", "--password-stdin"], &[], &typed);
    scene.bad_with("org create", &["acme", "--admin-email", "n@n.com", "--password-stdin"], &[], &typed);
    scene.bad("org create", &["n", "--admin-email", "n@n.com", "--password-file", "nowhere"]);
    // A file of a password is no list.
    scene.bad("org create", &["--from", "list.csv", "--password-dir", "org.pw", "--confirm", "2"]);
    scene.ok("org list", &[]);
    scene.ok("org show", &["acme"]);
    scene.ok("org footprint", &["acme"]);
    for leaf in ["org show", "org footprint", "org restore", "user list --org", "token list --org"] {
        let (leaf, more) = leaf.split_once(" --").map_or((leaf, None), |(leaf, _)| (leaf, Some("--org")));
        scene.bad(leaf, &more.into_iter().chain(["nobody"]).collect::<Vec<_>>());
    }
    // Killed, gone on with, and taken back, with what the journal then holds.
    let fault = [("FLOWBIT_FAULT", "kill@step:move:0:acted")];
    let rename = ["umbra", "penumbra", "--confirm", "umbra"];
    assert_eq!(scene.once("org rename", &rename, &fault, "").status, 137);
    scene.bad("org delete", &["umbra", "--confirm", "umbra"]);
    scene.ok("op list", &["--open"]);
    scene.ok("op show", &["umbra"]);
    scene.ok("op rollback", &["umbra"]);
    assert_eq!(scene.once("org rename", &rename, &fault, "").status, 137);
    scene.ok("op resume", &["umbra"]);
    scene.ok("org rename", &["penumbra", "umbra", "--confirm", "penumbra"]);
    scene.ok("org delete", &["hooli", "--confirm", "hooli"]);
    scene.ok("org restore", &["hooli"]);
    scene.ok("org delete", &["hooli", "--confirm", "hooli"]);
    scene.ok("org purge", &["hooli", "--before-grace-ends", "--confirm", "hooli"]);
    scene.ok("op gc", &[]);
    for leaf in ["op show", "op resume", "op rollback"] {
        scene.bad(leaf, &["0000"]);
    }
    // A creation that is killed has a hash lying ready.
    let killed = [("FLOWBIT_FAULT", "kill@commit:before")];
    let create = ["soylent", "--admin-email", "s@soylent.com", "--password-stdin"];
    assert_eq!(scene.once("org create", &create, &killed, &typed).status, 137);
    scene.ok("op show", &["soylent"]);
    scene.ok("op rollback", &["soylent"]);
}

fn accounts(scene: &Scene) {
    let org = ["--org", "acme"];
    let of = |words: &[&'static str]| -> Vec<&'static str> { [words, &org].concat() };
    let typed = scene.password("an account's password on stdin");
    scene.hide("user.pw", &scene.password("an account's password in a file"));
    for (email, from) in [("a@acme.com", "--password-stdin"), ("b@acme.com", "--password-file=user.pw")] {
        scene.ok_with("user create", &of(&[email, "--role", "User", from]), &[], &typed);
    }
    scene.ok("user create", &of(&["c@acme.com", "--role", "User", "--password-env", "PW_ENV"]));
    scene.ok("user create", &of(&["d@acme.com", "--role", "User", "--password-out", "d.pw"]));
    plant_generated(scene, "d.pw");
    scene.ok("user create", &["owner@pair.com", "--core", "--role", "Owner", "--password-env", "PW_ENV"]);
    scene.bad_with("user create", &of(&["no", "--role", "User", "--password-stdin"]), &[], &typed);
    scene.bad_with("user create", &of(&["e@acme.com", "--role", "none", "--password-stdin"]), &[], &typed);
    scene.bad_with("user create", &of(&["e@acme.com", "--role", "User", "--password-stdin"]), &[], "");
    // An account that somebody else made.
    let there = scene.password("the password of an account that is there");
    let hash = scene.hash_of("the hash of an account that is there", &there);
    let link = scene.world.one("organizations", bson::doc! { "name": "acme" }).get_object_id("_id").unwrap().to_hex();
    let account = bson::doc! { "email": "there@acme.com", "password": hash, "customerId": link, "tenantName": "acme", "role": "User", "isActive": true };
    scene.world.insert("users", vec![account]);
    scene.ok("user list", &org);
    scene.ok("user list", &["--all"]);
    for leaf in ["user show", "user disable", "user enable"] {
        scene.ok(leaf, &of(&["there@acme.com"]));
        scene.bad(leaf, &of(&["nobody@acme.com"]));
    }
    scene.ok("user set-role", &of(&["there@acme.com", "Admin"]));
    scene.bad("user set-role", &of(&["there@acme.com", "none"]));
    scene.ok_with("user check-password", &of(&["there@acme.com"]), &[], &there);
    scene.bad_with("user check-password", &of(&["there@acme.com"]), &[], &typed);
    scene.bad("user check-password", &of(&["there@acme.com", "--password-file", "user.pw"]));
    scene.ok("user check-password", &["owner@pair.com", "--core", "--password-env", "PW_ENV"]);
    scene.bad("user check-password", &of(&["nobody@acme.com", "--password-env", "PW_ENV"]));
    // A password in clear, where a hash belongs.
    let clear = scene.password("a password that is stored in clear");
    scene.world.insert("users", vec![bson::doc! { "email": "clear@acme.com", "password": &clear, "customerId": scene.world.one("users", bson::doc! { "email": "there@acme.com" }).get_str("customerId").unwrap(), "tenantName": "acme", "role": "User", "isActive": true }]);
    scene.bad_with("user check-password", &of(&["clear@acme.com"]), &[], &clear);
    scene.ok("user show", &of(&["clear@acme.com"]));
    scene.once("doctor", &[], &[], "");
    scene.ok_with("user reset-password", &of(&["clear@acme.com", "--password-stdin"]), &[], &typed);
    scene.ok("user reset-password", &of(&["there@acme.com", "--password-out", "there.pw"]));
    plant_generated(scene, "there.pw");
    scene.bad("user reset-password", &of(&["there@acme.com", "--password-out", "there.pw"]));
    scene.ok("user delete", &of(&["clear@acme.com", "--confirm", "clear@acme.com"]));
    scene.bad("user delete", &of(&["nobody@acme.com", "--confirm", "nobody@acme.com"]));
    imports(scene);
}

fn imports(scene: &Scene) {
    let (word, hash) = (word(), scene.hash_of("a hash in a list", &scene.password("the password of a hash in a list")));
    scene.plant("a password in a list", &word);
    let import = |file: &'static str| ["--org", "acme", "--role", "User", "--passwords-out", "out.csv", file];
    let rows = format!(
        "email,password,password_env,hash\ni1@acme.com,{word},,\ni2@acme.com,,,{hash}\ni3@acme.com,,PW_ENV,\ni4@acme.com,,,\n"
    );
    scene.hide("rows.csv", &rows);
    scene.ok("user import", &[&import("rows.csv")[..], &["--dry-run"]].concat());
    scene.ok("user import", &import("rows.csv"));
    plant_generated(scene, "out.csv");
    let lines = [
        json!({ "email": "j1@acme.com", "password": word }),
        json!({ "email": "j2@acme.com", "hash": hash }),
        json!({ "email": "bad", "password": word }),
        json!({ "email": "j3@acme.com", "hash": format!("{hash}x") }),
        json!({ "email": "j4@acme.com", "password": word, "hash": hash }),
        json!({ "email": "j5@acme.com", "password": word, "role": "none" }),
    ];
    scene.hide("rows.jsonl", &lines.map(|line| line.to_string()).join("\n"));
    scene.bad("user import", &["rows.jsonl", "--org", "acme", "--role", "User"]);
    for (i, text) in [
        format!("{word}\n"),
        format!("a@b.cc,{word}\n"),
        format!("mail,password\na@b.cc,{word}\n"),
        format!("email,password,{word}\na@b.cc,x,y\n"),
        format!("email,password\na@b.cc,{word},{hash}\n"),
        format!("{{\"email\":\"a@b.cc\",\"password\":[\"{word}\"]}}\n"),
        format!("{{\"email\":\"a@b.cc\",\"password\":\"{word}\n"),
        format!("\"{word}\"\n"),
        format!("{{\"email\":\"a@b.cc\"}}\n\"{word}\"\n"),
        format!("{{\"email\":\"a@b.cc\",\"hash\":{{\"a\":\"{hash}\"}}}}\n"),
    ]
    .iter()
    .enumerate()
    {
        let file = format!("broken-{i}");
        scene.hide(&file, text);
        scene.bad("user import", &[&file, "--org", "acme", "--role", "User", "--passwords-out", "never.csv"]);
    }
    scene.bad_with(
        "user import",
        &["-", "--org", "acme", "--role", "User"],
        &[],
        &format!("email,password\nno,{word}\n"),
    );
}

/// The texts of `data` in what a command printed.
fn data(printed: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(printed).unwrap();
    answer["data"][name].as_str().unwrap().to_owned()
}

fn tokens(scene: &Scene) {
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

fn keys(scene: &Scene) {
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

fn write_set(scene: &Scene, name: &str, set: &str, users: &str) {
    scene.hide(&format!("seed/{name}/seed.toml"), &set.replace("\"small\"", &format!("\"{name}\"")));
    scene.hide(&format!("seed/{name}/users.json"), users);
}

fn seeds(scene: &Scene) {
    let (demo, typed) = (word(), scene.password("a set's password on stdin"));
    scene.plant("the word of a demonstration", &demo);
    let set = SET.replace("@DEMO@", &demo);
    write_set(scene, "small", &set, SEEDED);
    scene.ok("seed list", &[]);
    for leaf in ["seed show", "seed lint"] {
        scene.ok(leaf, &["small"]);
        scene.bad(leaf, &["nothing"]);
    }
    scene.ok("seed generate", &["small", "--org", "globex"]);
    scene.ok("seed generate", &["small", "--org", "globex", "--out", "generated"]);
    let apply = ["small", "--org", "globex", "--confirm", "globex", "--password-stdin", "--passwords-out", "seeded"];
    scene.bad("seed apply", &apply[..5]);
    scene.bad_with("seed apply", &[&apply[..], &["--seed-key", "x", "--scale", "no"]].concat(), &[], &typed);
    scene.ok_with("seed apply", &apply, &[], &typed);
    plant_generated(scene, "seeded");
    let hash =
        scene.world.one("users", bson::doc! { "email": "boss@globex.com" }).get_str("password").unwrap().to_owned();
    assert!(
        bcrypt::verify(
            scene
                .world
                .command(&[])
                .get_envs()
                .find(|(name, _)| *name == "BOSS_PW")
                .unwrap()
                .1
                .unwrap()
                .to_str()
                .unwrap(),
            &hash
        )
        .unwrap()
    );
    scene.once("seed verify", &["small", "--org", "globex"], &[], "").ok();
    scene.bad("seed verify", &["small", "--org", "acme"]);
    scene.ok("seed list", &["--applied"]);
    scene.ok("seed snapshot", &["globex", "--out", "taken"]);
    scene.ok("seed snapshot", &["globex", "--out", "kept", "--keep-personal", "--audit"]);
    scene.bad("seed snapshot", &["globex", "--out", "taken"]);
    scene.ok("seed reset", &["small", "--org", "globex", "--confirm", "globex"]);
    scene.bad("seed reset", &["nothing", "--org", "globex"]);
    // Somebody's password where the name of a variable belongs, in every way to write it.
    let text = json!(scene.password("a password in a set")).to_string();
    let plain = word();
    scene.plant("a plain password in a set", &plain);
    let in_toml = |field: &str| set.replace(&format!("password = \"demo:{demo}\""), field);
    for (i, set) in [
        in_toml(&format!("password = {text}")),
        in_toml(&format!("password = \"{plain}\"")),
        in_toml(&format!("password = [\"{plain}\"]")),
        in_toml(&format!("password = {{ pick = [\"{plain}\"] }}")),
        in_toml(&format!("password = \"{plain}{{row}}\"")),
        in_toml(&format!("password = \"{plain}{{nothing}}\"")),
        in_toml(&format!("password = \"{plain}")),
        in_toml(&format!("password = {plain}")),
        set.replace("demo = true\n", ""),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("toml-{i}");
        write_set(scene, &name, set, SEEDED);
        bad_set(scene, &name);
    }
    for (i, users) in [
        SEEDED.replace("\"env:BOSS_PW\"", &text),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("[{text}]")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("{{\"$text\": {text}}}")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("{{\"$text\": \"{plain}{{nothing}}\"}}")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("{{\"$ref\": {text}}}")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("{{\"$at\": {text}}}")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("{{\"$date\": {text}}}")),
        SEEDED.replace("\"env:BOSS_PW\"", &format!("\"{plain}")),
        SEEDED.replace("\"env:BOSS_PW\"", &plain),
        SEEDED.replace("\"env:BOSS_PW\"", "1").replace("\"stdin\"", &text),
        format!("[\"{plain}\"]"),
        text.clone(),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("json-{i}");
        write_set(scene, &name, &set, users);
        bad_set(scene, &name);
    }
    for (i, users) in [
        format!("_key,email,role,password\nboss,boss@x.com,Admin,{plain}\n"),
        format!("_key,email,role,password\nboss,boss@x.com,Admin,\"{plain}\n"),
        format!("_key,email,role,password\nboss,boss@x.com,Admin,stdin,{plain}\n"),
        format!("_key,email,role,password:int\nboss,boss@x.com,Admin,{plain}\n"),
        format!("_key,email,role,password:oid\nboss,boss@x.com,Admin,{plain}\n"),
        format!("_key,email,role,password:json\nboss,boss@x.com,Admin,{plain}\n"),
        format!("_key,email,role,password:at\nboss,boss@x.com,Admin,{plain}\n"),
        format!("_key,email,role,password:ref(users)\nboss,boss@x.com,Admin,{plain}\n"),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("csv-{i}");
        write_set(scene, &name, &set.replace("users.json", "users.csv"), "");
        scene.hide(&format!("seed/{name}/users.csv"), users);
        bad_set(scene, &name);
    }
}

fn bad_set(scene: &Scene, name: &str) {
    scene.bad("seed lint", &[name]);
    for leaf in ["seed show", "seed apply", "seed generate", "seed verify", "seed reset"] {
        scene.once(leaf, &[name, "--org", "globex", "--json"], &[], "");
    }
}

fn everything_else(scene: &Scene) {
    let registry = json!({ "acme": { "screens": [] }, "globex": { "screens": [] } }).to_string();
    std::fs::write(scene.world.path("registry.json"), registry).unwrap();
    for leaf in
        ["config show", "config check", "init", "schema", "screen list", "local stop", "local status", "op list"]
    {
        scene.ok(leaf, &[]);
    }
    scene.ok("explain", &["E0312"]);
    scene.ok("completions", &["zsh"]);
    scene.ok("screen show", &["acme"]);
    scene.once("screen validate", &[], &[], "");
    scene.ok("screen validate", &["--offline"]);
    scene.ok("screen set", &["acme", "--name", "Tickets", "--url", "/t"]);
    scene.bad("screen set", &["nobody", "--name", "Tickets", "--url", "/t"]);
    scene.ok("screen diff", &["registry.json"]);
    scene.bad("screen diff", &["nowhere.json"]);
    scene.once("doctor", &["--fail-on", "error"], &[], "");
    scene.once("doctor", &["--json"], &[], "");
    scene.once("doctor", &["--fail-on", "info"], &[], "");
    scene.bad("quickstart", &["--no-install"]);
    for leaf in ["local start", "local reset"] {
        scene.bad(leaf, if leaf == "local start" { &["--no-install"] } else { &[] });
    }
}

/// Connection strings from everywhere, good and bad, before every command.
fn connections(scene: &Scene) {
    let host = format!("127.0.0.1:{}", scene.world.port);
    let lost = scene.password("the password for a server that is not there");
    let wrong = scene.password("a wrong password");
    let slip = word();
    scene.plant("a password with characters that do not belong there", &slip);
    let away =
        format!("mongodb://keeper:{}@127.0.0.1:1/?directConnection=true&appName={}", percent(&lost), scene.world.db);
    let denied = format!("mongodb://keeper:{}@{host}/?directConnection=true&authSource=admin", percent(&wrong));
    scene.hide("uri.txt", &scene.uri);
    scene.hide(".config/flowbit/uri.txt", &scene.uri);
    let profiles = "[profiles.file]\nuri_file = \"uri.txt\"\n[profiles.env]\nuri_env = \"MY_URI\"\n";
    scene.hide(".config/flowbit/config.toml", profiles);
    let good = scene.uri.as_str();
    let ways: [&[(&str, &str)]; 6] = [
        &[("FLOWBIT_URI", good), ("MONGODB_URI", &away), ("PAIR_MONGO", &denied)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_URI_FILE", "uri.txt"), ("MONGODB_URI", &away)],
        &[("FLOWBIT_URI", ""), ("MONGODB_URI", good), ("PAIR_MONGO", &away)],
        &[("FLOWBIT_URI", ""), ("PAIR_MONGO", good)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "file"), ("PAIR_MONGO", &away)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "env"), ("MY_URI", good), ("MONGODB_URI", &denied)],
    ];
    for vars in ways {
        for leaf in ["org list", "config show", "doctor"] {
            let ran = scene.once(leaf, &[], vars, "");
            assert!(leaf == "doctor" || ran.status == 0, "{vars:?}: {ran:?}");
        }
        scene.bad_with("org show", &["nobody"], vars, "");
    }
    // Both named, a connection that is a file's name, and files that others can read or that are not there.
    scene.bad_with("org list", &[], &[("FLOWBIT_PROFILE", "file")], "");
    for uri in broken_uris(&slip, &host) {
        for vars in [
            vec![("FLOWBIT_URI", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("FLOWBIT_URI_FILE", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("PAIR_MONGO", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "env"), ("MY_URI", uri.as_str())],
        ] {
            scene.bad_with("org list", &["--timeout", "1"], &vars, "");
            scene.once("config show", &[], &vars, "");
            scene.once("config show", &["--json"], &vars, "");
        }
        let user = [
            format!("[profiles.p]\nuri = {}\n", json!(uri)),
            format!("[profiles.p]\nuri_env = {}\n", json!(uri)),
            format!("[profiles.p]\nuri_file = {}\n", json!(uri)),
            format!("[profiles.p]\nuri = {uri}\n"),
            format!("[profiles.p]\nprotected = {}\n", json!(uri)),
            format!("[profiles.p]\nuri = [{}]\n", json!(uri)),
            format!("profiles = {}\n", json!(uri)),
        ];
        for text in user {
            scene.hide(".config/flowbit/config.toml", &text);
            let vars = [("FLOWBIT_URI", "")];
            scene.bad_with("org list", &["--profile", "p", "--timeout", "1"], &vars, "");
            scene.once("config show", &["--profile", "p"], &vars, "");
        }
    }
    scene.hide(".config/flowbit/config.toml", profiles);
    every_command_without_a_server(scene, &away, &denied);
}

/// Connection strings that cannot be used, with a password in each.
fn broken_uris(slip: &str, host: &str) -> Vec<String> {
    let (a, b) = slip.split_at(12);
    vec![
        format!("mongodb://keeper:{a}/{b}@{host}/"),
        format!("mongodb://keeper:{a}?{b}@{host}/"),
        format!("mongodb://keeper:{a}@{b}@{host}/"),
        format!("mongodb://keeper:{a}#{b}@{host}/"),
        format!("mongodb://keeper:{a}:{b}@{host}/"),
        format!("mongodb://keeper:{a} {b}@{host}/"),
        format!("mongodb://keeper:{a}\"{b}@{host}/"),
        format!("mongodb://keeper:{a}%zz{b}@{host}/"),
        format!("mongodb://keeper:{slip}@{host}:99999/"),
        format!("mongodb://keeper:{slip}@{host}/?authMechanism=nothing"),
        format!("mongodb://keeper:{slip}@{host}/?nothing=x&replicaSet=&tls=perhaps"),
        format!("mongodb://keeper:{slip}@/"),
        format!("mongodb+srv://keeper:{slip}@nowhere.invalid/"),
        format!("mongodb+srv://keeper:{slip}@{host}/"),
        format!("mongo://keeper:{slip}@{host}/"),
        format!("keeper:{slip}@{host}"),
        format!("mongodb://{host}/?tls=true&tlsCertificateKeyFile=nowhere.pem&tlsCertificateKeyFilePassword={slip}"),
        format!("mongodb://keeper@{host}/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:{slip}"),
        format!("mongodb://{host}/?authMechanismProperties={slip}"),
    ]
}

/// Every command, where the server is away, where it lets nobody in, and where the command itself is wrong.
fn every_command_without_a_server(scene: &Scene, away: &str, denied: &str) {
    let token = std::fs::read_to_string(scene.world.path("access.token")).unwrap();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while let Some((leaf, words)) = ROWS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    for (uri, form) in [(away, "table"), (denied, "json"), (denied, "table"), (away, "csv")] {
                        let vars = [("FLOWBIT_URI", uri), ("TOKEN", token.as_str())];
                        let more = ["--timeout", "1", "--no-input", "-o", form];
                        scene.once(leaf, &[words, &more[..]].concat(), &vars, "");
                    }
                    scene.bad_with(leaf, &[words, &["--nothing-of-the-kind"][..]].concat(), &[("TOKEN", &token)], "");
                }
            });
        }
    });
    scene.may_hold("spare-keys");
}
