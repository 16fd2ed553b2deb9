//! Rules: how the value of a field is made.

use std::fmt;

use bson::Bson;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::fields::small_integers;

/// How the value of a field is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Always this.
    Constant(Bson),
    /// Text with other fields in braces.
    Text(String),
    /// One of these; with weights, not all alike.
    Pick { of: Vec<Bson>, weights: Vec<u32> },
    /// One of the words of this list.
    Words(String),
    /// A whole number from the first to the last; `wide` writes 64 bits.
    Whole { from: i64, to: i64, wide: bool },
    /// A number from the first up to the last, rounded to so many digits.
    Number { from: f64, to: f64, digits: u32 },
    /// Counts rows from here.
    Sequence(i64),
    /// True with this probability.
    Chance(f64),
    /// A moment: a span from the set's own, or between two.
    Moment { from: String, to: Option<String> },
    /// A moment so long after another field's.
    After { field: String, from: String, to: String },
    /// A document of the set: its identifier, or one of its fields.
    Reference { collection: String, key: Option<String>, field: Option<String> },
    /// So many values of a rule.
    List { of: Box<Rule>, from: u32, to: u32 },
    /// These values.
    Array(Vec<Rule>),
    /// A document.
    Object(Vec<(String, Rule)>),
    /// The value with this probability, otherwise another one, or none.
    Maybe { chance: f64, of: Box<Rule>, or: Option<Box<Rule>> },
    /// By the text of another field; none of the cases gives the last one, or no field.
    Cases { by: String, cases: Vec<(String, Rule)>, or: Option<Box<Rule>> },
    /// A UUID as text.
    Uuid,
    /// From the environment.
    Environment { name: String, default: Option<String> },
}

impl Rule {
    /// The rule of a text: a constant where nothing stands in braces.
    pub fn text(text: &str) -> Self {
        if text.contains(['{', '}']) {
            Rule::Text(text.to_owned())
        } else {
            Rule::Constant(Bson::String(text.to_owned()))
        }
    }
}

/// A rule as it stands in a manifest: a constant, text with braces, or a table with one of the words for what is made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// One of these values.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    pick: Option<Vec<Bson>>,
    /// How often each is picked, relative to the others.
    weights: Option<Vec<u32>>,
    /// One of the words of a list under [words].
    words: Option<String>,
    /// A whole number of 32 bits between these, both included.
    int: Option<[i64; 2]>,
    /// The same, of 64 bits.
    long: Option<[i64; 2]>,
    /// A number between these, rounded to `digits`.
    number: Option<[f64; 2]>,
    /// Digits after the point; 2 unless said otherwise.
    digits: Option<u32>,
    /// Counts rows, beginning with this.
    sequence: Option<i64>,
    /// True with this probability.
    chance: Option<f64>,
    /// A moment between these, both relative to `as_of` (`-90d`), or a single one.
    date: Option<Dates>,
    /// A moment after that of another field.
    after: Option<String>,
    /// How long after: between these.
    within: Option<[String; 2]>,
    /// A document: `COLLECTION` for any, `COLLECTION/KEY` for one.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// The field of that document; otherwise what the platform description says, or its identifier.
    field: Option<String>,
    /// Values of this rule, as many as `count` says.
    list: Option<Box<Stated>>,
    /// How many: between these, both included.
    count: Option<[u32; 2]>,
    /// A document with these fields.
    object: Option<Named>,
    /// `of` with this probability, otherwise `or`, otherwise no field.
    maybe: Option<f64>,
    /// What `maybe` makes.
    of: Option<Box<Stated>>,
    /// What is made otherwise.
    or: Option<Box<Stated>>,
    /// The field whose text decides between `cases`.
    by: Option<String>,
    /// Rules by the text of that field.
    cases: Option<Named>,
    /// A UUID as text, if true.
    uuid: Option<bool>,
    /// Null, if true: TOML itself has no word for it.
    null: Option<bool>,
    /// The value of an environment variable.
    env: Option<String>,
    /// What it is when the variable is not set.
    default: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Dates {
    One(String),
    Two([String; 2]),
}

/// A rule that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated(pub Rule);

/// Rules by name, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Named(pub Vec<(String, Rule)>);

