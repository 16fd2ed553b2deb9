//! Whole outputs, as people and scripts see them: stdout, stderr and status, in an empty environment.

use bson::doc;

use crate::world::{PAIR, Ran, World, bare};

/// Takes out what differs from run to run.
fn settled(world: &World, ran: &Ran) -> String {
    let mut text = format!("status: {}\n--- stdout\n{}--- stderr\n{}", ran.status, ran.stdout, ran.stderr);
    for op in world.find("flowbit_ops", doc! {}) {
        text = text.replace(op.get_str("_id").unwrap(), "<operation>");
    }
    text = text
        .replace(&world.home.path().canonicalize().unwrap().display().to_string(), "<home>")
        .replace(&world.home.path().display().to_string(), "<home>");
    text.replace(&world.db, "<database>")
        .replace(&format!("127.0.0.1:{}", world.port), "<server>")
        .replace(&rustix::system::uname().nodename().to_string_lossy().into_owned(), "<host>")
}

macro_rules! same {
    ($name:literal, $world:expr, $arguments:expr) => {
        let ran = $world.run($arguments);
        let text = settled(&$world, &ran);
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
            filters => vec![
                (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", "<time>"),
                (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
                (r"20\d\d-\d\d-\d\d", "<date>"),
                (r"\d+\.\d{3} s(, [0-9,]+ documents a second)?", "<seconds>"),
                (r#""seconds": [0-9.e-]+"#, r#""seconds": <seconds>"#),
                (r"pid \d+", "pid <pid>"),
                (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
                (r"6[0-9a-f]{23}", "<id>"),
                (r"<operation>\s\s+org\.", "<operation>  org."),
            ]
        }, { insta::assert_snapshot!($name, text); });
    };
}

#[test]
fn organizations() {
    let world = World::new(PAIR);
    same!("org-list-empty", world, &["org", "list"]);
    std::fs::write(world.path("pw"), "correct horse\n").unwrap();
    same!("org-create-dry-run", world, &["org", "create", "Acme Corp", "--admin-email", "Admin@acme.com", "--dry-run"]);
    same!(
        "org-create",
        world,
        &["org", "create", "Acme Corp", "--admin-email", "Admin@acme.com", "--password-file", "pw"]
    );
    same!("org-create-again", world, &["org", "create", "acme corp", "--admin-email", "Admin@acme.com"]);
    same!(
        "org-create-if-not-exists",
        world,
        &["org", "create", "acme corp", "--admin-email", "Admin@acme.com", "--if-not-exists", "--json"]
    );
    same!("org-list", world, &["org", "list"]);
    same!("org-list-json", world, &["org", "list", "--json"]);
    same!("org-list-csv", world, &["org", "list", "-o", "csv"]);
    same!("org-list-jsonl", world, &["org", "list", "-o", "jsonl"]);
    same!("org-show", world, &["org", "show", "Acme Corp"]);
    same!("org-show-json", world, &["org", "show", "Acme Corp", "--json"]);
}

#[test]
fn renames() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    same!("org-rename-dry-run", world, &["org", "rename", "amazon", "Jungle Ltd", "--dry-run"]);
    same!("org-rename-dry-run-json", world, &["org", "rename", "amazon", "Jungle Ltd", "--dry-run", "--json"]);
    same!("org-rename-unconfirmed", world, &["org", "rename", "amazon", "Jungle Ltd"]);
    same!("org-rename", world, &["org", "rename", "amazon", "Jungle Ltd", "--confirm", "amazon"]);
    same!("org-rename-json", world, &["org", "rename", "Jungle Ltd", "Forest", "--confirm", "Jungle Ltd", "--json"]);
    same!("org-rename-nothing", world, &["org", "rename", "Forest", "Forest"]);
    same!("org-rename-taken", world, &["org", "rename", "Forest", "Amazon-Global", "--confirm", "Forest"]);
    same!("org-show-alias", world, &["org", "show", "amazon"]);
    same!("op-list", world, &["op", "list"]);
    same!("op-gc", world, &["op", "gc"]);
}

#[test]
fn deletions() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    same!("org-delete-dry-run", world, &["org", "delete", "amazon", "--dry-run"]);
    same!("org-delete", world, &["org", "delete", "amazon", "--confirm", "amazon"]);
    same!("org-list-deleted", world, &["org", "list", "--deleted"]);
    same!("org-purge-early", world, &["org", "purge", "amazon", "--confirm", "amazon"]);
    same!("org-restore-dry-run", world, &["org", "restore", "amazon", "--dry-run"]);
    same!("org-restore", world, &["org", "restore", "amazon"]);
    world.run(&["org", "delete", "amazon", "--confirm", "amazon"]).ok();
    same!("org-purge-dry-run", world, &["org", "purge", "amazon", "--before-grace-ends", "--dry-run"]);
    same!("org-purge", world, &["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon"]);
}

