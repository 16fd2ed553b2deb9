//! Tokens and hashes against what they rest on: flowbit's issuing (claims by description, then signing) and verifying
//! (every layer that needs no database) beside the crate's own encode and decode of the same claims on one thread; and
//! an import of 200 accounts on all cores beside the same on one, as whole processes.
//!
//! `cargo bench --bench tokens`; `FLOWBIT_BENCH_COSTS=10,12` and `FLOWBIT_BENCH_ROUNDS=5` say how much.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::process::Command;
use std::time::{Duration, Instant};

use bson::{Bson, oid::ObjectId};
use flowbit::domain::description::TokenShape;
use flowbit::domain::template::{Var, Vars};
use flowbit::domain::token::{Algorithm, Use};
use flowbit::ops::key::{Keychain, SigningKey};
use flowbit::ops::token::check::{Expect, Keys, check};
use flowbit::ops::token::mint::{Draft, Term, sign};
use flowbit::store::Secret;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

const SECRET: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";
const ACCOUNTS: usize = 200;

/// The same claims, as somebody would write them down for the crate.
#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "userId")]
    user: String,
    #[serde(rename = "customerId")]
    customer: String,
    role: String,
    email: String,
    iat: i64,
    exp: i64,
}

fn shape(algorithm: Algorithm) -> TokenShape {
    let text = format!(
        "algorithm = \"{algorithm}\"\nsecret_env = \"S\"\nexpires = 900\n[claims]\nuserId = \"{{account.id:string}}\"\ncustomerId = \"{{name}}\"\nrole = \"{{role}}\"\nemail = \"{{email}}\"\n"
    );
    toml::from_str(&text).unwrap()
}

fn vars() -> Vars {
    Vars::from([
        (Var::AccountId, Bson::ObjectId(ObjectId::new())),
        (Var::Name, Bson::from("LogisticsCo")),
        (Var::Role, Bson::from("Admin")),
        (Var::Email, Bson::from("anna@logisticsco.com")),
    ])
}

