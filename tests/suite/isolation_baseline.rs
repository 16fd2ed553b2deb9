//! Saved reports of the isolation: shown again, turned into files, explained, and accepted. No server is asked.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{Ran, bare};

const FIRST: &str = "9c07719e4252";
const SECOND: &str = "c7bdcddd9798";

/// What `flowbit isolation check -o json` prints.
pub fn report() -> Value {
    let finding = |id: &str, rule: &str, severity: &str, path: &str, count: u64| {
        json!({
            "id": id, "rule": rule, "name": "n", "severity": severity, "place": { "namespace": "crm.tickets", "path": path },
            "tenants": ["acme", "<b>globex"], "count": count, "examples": ["1"], "evidence": "seen <script>]]>\u{1b}[2J",
            "remedy": "repair it", "query": "db.tickets.find()",
        })
    };
    let data = json!({
        "platform": "crm", "layout": "shared", "place": "crm at localhost", "organizations": 2, "at": "2026-11-29T17:14:39Z",
        "seconds": 1.5, "flowbit": "0.1.0",
        "checks": [
            { "rule": "I07", "name": "n", "title": "t", "state": "found" },
            { "rule": "I15", "name": "n", "title": "t", "state": "found" },
            { "rule": "I19", "name": "n", "title": "t", "state": "not_checkable", "why": "not authorized" },
        ],
        "findings": [finding(FIRST, "I07", "error", "userId", 12), finding(SECOND, "I15", "warning", "sku_1", 1)],
        "accepted": [], "notes": [],
        "coverage": [{ "namespace": "crm.tickets", "documents": 10, "read": 10, "way": "whole" }],
    });
    json!({ "schema": "flowbit.isolation.check/1", "ok": true, "changed": false, "data": data, "warnings": [], "next": [] })
}

struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("report.json"), report().to_string()).unwrap();
        Self(home)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, words: &[&str]) -> Ran {
        let mut command = bare(self.path());
        Ran::from(command.arg("isolation").args(words).env("FLOWBIT_ACTOR", "ann").output().unwrap())
    }

    fn fed(&self, words: &[&str], input: &str) -> Ran {
        let mut command = bare(self.path());
        command.arg("isolation").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    fn add(&self, findings: &[&str], more: &[&str]) -> Ran {
        let rest = ["--from", "report.json", "--reason", "known", "--json"];
        self.run(&[&["baseline", "add"], findings, &rest, more].concat())
    }

    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path().join(name)).ok()
    }

    fn baseline(&self) -> Option<String> {
        self.file("flowbit-baseline.toml")
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }
}

#[test]
fn findings_are_accepted_listed_and_taken_back() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["baseline", "list"]).ok().stdout, "Nothing is accepted.\n");
    let added = desk.add(&["9c07", SECOND], &["--until", "7d"]).ok().json();
    assert_eq!((&added["schema"], &added["changed"]), (&json!("flowbit.isolation.baseline.add/1"), &json!(true)));
    let listed = desk.run(&["baseline", "list", "--json"]).ok().json();
    let first = &listed["data"][0];
    assert_eq!(
        (&first["finding"], &first["rule"], &first["place"]),
        (&json!(FIRST), &json!("I07"), &json!("crm.tickets userId"))
    );
    assert_eq!((&first["count"], &first["by"], &first["state"]), (&json!(12), &json!("ann"), &json!("ends_soon")));
    let again = desk.add(&[FIRST], &["--until", "100d", "--reason", "once more"]);
    assert_eq!(again.status, 2, "{again:?}");
    let renewed = Ran::from(
        bare(desk.path())
            .args(["isolation", "baseline", "add", FIRST, "--from", "report.json", "--until", "100d"])
            .env("FLOWBIT_REASON", "once more")
            .output()
            .unwrap(),
    )
    .ok();
    assert!(renewed.stdout.contains("accepted anew") && renewed.stdout.contains("Written to flowbit-baseline.toml."));
    let listed = desk.run(&["baseline", "ls", "--json"]).ok().json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["data"][1]["reason"], &listed["data"][1]["state"]), (&json!("once more"), &json!("in_force")));
    let text = desk.baseline().unwrap();
    desk.run(&["baseline", "remove", FIRST, "000000000000", "--json"]).fails(3, "E0220");
    assert_eq!(desk.baseline().unwrap(), text, "all or nothing");
    desk.run(&["baseline", "rm", "9C07", "c7bd"]).ok();
    assert_eq!(desk.run(&["baseline", "list", "-o", "name"]).ok().stdout, "");
    assert!(desk.baseline().unwrap().contains("version = 1"), "the file and its head stay");
}