#[test]
fn operations() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@step:move:1:before")],
    );
    same!("op-list-open", world, &["op", "list", "--open"]);
    same!("op-list-open-json", world, &["op", "list", "--open", "--json"]);
    same!("op-show-open", world, &["op", "show", "amazon"]);
    same!("org-rename-while-open", world, &["org", "rename", "amazon", "x", "--confirm", "amazon"]);
    same!("op-rollback", world, &["op", "rollback", "amazon"]);
    world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@commit:after")],
    );
    same!("op-rollback-too-late", world, &["op", "rollback", "amazon"]);
    same!("op-resume", world, &["op", "resume", "amazon", "--json"]);
    same!("op-list-none-open", world, &["op", "list", "--open"]);
}

/// A set of two accounts and three tickets.
fn small_set(world: &World) {
    let directory = world.path("seed/small");
    std::fs::create_dir_all(&directory).unwrap();
    let manifest = r#"version = 1
name = "small"
title = "Two people and their tickets"
demo = true
as_of = "2026-01-01"
admin = "boss"

[[tenant]]
name = "acme"
[[tenant.screen]]
name = "Tickets"
url = "/tickets"

[[collection]]
name = "people"
into = "@accounts"
files = ["people.json"]
fields = { role = "User", password = "demo:StrongDemo@2025!" }

[[collection]]
name = "tickets"
files = ["tickets.csv"]
rows = 2
[collection.fields]
title = "Late truck {row:03}"
author = { ref = "people", field = "email" }
"#;
    let people =
        r#"[{"_key": "boss", "email": "boss@acme.com", "role": "Admin"}, {"_key": "anna", "email": "anna@acme.com"}]"#;
    for (file, text) in
        [("seed.toml", manifest), ("people.json", people), ("tickets.csv", "_key,title\nfirst,The first\n")]
    {
        std::fs::write(directory.join(file), text).unwrap();
    }
    std::fs::write(world.path("registry.json"), "{}\n").unwrap();
}

#[test]
fn seeding() {
    let world = World::new(PAIR);
    small_set(&world);
    same!("seed-show", world, &["seed", "show", "small"]);
    same!("seed-lint", world, &["seed", "lint", "small"]);
    same!("seed-apply-missing", world, &["seed", "apply", "small"]);
    same!("seed-apply-dry-run", world, &["seed", "apply", "small", "--create-org", "--dry-run", "--scale", "2"]);
    same!("seed-apply", world, &["seed", "apply", "small", "--create-org"]);
    same!("seed-apply-again", world, &["seed", "apply", "small"]);
    same!("seed-apply-again-json", world, &["seed", "apply", "small", "--json"]);
    same!("screen-list", world, &["screen", "list"]);
    std::fs::write(world.path("seed/small/tickets.csv"), "_key,title\nfirst,Another\nsecond,Second\n").unwrap();
    same!("seed-verify-drift", world, &["seed", "verify", "small"]);
    same!("seed-reset-dry-run", world, &["seed", "reset", "small", "--org", "acme", "--dry-run"]);
    same!("seed-reset", world, &["seed", "reset", "small", "--org", "acme", "--confirm", "acme"]);
    std::fs::write(world.path("seed/small/people.json"), "[{\"_key\": \"boss\", \"emial\": 1}]").unwrap();
    same!("seed-lint-faults", world, &["seed", "lint", "small"]);
    same!("seed-apply-broken", world, &["seed", "apply", "small"]);
}

#[test]
fn without_a_server() {
    let world = World::new(PAIR);
    same!("help", world, &["--help"]);
    same!("help-org-rename", world, &["org", "rename", "--help"]);
    same!("usage-unknown", world, &["org", "renam", "a", "b"]);
    same!("usage-missing-json", world, &["org", "rename", "a", "--json"]);
    // As a table its columns are as wide as this machine's paths.
    same!("config-show", world, &["config", "show", "-o", "csv"]);
    same!("explain", world, &["explain", "e0302"]);
    same!("init", world, &["init"]);
    let home = tempfile::tempdir().unwrap();
    let ran = Ran::from(bare(home.path()).args(["org", "list"]).output().unwrap());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("no-server", settled(&world, &ran));
    });
}

/// Every command has a summary in the imperative and at least one example.
#[test]
fn every_command_has_examples() {
    fn walk(command: &clap::Command, path: &str) {
        let about = command.get_about().unwrap_or_else(|| panic!("{path} has no summary")).to_string();
        assert!(about.starts_with(char::is_uppercase), "{path}: {about}");
        if command.get_subcommands().next().is_none() {
            let examples = command.get_after_help().unwrap_or_else(|| panic!("{path} has no examples")).to_string();
            assert!(examples.starts_with("Examples:\n  ") && examples.contains("flowbit "), "{path}: {examples}");
        }
        for sub in command.get_subcommands() {
            walk(sub, &format!("{path} {}", sub.get_name()));
        }
    }
    walk(&flowbit::commands::command(), "flowbit");
}
