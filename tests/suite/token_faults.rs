//! What can be wrong with a token, each with its reason: a table of broken relations, then what keys can be.

use bson::{doc, oid::ObjectId};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::tokens::{REFRESH, SECRET, account, hs256, now, org, platform, raw, sign, verify, with_token, world};
use crate::world::World;

const OTHER: &str = "aB3$dE6gH9jK2mN5pQ8sT1vW4yZ7cF0i";

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
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