#[test]
fn comments_of_others_stay_and_nothing_is_left_beside_the_file() {
    let desk = Desk::new();
    let own = "# Ours.\nversion = 1\n\n# Why: the shop.\n[[accepted]]\nfinding = \"0123456789ab\"   # of the shop\nrule = \"I15\"\nplace = \"crm.shop x\"\nreason = \"r\"\nuntil = 2026-01-01\n";
    std::fs::write(desk.path().join("flowbit-baseline.toml"), own).unwrap();
    desk.add(&[FIRST], &["--until", "7d"]).ok();
    let text = desk.baseline().unwrap();
    assert!(text.starts_with(own), "{text}");
    desk.run(&["baseline", "remove", FIRST]).ok();
    assert_eq!(desk.baseline().unwrap(), own);
    let listed = desk.run(&["baseline", "list", "--json"]).ok().json();
    assert_eq!(listed["data"][0]["state"], "over");
    assert_eq!(desk.files(), ["flowbit-baseline.toml", "report.json"]);
}

#[test]
fn nothing_is_accepted_for_ever_without_a_reason_or_unseen() {
    let desk = Desk::new();
    for (more, status, code) in [
        (&["--until", "2020-01-01"][..], 2, "E0101"),
        (&["--until", "500d"], 2, "E0101"),
        (&["--until", "whenever"], 2, "E0101"),
        (&[], 2, "E0101"),
        (&["--until", "7d", "--baseline", "nowhere/b.toml"], 1, "E0003"),
    ] {
        desk.add(&[FIRST], more).fails(status, code);
    }
    let short = desk.add(&["9c"], &["--until", "7d"]).fails(3, "E0220").error();
    assert!(short["message"].as_str().unwrap().contains("at least four digits"), "{short}");
    assert_eq!(short["next"][0], "flowbit isolation show report.json -o name");
    desk.add(&[FIRST, "0000"], &["--until", "7d"]).fails(3, "E0220");
    let near = desk.add(&["9c07719e4250"], &["--until", "7d"]).fails(3, "E0220").error();
    assert_eq!(near["next"][0], format!("did you mean `{FIRST}`?"));
    let base = ["baseline", "add", FIRST, "--from", "report.json", "--until", "7d", "--json"];
    desk.run(&base).fails(2, "E0101");
    desk.run(&[&base[..], &["--reason", " "]].concat()).fails(2, "E0101");
    let from =
        |file: &str| desk.run(&["baseline", "add", FIRST, "--from", file, "--until", "7d", "--reason", "r", "--json"]);
    from("nowhere.json").fails(2, "E0141");
    from(".").fails(2, "E0141");
    std::fs::write(desk.path().join("other.json"), "{\"schema\":\"flowbit.doctor/1\",\"data\":{}}").unwrap();
    from("other.json").fails(2, "E0141");
    std::fs::write(desk.path().join("other.json"), [0xff, 0xfe]).unwrap();
    from("other.json").fails(2, "E0141");
    assert_eq!(desk.baseline(), None, "nothing was written");
    desk.run(&["baseline", "list", "--baseline", "nowhere.toml", "--json"]).fails(2, "E0140");
}

#[test]
fn a_broken_file_is_named_with_line_and_field_and_stays_as_it_is() {
    let desk = Desk::new();
    for (text, said) in [
        ("version = 2\n", "flowbit-baseline.toml:1: version: 2 is not known here"),
        ("version = 1\n[[accepted]]\nfinding = \"x\"\n", "flowbit-baseline.toml:2: missing field `rule`"),
        ("version = 1\n\nacepted = 1\n", "flowbit-baseline.toml:3: "),
    ] {
        std::fs::write(desk.path().join("flowbit-baseline.toml"), text).unwrap();
        for words in [&["baseline", "list", "--json"][..], &["baseline", "remove", FIRST, "--json"]] {
            let error = desk.run(words).fails(2, "E0140").error();
            assert!(error["message"].as_str().unwrap().contains(said), "{error}");
        }
        desk.add(&[FIRST], &["--until", "7d"]).fails(2, "E0140");
        assert_eq!(desk.baseline().unwrap(), text);
    }
    std::fs::write(desk.path().join("flowbit-baseline.toml"), [0xff]).unwrap();
    desk.run(&["baseline", "list", "--json"]).fails(2, "E0140");
}