/// How often something is done in a second: the best of several rounds, taken in turn with the other side.
fn per_second(times: usize, work: &dyn Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of a benchmark")]
    let n = times as f64;
    n / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn beside(name: &str, times: usize, ours: &dyn Fn(), theirs: &dyn Fn()) {
    let (mut mine, mut other, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds() {
        let (a, b) = (per_second(times, ours), per_second(times, theirs));
        mine.push(a);
        other.push(b);
        ratios.push(a / b);
    }
    println!(
        "{name:<22} flowbit {:>9.0}/s   crate {:>9.0}/s   ratio {:.2}",
        median(mine),
        median(other),
        median(ratios)
    );
}

fn rounds() -> usize {
    std::env::var("FLOWBIT_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

fn tokens(algorithm: Algorithm, text: &str, keys: (EncodingKey, DecodingKey), times: usize) {
    let shape = shape(algorithm);
    let key = SigningKey::read("S", None, algorithm, &Secret::new(text)).unwrap();
    let theirs: jsonwebtoken::Algorithm = algorithm.word().parse().unwrap();
    let (vars, header, now) = (vars(), Header::new(theirs), bson::DateTime::now().timestamp_millis() / 1000);
    let term = Term { issued: now, expires: now + 900 };
    let struct_of = || Claims {
        user: "6b00e9cd6b491423ace46d96".to_owned(),
        customer: "LogisticsCo".to_owned(),
        role: "Admin".to_owned(),
        email: "anna@logisticsco.com".to_owned(),
        iat: now,
        exp: now + 900,
    };
    beside(
        &format!("{algorithm} issue"),
        times,
        &|| drop(sign(&key, &Draft::new(&shape.claims, &vars, &shape.generated, term, None)).unwrap()),
        &|| drop(encode(&header, &struct_of(), &keys.0).unwrap()),
    );
    let token = sign(&key, &Draft::new(&shape.claims, &vars, &shape.generated, term, None)).unwrap();
    let access = Keychain { verifying: vec![key.verifying().unwrap()], ..Keychain::default() };
    let chain = Keys { access, refresh: Keychain::default() };
    let expect = Expect { wanted: Use::Access, context: None, now, leeway: 0 };
    let validation = Validation::new(theirs);
    beside(
        &format!("{algorithm} verify"),
        times,
        &|| assert!(check(token.reveal(), &shape, &chain, expect).kind.is_some()),
        &|| drop(decode::<serde_json::Map<String, serde_json::Value>>(token.reveal(), &keys.1, &validation).unwrap()),
    );
    beside(
        &format!("{algorithm} verify, typed"),
        times,
        &|| assert!(check(token.reveal(), &shape, &chain, expect).kind.is_some()),
        &|| drop(decode::<Claims>(token.reveal(), &keys.1, &validation).unwrap()),
    );
}

/// A private key as PEM.
fn pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("PRIVATE KEY", der))
}

fn import(uri: &str, database: &str, list: &std::path::Path, jobs: Option<usize>) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowbit"));
    command.args(["user", "import"]).arg(list).args(["--org", "bench", "--role", "User", "--json"]);
    command.arg("--config").arg(list.with_file_name("flowbit.toml"));
    if let Some(jobs) = jobs {
        command.args(["--jobs", &jobs.to_string()]);
    }
    let start = Instant::now();
    let output = command.env("FLOWBIT_URI", uri).env("FLOWBIT_MASTER_DB", database).output().unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

async fn hashes(uri: &str, cost: u32) {
    let client = mongodb::Client::with_uri_str(uri).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let preset = flowbit::config::preset_text("tickets").unwrap().replace("cost = 10", &format!("cost = {cost}"));
    std::fs::write(home.path().join("flowbit.toml"), preset).unwrap();
    let mut ratios = Vec::new();
    for round in 0..rounds().min(3) {
        let mut times = Vec::new();
        for jobs in [Some(1), None] {
            let database = format!("flowbit_bench_{}", ObjectId::new().to_hex());
            let list = home.path().join("people.csv");
            let rows: String =
                (0..ACCOUNTS).map(|n| format!("user{n}@bench.com,password-{n}-of-round-{round}\n")).collect();
            std::fs::write(&list, format!("email,password\n{rows}")).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(&list, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
            let made = Command::new(env!("CARGO_BIN_EXE_flowbit"))
                .args(["org", "create", "bench", "--admin-email", "admin@bench.com", "--json", "--config"])
                .arg(home.path().join("flowbit.toml"))
                .arg("--password-out")
                .arg(home.path().join(&database))
                .env("FLOWBIT_URI", uri)
                .env("FLOWBIT_MASTER_DB", &database)
                .output()
                .unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            times.push(import(uri, &database, &list, jobs).as_secs_f64());
            client.database(&database).drop().await.unwrap();
        }
        println!("bcrypt cost {cost}: {ACCOUNTS} accounts, one thread {:.2} s, all cores {:.2} s", times[0], times[1]);
        ratios.push(times[0] / times[1]);
    }
    println!("bcrypt cost {cost}: {:.2} x as fast as one thread (median)", median(ratios));
}

#[tokio::main]
async fn main() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
    let secret = (EncodingKey::from_secret(SECRET.as_bytes()), DecodingKey::from_secret(SECRET.as_bytes()));
    tokens(Algorithm::HS256, SECRET, secret, 20_000);
    let made = Ed25519KeyPair::generate().unwrap();
    let text = pem(made.to_pkcs8v1().unwrap().as_ref());
    let public = DecodingKey::from_ed_der(made.public_key().as_ref());
    tokens(Algorithm::EdDSA, &text, (EncodingKey::from_ed_pem(text.as_bytes()).unwrap(), public), 4_000);
    let made = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let text = pem(made.to_pkcs8v1().unwrap().as_ref());
    let public = DecodingKey::from_ec_der(made.public_key().as_ref());
    tokens(Algorithm::ES256, &text, (EncodingKey::from_ec_pem(text.as_bytes()).unwrap(), public), 4_000);
    let uri = server::uri();
    let costs = std::env::var("FLOWBIT_BENCH_COSTS").unwrap_or_else(|_| "10,12".to_owned());
    for cost in costs.split(',') {
        hashes(&uri, cost.trim().parse().unwrap()).await;
    }
}
