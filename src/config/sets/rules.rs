//! The rules of sets, one by one, as a manifest says them and as documents show them.

use std::collections::BTreeSet;
use std::path::Path;

use bson::{Bson, Document};

use super::tests::{Bytes, bytes_of, compiled_with, numbers, read};
use super::{find_set, read_set};
use crate::config::platform::{parse, preset, preset_text};
use crate::domain::Description;
use crate::domain::seed::{Compiled, Fault, SeedSet};

const HEAD: &str = "version = 1\nname = \"try\"\nas_of = \"2026-01-01\"\ndemo = true\n";

/// People for others to refer to.
const USERS: &str = r#"
[[collection]]
name = "users"
into = "@accounts"
files = ["users.json"]
[collection.fields]
email = "{key}@{org.slug}.com"
role = "User"
"#;
const ANNA: &str = r#"[{"_key": "anna"}, {"_key": "Ben"}]"#;

/// A set of these files, which is read from a directory.
pub(super) fn set_of(files: &[(&str, &[u8])]) -> Result<SeedSet, Vec<Fault>> {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(home.path().join(name), bytes).unwrap();
    }
    read_set(&find_set(home.path().join("seed.toml").to_str().unwrap(), Path::new("/")).unwrap()).unwrap()
}

fn native() -> Description {
    preset("flowbit").unwrap()
}

/// The manifest after its head, with people.
fn with_users(rest: &str) -> Result<SeedSet, Vec<Fault>> {
    let manifest = format!("{HEAD}{rest}{USERS}");
    set_of(&[("seed.toml", manifest.as_bytes()), ("users.json", ANNA.as_bytes())])
}

fn made(set: Result<SeedSet, Vec<Fault>>, platform: &Description) -> Result<Compiled, Vec<Fault>> {
    compiled_with(&set?, platform, "Acme", |_| {})
}

fn all(compiled: &Compiled, collection: &str) -> Vec<Document> {
    let part = compiled.parts.iter().find(|part| part.name == collection && part.copy.is_none()).unwrap();
    let write = |number: u32| {
        let mut bytes = Vec::new();
        compiled.write(part, number, &mut bytes);
        read(&bytes)
    };
    numbers(part).into_iter().map(write).collect()
}

/// Tickets of generated rows with these fields.
fn tickets(rows: u32, fields: &str) -> Result<Vec<Document>, Vec<Fault>> {
    let rest = format!("[[collection]]\nname = \"tickets\"\nrows = {rows}\n[collection.fields]\n{fields}\n");
    Ok(all(&made(with_users(&rest), &native())?, "tickets"))
}

/// What is wrong with a rule.
fn fault(fields: &str) -> Fault {
    let mut faults = tickets(3, fields).expect_err(fields);
    assert_eq!(faults.len(), 1, "{fields}: {faults:#?}");
    assert!(faults[0].place.line > 0 && faults[0].place.file.ends_with("seed.toml"), "{faults:?}");
    faults.remove(0)
}

fn distinct(documents: &[Document], field: &str) -> BTreeSet<String> {
    documents.iter().map(|document| document.get(field).map_or("-".into(), ToString::to_string)).collect()
}