#[test]
fn a_saved_report_is_shown_and_turned_into_files() {
    let desk = Desk::new();
    let shown = desk.run(&["show", "report.json", "--html", "r.html", "--sarif", "r.sarif", "--junit", "r.xml"]);
    assert_eq!(shown.status, 6, "{shown:?}");
    assert!(shown.stdout.contains("Tenants are not isolated: 1 error and 1 warning."), "{}", shown.stdout);
    assert!(!shown.stdout.contains('\u{1b}'));
    assert!(shown.stderr.contains("wrote r.html") && shown.stderr.contains("wrote r.xml"), "{}", shown.stderr);
    assert_eq!(desk.files(), ["r.html", "r.sarif", "r.xml", "report.json"]);
    assert!(!desk.file("r.html").unwrap().contains("<script") && !desk.file("r.xml").unwrap().contains("]]>"));
    let sarif: Value = serde_json::from_str(&desk.file("r.sarif").unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["partialFingerprints"]["flowbit/v1"], FIRST);
    let again = desk.run(&["show", "report.json", "--json"]);
    assert_eq!(again.json()["data"]["findings"][1]["id"], SECOND);
    let lines = desk.run(&["show", "report.json", "-o", "jsonl"]);
    let ids: Vec<Value> =
        lines.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!((lines.status, ids), (6, vec![json!(FIRST), json!(SECOND)]));
    std::fs::write(desk.path().join("lines.jsonl"), &lines.stdout).unwrap();
    let list = desk.run(&["show", "lines.jsonl", "--json"]).fails(2, "E0141").error();
    assert!(list["message"].as_str().unwrap().contains("-o jsonl"), "{list}");
    std::fs::remove_file(desk.path().join("lines.jsonl")).unwrap();
    let rows = desk.run(&["show", "report.json", "-o", "csv"]).stdout;
    assert_eq!(rows.lines().next(), Some("id,rule,name,severity,place,tenants,count,evidence"));
    assert!(rows.lines().count() == 3 && !rows.contains('\u{1b}'), "{rows}");
    let files = desk.run(&["show", "report.json", "--json", "--html", "r.html"]).json();
    assert_eq!(files["warnings"], json!([]), "that a file was written is no warning");
    let printed = desk.run(&["show", "report.json", "--html", "-", "--fail-on", "error"]);
    assert_eq!((printed.status, printed.stdout), (6, desk.file("r.html").unwrap()));
    desk.run(&["show", "report.json", "--html", "-", "--sarif", "-", "--json"]).fails(2, "E0101");
    desk.run(&["show", "report.json", "--html", "nowhere/r.html", "--json"]).fails(2, "E0101");
    let junit = |severity: &str| desk.run(&["show", "report.json", "--junit", "-", "--fail-on", severity]).stdout;
    assert_eq!((junit("error").matches("<failure").count(), junit("info").matches("<failure").count()), (1, 2));
}

#[test]
fn no_organization_and_what_was_not_seen_are_no_success() {
    let desk = Desk::new();
    let write = |change: &dyn Fn(&mut Value)| {
        let mut saved = report();
        saved["data"]["findings"] = json!([]);
        change(&mut saved["data"]);
        std::fs::write(desk.path().join("report.json"), saved.to_string()).unwrap();
    };
    write(&|_| {});
    desk.run(&["show", "report.json"]).ok();
    assert_eq!(desk.run(&["show", "report.json", "--fail-on", "incomplete"]).status, 6, "a rule was not checkable");
    write(&|data| data["checks"] = json!([data["checks"][0]]));
    desk.run(&["show", "report.json", "--fail-on", "incomplete"]).ok();
    write(&|data| data["organizations"] = json!(0));
    let nobody = desk.run(&["show", "report.json", "--junit", "r.xml"]);
    assert!(nobody.status == 6 && nobody.stdout.contains("There is no organization in crm at localhost"), "{nobody:?}");
    assert!(desk.file("r.xml").unwrap().contains("name=\"organizations\""));
}

#[test]
fn one_finding_is_explained_with_its_rule() {
    let desk = Desk::new();
    let told = desk.run(&["explain", "9c07", "--from", "report.json"]).ok();
    for word in [FIRST, "db.tickets.find()", "acme, <b>globex", "I07 reference-crossing", "Why: Whoever resolves"] {
        assert!(told.stdout.contains(word), "{word}: {}", told.stdout);
    }
    let data =
        desk.fed(&["explain", SECOND, "--from", "-", "--json"], &report().to_string()).ok().json()["data"].clone();
    assert_eq!((&data["finding"]["id"], &data["rule"]["rule"]), (&json!(SECOND), &json!("I15")));
    desk.run(&["explain", "ffff", "--from", "report.json", "--json"]).fails(3, "E0220");
    desk.run(&["explain", "--from", "report.json", "--json"]).fails(2, "E0101");
    // Neither settings nor a server: a broken description is in nobody's way.
    std::fs::write(desk.path().join("flowbit.toml"), "broken").unwrap();
    desk.run(&["explain", "I07"]).ok();
    desk.run(&["explain", "reference-crosing", "--json"]).fails(3, "E0203");
}
