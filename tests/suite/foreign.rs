//! Tokens and hashes before other people's code: PyJWT, and the bcrypt and argon2 of Python, for each preset; and theirs
//! before flowbit. The packages come by `pip` into the target directory, once.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use bson::{Document, doc};
use serde_json::{Value, json};

use crate::world::{Ran, World};

const SECRET: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";
const PASSWORD: &str = "Pässwört with 20 €";
const PACKAGES: [&str; 4] = ["PyJWT==2.10.1", "cryptography", "bcrypt==4.3.0", "argon2-cffi==23.1.0"];

/// Where the packages are. A missing one fails the test.
fn packages() -> &'static PathBuf {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("foreign-1");
        let whole = place.join("whole");
        if !whole.exists() {
            let output = Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"])
                .arg(&place)
                .args(PACKAGES)
                .output()
                .expect("python3 is needed, with pip: apt-get install python3 python3-pip");
            assert!(output.status.success(), "pip: {}", String::from_utf8_lossy(&output.stderr));
            std::fs::write(whole, "").unwrap();
        }
        place
    })
}

/// Asks the other code; an exception there is an answer here.
fn ask(request: &Value) -> Result<Value, String> {
    let mut python = Command::new("python3")
        .args(["-c", include_str!("foreign.py")])
        .env("PYTHONPATH", packages())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(said.lines().last().unwrap_or_default().to_owned())
}

/// A preset with cheap hashes, and an organization in it.
fn world(preset: &str) -> World {
    let text = flowbit::config::preset_text(preset).unwrap();
    let cheap = text
        .replace("cost = 10", "cost = 4")
        .replace("cost = 12", "cost = 4")
        .replace("memory = 65536, time = 3, parallelism = 4", "memory = 64, time = 1, parallelism = 2")
        .replace("\"tenant_{slug}\"", "\"@DB@_{slug}\"");
    let mut world = World::new(&cheap);
    for name in ["JWT_SECRET", "SECRET_KEY"] {
        world.env(name, SECRET);
    }
    world.env("FLOWBIT_KEYS", &world.path("keys").display().to_string());
    world.env("FIRST_PASSWORD", PASSWORD);
    let create = ["org", "create", "acme", "--admin-email", "admin@acme.com", "--password-env", "FIRST_PASSWORD"];
    world.run(&create).ok();
    world
}

/// The account as it is stored, and the path of its hash.
fn account(world: &World, preset: &str) -> (Document, &'static str) {
    let (collection, path) = match preset {
        "tickets-fastapi" | "inventory" => ("users", "hashed_password"),
        "org-collections" => ("admins", "password_hash"),
        _ => ("users", "password"),
    };
    let found = if preset == "tenant-databases" {
        let users = world.tenant("acme").collection::<Document>(collection);
        world.wait(async { users.find_one(doc! { "email": "admin@acme.com" }).await.unwrap() })
    } else {
        world.find(collection, doc! { "email": "admin@acme.com" }).into_iter().next()
    };
    (found.unwrap(), path)
}

fn verified(world: &World, token: &str, arguments: &[&str]) -> Value {
    std::fs::write(world.path("token"), token).unwrap();
    let mut all = vec!["token", "verify", "--token-file", "token", "--json"];
    all.extend(arguments);
    world.run(&all).json()["data"].clone()
}