#[test]
fn numbers_words_and_chance() {
    let made = tickets(
        400,
        r#"
        yes = true
        whole = 7
        wide = 5000000000
        half = 0.5
        nothing = { null = true }
        int = { int = [-2, 2] }
        long = { long = [1, 2] }
        number = { number = [1, 2], digits = 1 }
        many = { pick = ["a", "b"], weights = [9, 1] }
        never = { pick = ["a", "b"], weights = [0, 1] }
        mixed = { pick = [1, "x", true] }
        n = { sequence = 100 }
        chance = { chance = 0.25 }
        uuid = { uuid = true }
        list = ["{row}", { int = [3, 3] }, [true, { sequence = 0 }]]"#,
    )
    .unwrap();
    let first = &made[0];
    assert_eq!((first.get_bool("yes").ok(), first.get_i32("whole").ok()), (Some(true), Some(7)));
    assert_eq!((first.get_i64("wide").ok(), first.get_f64("half").ok()), (Some(5_000_000_000), Some(0.5)));
    assert_eq!(first.get("nothing"), Some(&Bson::Null));
    assert_eq!(distinct(&made, "int"), ["-1", "-2", "0", "1", "2"].map(String::from).into());
    assert!(matches!(first.get("long"), Some(Bson::Int64(1 | 2))));
    assert!(distinct(&made, "number").iter().all(|n| n.len() <= 3 && n.parse::<f64>().unwrap() >= 1.0));
    let a = made.iter().filter(|document| document.get_str("many").ok() == Some("a")).count();
    assert!((330..=385).contains(&a), "{a} of 400 where 360 are expected");
    assert_eq!(distinct(&made, "never"), ["\"b\"".to_owned()].into());
    assert_eq!(distinct(&made, "mixed").len(), 3);
    assert_eq!((made[0].get_i32("n").ok(), made[399].get_i32("n").ok()), (Some(100), Some(499)));
    let yes = made.iter().filter(|document| document.get_bool("chance").ok() == Some(true)).count();
    assert!((70..=130).contains(&yes), "{yes} of 400 where 100 are expected");
    assert_eq!(distinct(&made, "uuid").len(), 400);
    let uuid = bson::Uuid::parse_str(first.get_str("uuid").unwrap()).unwrap().to_string();
    assert_eq!((uuid.as_str(), &uuid[14..15]), (first.get_str("uuid").unwrap(), "4"));
    let list: Bson = bson::bson!(["3", 3, [true, 2]]);
    assert_eq!(made[2].get("list"), Some(&list));
}

#[test]
fn texts_name_other_fields_rows_and_the_organization() {
    let fields = r#"
        a = "{b}/{row:03}"
        b = "<{c}>"
        c = { int = [5, 5] }
        org = "{org.name} {org.slug} {set}"
        braces = "{{x}}"
        same = "{c}"
        maybe = "{d}."
        d = { maybe = 1.0, of = "[{c}]" }
        date = "on {at}"
        at = { date = "1d" }
        empty = ''"#;
    let made = tickets(2, fields).unwrap();
    let text = |name: &str| made[1].get_str(name).unwrap();
    assert_eq!((text("a"), text("b"), text("org")), ("<5>/002", "<5>", "Acme acme try"));
    assert_eq!((text("braces"), text("maybe"), text("empty")), ("{x}", "[5].", ""));
    assert_eq!((made[1].get_i32("same").ok(), text("date")), (Some(5), "on 2026-01-02T00:00:00Z"));
    assert_eq!(fault("title = \"{titel}\"\nstitle = 1").meant, Some("title".to_owned()));
    assert!(fault("a = \"{b\"").what.contains("a brace without its other half"));
    assert!(fault("a = \"}\"").what.contains("a brace without its other half"));
    assert!(fault("a = \"{row:3}\"").what.contains("{row:06}"));
    assert!(fault("a = \"{set:03}\"").what.contains("only a row has a width"));
}

