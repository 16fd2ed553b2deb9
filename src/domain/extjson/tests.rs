use bson::spec::BinarySubtype;
use bson::{
    Binary, Bson, DateTime, DbPointer, Decimal128, Document, JavaScriptCodeWithScope, Regex, Timestamp, doc,
    oid::ObjectId,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::*;

fn text(document: &Document, form: Form) -> String {
    let mut out = b"kept".to_vec();
    let bytes = bson::serialize_to_vec(document).unwrap();
    assert_eq!(write(&bytes, form, &mut out), Ok(Text::Exact));
    String::from_utf8(out).unwrap().strip_prefix("kept").unwrap().to_owned()
}

fn read(text: &str) -> Document {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    Document::try_from(value.as_object().unwrap().clone()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// NaN is not equal to itself, and what was sorted when it was written is sorted when it is read.
fn told(value: &Bson) -> String {
    format!("{value:?}").replace("-NaN", "NaN")
}

fn words(random: &mut StdRng) -> String {
    const LETTERS: [&str; 16] =
        ["a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{1}", "\u{1f}", "\u{7f}", "é", "–", "😀", "\u{fffd}"];
    let plain = random.random_bool(0.5);
    let n = random.random_range(0..40);
    (0..n).map(|_| LETTERS[random.random_range(0..if plain { 4 } else { 16 })]).collect()
}

fn date(random: &mut StdRng) -> DateTime {
    let edges = [0, -1, 999, 1000, 951_782_400_000, 951_868_800_000, YEAR_10000 - 1, YEAR_10000, i64::MIN, i64::MAX];
    DateTime::from_millis(match random.random_range(0..3) {
        0 => edges[random.random_range(0..edges.len())],
        1 => random.random_range(0..YEAR_10000) / 1000 * 1000,
        _ => random.random_range(-YEAR_10000..2 * YEAR_10000),
    })
}

fn double(random: &mut StdRng) -> f64 {
    let edges = [0.0, -0.0, 1.0, -1.5, 1e15, 1e16, 1e17, 1e300, 5e-324, 1e-7, f64::MAX, f64::INFINITY, f64::NAN, 0.1];
    match random.random_range(0..3) {
        0 => edges[random.random_range(0..edges.len())],
        1 => f64::from(random.random::<i32>()),
        _ => f64::from_bits(random.random()),
    }
}

fn any(random: &mut StdRng, depth: u32) -> Bson {
    let kinds = if depth > 4 { 18 } else { 21 };
    match random.random_range(0..kinds) {
        0 => Bson::Double(double(random)),
        1 => Bson::String(words(random)),
        2 => Bson::Int32(random.random::<i32>() >> random.random_range(0..32)),
        3 => Bson::Int64(random.random::<i64>() >> random.random_range(0..64)),
        4 => Bson::DateTime(date(random)),
        5 => Bson::ObjectId(ObjectId::from_bytes(random.random())),
        6 => Bson::Boolean(random.random()),
        7 => Bson::Null,
        8 => Bson::Undefined,
        9 => Bson::MinKey,
        10 => Bson::MaxKey,
        11 => Bson::Symbol(words(random)),
        12 => Bson::JavaScriptCode(words(random)),
        13 => Bson::Timestamp(Timestamp { time: random.random(), increment: random.random() }),
        14 => Bson::Decimal128(
            ["1.5", "-0", "Infinity", "9.99E+6000", "1E-6176"][random.random_range(0..5)]
                .parse::<Decimal128>()
                .unwrap(),
        ),
        15 => {
            let kinds = [BinarySubtype::Generic, BinarySubtype::Uuid, BinarySubtype::UserDefined(0x99)];
            let n = if random.random() { 16 } else { random.random_range(0..50) };
            let bytes = (0..n).map(|_| random.random()).collect();
            Bson::Binary(Binary { subtype: kinds[random.random_range(0..3)], bytes })
        }
        16 => {
            let options = ["", "i", "imx"][random.random_range(0..3)].to_owned();
            let (pattern, options) = (words(random).try_into().unwrap(), options.try_into().unwrap());
            Bson::RegularExpression(Regex { pattern, options })
        }
        17 => Bson::Int64([i64::MIN, i64::MAX, 0, 99, 100, -10][random.random_range(0..6)]),
        18 => Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
            code: words(random),
            scope: some(random, depth + 1),
        }),
        19 => Bson::Array((0..random.random_range(0..5)).map(|_| any(random, depth + 1)).collect()),
        _ => Bson::Document(some(random, depth + 1)),
    }
}

fn some(random: &mut StdRng, depth: u32) -> Document {
    let n = random.random_range(0..6);
    (0..n).map(|n| (format!("{n}{}", words(random)), any(random, depth))).collect()
}

/// What a reader makes of the value after relaxed JSON: it takes the small type for a number that fits.
fn relaxed(value: Bson) -> Bson {
    let all = |document: Document| document.into_iter().map(|(name, value)| (name, relaxed(value))).collect();
    match value {
        Bson::Int64(n) => i32::try_from(n).map_or(value, Bson::Int32),
        Bson::Document(inner) => Bson::Document(all(inner)),
        Bson::Array(items) => Bson::Array(items.into_iter().map(relaxed).collect()),
        Bson::JavaScriptCodeWithScope(code) => {
            Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope { code: code.code, scope: all(code.scope) })
        }
        other => other,
    }
}