fn with_password(world: &World, password: &str, arguments: &[&str]) -> Ran {
    let mut command = world.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

/// Both directions, for a platform whose backend has a secret.
fn both_ways(preset: &str, scheme: &str) {
    let world = world(preset);
    let issued = world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--json"]).ok().json();
    let token = issued["data"]["token"].as_str().unwrap();
    let mut claims = ask(&json!({ "do": "verify", "token": token, "key": SECRET, "alg": "HS256" })).unwrap();
    let wrong = ask(&json!({ "do": "verify", "token": token, "key": SECRET.replace('k', "K"), "alg": "HS256" }));
    assert!(wrong.unwrap_err().contains("InvalidSignatureError"));
    // Theirs: the same claims, a second later.
    claims["exp"] = json!(claims["exp"].as_i64().unwrap() - 1);
    let theirs = ask(&json!({ "do": "sign", "claims": claims, "key": SECRET, "alg": "HS256" })).unwrap();
    let answer = verified(&world, theirs.as_str().unwrap(), &[]);
    assert_eq!(answer["valid"], true, "{preset}: {answer}");
    assert_eq!((&answer["org"], &answer["user"]), (&json!("acme"), &json!("admin@acme.com")));
    hashes(&world, preset, scheme);
}

/// The hash that flowbit stored before the other code, and one of the other code's before flowbit.
fn hashes(world: &World, preset: &str, scheme: &str) {
    let (stored, path) = account(world, preset);
    let hash = stored.get_str(path).unwrap();
    assert!(!hash.starts_with("$2y$"));
    assert_eq!(ask(&json!({ "do": "check", "password": PASSWORD, "hash": hash })), Ok(json!(true)), "{preset}");
    assert_eq!(ask(&json!({ "do": "check", "password": "other", "hash": hash })), Ok(json!(false)), "{preset}");
    let theirs = ask(&json!({ "do": "make", "password": "theirs", "scheme": scheme })).unwrap();
    let collection = if preset == "org-collections" { "admins" } else { "users" };
    let accounts = match preset {
        "tenant-databases" => world.tenant("acme").collection::<Document>(collection),
        _ => world.collection(collection),
    };
    let set = doc! { "$set": { path: theirs.as_str().unwrap() } };
    world.wait(async { accounts.update_one(doc! { "email": "admin@acme.com" }, set).await.unwrap() });
    let check = ["user", "check-password", "admin@acme.com", "--org", "acme", "--json"];
    assert_eq!(with_password(world, "theirs", &check).status, 0, "{preset}");
    assert_eq!(with_password(world, PASSWORD, &check).status, 6, "{preset}");
}

#[test]
fn tickets() {
    both_ways("tickets", "bcrypt");
}

#[test]
fn tickets_fastapi() {
    both_ways("tickets-fastapi", "bcrypt");
}

#[test]
fn org_collections() {
    both_ways("org-collections", "bcrypt");
}

#[test]
fn tenant_databases_and_refresh() {
    both_ways("tenant-databases", "bcrypt");
    refresh("tenant-databases");
}

#[test]
fn inventory_and_refresh() {
    both_ways("inventory", "argon2id");
    refresh("inventory");
}

/// A refresh token is genuine to the other code, and tells itself from an access token.
fn refresh(preset: &str) {
    let world = world(preset);
    let issued =
        world.run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--refresh", "--json"]).ok();
    let token = issued.json()["data"]["refresh_token"].as_str().unwrap().to_owned();
    let claims = ask(&json!({ "do": "verify", "token": token, "key": SECRET, "alg": "HS256" })).unwrap();
    assert_eq!(claims["type"], "refresh");
    assert_eq!(verified(&world, &token, &[])["reason"], "wrong_use", "{preset}");
    // One that the other code made is genuine, and nobody stored it.
    let theirs =
        ask(&json!({ "do": "sign", "claims": claims, "key": SECRET, "alg": "HS256", "headers": { "x": "y" } }));
    std::fs::write(world.path("theirs"), theirs.unwrap().as_str().unwrap()).unwrap();
    world.run(&["token", "refresh", "--token-file", "theirs", "--json"]).fails(4, "E0404");
}

#[test]
fn the_native_platform_by_its_published_keys() {
    let world = world("flowbit");
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let keys = world.path(&format!("keys-{algorithm}")).display().to_string();
        world.run(&["key", "generate", "--alg", algorithm, "--keys", &keys]).ok();
        let issue = ["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--keys", &keys, "--json"];
        let issued = world.run(&issue).ok().json();
        let token = issued["data"]["token"].as_str().unwrap();
        let jwks: Value = serde_json::from_str(&world.run(&["key", "jwks", "--keys", &keys]).ok().stdout).unwrap();
        let request = |aud: &str| {
            ask(
                &json!({ "do": "verify", "token": token, "jwks": jwks, "alg": algorithm, "aud": aud, "iss": "flowbit" }),
            )
        };
        let claims = request("flowbit").unwrap();
        assert!(request("others").unwrap_err().contains("InvalidAudienceError"));
        let kid = issued["data"]["key"].as_str().unwrap();
        let pem = world.run(&["key", "export", kid, "--keys", &keys]).ok().stdout;
        let by_pem =
            json!({ "do": "verify", "token": token, "key": pem, "alg": algorithm, "aud": "flowbit", "iss": "flowbit" });
        assert_eq!(ask(&by_pem).unwrap(), claims);
        // The same claims by the other code, with the private key that flowbit made.
        let private = world.path(&format!("private-{algorithm}")).display().to_string();
        world.run(&["key", "export", kid, "--private", "--out", &private, "--keys", &keys]).ok();
        let key = std::fs::read_to_string(&private).unwrap();
        let theirs =
            ask(&json!({ "do": "sign", "claims": claims, "key": key, "alg": algorithm, "headers": { "kid": kid } }));
        let answer = verified(&world, theirs.unwrap().as_str().unwrap(), &["--keys", &keys]);
        // The same `jti` is the same token to whoever takes it back, and nobody has.
        assert_eq!(answer["valid"], true, "{algorithm}: {answer}");
    }
    hashes(&world, "flowbit", "bcrypt");
}

