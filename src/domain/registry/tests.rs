//! Each shape: list, add, change, remove, and the same bytes where nothing changes.

use serde_json::{Value, json};

use super::check::{Severity, check};
use super::compare::{Change, What, compare};
use super::*;

fn parse(text: &str) -> Registry {
    Registry::parse("registry.json", text).unwrap()
}

fn screen(name: &str, url: &str) -> Screen {
    Screen { name: name.to_owned(), url: url.to_owned(), ..Screen::default() }
}

/// What a screen looks like in every shape, with the file before and after its second screen was added.
const USE_CASES: &str = "{\n  \"useCases\": [\n    { \"tenant\": \"A\", \"screenUrl\": \"/a\", \"team\": 7 },\n    { \"tenant\": \"B\", \"screenUrl\": \"\" }\n  ]\n}\n";
const OBJECTS: &str = "{\n\t\"A\": {\n\t\t\"screens\": [\n\t\t\t{\n\t\t\t\t\"name\": \"Tickets\",\n\t\t\t\t\"url\": \"/t\",\n\t\t\t\t\"icon\": \"i\",\n\t\t\t\t\"beta\": true\n\t\t\t}\n\t\t]\n\t},\n\t\"B\": {\n\t\t\"screens\": []\n\t}\n}";
const SLUGS: &str = r#"{"tenants":{"a-corp":{"name":"A Corp","customerId":"a-corp","screens":[{"id":1,"name":"Tickets","url":"/t","scope":"all","module":"m"}]}}}"#;
const CATALOGUE: &str = "{\n    \"screens\": {\n        \"tickets\": {\"name\": \"Tickets\", \"url\": \"/t\"},\n        \"stock\": {\"name\": \"Stock\", \"url\": \"/s\"}\n    },\n    \"tenants\": {\n        \"A\": {\"allowedScreens\": [\"tickets\"]},\n        \"B\": {\"allowedScreens\": []}\n    }\n}\n";
const URLS: &str = "[\n  {\"tenant\": \"A\", \"screenUrl\": \"/a\"}\n]\n";
const WORDS: &str = "[ {\"tenant\":\"A\", \"screens\":[ \"tickets\" ]}, {\"tenant\":\"B\", \"screens\":[]} ]\n";
const BARE: &str = "{\"A\": [\"/t\"], \"B\": []}\r\n";
const ALL: [&str; 7] = [USE_CASES, OBJECTS, SLUGS, CATALOGUE, URLS, WORDS, BARE];

#[test]
fn nothing_changed_is_nothing_written() {
    for text in ALL {
        let mut registry = parse(text);
        let tenants = registry.tenants();
        let before = registry.screens(&tenants[0]).unwrap();
        assert_eq!(before.len(), 1, "{text}");
        // What is there already, said again as far as the shape has a place for it.
        let again = before[0].clone();
        let again = if again.key.is_some() { Screen { key: again.key, ..Screen::default() } } else { again };
        assert!(!registry.set_screen(&tenants[0], &again).unwrap(), "{text}");
        assert!(!registry.remove_screen(&tenants[0], "nothing"), "{text}");
        assert_eq!(registry.text(), text);
        assert!(registry.screens("nobody").is_none());
        assert_eq!(registry.set_screen("nobody", &again).unwrap_err().code().id, "E0206");
    }
}

