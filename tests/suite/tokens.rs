//! Tokens through the binary: made, looked at layer by layer, refreshed, taken back; and what renames mean for them.

use bson::{Document, doc, oid::ObjectId};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::world::{PAIR, Ran, World};

pub const SECRET: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";
pub const REFRESH: &str = "Qw3!eR5tY7uI9oP1aS2dF4gH6jK8lZ0x";

/// The pair, with tokens of every kind.
pub fn platform() -> String {
    PAIR.replace("admin_role = \"Admin\"\n", "admin_role = \"Admin\"\nroles = [\"Admin\", \"User\"]\n")
        .replace("[store]", TOKENS)
}

const TOKENS: &str = r#"[core]
collection = "core_users"
state = { field = "isActive", active = true, inactive = false }
lower_case_email = true
admin_role = "Owner"
hash = { scheme = "bcrypt", cost = 4 }
[core.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
role = "{role}"
isActive = true
[token]
algorithm = "HS256"
secret_env = "JWT_SECRET"
refresh_secret_env = "REFRESH_SECRET"
expires = 900
refresh_expires = 3600
claims = { iss = "pair", aud = "pair-api", type = "access", context = "tenant", sub = "{account.id:string}", email = "{email}", org = "{org.id:string}", tenant = "{slug}", role = "{role}" }
core_claims = { iss = "pair", aud = "pair-api", type = "access", context = "core", sub = "{account.id:string}", role = "{role}" }
refresh_claims = { iss = "pair", aud = "pair-api", type = "refresh", sub = "{account.id:string}", org = "{org.id:string}" }
refresh_store = { collection = "refresh_tokens", state = { field = "revoked", active = false, inactive = true }, fields = { hash = "{token.hash}", family = "{token.family}", user = "{account.id:string}", revoked = false, until = "{token.expires}" } }
[store]"#;

/// A world with keys and an organization.
pub fn world() -> World {
    let mut world = World::new(&platform());
    world.env("JWT_SECRET", SECRET);
    world.env("REFRESH_SECRET", REFRESH);
    world
}

pub fn org(world: &World, name: &str) {
    world.run(&["org", "create", name, "--admin-email", &format!("admin@{name}.com")]).ok();
}

/// An account, straight into the database.
pub fn account(world: &World, org: &str, email: &str, role: &str, active: bool) -> ObjectId {
    let found = world.one("organizations", doc! { "name": org });
    let id = ObjectId::new();
    let link = found.get_object_id("_id").unwrap().to_hex();
    world.insert(
        "users",
        vec![doc! { "_id": id, "email": email, "password": "$2b$04$x", "customerId": link, "tenantName": org, "role": role, "isActive": active }],
    );
    id
}

pub fn raw(world: &World, arguments: &[&str]) -> String {
    let mut all = vec!["token", "issue"];
    all.extend(arguments);
    all.push("--raw");
    world.run(&all).ok().stdout.trim_end().to_owned()
}

pub fn with_token(world: &World, token: &str, arguments: &[&str]) -> Ran {
    let file = world.path(&format!("token-{}", ObjectId::new().to_hex()));
    std::fs::write(&file, token).unwrap();
    let mut all: Vec<&str> = arguments.to_vec();
    let shown = file.display().to_string();
    all.extend(["--token-file", &shown, "--json"]);
    world.run(&all)
}

pub fn verify(world: &World, token: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["token", "verify"];
    all.extend(arguments);
    let ran = with_token(world, token, &all);
    let answer = ran.json();
    let valid = answer["data"]["valid"].as_bool().unwrap();
    assert_eq!(ran.status, if valid { 0 } else { 6 }, "{ran:?}");
    assert_eq!(answer["ok"], valid);
    answer["data"].clone()
}

pub fn sign(header: Value, claims: &Value, secret: &str) -> String {
    let header: Header = serde_json::from_value(header).unwrap();
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub fn now() -> i64 {
    bson::DateTime::now().timestamp_millis() / 1000
}

pub fn hs256() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

#[test]
fn the_verdict_says_what_the_backend_would_do() {
    let world = world();
    org(&world, "acme");
    account(&world, "acme", "anna@acme.com", "User", true);
    let token = raw(&world, &["--org", "acme", "--user", "anna@acme.com"]);
    let backend = |platform: &str| {
        std::fs::write(world.path("flowbit.toml"), platform).unwrap();
        verify(&world, &token, &[])["backend"].as_str().unwrap().to_owned()
    };
    let (reads, trusts) = (platform(), platform().replace("expires = 900\n", "expires = 900\ntrusted = true\n"));
    let looks_for_user = trusts.replace("trusted = true\n", "trusted = true\nchecks = [\"user\"]\n");
    assert_eq!(backend(&reads), "accepts");
    world.wait(async {
        let set = doc! { "$set": { "isActive": false } };
        world.collection("users").update_one(doc! { "email": "anna@acme.com" }, set).await.unwrap();
    });
    assert_eq!([backend(&reads), backend(&trusts), backend(&looks_for_user)], ["refuses", "accepts", "accepts"]);
    world.wait(async { world.collection("users").delete_one(doc! { "email": "anna@acme.com" }).await.unwrap() });
    assert_eq!([backend(&reads), backend(&trusts), backend(&looks_for_user)], ["refuses", "accepts", "refuses"]);
}

#[test]
fn tokens_say_what_the_database_says() {
    let world = world();
    org(&world, "acme");
    account(&world, "acme", "anna@acme.com", "User", true);
    account(&world, "acme", "ben@acme.com", "User", false);
    account(&world, "acme", "carl@acme.com", "Boss", true);
    let issue = |arguments: &[&str]| {
        let mut all = vec!["token", "issue", "--json"];
        all.extend(arguments);
        world.run(&all)
    };
    let made = issue(&["--org", "acme", "--user", "ANNA@acme.com", "--ttl", "5m", "--reason", "a test"]).ok().json();
    let token = made["data"]["token"].as_str().unwrap();
    let claims: Value = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims;
    let link = world.one("users", doc! { "email": "anna@acme.com" });
    assert_eq!(claims["sub"], link.get_object_id("_id").unwrap().to_hex());
    assert_eq!(
        (&claims["tenant"], &claims["role"], &claims["type"]),
        (&json!("acme"), &json!("User"), &json!("access"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    let audit = world.one("audit_logs", doc! { "action": "token.issued" });
    assert_eq!(audit.get_document("details").unwrap().get_str("user").unwrap(), "anna@acme.com");
    let entry = world.one("flowbit_tokens", doc! {});
    assert_eq!(entry.get_str("reason").unwrap(), "a test");
    for stored in [&audit, &entry] {
        assert!(!stored.to_string().contains(&token[..40]), "{stored}");
    }
    // A token that could not be handed over is recorded all the same.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let lost =
        world.command(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--raw"]).stdout(full).output();
    assert!(String::from_utf8(lost.unwrap().stderr).unwrap().contains("changed:   yes"));
    assert_eq!(world.count("flowbit_tokens"), 2);
    let indexes = world.command_on(doc! { "listIndexes": "flowbit_tokens" }).to_string();
    assert!(indexes.contains("expireAfterSeconds"), "{indexes}");
    let before = (world.count("flowbit_tokens"), world.count("audit_logs"));
    issue(&["--org", "acme", "--user", "ben@acme.com"]).fails(5, "E0317");
    issue(&["--org", "acme", "--user", "carl@acme.com"]).fails(5, "E0317");
    issue(&["--org", "acme", "--user", "dora@acme.com"]).fails(3, "E0207");
    issue(&["--org", "nowhere", "--user", "anna@acme.com"]).fails(3, "E0201");
    issue(&["--user", "anna@acme.com"]).fails(2, "E0101");
    issue(&["--org", "acme", "--user", "anna@acme.com", "--ttl", "16m"]).fails(2, "E0101");
    issue(&["--org", "acme", "--user", "anna@acme.com", "--ttl", "soon"]).fails(2, "E0101");
    issue(&["--org", "acme", "--user", "anna@acme.com", "--support"]).fails(2, "E0101");
    issue(&["--context", "core", "--user", "anna@acme.com"]).fails(3, "E0207");
    world
        .run_with(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--json"], &[("JWT_SECRET", "")])
        .fails(2, "E0130");
    let weak = &[("JWT_SECRET", "supersecret")];
    world.run_with(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--json"], weak).fails(2, "E0129");
    assert_eq!((world.count("flowbit_tokens"), world.count("audit_logs")), before);
    let allowed = world
        .run_with(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--allow-weak-secret", "--raw"], weak)
        .ok();
    std::fs::write(world.path("weak"), allowed.stdout).unwrap();
    let looked = world.run_with(&["token", "verify", "--token-file", "weak", "--json"], weak);
    assert_eq!((looked.status, looked.json()["data"]["reason"].clone()), (6, json!("weak_secret")));
}

#[test]
fn a_support_token_says_who_acts() {
    let world = world();
    org(&world, "acme");
    let token = raw(&world, &["--org", "acme", "--user", "admin@acme.com", "--support", "--reason", "ticket 4711"]);
    let answer = verify(&world, &token, &[]);
    assert_eq!((&answer["valid"], &answer["acting"]), (&json!(true), &json!("tester")), "{answer}");
    let audit = world.one("audit_logs", doc! { "action": "token.support-issued" });
    assert_eq!(audit.get_document("details").unwrap().get_str("acting").unwrap(), "tester");
    let shown = with_token(&world, &token, &["token", "inspect"]).ok().json();
    assert_eq!((&shown["data"]["verified"], &shown["data"]["claims"]["act"]["sub"]), (&json!(false), &json!("tester")));
    let long = [
        "token",
        "issue",
        "--org",
        "acme",
        "--user",
        "admin@acme.com",
        "--support",
        "--ttl",
        "1h",
        "--reason",
        "x",
        "--json",
    ];
    world.run(&long).fails(2, "E0101");
}

#[test]
fn a_refresh_token_is_good_once_and_its_second_use_ends_the_log_in() {
    let world = world();
    org(&world, "acme");
    let first =
        world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--refresh", "--json"]).ok().json();
    let first = first["data"].clone();
    let (access, refresh) = (first["token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    assert_eq!(verify(&world, refresh, &["--use", "refresh"])["valid"], true);
    let second = with_token(&world, refresh, &["token", "refresh"]).ok().json()["data"].clone();
    let (access2, refresh2) = (second["token"].as_str().unwrap(), second["refresh_token"].as_str().unwrap());
    assert_eq!(verify(&world, access2, &[])["valid"], true);
    assert_eq!(verify(&world, refresh, &["--use", "refresh"])["reason"], "refresh_used");
    let stored = world.find("refresh_tokens", doc! {});
    assert_eq!(stored.iter().filter(|entry| entry.get_bool("revoked").unwrap()).count(), 1);
    assert!(stored.iter().all(|entry| !entry.to_string().contains(refresh)), "stored in clear");
    with_token(&world, access2, &["token", "refresh"]).fails(4, "E0404");
    let reused = with_token(&world, refresh, &["token", "refresh"]);
    assert_eq!(reused.error()["changed"], true);
    reused.fails(4, "E0405");
    with_token(&world, refresh2, &["token", "refresh"]).fails(4, "E0404");
    for token in [access, access2] {
        let answer = verify(&world, token, &[]);
        assert_eq!(answer["reason"], "family_revoked", "{answer}");
    }
    assert!(world.find("refresh_tokens", doc! {}).iter().all(|entry| entry.get_bool("revoked").unwrap()));
    assert_eq!(world.find("audit_logs", doc! { "action": "token.reused" }).len(), 1);
    // A fresh log-in is not concerned.
    let fresh = raw(&world, &["--org", "acme", "--user", "admin@acme.com"]);
    assert_eq!(verify(&world, &fresh, &[])["valid"], true);
}

#[test]
fn of_two_who_refresh_at_once_at_most_one_gets_tokens() {
    let world = world();
    org(&world, "acme");
    for _ in 0..4 {
        let made = world
            .run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--refresh", "--json"])
            .ok()
            .json();
        std::fs::write(world.path("refresh"), made["data"]["refresh_token"].as_str().unwrap()).unwrap();
        let start = || {
            let mut command = world.command(&["token", "refresh", "--token-file", "refresh", "--json"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let (one, two) = (start(), start());
        let ends = [Ran::from(one.wait_with_output().unwrap()), Ran::from(two.wait_with_output().unwrap())];
        let made: Vec<&Ran> = ends.iter().filter(|ran| ran.status == 0).collect();
        assert!(made.len() <= 1, "{ends:?}");
        // Two had it: whoever got new tokens has them no longer.
        for ran in &made {
            let token = ran.json()["data"]["token"].as_str().unwrap().to_owned();
            assert_eq!(verify(&world, &token, &[])["reason"], "family_revoked");
        }
        assert!(ends.iter().any(|ran| ran.status == 4), "{ends:?}");
    }
}

#[test]
fn what_was_taken_back_stays_so_and_the_answer_says_what_the_backend_does() {
    let world = world();
    org(&world, "acme");
    let made = world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--json"]).ok().json();
    let id = made["data"]["id"].as_str().unwrap();
    let first = world.run(&["token", "revoke", "--id", id, "--json"]).ok().json();
    assert_eq!((&first["changed"], &first["data"]["backend_reads"]), (&json!(true), &json!(false)));
    assert!(first["warnings"][0].as_str().unwrap().contains("does not look revocations up"), "{first}");
    let again = world.run(&["token", "revoke", "--id", id, "--json"]).ok().json();
    assert_eq!(again["changed"], false);
    world.run(&["token", "revoke", "--id", "nothing", "--json"]).fails(3, "E0209");
    world.run(&["token", "revoke", "--org", "acme", "--json"]).fails(10, "E1001");
    let before = (world.count("flowbit_revoked"), world.count("audit_logs"));
    let planned = world.run(&["token", "revoke", "--org", "acme", "--dry-run", "--json"]).ok().json();
    assert_eq!((&planned["changed"], &planned["data"]["plan"]["tokens"]), (&json!(false), &json!(0)), "{planned}");
    assert_eq!((world.count("flowbit_revoked"), world.count("audit_logs")), before);
    let listed = world.run(&["token", "list", "--all", "--json"]).ok().json();
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["state"]), (1, &json!("revoked")));
    assert_eq!(world.run(&["token", "list", "--json"]).ok().json()["data"], json!([]));
    let ends = world.one("flowbit_revoked", doc! {});
    assert!(ends.get_datetime("until").unwrap() > &bson::DateTime::now());
    // A backend that looks them up has the entry where it looks.
    let reads = platform().replace("[store]\n", "[token.revocations]\ncollection = \"revoked\"\nfields = { _id = \"{token.id}\", until = \"{token.expires}\" }\n[store]\n");
    std::fs::write(world.path("flowbit.toml"), reads).unwrap();
    let made = world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--json"]).ok().json();
    let id = made["data"]["id"].as_str().unwrap();
    let told = world.run(&["token", "revoke", "--id", id, "--json"]).ok().json();
    assert_eq!((&told["data"]["backend_reads"], &told["warnings"]), (&json!(true), &json!([])));
    assert_eq!(world.one("revoked", doc! {}).get_str("_id").unwrap(), id);
    let token = made["data"]["token"].as_str().unwrap();
    world.wait(async { world.collection("flowbit_revoked").delete_many(doc! {}).await.unwrap() });
    world.wait(async { world.collection("flowbit_tokens").delete_many(doc! {}).await.unwrap() });
    let answer = verify(&world, token, &[]);
    assert_eq!((&answer["reason"], &answer["backend"]), (&json!("revoked"), &json!("refuses")));
}

#[test]
fn a_rename_lists_the_tokens_with_the_old_name_and_keeps_it_as_long() {
    let world = world();
    org(&world, "acme");
    let before = bson::DateTime::now().timestamp_millis();
    let platform = platform()
        .replace("expires = 900\n", "expires = 2592000\n")
        .replace("[registry]", "[keep]\nalias_days = 1\n[registry]");
    std::fs::write(world.path("flowbit.toml"), platform).unwrap();
    let token = raw(&world, &["--org", "acme", "--user", "admin@acme.com"]);
    let renamed = world.run(&["org", "rename", "acme", "acme-global", "--confirm", "acme", "--json"]).ok().json();
    assert_eq!(renamed["data"]["tokens"]["known"], 1, "{renamed}");
    assert!(renamed["next"].to_string().contains("token list --org acme-global --stale"), "{renamed}");
    let listed = world.run(&["token", "list", "--org", "acme-global", "--stale", "--json"]).ok().json();
    assert_eq!(listed["data"][0]["stale"][0], json!({ "claim": "tenant", "says": "acme", "now": "acme-global" }));
    let kept: Document = world.one("flowbit_names", doc! { "_id": { "$regex": "^name:" } });
    assert!(kept.get_datetime("until").unwrap().timestamp_millis() >= before + 2_592_000_000);
    assert_eq!(verify(&world, &token, &[])["reason"], "org_renamed");
    let fresh = raw(&world, &["--org", "acme-global", "--user", "admin@acme.com"]);
    let deleted = world.run(&["org", "delete", "acme-global", "--confirm", "acme-global", "--json"]).ok().json();
    assert_eq!(deleted["data"]["tokens"]["known"], 2, "{deleted}");
    assert_eq!(verify(&world, &fresh, &[])["reason"], "org_deleted");
    world.run(&["org", "restore", "acme-global"]).ok();
    assert_eq!(verify(&world, &fresh, &[])["reason"], "org_revoked");
}

#[test]
fn a_token_never_stands_on_the_command_line() {
    let world = world();
    let token = sign(hs256(), &json!({ "sub": "x" }), SECRET);
    for verb in ["verify", "inspect", "refresh", "revoke"] {
        let ran = world.run(&["token", verb, &token, "--json"]);
        assert!(!ran.stderr.contains(&token[..30]), "{ran:?}");
        ran.fails(2, "E0104");
    }
    world.run(&["token", "verify", "--token-file", "nothing", "--json"]).fails(1, "E0003");
    let shared = World::new(PAIR);
    shared.run(&["token", "list", "--json"]).fails(2, "E0131");
}

#[test]
fn collections_of_the_platform_keep_their_indexes_and_a_purge_forgets_tokens() {
    let world = world();
    org(&world, "acme");
    let old = bson::DateTime::from_millis(1_000);
    world.insert("refresh_tokens", vec![doc! { "hash": "h", "user": "u", "revoked": false, "until": old }]);
    world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--refresh"]).ok();
    let indexes = world.command_on(doc! { "listIndexes": "refresh_tokens" }).to_string();
    assert!(!indexes.contains("expireAfterSeconds"), "what was there would be deleted: {indexes}");
    assert_eq!(world.count("refresh_tokens"), 2);
    // Its own refresh token, which flowbit did not make, ends where the backend looks.
    let theirs = "some-random-text-of-the-backend";
    let digest: String = {
        use sha2::Digest;
        sha2::Sha256::digest(theirs.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    world.insert("refresh_tokens", vec![doc! { "hash": &digest, "user": "u", "revoked": false, "until": old }]);
    with_token(&world, theirs, &["token", "revoke"]).ok();
    assert!(world.one("refresh_tokens", doc! { "hash": &digest }).get_bool("revoked").unwrap());
    assert_eq!(with_token(&world, theirs, &["token", "revoke"]).ok().json()["changed"], false);
    world.run(&["org", "delete", "acme", "--confirm", "acme", "--keep-days", "0"]).ok();
    world.run(&["org", "purge", "acme", "--confirm", "acme"]).ok();
    assert_eq!(world.count("flowbit_tokens"), 0);
}

#[test]
fn a_refresh_token_is_told_from_an_access_token_also_where_it_is_random_text() {
    let mut world = World::new(
        &flowbit::config::preset_text("tenant-databases").unwrap().replace("\"tenant_{slug}\"", "\"@DB@_{slug}\""),
    );
    world.env("SECRET_KEY", SECRET);
    world.env("PW", "a password");
    world.run(&["user", "create", "owner@platform.com", "--core", "--password-env", "PW"]).ok();
    let issue = ["token", "issue", "--context", "core", "--user", "owner@platform.com", "--refresh", "--json"];
    let made = world.run(&issue).ok().json()["data"].clone();
    let (access, refresh) = (made["token"].as_str().unwrap(), made["refresh_token"].as_str().unwrap());
    assert_eq!(verify(&world, access, &[])["context"], "core");
    assert_eq!(verify(&world, access, &["--use", "refresh"])["reason"], "wrong_use");
    assert_eq!(verify(&world, refresh, &["--use", "refresh"])["valid"], true);
    with_token(&world, refresh, &["token", "refresh"]).ok();
    with_token(&world, refresh, &["token", "refresh"]).fails(4, "E0405");
}

#[test]
fn what_was_taken_back_stays_so_when_the_tenants_key_changes() {
    let mut world = World::new(flowbit::config::preset_text("tickets").unwrap());
    world.env("JWT_SECRET", SECRET);
    org(&world, "alpha");
    let id = world.one("users", doc! { "email": "admin@alpha.com" }).get_object_id("_id").unwrap().to_hex();
    let own = |iat: i64| json!({ "userId": id, "customerId": "alpha", "role": "Admin", "email": "admin@alpha.com", "iat": iat, "exp": iat + 3600 });
    let theirs = sign(hs256(), &own(now() - 60), SECRET);
    assert_eq!(verify(&world, &theirs, &[])["valid"], true);
    world.run(&["org", "rename", "alpha", "beta", "--confirm", "alpha"]).ok();
    world.run(&["token", "revoke", "--org", "beta", "--user", "admin@alpha.com"]).ok();
    world.run(&["org", "rename", "beta", "gamma", "--confirm", "beta"]).ok();
    let answer = verify(&world, &theirs, &[]);
    let reasons: Vec<&Value> = answer["layers"].as_array().unwrap().iter().map(|layer| &layer["reason"]).collect();
    assert!(reasons.contains(&&json!("user_revoked")), "{answer}");
}
