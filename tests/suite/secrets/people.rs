//! Organizations, accounts, and lists of them.

use serde_json::json;

use super::plant_generated;
use super::scene::{Scene, word};

pub fn organizations(scene: &Scene) {
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

pub fn accounts(scene: &Scene) {
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

pub fn imports(scene: &Scene) {
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
