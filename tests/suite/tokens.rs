//! Tokens through the binary: made, looked at layer by layer, refreshed, taken back; and what renames mean for them.

use bson::{Document, doc, oid::ObjectId};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::world::{PAIR, Ran, World};

const SECRET: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";
const OTHER: &str = "aB3$dE6gH9jK2mN5pQ8sT1vW4yZ7cF0i";
const REFRESH: &str = "Qw3!eR5tY7uI9oP1aS2dF4gH6jK8lZ0x";

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
fn world() -> World {
    let mut world = World::new(&platform());
    world.env("JWT_SECRET", SECRET);
    world.env("REFRESH_SECRET", REFRESH);
    world
}

fn org(world: &World, name: &str) {
    world.run(&["org", "create", name, "--admin-email", &format!("admin@{name}.com")]).ok();
}

/// An account, straight into the database.
fn account(world: &World, org: &str, email: &str, role: &str, active: bool) -> ObjectId {
    let found = world.one("organizations", doc! { "name": org });
    let id = ObjectId::new();
    let link = found.get_object_id("_id").unwrap().to_hex();
    world.insert(
        "users",
        vec![doc! { "_id": id, "email": email, "password": "$2b$04$x", "customerId": link, "tenantName": org, "role": role, "isActive": active }],
    );
    id
}

fn raw(world: &World, arguments: &[&str]) -> String {
    let mut all = vec!["token", "issue"];
    all.extend(arguments);
    all.push("--raw");
    world.run(&all).ok().stdout.trim_end().to_owned()
}

fn with_token(world: &World, token: &str, arguments: &[&str]) -> Ran {
    let file = world.path(&format!("token-{}", ObjectId::new().to_hex()));
    std::fs::write(&file, token).unwrap();
    let mut all: Vec<&str> = arguments.to_vec();
    let shown = file.display().to_string();
    all.extend(["--token-file", &shown, "--json"]);
    world.run(&all)
}

fn verify(world: &World, token: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["token", "verify"];
    all.extend(arguments);
    let ran = with_token(world, token, &all);
    let answer = ran.json();
    let valid = answer["data"]["valid"].as_bool().unwrap();
    assert_eq!(ran.status, if valid { 0 } else { 6 }, "{ran:?}");
    assert_eq!(answer["ok"], valid);
    answer["data"].clone()
}

