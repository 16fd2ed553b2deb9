//! Seed sets, good and broken.

use serde_json::json;

use super::plant_generated;
use super::scene::{Scene, word};

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

fn write_set(scene: &Scene, name: &str, set: &str, users: &str) {
    scene.hide(&format!("seed/{name}/seed.toml"), &set.replace("\"small\"", &format!("\"{name}\"")));
    scene.hide(&format!("seed/{name}/users.json"), users);
}

pub fn seeds(scene: &Scene) {
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
