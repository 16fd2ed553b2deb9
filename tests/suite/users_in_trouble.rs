//! Accounts where something comes in between: a kill, an interruption, a server without transactions; and every preset.

use std::process::Stdio;

use bson::doc;

use crate::users::{PASSWORD, rich, verifies};
use crate::world::{Ran, World, sample};

/// A new account, or another password.
fn killed_at(create: bool, place: &str, (resumed, closed, undone): (&mut u32, &mut u32, &mut u32), back: bool) {
    let world = killed_world();
    let is_done = || {
        if create {
            let there = !world.find("users", doc! { "email": "ana@acme.com" }).is_empty();
            assert_eq!(there, !world.find("org_acme_members", doc! { "mail": "ana@acme.com" }).is_empty());
            return there;
        }
        let bo = world.one("users", doc! { "email": "bo@acme.com" });
        assert_eq!(bo.get("password"), world.one("org_acme_members", doc! { "mail": "bo@acme.com" }).get("password"));
        verifies(&bo, "password", "another password")
    };
    let ran = world.run_with(words_of(create), &[("FLOWBIT_FAULT", &format!("kill@{place}"))]);
    assert_eq!(ran.status, 137, "{place}: {ran:?}");
    if let Some((id, state)) = world.open_operation() {
        let checked = format!("{:?}", world.find("flowbit_ops", doc! { "open": true })).contains("\"checked\"");
        if back && state != "committed" {
            world.run(&["op", "rollback", &id, "--json"]).ok();
            *undone += 1;
            assert!(!is_done(), "{place}");
        } else if checked {
            world.run(&["op", "resume", &id, "--json"]).ok();
            *resumed += 1;
            assert!(is_done(), "{place}");
        } else {
            let ran = world.run(&["op", "resume", &id, "--json"]).fails(5, "E0304");
            assert_eq!(ran.error()["next"][0], "repeat the command");
            *closed += 1;
            assert!(!is_done(), "{place}");
        }
    }
    assert_eq!(world.open_operation(), None);
    // Repeated it ends as if it had not been killed.
    if !is_done() {
        world.run(words_of(create)).ok();
    }
    assert!(is_done(), "{place}");
    let ops = world.find("flowbit_ops", doc! {});
    let ops: Vec<&str> = ops.iter().map(|op| op.get_str("_id").unwrap()).collect();
    assert_eq!(world.find("flowbit_held", doc! { "op": { "$in": ops } }).len(), 0, "{place}");
}

fn killed_world() -> World {
    let world = World::with_acme(&rich());
    world.add("bo@acme.com", "User");
    std::fs::write(world.path("new"), "another password\n").unwrap();
    world
}

fn words_of(create: bool) -> &'static [&'static str] {
    match create {
        true => {
            &["user", "create", "ana@acme.com", "--org", "acme", "--role", "User", "--password-file", "pw", "--json"]
        }
        false => &["user", "reset-password", "bo@acme.com", "--org", "acme", "--password-file", "new", "--json"],
    }
}

#[test]
fn a_killed_change_is_finished_or_undone() {
    for create in [true, false] {
        let world = killed_world();
        let trace = world.path("trace");
        world.run_with(words_of(create), &[("FLOWBIT_FAULT", &format!("trace@{}", trace.display()))]).ok();
        let text = std::fs::read_to_string(trace).unwrap();
        let places: Vec<String> = text.lines().map(str::to_owned).collect();
        let (mut resumed, mut closed, mut undone) = (0, 0, 0);
        for (n, place) in sample("a change of an account, killed", &places, 16).iter().enumerate() {
            killed_at(create, place, (&mut resumed, &mut closed, &mut undone), n % 2 == 0);
        }
        // The moments that matter are always among them.
        killed_at(create, "commit:before#1", (&mut resumed, &mut closed, &mut undone), false);
        killed_at(create, "commit:before#1", (&mut resumed, &mut closed, &mut undone), true);
        killed_at(create, "begin:after#1", (&mut resumed, &mut closed, &mut undone), false);
        killed_at(create, "commit:after#1", (&mut resumed, &mut closed, &mut undone), true);
        assert!(resumed > 1 && closed > 0 && undone > 0, "{resumed} resumed, {closed} closed, {undone} undone");
    }
}

