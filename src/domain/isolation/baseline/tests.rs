use jiff::civil::date;

use super::super::fixture::{self, NASTY};
use super::super::rules::{REFERENCE, UNIQUE};
use super::*;

const TODAY: Date = date(2026, 11, 29);

const FILE: &str = r#"# Ours.
version = 1

# Shared with the old shop until it is gone.
[[accepted]]
finding = "0123456789ab"
rule = "I15"
place = "crm.products sku_1"
reason = "shop"
until = 2026-12-31
count = 3

# Second.
[[accepted]]
finding = "abcdefabcdef"   # of the trail
rule = "I07"
place = "crm.tickets userId"
reason = "old"
by = "ann"
since = 2026-01-01
until = 2026-11-28
"#;

fn read(text: &str) -> Result<Baseline, (usize, String)> {
    Baseline::read(text, TODAY).map_err(|fault| (fault.line, fault.what))
}

#[test]
fn a_file_is_read_and_each_entry_has_a_state() {
    let baseline = read(FILE).unwrap();
    let [first, second] = baseline.entries.as_slice() else { panic!("{baseline:?}") };
    assert_eq!((first.count, first.until), (Some(3), date(2026, 12, 31)));
    assert_eq!(first.force(TODAY), Force::InForce);
    assert_eq!(first.force(date(2026, 12, 17)), Force::EndsSoon);
    assert_eq!(first.force(date(2026, 12, 31)), Force::EndsSoon, "the last day counts");
    assert_eq!(first.force(date(2027, 1, 1)), Force::Over);
    assert_eq!(second.force(TODAY), Force::Over);
    assert_eq!(read("version = 1").unwrap(), Baseline::default());
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_field() {
    for (from, to, line, said) in [
        ("version = 1", "version = 2", 2, "version: 2 is not known here"),
        ("version = 1\n", "\n", 1, "version: there is none"),
        ("version = 1", "version = \"1\"", 1, "version: there is none"),
        ("count = 3", "cuont = 3", 11, "cuont"),
        ("count = 3", "count = -3", 11, "-3"),
        ("reason = \"shop\"\n", "", 5, "missing field `reason`"),
        ("reason = \"shop\"", "reason = \" \\t\"", 9, "reason: it is blank"),
        ("until = 2026-12-31\n", "", 5, "missing field `until`"),
        ("until = 2026-12-31", "until = 2026-12-31T10:00:00Z", 10, "until: a day is wanted"),
        ("until = 2026-12-31", "until = \"2026-12-31\"", 10, "expected a TOML datetime"),
        ("until = 2026-12-31", "until = 2027-12-31", 10, "until: 2027-12-31 is more than a year ahead; 2027-11-30"),
        ("until = 2026-11-28", "until = 2027-01-02", 21, "until: 2027-01-02 is more than a year ahead; 2027-01-01"),
        ("since = 2026-01-01", "since = 2026-12-02", 20, "since: 2026-12-02 has not come yet"),
        ("\"0123456789ab\"", "\"0123456789AB\"", 6, "finding: \"0123456789AB\" is not 12 hexadecimal digits"),
        ("\"0123456789ab\"", "\"abcdefabcdef\"", 15, "finding: abcdefabcdef stands twice"),
        ("rule = \"I15\"", "rule = \"I99\"", 7, "rule: there is no rule \"I99\""),
        ("[[accepted]]\nfinding = \"0", "[[accepted]\nfinding = \"0", 5, ""),
        ("# Ours.", "accepted = 3", 5, "duplicate key"),
    ] {
        let text = FILE.replacen(from, to, 1);
        assert_ne!(text, FILE, "{from}");
        let (at, what) = read(&text).expect_err(&text);
        assert!(what.contains(said) && at == line, "{from} → {to}: {at}: {what}");
    }
}

#[test]
fn what_is_accepted_goes_and_what_is_not_stays_with_a_note() {
    let mut report = fixture::report();
    report.sample = None;
    let (first, second, third) = (report.findings[0].clone(), report.findings[1].clone(), report.findings[3].clone());
    let entry = |finding: &Finding, until: Date, count: Option<u64>| Entry {
        count,
        ..Entry::of(finding, "because", None, (date(2026, 6, 1), until))
    };
    let stale = fixture::finding(&UNIQUE, "gone_1", &[], "x");
    let unlooked = fixture::finding(&super::super::rules::LOOKUP, "v", &[], "x");
    let wrong = Entry { place: "crm.other".into(), ..entry(&report.findings[4], date(2026, 12, 1), None) };
    let baseline = Baseline {
        entries: vec![
            entry(&first, date(2026, 11, 29), Some(11)),
            entry(&second, date(2026, 11, 28), None),
            entry(&third, date(2026, 11, 29), Some(1)),
            entry(&stale, date(2026, 12, 1), None),
            entry(&unlooked, date(2026, 12, 1), None),
            wrong,
        ],
    };
    let (before, accepted_before) = (report.findings.len(), report.accepted.len());
    baseline.apply(&mut report, TODAY);
    assert_eq!(report.findings.len(), before - 1);
    assert_eq!(report.accepted.len(), accepted_before + 1);
    assert_eq!(report.accepted.last().unwrap().finding, third);
    let notes = report.notes[1..].join("\n");
    assert!(notes.contains("was accepted for 11, now there are 12"), "{notes}");
    assert!(notes.contains("was accepted until 2026-11-28, which is over: because"), "{notes}");
    assert!(notes.contains(&format!("flowbit isolation baseline remove {}", stale.id)), "{notes}");
    assert!(notes.contains("is accepted as something else, I15 crm.other"), "{notes}");
    assert!(!notes.contains(&unlooked.id), "its rule was not looked at: {notes}");
    assert_eq!(report.notes.len(), 1 + 4);
}

#[test]
fn nothing_is_called_gone_where_not_everything_was_looked_at() {
    let gone = fixture::finding(&REFERENCE, "nowhere", &[], "x");
    let entries = vec![Entry::of(&gone, "r", None, (TODAY, date(2026, 12, 1)))];
    let baseline = Baseline { entries };
    let notes = |change: &dyn Fn(&mut Report)| {
        let mut report = fixture::report();
        report.sample = None;
        change(&mut report);
        baseline.apply(&mut report, TODAY);
        report.notes.len() - 1
    };
    assert_eq!(notes(&|_| {}), 1);
    assert_eq!(notes(&|report| report.organization = Some("acme".into())), 0);
    assert_eq!(notes(&|report| report.sample = Some(100)), 0);
    assert_eq!(notes(&|report| report.checks.clear()), 0);
    assert_eq!(notes(&|report| report.checks[6].why = Some("in part".into())), 0);
}

fn entry(id: &str, reason: &str) -> Entry {
    Entry {
        finding: id.into(),
        rule: "I07".into(),
        place: NASTY.into(),
        reason: reason.into(),
        by: Some("ann \"\u{7f}\"".into()),
        since: Some(TODAY),
        until: date(2027, 11, 29),
        count: None,
    }
}

#[test]
fn what_is_added_is_read_again_and_comments_stay() {
    let new = entry("00000000ffff", NASTY);
    let text = added(Some(FILE), std::slice::from_ref(&new), TODAY).unwrap();
    assert!(text.starts_with(FILE), "{text}");
    assert_eq!(read(&text).unwrap().entries[2], new);
    let first = added(None, std::slice::from_ref(&new), TODAY).unwrap();
    assert_eq!(read(&first).unwrap().entries, std::slice::from_ref(&new));
    let renewed = Entry { reason: "again".into(), ..new };
    let twice = added(Some(&first), std::slice::from_ref(&renewed), TODAY).unwrap();
    assert_eq!(read(&twice).unwrap().entries, [renewed]);
    assert!(twice.starts_with(HEAD_LINE), "{twice}");
}

const HEAD_LINE: &str = "# Findings of `flowbit isolation check` that are accepted for a time.";

#[test]
fn what_is_removed_takes_its_comment_and_nothing_else() {
    let text = removed(FILE, &BTreeSet::from(["0123456789ab"]), TODAY).unwrap();
    let expected = format!("# Ours.\nversion = 1\n\n{}", &FILE[FILE.find("# Second.").unwrap()..]);
    assert_eq!(text, expected);
    let text = removed(FILE, &BTreeSet::from(["abcdefabcdef"]), TODAY).unwrap();
    assert_eq!(text, FILE[..FILE.find("\n# Second.").unwrap()]);
    let none = removed(FILE, &BTreeSet::from(["0123456789ab", "abcdefabcdef"]), TODAY).unwrap();
    assert_eq!(none, "# Ours.\nversion = 1\n");
}

#[test]
fn a_file_that_is_written_in_another_way_is_written_anew() {
    let inline = "version = 1\naccepted = [{ finding = \"0123456789ab\", rule = \"I15\", place = \"p\", reason = \"r\", until = 2026-12-01 }]\n";
    let new = entry("00000000ffff", "r");
    let text = added(Some(inline), std::slice::from_ref(&new), TODAY).unwrap();
    assert_eq!(read(&text).unwrap().entries.len(), 2);
    let text = removed(inline, &BTreeSet::from(["0123456789ab"]), TODAY).unwrap();
    assert_eq!(read(&text).unwrap().entries, []);
    // What looks like an entry, in a text of several lines.
    let tricky = FILE.replace("reason = \"shop\"", "reason = \"\"\"\n[[accepted]]\nshop\"\"\"");
    let text = removed(&tricky, &BTreeSet::from(["abcdefabcdef"]), TODAY).unwrap();
    assert_eq!(read(&text).unwrap().entries.len(), 1);
    assert_eq!(read(&text).unwrap().entries[0].reason, "[[accepted]]\nshop");
}