#[test]
fn one_address_for_each_tenant() {
    for (text, changed) in
        [(USE_CASES, USE_CASES.replace("\"/a\"", "\"https://h/x\"")), (URLS, URLS.replace("\"/a\"", "\"https://h/x\""))]
    {
        let mut registry = parse(text);
        assert_eq!(registry.screens("A").unwrap()[0].url, "/a");
        for refused in [screen("Tickets", "/a"), Screen { icon: Some("i".into()), ..screen("", "/b") }, screen("", "")]
        {
            assert_eq!(registry.set_screen("A", &refused).unwrap_err().code().id, "E0126");
        }
        assert_eq!(registry.text(), text);
        assert!(registry.set_screen("A", &screen("", "https://h/x")).unwrap());
        assert_eq!(registry.text(), changed);
        assert!(registry.remove_screen("A", "https://h/x"));
        assert_eq!(registry.screens("A"), Some(vec![]));
        assert!(!registry.clear_screens("A"));
    }
    let mut named = parse(r#"{"useCases":[{"tenant":"A","screenUrl":"/a","name":"x"}]}"#);
    assert!(named.set_screen("A", &screen("y", "/a")).unwrap(), "this file has a place for names");
}

#[test]
fn objects_keep_what_is_not_said() {
    let mut registry = parse(OBJECTS);
    assert_eq!(registry.screens("A").unwrap()[0].extra["beta"], true);
    assert!(registry.set_screen("A", &screen("Tickets", "/new")).unwrap());
    assert_eq!(registry.text(), OBJECTS.replace("\"/t\"", "\"/new\""));
    assert!(registry.set_screen("A", &Screen { icon: Some("s".into()), ..screen("Stock", "/s") }).unwrap());
    let added = "\t\t\t},\n\t\t\t{\n\t\t\t\t\"name\": \"Stock\",\n\t\t\t\t\"url\": \"/s\",\n\t\t\t\t\"icon\": \"s\"\n\t\t\t}\n\t\t]";
    assert_eq!(registry.text(), OBJECTS.replace("\"/t\"", "\"/new\"").replace("\t\t\t}\n\t\t]", added));
    assert!(registry.remove_screen("A", "Stock") && registry.set_screen("A", &screen("Tickets", "/t")).unwrap());
    assert_eq!(registry.text(), OBJECTS);
    assert!(registry.set_screen("B", &screen("First", "/f")).unwrap());
    assert_eq!(registry.screens("B").unwrap(), [screen("First", "/f")]);
    assert!(registry.set_screen("B", &screen("Second", "")).is_err(), "a new one needs an address");
    assert!(registry.clear_screens("B"));
    assert_eq!(registry.text(), OBJECTS);
}

#[test]
fn slugs_with_names_beside_them() {
    let mut registry = parse(SLUGS);
    assert_eq!(registry.find_tenant("A Corp").as_deref(), Some("a-corp"));
    assert_eq!(registry.find_tenant("a corp").as_deref(), Some("a-corp"));
    let by_id = Screen { id: Some("1".into()), ..screen("Desk", "") };
    assert!(registry.set_screen("a-corp", &by_id).unwrap());
    assert_eq!(registry.text(), SLUGS.replace("Tickets", "Desk"), "the number stays one");
    let mut new = Screen { id: Some("2".into()), ..screen("Stock", "/s") };
    new.extra.insert("scope".into(), json!("all"));
    assert!(registry.set_screen("a-corp", &new).unwrap());
    assert!(registry.text().contains(r#","module":"m"},{"id":"2","name":"Stock","url":"/s","scope":"all"}]"#));
    let both = Screen { id: Some("1".into()), ..screen("Stock", "/s") };
    assert_eq!(registry.set_screen("a-corp", &both).unwrap_err().code().id, "E0126");
    assert!(registry.remove_screen("a-corp", "2") && registry.repeats_keys());
    assert!(registry.add_named("b", "B", "b"));
    let written: Value = serde_json::from_str(&registry.text()).unwrap();
    assert_eq!(written["tenants"]["b"], json!({"name": "B", "customerId": "b", "screens": []}));
}

#[test]
fn a_catalogue_lends_its_screens() {
    let mut registry = parse(CATALOGUE);
    assert_eq!(registry.screens("A").unwrap()[0], Screen { key: Some("tickets".into()), ..screen("Tickets", "/t") });
    let of = |key: &str| Screen { key: Some(key.into()), ..Screen::default() };
    let error = registry.set_screen("A", &of("stok")).unwrap_err();
    assert_eq!((error.code().id, error.actions()[0].as_str()), ("E0206", "did you mean \"stock\"?"));
    assert!(registry.set_screen("A", &Screen { url: "/other".into(), ..of("stock") }).is_err());
    assert_eq!(registry.text(), CATALOGUE);
    assert!(
        registry.set_screen("A", &of("stock")).unwrap() && registry.set_screen("B", &screen("Stock", "/s")).unwrap()
    );
    let both = CATALOGUE.replace("[\"tickets\"]", "[\"tickets\", \"stock\"]").replace("[]", "[\"stock\"]");
    assert_eq!(registry.text(), both);
    assert!(registry.remove_screen("A", "Stock") && registry.remove_screen("B", "stock"));
    assert_eq!(registry.text(), CATALOGUE);
}

#[test]
fn plain_words() {
    for (text, word, new) in [(WORDS, "tickets", screen("stock", "")), (BARE, "/t", screen("", "/s"))] {
        let mut registry = parse(text);
        assert!(registry.screens("A").unwrap()[0].is_called(word));
        assert!(registry.set_screen("A", &screen("Stock", "/s")).is_err());
        assert!(registry.set_screen("A", &new).unwrap() && !registry.set_screen("A", &new).unwrap());
        assert_eq!(registry.screens("A").unwrap()[1], new);
        assert!(registry.set_screen("B", &new).unwrap(), "as the others do");
        assert!(registry.remove_screen("A", new.title()) && registry.clear_screens("B"));
        assert_eq!(registry.text(), text);
    }
    let mut empty = parse(r#"{"A":[]}"#);
    assert!(empty.set_screen("A", &screen("Tickets", "/t")).unwrap());
    assert_eq!(empty.text(), r#"{"A":[{"name":"Tickets","url":"/t"}]}"#);
}

#[test]
fn what_is_not_clear_is_refused() {
    for text in [
        r#"[{"tenant":"A","screenUrl":"/a"},{"tenant":"A","screenUrl":"/b"}]"#,
        r#"{"A":{"screens":[]},"A":{"screens":[]}}"#,
        r#"{"tenants":{"A":{"screens":[]},"A":{"screens":[]}}}"#,
    ] {
        assert_eq!(parse(text).set_screen("A", &screen("", "/x")).unwrap_err().code().id, "E0126", "{text}");
    }
    let mut twins = parse(r#"{"A":{"screens":[{"name":"x","url":"/1"},{"name":"x","url":"/2"}]}}"#);
    assert_eq!(twins.set_screen("A", &screen("x", "/3")).unwrap_err().code().id, "E0126");
}

#[test]
fn addresses_are_absolute_or_begin_at_the_root() {
    for good in ["/", "/a/b?c#d", "http://h", "HTTPS://h.example/x", "//h/x"] {
        assert_eq!(url_fault(good), None, "{good}");
    }
    for bad in ["", " ", "a", "ftp://h", "http://", "https:///x", "javascript:alert(1)", "/a b", "mailto:a@b.c"] {
        assert!(url_fault(bad).is_some(), "{bad}");
    }
}

fn rules(text: &str) -> Vec<(&'static str, usize)> {
    check("registry.json", text).findings.into_iter().map(|found| (found.rule, found.line.unwrap_or(0))).collect()
}

#[test]
fn a_check_finds_what_is_wrong_and_where() {
    for text in ALL {
        let errors = check("registry.json", text).findings.into_iter().filter(|found| found.severity != Severity::Info);
        assert_eq!(errors.count(), 0, "{text}");
    }
    for (text, expected) in [
        ("{\"A\":\n [1,}", vec![("S01", 2)]),
        ("", vec![("S01", 1)]),
        ("{\"A\": {\"b\": 1}}", vec![("S02", 1)]),
        ("7", vec![("S02", 1)]),
        ("{\"A\": [],\n\"A\": []}", vec![("S03", 2)]),
        ("[{\"tenant\":\"A\",\"screenUrl\":\"/a\"},\n{\"tenant\":\"A\",\"screenUrl\":\"/b\"}]", vec![("S03", 2)]),
        ("{\"A\":{\"screens\":[{\"name\":\"x\",\"url\":\"/x\"},\n{\"name\":\"x\",\"url\":\"/y\"}]}}", vec![("S04", 2)]),
        ("{\"A\": [\"x\",\n\"x\"]}", vec![("S04", 2)]),
        (
            "{\"A\":{\"screens\":[\n{\"url\":\"/x\"},\n{\"name\":\" \",\"url\":\"\"}]}}",
            vec![("S05", 2), ("S05", 3), ("S06", 3)],
        ),
        ("{\"A\":{\"screens\":[{\"name\":\"x\",\n\"url\":\"x.html\"}]}}", vec![("S07", 2)]),
        (
            "{\"useCases\":[{\"tenant\":\"A\",\"screenUrl\":\"/a\"},\n{\"screenUrl\":\"/b\"},\n{\"tenant\":7,\"screenUrl\":7}]}",
            vec![("S05", 2), ("S08", 3), ("S08", 3)],
        ),
        ("{\"A\":{\"screens\":[]},\n\"B\":{\"screens\":{}},\n\"C\":5}", vec![("S08", 2), ("S08", 3)]),
        (
            "{\"screens\":{\"a\":{\"url\":\"/a\"},\n\"b\":{\"url\":\"/b\"}},\"tenants\":{\"A\":\n{\"allowedScreens\":[\"a\",\"c\"]}}}",
            vec![("S10", 2), ("S09", 3)],
        ),
        ("{\"A\":{\"screens\":[{\"name\":\"x\",\"url\":\"/x\",\n\"url\":\"/y\"}]}}", vec![("S13", 2)]),
    ] {
        assert_eq!(rules(text), expected, "{text}");
    }
}

#[test]
fn shapes_are_compared_by_what_both_can_say() {
    let slug = |name: &str| name.to_lowercase().replace(' ', "-");
    let differences = |a: &str, b: &str| compare(&parse(a), &parse(b), &slug);
    for text in ALL {
        assert_eq!(differences(text, text), []);
    }
    let objects = r#"{"A Corp":{"screens":[{"name":"Tickets","url":"/t","icon":"i"}]}}"#;
    assert_eq!(differences(objects, SLUGS), [], "a name and a slug are one tenant");
    assert_eq!(differences(r#"[{"tenant":"a-corp","screenUrl":"/t"}]"#, objects), [], "by the rule");
    let one = differences(
        objects,
        r#"{"A Corp":{"screens":[{"name":"Tickets","url":"/new"},{"name":"B","url":"/b"}]},"C":[]}"#,
    );
    let seen: Vec<_> = one.iter().map(|d| (d.change, d.what, d.screen.as_deref())).collect();
    assert_eq!(
        seen,
        [
            (Change::Changed, What::Screen, Some("Tickets")),
            (Change::Added, What::Screen, Some("B")),
            (Change::Added, What::Tenant, None)
        ]
    );
    assert_eq!(differences(CATALOGUE, r#"{"A":["tickets"],"B":[]}"#), [], "keys are words");
}

#[test]
fn every_known_shape_is_renamed_in_place() {
    let names = [
        ("LogisticsCo".to_owned(), Some("Logistics Global".to_owned())),
        ("logisticsco".to_owned(), Some("logistics-global".to_owned())),
    ];
    for (before, after) in [
        (
            r#"{"useCases":[{"tenant":"LogisticsCo","screenUrl":"u"}]}"#,
            r#"{"useCases":[{"tenant":"Logistics Global","screenUrl":"u"}]}"#,
        ),
        (
            r#"{"RetailGmbH":{"screens":[]},"LogisticsCo":{"screens":[{"name":"LogisticsCo"}]}}"#,
            r#"{"RetailGmbH":{"screens":[]},"Logistics Global":{"screens":[{"name":"LogisticsCo"}]}}"#,
        ),
        (
            r#"{"tenants":{"logisticsco":{"name":"LogisticsCo","customerId":"logisticsco","screens":[]}}}"#,
            r#"{"tenants":{"logistics-global":{"name":"Logistics Global","customerId":"logistics-global","screens":[]}}}"#,
        ),
        (
            r#"{"screens":{"a":{}},"tenants":{"LogisticsCo":{"allowedScreens":["a"]}}}"#,
            r#"{"screens":{"a":{}},"tenants":{"Logistics Global":{"allowedScreens":["a"]}}}"#,
        ),
        (r#"[{"tenant":"LogisticsCo","screens":["x"]}]"#, r#"[{"tenant":"Logistics Global","screens":["x"]}]"#),
        (r#"{"LogisticsCo":["x"]}"#, r#"{"Logistics Global":["x"]}"#),
    ] {
        let mut registry = Registry::parse("registry.json", before).unwrap();
        assert!(registry.rename(&names), "{before}");
        let written: Value = serde_json::from_str(&registry.text()).unwrap();
        assert_eq!(written.to_string(), after);
        assert!(!registry.rename(&names), "a second time changes nothing: {before}");
        let gone = [("Logistics Global".to_owned(), None), ("logistics-global".to_owned(), None)];
        assert!(registry.rename(&gone));
        assert!(!registry.text().contains("lobal"), "{}", registry.text());
    }
}

#[test]
fn broken_and_unknown_files_are_refused() {
    let error = Registry::parse("registry.json", "{\"a\":\n [1,}").unwrap_err();
    assert!(error.message().starts_with("registry.json:2:"), "{}", error.message());
    assert!(Registry::parse("registry.json", r#"{"a":{"b":1}}"#).is_err());
}
