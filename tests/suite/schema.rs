//! `flowbit schema` and what it says about descriptions.

use serde_json::Value;

use crate::world::{PAIR, Ran, bare};

fn schema() -> Value {
    let home = tempfile::tempdir().unwrap();
    Ran::from(bare(home.path()).args(["schema"]).output().unwrap()).ok().json()
}

/// A description as JSON, which is what a schema speaks about.
fn json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn the_printed_schema_is_the_published_one() {
    let home = tempfile::tempdir().unwrap();
    let published = include_str!("../../src/config/description.schema.json");
    for arguments in [["schema"].as_slice(), &["schema", "description"], &["schema", "--json"]] {
        assert_eq!(Ran::from(bare(home.path()).args(arguments).output().unwrap()).ok().stdout, published);
    }
    for (what, published) in [
        ("seed", include_str!("../../src/config/seed.schema.json")),
        ("fixtures", include_str!("../../src/config/fixtures.schema.json")),
    ] {
        assert_eq!(Ran::from(bare(home.path()).args(["schema", what]).output().unwrap()).ok().stdout, published);
    }
    Ran::from(bare(home.path()).args(["schema", "descripton", "--json"]).output().unwrap()).fails(2, "E0101");
}

#[test]
fn every_preset_and_every_description_of_the_tests_is_valid() {
    let schema = schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let presets = flowbit::config::PRESETS.iter().map(|(name, text)| (*name, *text));
    for (name, text) in presets.chain([("pair", PAIR)]) {
        let errors: Vec<String> =
            validator.iter_errors(&json(text)).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {}", errors.join("\n"));
    }
}

#[test]
fn what_flowbit_refuses_the_schema_refuses() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (from, to) in [
        ("layout =", "lay_out ="),
        ("version = 1", "version = 2"),
        ("\"collection\"\nmaster", "\"shelf\"\nmaster"),
        ("\"collection\"\nmaster", "\"database\"\nmaster"),
        ("\"collection\"\nmaster", "\"shared\"\nmaster"),
        ("platform = \"pair\"\n", ""),
        ("cost = 4", "cost = \"four\""),
        ("cost = 4", "cost = 40"),
        ("cost = 4", "cost = 4, time = 3"),
        ("\"bcrypt\"", "\"bcript\""),
        ("{org.id}", "{org.idd}"),
        ("{email}", "{email"),
        ("chars = \"^a-z0-9\"", "char = \"^a-z0-9\""),
        ("squeeze = \"-\"", "squeeze = \"--\""),
        ("status = 1", "status = \"up\""),
        ("unique = true", "uniqe = true"),
    ] {
        let broken = PAIR.replacen(from, to, 1);
        assert_ne!(broken, PAIR, "{from}");
        assert!(!validator.is_valid(&json(&broken)), "{to:?} is valid by the schema");
    }
}

#[test]
fn a_file_is_checked_on_its_own() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("flowbit.toml"), PAIR.replace("cost = 4", "cost = 40")).unwrap();
    std::fs::write(home.path().join("good.toml"), PAIR).unwrap();
    let run = |arguments: &[&str]| Ran::from(bare(home.path()).args(arguments).arg("--json").output().unwrap());
    assert_eq!(run(&["config", "check", "good.toml"]).ok().json()["data"]["platform"], "pair");
    let broken = run(&["config", "check"]).fails(2, "E0105");
    assert!(
        broken.error()["message"].as_str().unwrap().contains("flowbit.toml:26:29: account.hash.cost: "),
        "{broken:?}"
    );
    assert_eq!(run(&["--preset", "inventory", "config", "check"]).ok().json()["data"]["layout"], "shared");
}
