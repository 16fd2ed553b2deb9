//! Broken descriptions: each error names file, line, column and field.

use super::platform::parse;

/// Every table that a description may have, each field on a line of its own.
const GOOD: &str = r#"version = 1
platform = "pair"
layout = "collection"
master_database = "pair"

[naming]
name = ["trim", "nfc"]
slug = ["lower", { replace = { chars = "^a-z0-9", with = "-" } }, { squeeze = "-" }]
allowed = "a-z0-9 -"

[organization]
collection = "organizations"
state = { field = "status", active = "active", inactive = "deleted" }

[organization.fields]
_id = "{org.id}"
name = "{name}"
"plan.seats" = 5

[account]
collection = "users"
admin_role = "Admin"

[account.hash]
scheme = "bcrypt"
cost = 4

[account.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
customerId = "{org.id:string}"

[store]
collection = "org_{slug}_{kind}"

[[store.kinds]]
name = "tickets"
indexes = [{ keys = { status = 1 } }]

[[store.kinds]]
name = "products"

[[reference]]
collection = "tickets"
field = "userId"
to = "users._id"

[[reference]]
collection = "tickets"
field = "comments.userId"
to = "users._id"

[keep]
deleted_days = 30
"#;

const SHARED: &str = r#"version = 1
platform = "shared"
layout = "shared"
master_database = "shared"
naming = { name = ["trim"], slug = ["lower"] }

[account]
collection = "users"
admin_role = "Admin"
hash = { scheme = "argon2id", memory = 65536, time = 3, parallelism = 4 }
fields = { email = "{email}", password = "{hash}", tenant = "{name}" }

[[keyed]]
collection = "tickets"
key = "tenant"
fields = { tenant = "{name}" }

[[keyed]]
collection = "notes"
key = "tenant"
fields = { tenant = "{name}" }
"#;

/// What is replaced, by what; where the error is; what it says; what it suggests.
type Case = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

const CASES: &[Case] = &[
    // Syntax.
    ("version = 1", "version = ", "1:11", "version: string values must be quoted", None),
    ("platform = \"pair\"", "platform = \"pair", "2:17", "platform: invalid basic string", None),
    ("[naming]", "[naming", "6:8", "naming: unclosed table", None),
    ("cost = 4", "cost = 4\ncost = 5", "27:1", "account.hash.cost: duplicate key", None),
    ("[keep]", "[store]", "54:2", "store: duplicate key", None),
    // Unknown keys.
    ("layout =", "lay_out =", "3:1", "lay_out: unknown field `lay_out`", Some("layout")),
    ("[keep]", "[kept]", "54:2", "kept: unknown field `kept`", Some("keep")),
    ("admin_role", "adminrole", "22:1", "account.adminrole: unknown field `adminrole`", Some("admin_role")),
    ("name = \"products\"", "nam = \"products\"", "42:1", "store.kinds[1].nam: unknown field `nam`", Some("name")),
    (
        "{ keys = { status = 1 } }",
        "{ key = { status = 1 } }",
        "39:14",
        "store.kinds[0].indexes[0].key: unknown",
        Some("keys"),
    ),
    ("inactive =", "inactve =", "13:48", "organization.state.inactve: unknown field", Some("inactive")),
    ("with = \"-\"", "with = \"-\", whit = \"x\"", "8:63", "naming.slug[1].replace.whit: unknown field", Some("with")),
    ("[keep]", "[flavour]", "54:2", "flavour: unknown field `flavour`, expected one of `version`", None),
    // Unknown words.
    (
        "\"collection\"\nmaster",
        "\"colection\"\nmaster",
        "3:10",
        "layout: unknown variant `colection`",
        Some("collection"),
    ),
    ("\"nfc\"", "\"ncf\"", "7:17", "naming.name[1]: unknown variant `ncf`", Some("nfc")),
    ("\"bcrypt\"", "\"bcript\"", "25:10", "account.hash.scheme: unknown variant `bcript`", Some("bcrypt")),
    ("{org.id}\"", "{org.idd}\"", "16:7", "organization.fields._id: unknown placeholder `{org.idd}`", Some("{org.id}")),
    ("{slug}_{kind}", "{slug}_{kin}", "35:14", "store.collection: unknown placeholder `{kin}`", Some("{kind}")),
    ("cost = 4", "cost = 4\nprefix = \"2y\"", "27:10", "account.hash.prefix: unknown variant `2y`", Some("2a")),
    // Wrong types and values.
    ("cost = 4", "cost = \"four\"", "26:8", "account.hash.cost: invalid type: string \"four\", expected u32", None),
    ("version = 1", "version = -1", "1:11", "version: invalid value: integer `-1`, expected u32", None),
    (
        "\"plan.seats\" = 5",
        "\"plan.seats\" = 2026-11-24",
        "18:16",
        "organization.fields.\"plan.seats\": a date cannot",
        None,
    ),
    ("deleted_days = 30", "deleted_days = 1.5", "55:16", "keep.deleted_days: invalid type: floating point", None),
    ("squeeze = \"-\"", "squeeze = \"--\"", "8:79", "naming.slug[2].squeeze: invalid value: string \"--\"", None),
    ("\"a-z0-9 -\"", "\"z-a\"", "9:11", "naming.allowed: the range z-a runs backwards", None),
    ("\"{email}\"", "\"{email\"", "30:9", "account.fields.email: `{email` opens a brace", None),
    ("\"users._id\"\n\n[keep]", "[\"users._id\"]\n\n[keep]", "52:6", "reference[1].to: invalid type: sequence", None),
    // Missing ones.
    ("platform = \"pair\"\n", "", "1:1", "platform: missing field `platform`", None),
    ("admin_role = \"Admin\"\n", "", "20:1", "account.admin_role: missing field `admin_role`", None),
    ("cost = 4\n", "", "24:1", "account.hash.cost: missing field `cost`, which bcrypt needs", None),
    ("name = \"products\"\n", "", "41:1", "store.kinds[1].name: missing field `name`", None),
    // Contradictions.
    ("version = 1", "version = 2", "1:1", "version: this flowbit reads version 1", None),
    ("cost = 4", "cost = 40", "26:1", "account.hash.cost: a cost between 4 and 16", None),
    ("cost = 4", "cost = 4\ntime = 3", "24:1", "account.hash: `time` does not belong to bcrypt", None),
    ("name = \"{name}\"", "name = \"x\"", "15:15", "organization.fields: no field holds \"{name}\"", None),
    ("\"{email}\"", "\"mail\"", "28:10", "account.fields: no field holds \"{email}\"", None),
    ("{slug}_{kind}", "all", "35:1", "store.collection: the name does not contain {slug}", None),
    ("{slug}_{kind}", "{slug}", "37:9", "store.kinds: {kind} in store.collection", None),
    ("\"users._id\"\n\n[keep]", "\"users\"\n\n[keep]", "52:1", "reference[1].to: write COLLECTION.PATH", None),
    ("\"collection\"\nmaster", "\"database\"\nmaster", "34:2", "store.database: the layout `database` needs", None),
];

const SHARED_CASES: &[Case] = &[
    (
        "fields = { tenant = \"{name}\" }\n\n",
        "fields = { tenant = \"{org.id}\" }\n\n",
        "21:1",
        "keyed[1].fields: the tenant key of notes is another",
        None,
    ),
    (
        "\"notes\"\nkey = \"tenant\"",
        "\"notes\"\nkey = \"tenantId\"",
        "21:1",
        "keyed[1].fields: notes needs tenantId",
        None,
    ),
    ("parallelism = 4", "parallelism = 0", "10:1", "account.hash: argon2id needs a pass", None),
    (
        "layout = \"shared\"",
        "layout = \"collection\"",
        "3:1",
        "organization: only platforms with the layout `shared`",
        None,
    ),
    ("time = 3, ", "", "10:8", "account.hash.time: missing field `time`, which argon2id needs", None),
];

#[test]
fn the_whole_ones_are_whole() {
    for good in [GOOD, SHARED] {
        parse("flowbit.toml", good).unwrap();
    }
}

#[test]
fn each_error_is_located() {
    let cases = CASES.iter().map(|case| (GOOD, case)).chain(SHARED_CASES.iter().map(|case| (SHARED, case)));
    let mut wrong = Vec::new();
    for (good, (from, to, place, says, meant)) in cases {
        assert!(good.contains(from), "{from}");
        let error = parse("flowbit.toml", &good.replacen(from, to, 1)).expect_err(to);
        let expected = format!("flowbit.toml:{place}: {says}");
        let suggested: Vec<String> = meant.iter().map(|word| format!("did you mean `{word}`?")).collect();
        if !error.message().starts_with(&expected) || error.actions() != suggested {
            wrong.push(format!(
                "{to:?}\n  found    {} {:?}\n  expected {expected} {suggested:?}",
                error.message(),
                error.actions()
            ));
        }
        assert_eq!((error.code().id, error.message().lines().count()), ("E0105", 1), "{}", error.message());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