#[test]
fn secrets_of_the_keyring() {
    let world = world("tickets");
    for algorithm in ["HS384", "HS512"] {
        let keys = world.path(&format!("keys-{algorithm}")).display().to_string();
        let preset = std::fs::read_to_string(world.path("flowbit.toml")).unwrap();
        let own = preset
            .replace("algorithm = \"HS256\"", &format!("algorithm = \"{algorithm}\""))
            .replace("secret_env = \"JWT_SECRET\"\n", "");
        std::fs::write(world.path("own.toml"), own).unwrap();
        let run = |arguments: &[&str]| {
            let mut all = vec!["--config", "own.toml"];
            all.extend(arguments);
            all.extend(["--keys", &keys]);
            world.run(&all).ok()
        };
        run(&["key", "generate"]);
        let issued = run(&["token", "issue", "--org", "acme", "--user", "admin@acme.com", "--json"]).json();
        let (token, kid) = (issued["data"]["token"].as_str().unwrap(), issued["data"]["key"].as_str().unwrap());
        let out = world.path(&format!("secret-{algorithm}")).display().to_string();
        run(&["key", "export", kid, "--private", "--out", &out]);
        let secret = std::fs::read_to_string(&out).unwrap();
        let claims =
            ask(&json!({ "do": "verify", "token": token, "key": secret.trim_end(), "alg": algorithm })).unwrap();
        assert_eq!(claims["customerId"], "acme");
    }
}

#[test]
fn hashes_over_sha256() {
    let mut text = flowbit::config::preset_text("org-collections").unwrap().to_owned();
    text = text.replace(
        "{ scheme = \"bcrypt\", cost = 12, prefix = \"2b\" }",
        "{ scheme = \"bcrypt_sha256\", cost = 4, prefix = \"2b\" }",
    );
    let mut world = World::new(&text);
    // Longer than bcrypt reads, and with white space that the platform does not read.
    world.env("FIRST_PASSWORD", &format!("  {}  ", "long".repeat(40)));
    let create = ["org", "create", "acme", "--admin-email", "admin@acme.com", "--password-env", "FIRST_PASSWORD"];
    world.run(&create).ok();
    let (stored, path) = account(&world, "org-collections");
    let hash = stored.get_str(path).unwrap();
    assert_eq!(ask(&json!({ "do": "check", "password": "long".repeat(40), "hash": hash })), Ok(json!(true)));
    let theirs = ask(&json!({ "do": "make", "password": "theirs", "scheme": "bcrypt_sha256" })).unwrap();
    let set = doc! { "$set": { path: theirs.as_str().unwrap() } };
    world.wait(async { world.collection("admins").update_one(doc! {}, set).await.unwrap() });
    let check = ["user", "check-password", "admin@acme.com", "--org", "acme", "--json"];
    assert_eq!(with_password(&world, "theirs", &check).status, 0);
    assert_eq!(with_password(&world, "theirs!", &check).status, 6);
}