impl Table {
    /// The words that say what is made, of those that stand there.
    fn makers(&self) -> Vec<&'static str> {
        [
            ("pick", self.pick.is_some()),
            ("words", self.words.is_some()),
            ("int", self.int.is_some()),
            ("long", self.long.is_some()),
            ("number", self.number.is_some()),
            ("sequence", self.sequence.is_some()),
            ("chance", self.chance.is_some()),
            ("date", self.date.is_some()),
            ("after", self.after.is_some()),
            ("ref", self.reference.is_some()),
            ("list", self.list.is_some()),
            ("object", self.object.is_some()),
            ("maybe", self.maybe.is_some()),
            ("by", self.by.is_some()),
            ("uuid", self.uuid.is_some()),
            ("null", self.null.is_some()),
            ("env", self.env.is_some()),
        ]
        .into_iter()
        .filter_map(|(word, there)| there.then_some(word))
        .collect()
    }

    /// Words that belong to a maker which does not stand there.
    fn strangers(&self, maker: &str) -> Option<&'static str> {
        [
            ("weights", self.weights.is_some(), "pick"),
            ("digits", self.digits.is_some(), "number"),
            ("within", self.within.is_some(), "after"),
            ("field", self.field.is_some(), "ref"),
            ("count", self.count.is_some(), "list"),
            ("of", self.of.is_some(), "maybe"),
            ("cases", self.cases.is_some(), "by"),
            ("default", self.default.is_some(), "env"),
        ]
        .into_iter()
        .find(|(_, there, belongs)| *there && *belongs != maker)
        .map(|(word, ..)| word)
    }

    fn rule(self) -> Result<Rule, String> {
        let maker = match self.makers().as_slice() {
            [one] => *one,
            [] => {
                return Err("the rule does not say what is made: pick, words, int, number, date, ref and so on".into());
            }
            [first, second, ..] => return Err(format!("`{first}` and `{second}` are two rules; a field has one")),
        };
        if let Some(word) = self.strangers(maker) {
            return Err(format!("`{word}` does not belong to `{maker}`"));
        }
        let otherwise = self.or.map(|or| Box::new(or.0));
        if otherwise.is_some() && !matches!(maker, "maybe" | "by") {
            return Err(format!("`or` does not belong to `{maker}`"));
        }
        match maker {
            "pick" => pick(self.pick.unwrap_or_default(), self.weights.unwrap_or_default()),
            "words" => Ok(Rule::Words(self.words.unwrap_or_default())),
            "int" => whole(self.int, false),
            "long" => whole(self.long, true),
            "number" => number(self.number, self.digits.unwrap_or(2)),
            "sequence" => Ok(Rule::Sequence(self.sequence.unwrap_or_default())),
            "chance" => probability(self.chance).map(Rule::Chance),
            "date" => Ok(match self.date {
                Some(Dates::Two([from, to])) => Rule::Moment { from, to: Some(to) },
                Some(Dates::One(from)) => Rule::Moment { from, to: None },
                None => return Err("`date` needs a span".into()),
            }),
            "after" => match self.within {
                Some([from, to]) => Ok(Rule::After { field: self.after.unwrap_or_default(), from, to }),
                None => Err("`after` needs `within = [\"0m\", \"5d\"]`".into()),
            },
            "ref" => Ok(reference(&self.reference.unwrap_or_default(), self.field)),
            "list" => match (self.list, self.count) {
                (Some(of), Some([from, to])) if from <= to && to <= 10_000 => {
                    Ok(Rule::List { of: Box::new(of.0), from, to })
                }
                _ => Err("`list` needs `count = [FEWEST, MOST]`, at most 10000".into()),
            },
            "object" => Ok(Rule::Object(self.object.unwrap_or_default().0)),
            "maybe" => match self.of {
                Some(of) => Ok(Rule::Maybe { chance: probability(self.maybe)?, of: Box::new(of.0), or: otherwise }),
                None => Err("`maybe` needs `of`".into()),
            },
            "by" => match self.cases {
                Some(cases) => Ok(Rule::Cases { by: self.by.unwrap_or_default(), cases: cases.0, or: otherwise }),
                None => Err("`by` needs `cases`".into()),
            },
            "uuid" if self.uuid == Some(true) => Ok(Rule::Uuid),
            "uuid" => Err("`uuid = true` makes one; leave it out otherwise".into()),
            "null" if self.null == Some(true) => Ok(Rule::Constant(Bson::Null)),
            "null" => Err("`null = true` makes one; leave it out otherwise".into()),
            _ => Ok(Rule::Environment { name: self.env.unwrap_or_default(), default: self.default }),
        }
    }
}

/// What a date of TOML looks like to a reader who does not know it.
const DATE_MARK: &str = "$__toml_private_datetime";