#[test]
fn moments_maybes_cases_and_lists() {
    let made = tickets(
        300,
        r#"
        at = { date = ["-2d", "-1d"] }
        later = { after = "at", within = ["1h", "2h"] }
        day = { date = "2026-02-03" }
        state = { pick = ["open", "done"] }
        done = { by = "state", cases = { done = { after = "at", within = ["0m", "1d"] } } }
        word = { by = "state", cases = { done = "yes" }, or = "no" }
        some = { maybe = 0.5, of = "x" }
        other = { maybe = 0.5, of = "x", or = "y" }
        list = { list = { object = { n = { int = [1, 1000] }, "in" = { list = { int = [0, 1000000] }, count = [2, 3] } } }, count = [0, 2] }
        "deep.a" = 1
        "deep.b.c" = "{row}""#,
    )
    .unwrap();
    let (mut sizes, mut inner) = (BTreeSet::new(), Vec::new());
    for document in &made {
        let at = document.get_datetime("at").unwrap().timestamp_millis();
        let later = document.get_datetime("later").unwrap().timestamp_millis();
        assert!((3_600_000..=7_200_000).contains(&(later - at)));
        let is_done = document.get_str("state").ok() == Some("done");
        assert_eq!(document.contains_key("done"), is_done);
        assert_eq!(document.get_str("word").ok(), Some(if is_done { "yes" } else { "no" }));
        let list = document.get_array("list").unwrap();
        sizes.insert(list.len());
        for item in list {
            inner.extend(item.as_document().unwrap().get_array("in").unwrap().iter().map(|n| n.as_i32().unwrap()));
        }
        let deep = document.get_document("deep").unwrap();
        assert_eq!(deep.get_document("b").unwrap().keys().collect::<Vec<_>>(), ["c"]);
    }
    assert_eq!(sizes, [0, 1, 2].into());
    let many = inner.len();
    assert!(inner.into_iter().collect::<BTreeSet<_>>().len() > many * 99 / 100, "each item has a number of its own");
    assert_eq!(distinct(&made, "some").len() + distinct(&made, "other").len(), 4);
    assert_eq!(made[0].get_datetime("day").unwrap().try_to_rfc3339_string().unwrap(), "2026-02-03T00:00:00Z");
    for (fields, what) in [
        ("a = { date = \"soon\" }", "is no moment"),
        ("a = { date = [\"1d\", \"-1d\"] }", "run backwards"),
        ("a = { date = \"1d\" }\nb = { after = \"a\", within = [\"2h\", \"1h\"] }", "runs backwards"),
        ("a = { after = \"b\", within = [\"1h\", \"2h\"] }", "no field `b`"),
        ("a = { by = \"b\", cases = {} }", "no field `b`"),
        ("a = { words = \"names\" }", "no list `names`"),
        ("a = { env = \"NOT_SET\" }", "NOT_SET is not set"),
    ] {
        let fault = fault(fields);
        assert!(fault.what.contains(what), "{fields}: {fault}");
    }
}

#[test]
fn rules_that_cannot_be_are_refused_where_they_stand() {
    for (rule, what) in [
        ("{ pick = [] }", "nothing to pick"),
        ("{ pick = [1, 2], weights = [1] }", "a number for each"),
        ("{ pick = [1], weights = [0] }", "not all 0"),
        ("{ int = [2, 1] }", "from the smaller"),
        ("{ int = [0, 3000000000] }", "`long`"),
        ("{ number = [0, inf] }", "from the smaller"),
        ("{ number = [0, 1], digits = 12 }", "0 to 9 digits"),
        ("{ chance = 1.5 }", "between 0 and 1"),
        ("{ maybe = 0.5 }", "needs `of`"),
        ("{ by = \"x\" }", "needs `cases`"),
        ("{ list = 1 }", "needs `count"),
        ("{ list = 1, count = [3, 2] }", "needs `count"),
        ("{ after = \"x\" }", "needs `within"),
        ("{ uuid = false }", "leave it out"),
        ("{ null = false }", "leave it out"),
        ("{ int = [1, 2], chance = 0.5 }", "two rules"),
        ("{ int = [1, 2], digits = 2 }", "does not belong"),
        ("{ int = [1, 2], or = 2 }", "`or` does not belong"),
        ("{ field = \"a\" }", "does not say what is made"),
        ("{ pik = [1] }", "unknown field `pik`"),
        ("2026-01-01", "a date is written"),
        ("{ pick = [1, 2026-01-01] }", "a date is written"),
    ] {
        let rest = format!("[[collection]]\nname = \"tickets\"\n[collection.fields]\na = 1\nb = {rule}\n");
        let faults = with_users(&rest).expect_err(rule);
        assert!(faults[0].what.contains(what), "{rule}: {faults:?}");
        assert_eq!(faults[0].place.line, 9, "{rule}: {faults:?}");
    }
}