#[test]
fn random_documents_read_back_the_same() {
    let seed = 20_261_129;
    let mut random = StdRng::seed_from_u64(seed);
    for n in 0..20_000 {
        let document = some(&mut random, 0);
        let (canonical, short) = (text(&document, Form::Canonical), text(&document, Form::Relaxed));
        let what = format!("seed {seed}, document {n}: {document:?}\n{canonical}\n{short}");
        let expected = told(&relaxed(Bson::Document(document.clone())));
        assert_eq!(told(&Bson::Document(read(&short))), expected, "{what}");
        assert_eq!(told(&Bson::Document(read(&canonical))), told(&Bson::Document(document.clone())), "{what}");
        // The library's own text, which is the same but for digits that say the same.
        for (form, ours) in [(Form::Canonical, &canonical), (Form::Relaxed, &short)] {
            let ours: Value = serde_json::from_str(ours).unwrap();
            assert_same(&ours, &value(&document, form), &what);
        }
    }
}

#[track_caller]
fn assert_same(ours: &Value, theirs: &Value, what: &str) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            // A fraction of a second has three digits here, and there none at its end that is zero.
            if a.contains_key("$date") && b.contains_key("$date") {
                return;
            }
            if let (Some(a), Some(b)) = (a.get("$numberDouble"), b.get("$numberDouble")) {
                let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
                assert!(number(a).to_bits() == number(b).to_bits() || number(a).is_nan(), "{what}");
                return;
            }
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}");
            a.iter().for_each(|(name, value)| assert_same(value, &b[name], what));
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{what}");
            a.iter().zip(b).for_each(|(a, b)| assert_same(a, b, what));
        }
        // The library writes the smallest doubles as numbers, in either form.
        (Value::Object(a), Value::Number(b)) => {
            assert_eq!(a["$numberDouble"].as_str().unwrap().parse(), Ok(b.as_f64().unwrap()), "{what}");
        }
        _ => assert_eq!(ours, theirs, "{what}"),
    }
}

#[test]
fn doubles_stay_doubles_and_dates_have_three_digits_or_none() {
    let at = DateTime::from_millis;
    let document = doc! { "a": 1.0, "b": 1e16, "c": -0.0, "d": at(1_700_000_000_000), "e": at(1_700_000_000_120), "f": at(-1), "g": 5_i64 };
    assert_eq!(
        text(&document, Form::Relaxed),
        r#"{"a":1.0,"b":1e16,"c":-0.0,"d":{"$date":"2023-11-14T22:13:20Z"},"e":{"$date":"2023-11-14T22:13:20.120Z"},"f":{"$date":{"$numberLong":"-1"}},"g":5}"#
            .replace("1e16", &serde_json::to_string(&1e16).unwrap())
    );
    assert_eq!(
        text(&doc! { "a": 1.0, "g": 5_i64, "h": 5 }, Form::Canonical),
        r#"{"a":{"$numberDouble":"1.0"},"g":{"$numberLong":"5"},"h":{"$numberInt":"5"}}"#
    );
}

#[test]
fn what_was_deprecated_is_written_too() {
    let id = ObjectId::from_bytes([1; 12]);
    // The library makes no such values.
    let mut bytes = vec![0; 4];
    bytes.extend_from_slice(b"\x0Cp\0\x03\0\0\0ab\0");
    bytes.extend_from_slice(&id.bytes());
    bytes.extend_from_slice(b"\x05o\0\x07\0\0\0\x02\x03\0\0\0xyz");
    bytes.push(0);
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    bytes[..4].copy_from_slice(&length);
    let document = Document::from_reader(bytes.as_slice()).unwrap();
    assert!(matches!(document.get("p"), Some(Bson::DbPointer(DbPointer { .. }))));
    let mut out = Vec::new();
    write(&bytes, Form::Canonical, &mut out).unwrap();
    let ours: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(ours, value(&document, Form::Canonical));
}

#[test]
fn text_that_is_none_is_mended_and_said() {
    let mut bytes = bson::serialize_to_vec(&doc! { "a": "xyz" }).unwrap();
    let at = bytes.len() - 4;
    bytes[at] = 0xC0;
    let mut out = Vec::new();
    assert_eq!(write(&bytes, Form::Relaxed, &mut out), Ok(Text::Mended));
    assert_eq!(String::from_utf8(out).unwrap(), "{\"a\":\"x\u{fffd}z\"}");
}

#[test]
fn bytes_that_are_no_document_leave_nothing_behind() {
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..300 {
        let document = doc! { "inner": some(&mut random, 3), "more": any(&mut random, 3) };
        let bytes = bson::serialize_to_vec(&document).unwrap();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] = random.random();
            let mut out = b"kept".to_vec();
            if write(&bent, Form::Relaxed, &mut out).is_err() {
                assert_eq!(out, b"kept");
            }
        }
    }
    let mut deep = vec![5, 0, 0, 0, 0];
    for _ in 0..300 {
        let length = u32::try_from(deep.len() + 8).unwrap().to_le_bytes();
        deep = [&length, b"\x03a\0".as_slice(), &deep, b"\0"].concat();
    }
    assert_eq!(write(&deep, Form::Relaxed, &mut Vec::new()), Err(Malformed));
}

#[test]
fn a_document_with_text_that_is_none_is_read_all_the_same() {
    let mut bytes = bson::serialize_to_vec(&bson::doc! { "_id": 1, "note": "a?b", "n": 5_i64 }).unwrap();
    let mark = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[mark] = 0xff;
    let raw = bson::RawDocumentBuf::from_bytes(bytes).unwrap();
    assert!(bson::Document::try_from(&*raw).is_err());
    assert_eq!(document(&raw), bson::doc! { "_id": 1, "note": "a\u{fffd}b", "n": 5_i64 });
}