/// Why such a date is no value.
pub const TOML_DATE: &str =
    "a date is written { date = \"2026-01-01T12:00:00Z\" }, and in lists of words it is text in quotes";

/// Whether a value was written as a date of TOML.
pub fn is_toml_date(value: &Bson) -> bool {
    match value {
        Bson::Document(document) => document.contains_key(DATE_MARK) || document.values().any(is_toml_date),
        Bson::Array(items) => items.iter().any(is_toml_date),
        _ => false,
    }
}

fn pick(of: Vec<Bson>, weights: Vec<u32>) -> Result<Rule, String> {
    if of.is_empty() {
        return Err("`pick` has nothing to pick from".into());
    }
    if of.iter().any(is_toml_date) {
        return Err(TOML_DATE.to_owned());
    }
    if !weights.is_empty() && (weights.len() != of.len() || weights.iter().map(|w| u64::from(*w)).sum::<u64>() == 0) {
        return Err(format!("`weights` needs a number for each of the {} values, not all 0", of.len()));
    }
    Ok(Rule::Pick { of: of.into_iter().map(small_integers).collect(), weights })
}

fn whole(range: Option<[i64; 2]>, wide: bool) -> Result<Rule, String> {
    match range {
        Some([from, to]) if from <= to => {
            let fits = i32::try_from(from).is_ok() && i32::try_from(to).is_ok();
            if wide || fits {
                Ok(Rule::Whole { from, to, wide })
            } else {
                Err("`int` has 32 bits; write `long` for larger numbers".into())
            }
        }
        _ => Err("a range runs from the smaller to the larger number".into()),
    }
}

fn number(range: Option<[f64; 2]>, digits: u32) -> Result<Rule, String> {
    match range {
        Some([from, to]) if from <= to && from.is_finite() && to.is_finite() && digits <= 9 => {
            Ok(Rule::Number { from, to, digits })
        }
        _ => Err("`number` runs from the smaller to the larger, with 0 to 9 digits".into()),
    }
}

fn probability(chance: Option<f64>) -> Result<f64, String> {
    chance.filter(|p| (0.0..=1.0).contains(p)).ok_or_else(|| "a probability lies between 0 and 1".to_owned())
}

/// What `COLLECTION` or `COLLECTION/KEY` refers to.
pub fn reference(text: &str, field: Option<String>) -> Rule {
    match text.split_once('/') {
        Some((collection, key)) => {
            Rule::Reference { collection: collection.to_owned(), key: Some(key.to_owned()), field }
        }
        None => Rule::Reference { collection: text.to_owned(), key: None, field },
    }
}

impl<'de> Deserialize<'de> for Stated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Stated;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a constant, text with fields in braces, or a rule such as { pick = [\"a\", \"b\"] }")
            }
            fn visit_str<E>(self, text: &str) -> Result<Stated, E> {
                Ok(Stated(Rule::text(text)))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Stated, E> {
                Ok(Stated(Rule::Constant(Bson::Boolean(value))))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Stated, E> {
                Ok(Stated(Rule::Constant(small_integers(Bson::Int64(value)))))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Stated, E> {
                let value = i64::try_from(value).map_err(|_| E::custom("the number is larger than 64 bits hold"))?;
                self.visit_i64(value)
            }
            fn visit_f64<E>(self, value: f64) -> Result<Stated, E> {
                Ok(Stated(Rule::Constant(Bson::Double(value))))
            }
            fn visit_unit<E>(self) -> Result<Stated, E> {
                Ok(Stated(Rule::Constant(Bson::Null)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Stated, A::Error> {
                let items = Vec::<Stated>::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Stated(Rule::Array(items.into_iter().map(|item| item.0).collect())))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Stated, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))
                    .map_err(|e| if e.to_string().contains(DATE_MARK) { A::Error::custom(TOML_DATE) } else { e })?;
                table.rule().map(Stated).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = Named;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of rules")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut rules = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    rules.push((name, map.next_value::<Stated>()?.0));
                }
                Ok(Named(rules))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

impl JsonSchema for Stated {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Table>();
        json_schema!({
            "description": "How a value is made: a constant, text with other fields in braces (`{title}`, `{row}`, `{org.slug}`, `{vars.domain}`), or a rule.",
            "anyOf": [{ "type": ["string", "number", "boolean", "array"] }, table],
        })
    }
}

impl JsonSchema for Named {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rules".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<Stated>();
        json_schema!({ "type": "object", "description": "Rules by field, in order; names may be paths with dots.", "additionalProperties": rule })
    }
}
