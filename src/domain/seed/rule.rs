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
    /// A document of the set: its identifier, or one of its fields; as text or as it is, where that is said and not left
    /// to the description.
    Reference { collection: String, key: Option<String>, field: Option<String>, text: Option<bool> },
    /// The organization's identifier, with its type.
    Organization,
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
#[schemars(transform = one_maker)]
struct Table {
    /// One of these values.
    #[schemars(with = "Option<Vec<serde_json::Value>>", length(min = 1))]
    pick: Option<Vec<Bson>>,
    /// How often each is picked, relative to the others.
    weights: Option<Vec<u32>>,
    /// One of the words of a list under [words].
    words: Option<String>,
    /// A whole number of 32 bits between these, both included.
    #[serde(default, deserialize_with = "pair")]
    int: Option<[i64; 2]>,
    /// The same, of 64 bits.
    #[serde(default, deserialize_with = "pair")]
    long: Option<[i64; 2]>,
    /// A number between these, rounded to `digits`.
    #[serde(default, deserialize_with = "pair")]
    number: Option<[f64; 2]>,
    /// Digits after the point; 2 unless said otherwise.
    #[schemars(range(max = 9))]
    digits: Option<u32>,
    /// Counts rows, beginning with this.
    sequence: Option<i64>,
    /// True with this probability.
    #[schemars(range(min = 0, max = 1))]
    chance: Option<f64>,
    /// A moment between these, both relative to `as_of` (`-90d`), or a single one.
    date: Option<Dates>,
    /// A moment after that of another field.
    after: Option<String>,
    /// How long after: between these.
    #[serde(default, deserialize_with = "pair")]
    within: Option<[String; 2]>,
    /// A document: `COLLECTION` for any, `COLLECTION/KEY` for one.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// The field of that document; otherwise what the platform description says, or its identifier.
    field: Option<String>,
    /// Values of this rule, as many as `count` says.
    list: Option<Box<Stated>>,
    /// How many: between these, both included.
    #[serde(default, deserialize_with = "pair")]
    count: Option<[u32; 2]>,
    /// A document with these fields.
    object: Option<Named>,
    /// `of` with this probability, otherwise `or`, otherwise no field.
    #[schemars(range(min = 0, max = 1))]
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
    #[schemars(extend("const" = true))]
    uuid: Option<bool>,
    /// Null, if true: TOML itself has no word for it.
    #[schemars(extend("const" = true))]
    null: Option<bool>,
    /// The value of an environment variable.
    env: Option<String>,
    /// What it is when the variable is not set.
    default: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a moment such as \"-3d\", or two of them")]
enum Dates {
    One(String),
    Two([String; 2]),
}

/// Two values, neither less nor more.
fn pair<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<[T; 2]>, D::Error> {
    let values = Vec::<T>::deserialize(deserializer)?;
    let count = values.len();
    values.try_into().map(Some).map_err(|_| D::Error::custom(format!("two values belong here, and these are {count}")))
}

/// A rule that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated(pub Rule);

/// Rules by name, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Named(pub Vec<(String, Rule)>);

/// The words that say what is made.
const MAKERS: [&str; 17] = [
    "pick", "words", "int", "long", "number", "sequence", "chance", "date", "after", "ref", "list", "object", "maybe",
    "by", "uuid", "null", "env",
];

/// Other words, the one that each belongs to, and whether that cannot do without.
const BELONGS: [(&str, &str, bool); 8] = [
    ("weights", "pick", false),
    ("digits", "number", false),
    ("within", "after", true),
    ("field", "ref", false),
    ("count", "list", true),
    ("of", "maybe", true),
    ("cases", "by", true),
    ("default", "env", false),
];

/// What the words of a rule have to do with each other, for the schema.
fn one_maker(schema: &mut Schema) {
    use serde_json::{Map, Value, json};
    let makers: Vec<Value> = MAKERS.iter().map(|word| json!({ "required": [word] })).collect();
    let mut needs = Map::new();
    for (word, maker, both) in BELONGS {
        needs.insert(word.to_owned(), json!([maker]));
        if both {
            needs.insert(maker.to_owned(), json!([word]));
        }
    }
    let or = json!({ "or": { "anyOf": [{ "required": ["maybe"] }, { "required": ["by"] }] } });
    schema.insert("oneOf".to_owned(), Value::Array(makers));
    schema.insert("dependentRequired".to_owned(), Value::Object(needs));
    schema.insert("dependentSchemas".to_owned(), or);
}

impl Table {
    /// The words that say what is made, of those that stand there.
    fn makers(&self) -> Vec<&'static str> {
        let there = [
            self.pick.is_some(),
            self.words.is_some(),
            self.int.is_some(),
            self.long.is_some(),
            self.number.is_some(),
            self.sequence.is_some(),
            self.chance.is_some(),
            self.date.is_some(),
            self.after.is_some(),
            self.reference.is_some(),
            self.list.is_some(),
            self.object.is_some(),
            self.maybe.is_some(),
            self.by.is_some(),
            self.uuid.is_some(),
            self.null.is_some(),
            self.env.is_some(),
        ];
        MAKERS.into_iter().zip(there).filter_map(|(word, there)| there.then_some(word)).collect()
    }

    /// Words that belong to a maker which does not stand there.
    fn strangers(&self, maker: &str) -> Option<&'static str> {
        let there = [
            self.weights.is_some(),
            self.digits.is_some(),
            self.within.is_some(),
            self.field.is_some(),
            self.count.is_some(),
            self.of.is_some(),
            self.cases.is_some(),
            self.default.is_some(),
        ];
        let stranger = BELONGS.into_iter().zip(there).find(|((_, belongs, _), there)| *there && *belongs != maker);
        stranger.map(|((word, ..), _)| word)
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
            Rule::Reference { collection: collection.to_owned(), key: Some(key.to_owned()), field, text: None }
        }
        None => Rule::Reference { collection: text.to_owned(), key: None, field, text: None },
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
        let rule = generator.subschema_for::<Stated>();
        json_schema!({
            "description": "How a value is made: a constant, text with other fields in braces (`{title}`, `{row}`, `{org.slug}`, `{vars.domain}`), or a rule.",
            "anyOf": [{ "type": ["string", "number", "boolean"] }, { "type": "array", "items": rule }, table],
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