#[test]
fn references_give_what_the_platform_keeps() {
    let text = preset_text("tickets").unwrap();
    let more = "[[reference]]\ncollection = \"tickets\"\nfield = \"watcher\"\nto = \"users._id\"\nas_string = true\n\n\
                [[reference]]\ncollection = \"tickets\"\nfield = \"mail\"\nto = \"users.email\"\n\n[token]";
    let platform = parse("test", &text.replacen("[token]", more, 1)).unwrap();
    let fields = r#"
[[collection]]
name = "tickets"
rows = 50
[collection.fields]
userId = { ref = "users" }
watcher = { ref = "users/anna" }
mail = { ref = "users/anna" }
name = { ref = "users/Ben", field = "role" }
self = { ref = "users/anna" }
comments = [{ object = { userId = { ref = "users/anna" } } }]
"#;
    let compiled = made(with_users(fields), &platform).unwrap();
    let users = all(&compiled, "users");
    let (by_key, made) =
        (|mail: &str| users.iter().find(|u| u.get_str("email").ok() == Some(mail)).unwrap(), all(&compiled, "tickets"));
    let anna = by_key("anna@acme.com").get_object_id("_id").unwrap();
    by_key("ben@acme.com");
    let ids: BTreeSet<_> = users.iter().map(|user| user.get_object_id("_id").unwrap()).collect();
    let drawn: BTreeSet<_> = made.iter().map(|ticket| ticket.get_object_id("userId").unwrap()).collect();
    assert_eq!(drawn, ids, "each is drawn at some time");
    let ticket = &made[0];
    assert_eq!(ticket.get_str("watcher").unwrap(), anna.to_hex());
    assert_eq!((ticket.get_str("mail").ok(), ticket.get_str("name").ok()), (Some("anna@acme.com"), Some("User")));
    assert_eq!(ticket.get_object_id("self").ok(), Some(anna));
    let comment = ticket.get_array("comments").unwrap()[0].as_document().unwrap();
    assert_eq!(comment.get_object_id("userId").ok(), Some(anna));
}

#[test]
fn what_is_referred_to_has_to_be_there() {
    for (fields, what, meant) in [
        ("a = { ref = \"user\" }", "no collection `user`", Some("users")),
        ("a = { ref = \"users/ana\" }", "`users/ana` does not exist", Some("anna")),
        ("a = { ref = \"users\", field = \"mail\" }", "has a field `mail`", None),
        ("a = { ref = \"tickets/x\" }", "`tickets/x` does not exist", None),
    ] {
        let fault = fault(fields);
        assert!(fault.what.contains(what), "{fields}: {fault}");
        assert_eq!(fault.meant.as_deref(), meant, "{fault}");
    }
    let manifest =
        format!("{HEAD}[[tenant]]\nname = \"Beta\"\n[[collection]]\nname = \"tickets\"\nfiles = [\"t.jsonl\"]\n");
    let rows = "{\"_key\": \"1\", \"_only\": \"Beta\"}\n\n{\"_key\": \"2\", \"next\": {\"$ref\": \"tickets/1\"}}\n";
    let set = set_of(&[("seed.toml", manifest.as_bytes()), ("t.jsonl", rows.as_bytes())]);
    let faults = made(set, &native()).unwrap_err();
    assert!(faults[0].what.contains("it is for other tenants only"), "{faults:?}");
    assert_eq!((faults[0].place.line, faults[0].field.as_str()), (3, "next"));
}

#[test]
fn fields_that_need_each_other_are_named() {
    let found = fault("a = \"{b}\"\nb = \"{c}\"\nc = \"{a}\"");
    assert_eq!(
        found.what,
        "these fields depend on each other: tickets.a, which needs tickets.b, which needs tickets.c, which needs tickets.a"
    );
    fault("a = { after = \"a\", within = [\"0m\", \"1m\"] }");
    fault("a = { by = \"a\", cases = {} }");
    fault("a = { ref = \"tickets\", field = \"a\" }");
    // Between two documents.
    let rest = "[[collection]]\nname = \"tickets\"\nfiles = [\"t.json\"]\n";
    let manifest = format!("{HEAD}{rest}");
    let rows = r#"[{"_key": "1", "n": {"$ref": "tickets/2", "field": "n"}}, {"_key": "2", "n": {"$ref": "tickets/1", "field": "n"}}]"#;
    let set = set_of(&[("seed.toml", manifest.as_bytes()), ("t.json", rows.as_bytes())]);
    let faults = made(set, &native()).unwrap_err();
    assert!(faults[0].what.contains("tickets.n, which needs tickets.n"), "{faults:?}");
    assert!(faults[0].place.file.ends_with("t.json"));
    // A document may name itself by its identifier.
    assert_eq!(tickets(2, "a = { ref = \"tickets\" }").unwrap().len(), 2);
}