fn sign(header: Value, claims: &Value, secret: &str) -> String {
    let header: Header = serde_json::from_value(header).unwrap();
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn now() -> i64 {
    bson::DateTime::now().timestamp_millis() / 1000
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn hs256() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

/// Everything that the table of broken relations is about.
struct Scene {
    world: World,
    good: Value,
    rows: Vec<(&'static str, String, &'static str)>,
}

impl Scene {
    /// A token in which these claims are other ones; null takes one away.
    fn but(&self, changes: Value) -> String {
        self.but_signed(changes, hs256(), SECRET)
    }

    fn but_signed(&self, changes: Value, header: Value, secret: &str) -> String {
        let mut claims = self.good.clone();
        for (name, value) in changes.as_object().unwrap() {
            if value == "(none)" {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        sign(header, &claims, secret)
    }

    fn row(&mut self, name: &'static str, token: String, reason: &'static str) {
        self.rows.push((name, token, reason));
    }

    fn broken(&mut self, name: &'static str, changes: Value, reason: &'static str) {
        let token = self.but(changes);
        self.row(name, token, reason);
    }
}

fn scene() -> Scene {
    let world = world();
    for name in ["acme", "globex", "oldco", "gone"] {
        org(&world, name);
    }
    let id = account(&world, "acme", "anna@acme.com", "User", true);
    let acme = world.one("organizations", doc! { "name": "acme" }).get_object_id("_id").unwrap().to_hex();
    let good = json!({
        "iss": "pair", "aud": "pair-api", "type": "access", "context": "tenant", "sub": id.to_hex(), "email": "anna@acme.com",
        "org": acme, "tenant": "acme", "role": "User", "iat": now() - 10, "exp": now() + 600,
    });
    Scene { world, good, rows: Vec::new() }
}

fn shapes(scene: &mut Scene) {
    let good = scene.but(json!({}));
    let parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    scene.row("nothing", String::new(), "empty");
    scene.row("ten megabytes", "a".repeat(10 * 1024 * 1024), "too_large");
    scene.row("two parts", format!("{}.{}", parts[0], parts[1]), "not_a_token");
    scene.row("some words", "not a token at all".to_owned(), "not_a_token");
    scene.row("five parts", "a.b.c.d.e".to_owned(), "encrypted");
    scene.row("a header that is no base64url", format!("!{}", good), "bad_base64");
    scene.row("a signature that is no base64url", format!("{}.{}.*", parts[0], parts[1]), "bad_base64");
    scene.row("claims that are no JSON", format!("{}.{}.AA", parts[0], base64("{nope")), "bad_json");
    scene.row("claims that are a list", format!("{}.{}.AA", parts[0], base64("[]")), "bad_json");
    scene.row(
        "a claim twice",
        format!("{}.{}.AA", parts[0], base64(r#"{"role":"User","role":"Admin"}"#)),
        "doubled_name",
    );
    let critical = base64(r#"{"alg":"HS256","crit":["b64"]}"#);
    scene.row("an extension that must be known", format!("{critical}.{}.AA", parts[1]), "critical_header");
    for (name, alg) in [("alg none", "none"), ("alg nOnE", "nOnE")] {
        let header = base64(&json!({ "alg": alg }).to_string());
        scene.row(name, format!("{header}.{}.", parts[1]), "alg_none");
    }
    let header = base64(r#"{"alg":"HS1"}"#);
    scene.row("an unknown alg", format!("{header}.{}.AA", parts[1]), "alg_unknown");
    let header = base64(r#"{"typ":"JWT"}"#);
    scene.row("no alg", format!("{header}.{}.AA", parts[1]), "alg_unknown");
    let other = scene.but_signed(json!({}), json!({ "alg": "HS512" }), SECRET);
    scene.row("another alg, signed with the secret", other, "alg_mismatch");
    let header = base64(r#"{"alg":"RS256"}"#);
    scene.row("a public key's alg", format!("{header}.{}.{}", parts[1], parts[2]), "alg_mismatch");
    let other = scene.but_signed(json!({}), json!({ "alg": "HS256", "kid": "k9" }), SECRET);
    scene.row("a wrong kid", other, "unknown_kid");
    let other = scene.but_signed(json!({}), hs256(), OTHER);
    scene.row("signed by somebody else", other, "bad_signature");
    let role = base64(&scene.good.to_string().replace("\"User\"", "\"Admin\""));
    scene.row("claims that were altered", format!("{}.{role}.{}", parts[0], parts[2]), "bad_signature");
    scene.row("no signature", format!("{}.{}.", parts[0], parts[1]), "bad_signature");
}

fn claims(scene: &mut Scene) {
    scene.broken("over", json!({ "exp": now() - 1 }), "expired");
    scene.broken("over for a year", json!({ "exp": 1_700_000_000 }), "expired");
    scene.broken("not yet", json!({ "nbf": now() + 120 }), "not_yet_valid");
    scene.broken("made in the future", json!({ "iat": now() + 120 }), "issued_in_future");
    scene.broken("without an end", json!({ "exp": "(none)" }), "no_expiry");
    scene.broken("good for a year", json!({ "exp": now() + 31_536_000 }), "lives_too_long");
    scene.broken("an end that is text", json!({ "exp": "tomorrow" }), "bad_time");
    scene.broken("an end before time began", json!({ "exp": -5 }), "bad_time");
    scene.broken("an end after all time", json!({ "exp": 1.0e300 }), "bad_time");
    scene.broken("a beginning that is an operator", json!({ "nbf": { "$gt": 0 } }), "bad_time");
    scene.broken("no issuer", json!({ "iss": "(none)" }), "issuer_missing");
    scene.broken("of another platform", json!({ "iss": "other" }), "issuer_wrong");
    scene.broken("no audience", json!({ "aud": "(none)" }), "audience_missing");
    scene.broken("for others", json!({ "aud": ["x", "y"] }), "audience_wrong");
    scene.broken("no tenant", json!({ "tenant": "(none)" }), "claim_missing");
    scene.broken("a tenant that is null", json!({ "tenant": null }), "claim_missing");
    scene.broken("no account", json!({ "sub": "(none)" }), "claim_missing");
    scene.broken("an operator for an organization", json!({ "org": { "$ne": null } }), "claim_type");
    scene.broken("an operator for an account", json!({ "sub": { "$gt": "" } }), "claim_type");
    scene.broken("a list of roles", json!({ "role": ["User", "Admin"] }), "claim_type");
    scene.broken("a number for an account", json!({ "sub": 7 }), "claim_type");
    scene.broken("another type", json!({ "type": "magic" }), "claim_wrong");
    let refresh = json!({ "iss": "pair", "aud": "pair-api", "type": "refresh", "sub": scene.good["sub"], "org": scene.good["org"], "iat": now(), "exp": now() + 60 });
    scene.row("a refresh token with its own key", sign(hs256(), &refresh, REFRESH), "wrong_use");
    scene.row("a refresh token with the other's key", sign(hs256(), &refresh, SECRET), "wrong_use");
}

fn relations(scene: &mut Scene) {
    let world = &scene.world;
    let id_of = |name: &str| world.one("organizations", doc! { "name": name }).get_object_id("_id").unwrap().to_hex();
    let (globex, oldco, gone) = (id_of("globex"), id_of("oldco"), id_of("gone"));
    let of = |email: &str| world.one("users", doc! { "email": email }).get_object_id("_id").unwrap().to_hex();
    let (old_admin, gone_admin, globex_admin) = (of("admin@oldco.com"), of("admin@gone.com"), of("admin@globex.com"));
    let ben = account(world, "acme", "ben@acme.com", "User", false).to_hex();
    let carl = account(world, "acme", "carl@acme.com", "Boss", true).to_hex();
    let dora = account(world, "acme", "dora@acme.com", "User", true).to_hex();
    let dora_token = raw(world, &["--org", "acme", "--user", "dora@acme.com"]);
    world.run(&["token", "revoke", "--org", "acme", "--user", "dora@acme.com"]).ok();
    let taken = raw(world, &["--org", "acme", "--user", "anna@acme.com"]);
    with_token(world, &taken, &["token", "revoke"]).ok();
    let emil = account(world, "acme", "emil@acme.com", "User", true).to_hex();
    let of_globex = raw(world, &["--org", "globex", "--user", "admin@globex.com"]);
    world.run(&["token", "revoke", "--org", "globex", "--confirm", "globex"]).ok();
    let emils = scene.but(json!({ "sub": emil, "email": "emil@acme.com" }));
    with_token(world, &emils, &["token", "revoke"]).ok();
    let forged = scene.but_signed(json!({ "jti": "x" }), hs256(), OTHER);
    with_token(world, &forged, &["token", "revoke"]).fails(4, "E0404");
    world.run(&["org", "rename", "oldco", "newco", "--confirm", "oldco"]).ok();
    world.run(&["org", "delete", "gone", "--confirm", "gone"]).ok();
    let nobody = ObjectId::new().to_hex();
    scene.broken("an organization that never was", json!({ "org": nobody, "tenant": "nowhere" }), "org_unknown");
    scene.broken("two organizations", json!({ "org": globex }), "org_mismatch");
    scene.broken(
        "renamed, by its identifier",
        json!({ "org": oldco, "tenant": "oldco", "sub": old_admin, "email": "admin@oldco.com", "role": "Admin" }),
        "org_renamed",
    );
    scene.broken(
        "renamed, with a new identifier",
        json!({ "org": nobody, "tenant": "oldco", "sub": old_admin, "email": "admin@oldco.com", "role": "Admin" }),
        "org_renamed",
    );
    scene.broken(
        "deleted",
        json!({ "org": gone, "tenant": "gone", "sub": gone_admin, "email": "admin@gone.com", "role": "Admin" }),
        "org_deleted",
    );
    scene.broken("an account that never was", json!({ "sub": nobody, "email": "x@acme.com" }), "user_unknown");
    scene.broken("an account that is disabled", json!({ "sub": ben, "email": "ben@acme.com" }), "user_disabled");
    scene.broken(
        "an account of another tenant",
        json!({ "sub": globex_admin, "email": "admin@globex.com", "role": "Admin" }),
        "user_elsewhere",
    );
    scene.broken("another e-mail", json!({ "email": "old@acme.com" }), "user_mismatch");
    scene.broken("a role that was taken away", json!({ "role": "Admin" }), "role_changed");
    scene.broken(
        "a role that nobody has",
        json!({ "sub": carl, "email": "carl@acme.com", "role": "Boss" }),
        "role_unknown",
    );
    scene.row("taken back", taken, "revoked");
    scene.row("taken back, not flowbit's own", emils, "revoked");
    scene.row("the account's, taken back", dora_token, "user_revoked");
    scene.broken(
        "the account's own, made before",
        json!({ "sub": dora, "email": "dora@acme.com", "iat": now() - 100 }),
        "user_revoked",
    );
    scene.broken(
        "the account's, without a time",
        json!({ "sub": dora, "email": "dora@acme.com", "iat": "(none)" }),
        "user_revoked",
    );
    scene.row("the organization's, taken back", of_globex, "org_revoked");
}

#[test]
fn every_broken_relation_has_its_reason() {
    let mut scene = scene();
    let good = scene.but(json!({}));
    let answer = verify(&scene.world, &good, &[]);
    assert_eq!(answer["valid"], true, "{answer}");
    assert_eq!(answer["user"], "anna@acme.com");
    assert_eq!(answer["layers"].as_array().unwrap().len(), 11);
    let in_a_list = scene.but(json!({ "aud": ["other", "pair-api"], "exp": now() as f64 + 60.5 }));
    assert_eq!(verify(&scene.world, &in_a_list, &[])["valid"], true);
    shapes(&mut scene);
    claims(&mut scene);
    relations(&mut scene);
    assert!(scene.rows.len() >= 60, "{}", scene.rows.len());
    let mut wrong = Vec::new();
    for (name, token, reason) in &scene.rows {
        let answer = verify(&scene.world, token, &[]);
        let failed: Vec<&Value> =
            answer["layers"].as_array().unwrap().iter().filter(|layer| layer["state"] == "failed").collect();
        if answer["reason"] != *reason || failed.is_empty() {
            wrong.push(format!("{name}: {} instead of {reason}: {failed:?}", answer["reason"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A forger's token bears a name that another may have: taking it back takes nothing else back.
    assert_eq!(verify(&scene.world, &scene.but(json!({ "jti": "x" })), &[])["valid"], true);
    let core = verify(&scene.world, &good, &["--context", "core"]);
    assert_eq!(core["reason"], "wrong_context", "{core}");
    let refresh = verify(&scene.world, &good, &["--use", "refresh"]);
    assert_eq!(refresh["reason"], "wrong_use", "{refresh}");
    let skewed = scene.but(json!({ "iat": now() + 20 }));
    assert_eq!(verify(&scene.world, &skewed, &["--leeway", "30"])["valid"], true);
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

/// A world whose keys are in a keyring, with a token that is signed by the first of them.
fn ring() -> (World, Value) {
    let mut world = world();
    let own = platform()
        .replace("algorithm = \"HS256\"\nsecret_env = \"JWT_SECRET\"\n", "algorithm = \"EdDSA\"\n")
        .replace("refresh_secret_env = \"REFRESH_SECRET\"\n", "");
    std::fs::write(world.path("flowbit.toml"), own).unwrap();
    world.env("FLOWBIT_KEYS", &world.path("keys").display().to_string());
    org(&world, "acme");
    let id = account(&world, "acme", "anna@acme.com", "User", true);
    let acme = world.one("organizations", doc! { "name": "acme" }).get_object_id("_id").unwrap().to_hex();
    let good = json!({
        "iss": "pair", "aud": "pair-api", "type": "access", "context": "tenant", "sub": id.to_hex(), "email": "anna@acme.com",
        "org": acme, "tenant": "acme", "role": "User", "iat": now() - 10, "exp": now() + 600,
    });
    (world, good)
}

/// A token signed with a private key of the keyring, as whoever has its file can.
fn sign_with(world: &World, kid: &str, said: Option<&str>, claims: &Value) -> String {
    let pem = std::fs::read(world.path("keys").join(format!("{kid}.pem"))).unwrap();
    let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
    header.kid = said.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_pem(&pem).unwrap()).unwrap()
}

#[test]
fn keys_have_their_reasons_too() {
    let (world, good) = ring();
    world.run(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--json"]).fails(2, "E0130");
    world.run(&["key", "generate", "--kid", "first"]).ok();
    let reason = |token: &str| verify(&world, token, &[])["reason"].clone();
    assert_eq!(reason(&sign_with(&world, "first", Some("first"), &good)), Value::Null);
    assert_eq!(reason(&sign_with(&world, "first", None, &good)), Value::Null, "a backend may leave the name out");
    assert_eq!(reason(&sign_with(&world, "first", Some("other"), &good)), "unknown_kid");
    // The public key, which everybody has, in the place of a secret.
    let public = world.run(&["key", "export", "first"]).ok().stdout;
    for secret in [public.as_str(), public.trim_end()] {
        let header = json!({ "alg": "HS256", "kid": "first" });
        assert_eq!(reason(&sign(header, &good, secret)), "alg_mismatch");
        assert_eq!(reason(&sign(hs256(), &good, secret)), "alg_mismatch");
    }
    world.run(&["key", "generate", "--kid", "later", "--not-before", "1d"]).ok();
    assert_eq!(reason(&sign_with(&world, "later", Some("later"), &good)), "key_not_yet_valid");
    assert_eq!(reason(&sign_with(&world, "later", None, &good)), "key_not_yet_valid");
    let living = raw(&world, &["--org", "acme", "--user", "anna@acme.com"]);
    world.run(&["key", "rotate", "--kid", "second"]).ok();
    let fresh = raw(&world, &["--org", "acme", "--user", "anna@acme.com"]);
    assert_eq!((reason(&living), reason(&fresh)), (Value::Null, Value::Null), "both keys verify");
    world.run(&["key", "retire", "first", "--json"]).fails(5, "E0318");
    world.run(&["key", "retire", "first", "--force"]).ok();
    assert_eq!((reason(&living), reason(&fresh)), (json!("key_retired"), Value::Null));
    // The other key alone does not know it.
    assert_eq!(verify(&world, &living, &["--key", "second"])["reason"], "unknown_kid");
    let ring = std::fs::read_to_string(world.path("keys").join("keyring.json")).unwrap();
    let mut ring: Value = serde_json::from_str(&ring).unwrap();
    for key in ring["keys"].as_array_mut().unwrap() {
        if key["kid"] == "second" {
            key["not_after"] = json!("2026-01-01T00:00:00Z");
        }
    }
    std::fs::write(world.path("keys").join("keyring.json"), ring.to_string()).unwrap();
    assert_eq!(reason(&fresh), "key_expired");
    world.run(&["token", "issue", "--org", "acme", "--user", "anna@acme.com", "--json"]).fails(5, "E0318");
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