#[test]
fn every_preset_serves_accounts() {
    for preset in ["flowbit", "tickets", "tickets-fastapi", "tenant-databases", "inventory", "org-collections"] {
        let text = flowbit::config::preset_text(preset).unwrap();
        let text = text
            .replace("cost = 12", "cost = 4")
            .replace("cost = 10", "cost = 4")
            .replace("memory = 65536", "memory = 64");
        let world = World::with_acme(&text.replace("\"tenant_{slug}", "\"@DB@_{slug}"));
        let role = if ["flowbit", "tickets", "tickets-fastapi"].contains(&preset) { "User" } else { "STAFF" };
        let role = if ["tenant-databases", "org-collections"].contains(&preset) { "user" } else { role };
        let admin = world.user("show", &["admin@acme.com", "--org", "acme"]).ok().json()["data"]["role"].clone();
        let made = world
            .user("create", &["ana@acme.com", "--org", "acme", "--role", role, "--password-file", "pw"])
            .ok()
            .json();
        let shown = world.user("show", &["ana@acme.com", "--org", "acme"]).ok().json();
        assert_eq!(
            (&shown["data"]["id"], &shown["data"]["role"]),
            (&made["data"]["user"]["id"], &role.into()),
            "{preset}"
        );
        assert_eq!(shown["data"]["hash"]["accepted"], true, "{preset}");
        // A backend finds in it what it finds in the administrator's, which `org create` made.
        let fields =
            |ran: &serde_json::Value| ran["data"]["fields"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            fields(&shown),
            fields(&world.user("show", &["admin@acme.com", "--org", "acme"]).ok().json()),
            "{preset}"
        );
        world.run(&["user", "check-password", "ana@acme.com", "--org", "acme", "--password-file", "pw"]).ok();
        world.user("set-role", &["ana@acme.com", admin.as_str().unwrap(), "--org", "acme"]).ok();
        let disabled = world.user("disable", &["admin@acme.com", "--org", "acme"]);
        match preset {
            "tickets-fastapi" | "org-collections" => drop(disabled.fails(5, "E0317")),
            _ => {
                disabled.ok();
                world.user("disable", &["ana@acme.com", "--org", "acme"]).fails(10, "E1006");
            }
        }
        world.user("reset-password", &["ana@acme.com", "--org", "acme", "--password-out", "new"]).ok();
        world.run(&["user", "check-password", "ana@acme.com", "--org", "acme", "--password-file", "new"]).ok();
        world.user("delete", &["admin@acme.com", "--org", "acme", "--confirm", "admin@acme.com"]).ok();
        let left = world.user("list", &["--all"]).ok().json()["data"].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["email"]), (1, &"ana@acme.com".into()), "{preset}");
        let checked = world.run(&["doctor", "--json"]);
        assert!(!format!("{}{}", checked.stdout, checked.stderr).contains("$2b$04$"));
    }
}

#[test]
fn a_standalone_server_and_a_protected_profile() {
    let (port, mut holder) = crate::servers::start_mongod(None);
    let mut world = World::on(port, &rich());
    std::fs::write(world.path("pw"), format!("{PASSWORD}\n")).unwrap();
    world.found("acme", "admin@acme.com");
    world.add("ana@acme.com", "User");
    world.user("reset-password", &["ana@acme.com", "--org", "acme", "--password-out", "new"]).ok();
    let new = std::fs::read_to_string(world.path("new")).unwrap();
    let (user, copy) = (
        world.one("users", doc! { "email": "ana@acme.com" }),
        world.one("org_acme_members", doc! { "mail": "ana@acme.com" }),
    );
    assert!(verifies(&user, "password", new.trim()) && user.get("password") == copy.get("password"));
    // Killed between two documents it only goes forward.
    let words = ["user", "set-role", "ana@acme.com", "Manager", "--org", "acme", "--json"];
    let ran = world.run_with(&words, &[("FLOWBIT_FAULT", "kill@commit:after")]);
    assert_eq!(ran.status, 137, "{ran:?}");
    let (id, _) = world.open_operation().unwrap();
    world.run(&["op", "resume", &id, "--json"]).ok();
    assert_eq!(world.one("users", doc! { "email": "ana@acme.com" }).get_str("role").unwrap(), "Manager");

    let config = world.path("config/flowbit");
    std::fs::create_dir_all(&config).unwrap();
    let profile = format!("[profiles.production]\nuri = \"{}\"\nprotected = true\n", world.uri());
    std::fs::write(config.join("config.toml"), profile).unwrap();
    let home = world.path("config");
    world.env("XDG_CONFIG_HOME", home.to_str().unwrap());
    let disable = ["--profile", "production", "user", "disable", "ana@acme.com", "--org", "acme", "--json"];
    world.run(&disable).fails(10, "E1003");
    world.run(&[&disable[..], &["--confirm", "ana@acme.com"]].concat()).fails(10, "E1003");
    world.run(&[&disable[..], &["--confirm", "ana@acme.com", "--reason", "left"]].concat()).ok();
    drop(world);
    drop(holder.stdin.take());
    let _ = holder.wait();
}

#[test]
fn an_interruption_before_anything_is_begun_leaves_no_password() {
    let world = World::with_acme(&rich().replace("cost = 4 }", "cost = 13 }"));
    let words = ["user", "create", "ana@acme.com", "--org", "acme", "--role", "User", "--json"];
    let child = world.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let file = world.path("ana@acme.com.password");
    while !file.exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    Ran::from(child.wait_with_output().unwrap()).fails(130, "E1301");
    assert!(!file.exists());
    assert!(world.find("users", doc! { "email": "ana@acme.com" }).is_empty());
}