#[test]
fn a_long_chain_of_fields_is_refused() {
    let chain = |n: u32, order: &mut dyn Iterator<Item = u32>| -> String {
        let lines: Vec<String> = order.map(|i| format!("f{i} = \"{{f{}}}\"", i + 1)).collect();
        format!("{}\nf{n} = \"end\"", lines.join("\n"))
    };
    assert_eq!(tickets(1, &chain(90, &mut (0..90))).unwrap()[0].get_str("f0").ok(), Some("end"));
    for order in [&mut (0_u32..3000) as &mut dyn Iterator<Item = u32>, &mut (0_u32..3000).rev()] {
        let faults = tickets(1, &chain(3000, order)).unwrap_err();
        assert!(faults[0].what.contains("more than 100 fields need each other"), "{faults:?}");
    }
}

#[test]
fn a_field_is_a_value_or_a_document() {
    assert!(fault("a = 1\n\"a.b\" = 2").what.contains("`a` stands here with a value of its own"));
    assert!(fault("\"a.b.c\" = 1\n\"a.b\" = 2").what.contains("`a.b` stands here"));
    let path = vec!["a"; 200].join(".");
    let rest = format!("[[collection]]\nname = \"tickets\"\n[collection.fields]\n\"{path}\" = 1\n");
    assert!(with_users(&rest).unwrap_err()[0].what.contains("at most 100"));
    for name in ["_id", "$x", "a..b", ""] {
        let rest = format!("[[collection]]\nname = \"tickets\"\n[collection.fields]\n{name:?} = 1\n");
        let faults = with_users(&rest).unwrap_err();
        assert_eq!(faults[0].place.line, 8, "{name}: {faults:?}");
    }
    assert!(fault("a = { object = { \"b\\u0000\" = 1 } }").what.contains("NUL"));
}

/// A set with everything that the tests below change one thing of.
const BASE: &str = r#"
[[collection]]
name = "tickets"
files = ["t.jsonl"]
rows = 20
[collection.fields]
title = { pick = ["a", "b", "c"] }
author = { ref = "users" }
"#;
const ROWS: [&str; 3] = [
    r#"{"_key": "1", "title": "one", "author": {"$ref": "users/anna"}}"#,
    r#"{"_key": "2", "at": {"$at": "-1d"}}"#,
    r#"{"_key": "3", "title": "three", "next": {"$ref": "tickets/1"}}"#,
];

fn base(manifest: &str, rows: &str) -> Bytes {
    let manifest = format!("{HEAD}{manifest}{USERS}");
    let files = [("seed.toml", manifest.as_bytes()), ("users.json", ANNA.as_bytes()), ("t.jsonl", rows.as_bytes())];
    bytes_of(&made(set_of(&files), &native()).unwrap())
}

#[test]
fn what_is_added_leaves_everything_else_as_it_was() {
    let before = base(BASE, &ROWS.join("\n"));
    let reversed: Vec<&str> = ROWS.into_iter().rev().collect();
    assert_eq!(before, base(BASE, &reversed.join("\n\n")), "the order of fixtures does not matter");

    let more = format!("{}\n{}", ROWS.join("\n"), r#"{"_key": "4", "title": "four"}"#);
    let after = base(BASE, &more);
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|(row, bytes)| after[row] == *bytes), "a fixture");

    let after = base(&format!("{BASE}{}", BASE.replace("\"tickets\"", "\"products\"")), &ROWS.join("\n"));
    assert!(before.iter().all(|(row, bytes)| after[row] == *bytes), "a collection");

    let after = base(&BASE.replace("rows = 20", "rows = 30"), &ROWS.join("\n"));
    let titles = |all: &Bytes, row: u32| read(&all[&("tickets".to_owned(), row)]).get_str("title").unwrap().to_owned();
    assert!((0..20).all(|row| titles(&before, row) == titles(&after, row)), "rows");

    let after = base(&BASE.replace("author =", "state = { int = [1, 9] }\nauthor ="), &ROWS.join("\n"));
    for (row, bytes) in &before {
        let (old, mut new) = (read(bytes), read(&after[row]));
        assert_eq!(new.remove("state").is_some(), row.0 == "tickets");
        assert_eq!(old, new, "a field");
    }
}

