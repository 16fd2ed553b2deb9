//! Connection strings, and commands without a server.

use serde_json::json;

use super::ROWS;
use super::scene::{Scene, percent, word};

/// Connection strings from everywhere, good and bad, before every command.
pub fn connections(scene: &Scene) {
    let host = format!("127.0.0.1:{}", scene.world.port);
    let lost = scene.password("the password for a server that is not there");
    let wrong = scene.password("a wrong password");
    let slip = word();
    scene.plant("a password with characters that do not belong there", &slip);
    let away =
        format!("mongodb://keeper:{}@127.0.0.1:1/?directConnection=true&appName={}", percent(&lost), scene.world.db);
    let denied = format!("mongodb://keeper:{}@{host}/?directConnection=true&authSource=admin", percent(&wrong));
    scene.hide("uri.txt", &scene.uri);
    scene.hide(".config/flowbit/uri.txt", &scene.uri);
    let profiles = "[profiles.file]\nuri_file = \"uri.txt\"\n[profiles.env]\nuri_env = \"MY_URI\"\n";
    scene.hide(".config/flowbit/config.toml", profiles);
    let good = scene.uri.as_str();
    let ways: [&[(&str, &str)]; 6] = [
        &[("FLOWBIT_URI", good), ("MONGODB_URI", &away), ("PAIR_MONGO", &denied)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_URI_FILE", "uri.txt"), ("MONGODB_URI", &away)],
        &[("FLOWBIT_URI", ""), ("MONGODB_URI", good), ("PAIR_MONGO", &away)],
        &[("FLOWBIT_URI", ""), ("PAIR_MONGO", good)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "file"), ("PAIR_MONGO", &away)],
        &[("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "env"), ("MY_URI", good), ("MONGODB_URI", &denied)],
    ];
    for vars in ways {
        for leaf in ["org list", "config show", "doctor"] {
            let ran = scene.once(leaf, &[], vars, "");
            assert!(leaf == "doctor" || ran.status == 0, "{vars:?}: {ran:?}");
        }
        scene.bad_with("org show", &["nobody"], vars, "");
    }
    // Both named, a connection that is a file's name, and files that others can read or that are not there.
    scene.bad_with("org list", &[], &[("FLOWBIT_PROFILE", "file")], "");
    for uri in broken_uris(&slip, &host) {
        for vars in [
            vec![("FLOWBIT_URI", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("FLOWBIT_URI_FILE", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("PAIR_MONGO", uri.as_str())],
            vec![("FLOWBIT_URI", ""), ("FLOWBIT_PROFILE", "env"), ("MY_URI", uri.as_str())],
        ] {
            scene.bad_with("org list", &["--timeout", "1"], &vars, "");
            scene.once("config show", &[], &vars, "");
            scene.once("config show", &["--json"], &vars, "");
        }
        let user = [
            format!("[profiles.p]\nuri = {}\n", json!(uri)),
            format!("[profiles.p]\nuri_env = {}\n", json!(uri)),
            format!("[profiles.p]\nuri_file = {}\n", json!(uri)),
            format!("[profiles.p]\nuri = {uri}\n"),
            format!("[profiles.p]\nprotected = {}\n", json!(uri)),
            format!("[profiles.p]\nuri = [{}]\n", json!(uri)),
            format!("profiles = {}\n", json!(uri)),
        ];
        for text in user {
            scene.hide(".config/flowbit/config.toml", &text);
            let vars = [("FLOWBIT_URI", "")];
            scene.bad_with("org list", &["--profile", "p", "--timeout", "1"], &vars, "");
            scene.once("config show", &["--profile", "p"], &vars, "");
        }
    }
    scene.hide(".config/flowbit/config.toml", profiles);
    every_command_without_a_server(scene, &away, &denied);
}

/// Connection strings that cannot be used, with a password in each.
fn broken_uris(slip: &str, host: &str) -> Vec<String> {
    let (a, b) = slip.split_at(12);
    vec![
        format!("mongodb://keeper:{a}/{b}@{host}/"),
        format!("mongodb://keeper:{a}?{b}@{host}/"),
        format!("mongodb://keeper:{a}@{b}@{host}/"),
        format!("mongodb://keeper:{a}#{b}@{host}/"),
        format!("mongodb://keeper:{a}:{b}@{host}/"),
        format!("mongodb://keeper:{a} {b}@{host}/"),
        format!("mongodb://keeper:{a}\"{b}@{host}/"),
        format!("mongodb://keeper:{a}%zz{b}@{host}/"),
        format!("mongodb://keeper:{slip}@{host}:99999/"),
        format!("mongodb://keeper:{slip}@{host}/?authMechanism=nothing"),
        format!("mongodb://keeper:{slip}@{host}/?nothing=x&replicaSet=&tls=perhaps"),
        format!("mongodb://keeper:{slip}@/"),
        format!("mongodb+srv://keeper:{slip}@nowhere.invalid/"),
        format!("mongodb+srv://keeper:{slip}@{host}/"),
        format!("mongo://keeper:{slip}@{host}/"),
        format!("keeper:{slip}@{host}"),
        format!("mongodb://{host}/?tls=true&tlsCertificateKeyFile=nowhere.pem&tlsCertificateKeyFilePassword={slip}"),
        format!("mongodb://keeper@{host}/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:{slip}"),
        format!("mongodb://{host}/?authMechanismProperties={slip}"),
    ]
}

/// Every command, where the server is away, where it lets nobody in, and where the command itself is wrong.
fn every_command_without_a_server(scene: &Scene, away: &str, denied: &str) {
    let token = std::fs::read_to_string(scene.world.path("access.token")).unwrap();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while let Some((leaf, words)) = ROWS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    for (uri, form) in [(away, "table"), (denied, "json"), (denied, "table"), (away, "csv")] {
                        let vars = [("FLOWBIT_URI", uri), ("TOKEN", token.as_str())];
                        let more = ["--timeout", "1", "--no-input", "-o", form];
                        scene.once(leaf, &[words, &more[..]].concat(), &vars, "");
                    }
                    scene.bad_with(leaf, &[words, &["--nothing-of-the-kind"][..]].concat(), &[("TOKEN", &token)], "");
                }
            });
        }
    });
    scene.may_hold("spare-keys");
}
