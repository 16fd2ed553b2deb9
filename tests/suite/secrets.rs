//! Secrets are planted in every place where one can come from, every command is run, well and badly, and then all that
//! was said and all that was written is searched for them.

mod connections;
mod keys;
mod people;
mod scene;
mod sets;
mod trail;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::tokens::platform;
use scene::{Scene, typed_into, word};

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
    ("audit query", &["--org", "acme", "--since", "start"]),
    ("audit show", &["000000000000000000000000"]),
    ("audit timeline", &["--target", "000000000000000000000000"]),
    ("audit stats", &["--org", "acme", "--since", "start"]),
    ("audit index", &["--time"]),
    ("audit seal", &["--all", "--keys", "seal-keys"]),
    ("audit verify", &["--all", "--keys", "seal-keys"]),
    ("audit prune", &["--all", "--before", "1d", "--confirm", "1", "--keys", "seal-keys"]),
    ("audit hold place", &["h", "--all", "--reason", "r", "--keys", "seal-keys"]),
    ("audit hold release", &["h", "--all", "--reason", "r", "--confirm", "h", "--keys", "seal-keys"]),
    ("audit hold list", &["--all", "--keys", "seal-keys"]),
    ("audit export", &["--all", "--out", "entries"]),
    ("audit tail", &["--all"]),
    ("audit doctor", &["--all"]),
    ("isolation check", &["--rules", "I17"]),
    ("isolation show", &["report.json"]),
    ("isolation baseline add", &["9c07", "--from", "report.json", "--until", "9d", "--reason", "r"]),
    ("isolation baseline list", &[]),
    ("isolation baseline remove", &["9c07"]),
    ("isolation explain", &["I07"]),
    ("isolation probe", &["--api", "http://127.0.0.1:9", "--as", "acme,globex", "--confirm", "globex"]),
    ("isolation grants", &["--all"]),
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

    people::organizations(&scene);
    people::accounts(&scene);
    keys::tokens(&scene);
    keys::keys(&scene);
    keys::seals(&scene);
    sets::seeds(&scene);
    trail::asked(&scene);
    everything_else(&scene);
    connections::connections(&scene);
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

/// The texts of `data` in what a command printed.
fn data(printed: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(printed).unwrap();
    answer["data"][name].as_str().unwrap().to_owned()
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
    scene.ok("audit export", &["--all", "--out", "entries"]);
    scene.ok("audit export", &["--all", "--out", "-"]);
    scene.bad("audit export", &["--org", "nobody", "--out", "more"]);
    scene.ok("audit tail", &["--all", "--since", "start"]);
    scene.bad("audit tail", &["--org", "nobody"]);
    scene.once("doctor", &["--fail-on", "error"], &[], "");
    scene.once("doctor", &["--json"], &[], "");
    scene.ok("audit doctor", &["--all"]);
    scene.once("doctor", &["--fail-on", "info"], &[], "");
    let report = crate::isolation_baseline::report().to_string().replace("\"error\"", "\"warning\"");
    std::fs::write(scene.world.path("report.json"), report).unwrap();
    scene.once("isolation check", &["--json", "--fail-on", "info", "--html", "-"], &[], "");
    scene.once(
        "isolation check",
        &["--org", "acme", "--html", "i.html", "--sarif", "i.sarif", "--junit", "i.xml"],
        &[],
        "",
    );
    scene.ok("isolation check", &["--rules", "I17"]);
    scene.ok("isolation show", &["report.json", "--sarif", "-"]);
    scene.ok("isolation baseline add", &["9c07", "--from", "report.json", "--until", "9d", "--reason", "r"]);
    scene.ok("isolation baseline list", &[]);
    scene.ok("isolation grants", &["--all", "--commands"]);
    scene.bad("isolation grants", &["--org", "nobody"]);
    scene.ok("isolation grants", &["--org", "acme", "--apply", "--passwords", "tenant-users"]);
    let written = std::fs::read_to_string(scene.world.path("tenant-users")).unwrap();
    for line in written.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        scene.plant("a tenant's password", line["password"].as_str().unwrap());
    }
    scene.may_hold("tenant-users");
    scene.ok("isolation grants", &["--org", "acme", "--test"]);
    scene.ok("isolation grants", &["--org", "acme", "--remove", "--confirm", "acme"]);
    scene.ok("isolation explain", &["9c07", "--from", "report.json"]);
    scene.ok("isolation baseline remove", &["9c07"]);
    scene.ok("isolation probe", &["--list"]);
    scene.bad("isolation probe", &["--api", "http://127.0.0.1:9", "--as", "acme,globex"]);
    scene.bad("quickstart", &["--no-install"]);
    for leaf in ["local start", "local reset"] {
        scene.bad(leaf, if leaf == "local start" { &["--no-install"] } else { &[] });
    }
}