#[test]
fn another_key_organization_or_name_makes_other_documents() {
    let set = with_users(&BASE.replace("files = [\"t.jsonl\"]\n", "")).unwrap();
    let platform = native();
    let first = bytes_of(&compiled_with(&set, &platform, "Acme", |_| {}).unwrap());
    let others = [
        bytes_of(&compiled_with(&set, &platform, "Acme", |setting| setting.seed_key = "other").unwrap()),
        bytes_of(&compiled_with(&set, &platform, "Acme", |setting| setting.address = "Beta").unwrap()),
        {
            let mut set = set.clone();
            set.manifest.name = "tried".to_owned();
            bytes_of(&compiled_with(&set, &platform, "Acme", |_| {}).unwrap())
        },
    ];
    let ids =
        |all: &Bytes| all.values().map(|bytes| read(bytes).get_object_id("_id").unwrap()).collect::<BTreeSet<_>>();
    for other in &others {
        assert_eq!(other.len(), first.len());
        assert!(ids(other).is_disjoint(&ids(&first)));
    }
}

/// What is wrong with fixtures of tickets, under these lines of their collection.
fn fixture_fault(lines: &str, rows: &str, platform: &Description) -> Fault {
    let manifest = format!("{HEAD}[[collection]]\nname = \"tickets\"\nfiles = [\"t.jsonl\"]\n{lines}\n{USERS}");
    let files = [("seed.toml", manifest.as_bytes()), ("users.json", ANNA.as_bytes()), ("t.jsonl", rows.as_bytes())];
    let mut faults = made(set_of(&files), platform).expect_err(rows);
    assert!(faults.len() == 1 && faults[0].place.file.ends_with("t.jsonl"), "{rows}: {faults:#?}");
    faults.remove(0)
}

#[test]
fn fixtures_that_cannot_be_are_refused() {
    let tickets = preset("tickets").unwrap();
    let twice = fixture_fault("", "{\"_key\": \"a\"}\n{\"_key\": \"b\"}\n{\"_key\": \"a\"}", &tickets);
    assert!(twice.what.contains("a second time") && twice.what.contains("t.jsonl:1"), "{twice}");
    assert_eq!(twice.place.line, 3);

    let closed =
        fixture_fault("closed = true\n[collection.fields]\ntitle = \"\"", "{\"_key\": \"a\", \"titel\": 1}", &tickets);
    assert!(closed.what.contains("the collection is closed"), "{closed}");
    assert_eq!((closed.field.as_str(), closed.meant.as_deref()), ("titel", Some("title")));

    let tenancy = fixture_fault("", "{\"_key\": \"a\", \"customerId\": \"Acme\"}", &tickets);
    assert!(tenancy.what.contains("flowbit writes it"), "{tenancy}");

    let wrong = fixture_fault("", "{\"_key\": \"a\", \"userId\": \"anna\"}", &tickets);
    assert!(wrong.what.contains("an ObjectId") && wrong.what.contains("text"), "{wrong}");
    let wrong = fixture_fault("", "{\"_key\": \"a\", \"comments\": [{\"userId\": 7}]}", &tickets);
    assert!(wrong.what.contains("an ObjectId") && wrong.what.contains("a number"), "{wrong}");
    let wrong =
        fixture_fault("", "{\"_key\": \"a\", \"comments\": [{\"userId\": 7, \"at\": {\"$at\": \"0\"}}]}", &tickets);
    assert!(wrong.what.contains("an ObjectId"), "{wrong}");

    let dangling = fixture_fault("", "{\"_key\": \"a\", \"userId\": {\"$ref\": \"users/ana\"}}", &tickets);
    assert_eq!((dangling.field.as_str(), dangling.meant.as_deref()), ("userId", Some("anna")));
}

#[test]
fn accounts_say_who_they_are() {
    let accounts = |rows: &str, demo: &str| {
        let manifest = format!(
            "{}{}",
            HEAD.replace("demo = true", demo),
            USERS.replace("email = ", "phone = ").replace("role = \"User\"", "")
        );
        made(set_of(&[("seed.toml", manifest.as_bytes()), ("users.json", rows.as_bytes())]), &native())
    };
    let faults = |rows: &str, demo: &str| accounts(rows, demo).unwrap_err().remove(0).to_string();
    let good = r#"[{"_key": "a", "email": "Anna@Acme.com", "role": "User", "password": "demo:x"}]"#;
    let made = accounts(good, "demo = true").unwrap();
    assert_eq!(all(&made, "users")[0].get_str("email").ok(), Some("anna@acme.com"));
    assert_eq!(
        made.text_of(&made.parts[0], made.parts[0].fixtures[0].number, "email").as_deref(),
        Some("anna@acme.com")
    );
    let refused = faults(good, "demo = false");
    assert!(refused.contains("does not say `demo = true`") && !refused.contains("demo:x"), "{refused}");
    let refused = faults(&good.replace("demo:x", "Secret1!"), "demo = true");
    assert!(refused.contains("a password is `generated`") && !refused.contains("Secret1!"), "{refused}");
    assert!(faults(&good.replace("\"demo:x\"", "7"), "demo = true").contains("a password is"));
    assert!(faults(r#"[{"_key": "a", "role": "User"}]"#, "demo = true").contains("needs an e-mail"));
    assert!(faults(r#"[{"_key": "a", "email": "a@b.c"}]"#, "demo = true").contains("needs a role"));
}

#[test]
fn copies_of_accounts_repeat_what_the_account_says() {
    let text = preset_text("flowbit").unwrap();
    let copies = "[[account.copies]]\ncollection = \"people\"\n[account.copies.fields]\naccount = \"{account.id:string}\"\n\
                  mail = \"{email}\"\nrole = \"{role}\"\nname = \"{email.local}\"\n\n[store]";
    let platform = parse("test", &text.replacen("[store]", copies, 1)).unwrap();
    let compiled = made(with_users(""), &platform).unwrap();
    let names: Vec<_> = compiled.parts.iter().map(|part| (part.name.as_str(), part.copy)).collect();
    assert_eq!(names, [("users", None), ("users", Some(0))]);
    let bytes = bytes_of(&compiled);
    let copies: Vec<Document> = bytes.iter().filter(|((name, _), _)| name == "users#0").map(|(_, b)| read(b)).collect();
    let accounts = all(&compiled, "users");
    for (copy, account) in copies.iter().zip(&accounts) {
        assert_ne!(copy.get("_id"), account.get("_id"));
        assert_eq!(copy.get("mail"), account.get("email"));
        assert_eq!(copy.get("role"), account.get("role"));
        assert_eq!(copy.get_str("account").unwrap(), account.get_object_id("_id").unwrap().to_hex());
    }
    assert_eq!((copies.len(), accounts.len()), (2, 2));
}

#[test]
fn numbers_at_their_ends_stay_numbers() {
    let fields = format!(
        "n = {{ sequence = {max} }}\nlong = {{ long = [{min}, {max}] }}\nwide = {{ number = [-1e308, 1e308] }}\nsmall = {{ int = [-2147483648, 2147483647] }}",
        max = i64::MAX,
        min = i64::MIN
    );
    assert_eq!(tickets(3, &fields).unwrap()[2].get_i64("n").ok(), Some(i64::MAX));
    let rest = "[[collection]]\nname = \"tickets\"\nfiles = [\"t.jsonl\"]\n[collection.fields]\n\
                end = { after = \"at\", within = [\"1d\", \"2d\"] }\n";
    let row = format!("{{\"_key\": \"a\", \"at\": {{\"$date\": {{\"$numberLong\": \"{}\"}}}}}}", i64::MAX);
    let manifest = format!("{HEAD}{rest}");
    let set = set_of(&[("seed.toml", manifest.as_bytes()), ("t.jsonl", row.as_bytes())]);
    let ticket = all(&made(set, &native()).unwrap(), "tickets").remove(0);
    assert_eq!(ticket.get_datetime("end").unwrap().timestamp_millis(), i64::MAX);
}
