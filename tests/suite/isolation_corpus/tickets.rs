//! Shared collections, a display name as key, no records: S0, S1 and their like.

use bson::{Bson, doc};

use super::{Leak, NAMES, Plant, Platform, SLUGS, hash, index, leak, preset, soon, then};
use crate::world::{World, oid};

const MORE: &str = r#"
[[keyed]]
collection = "notes"
key = "customerId"
fields = { customerId = "{name}", tenantSlug = "{slug}" }
indexes = [{ keys = { customerId = 1, number = 1 }, unique = true }]

[[reference]]
collection = "notes"
field = "ticket"
to = "tickets._id"
as_string = true

[[reference]]
collection = "notes"
field = "author"
to = "users.email"

[audit]
collection = "auditlogs"
actor = "userId"
target = ["resourceId"]
target_kind = "resourceType"
[audit.fields]
action = "{action}"
actor = "{actor}"
customerId = "{name}"
createdAt = "{now}"
"#;

pub fn platform() -> Platform {
    let description = format!("{}\n{MORE}", preset(include_str!("../../../src/config/presets/tickets.toml")));
    Platform { name: "tickets", description, twin, leaks }
}

fn twin(world: &World) {
    for command in [
        index("users", doc! { "email": 1 }, doc! { "unique": true }),
        index("users", doc! { "customerId": 1 }, doc! {}),
        index("tickets", doc! { "customerId": 1, "status": 1 }, doc! {}),
        index("notes", doc! { "customerId": 1, "text": "text" }, doc! {}),
        index("notes", doc! { "customerId": 1, "number": 1 }, doc! { "unique": true }),
        index("auditlogs", doc! { "customerId": 1, "createdAt": -1 }, doc! {}),
        index("sessions", doc! { "at": 1 }, doc! { "expireAfterSeconds": 3600 }),
        doc! { "create": "open_of_amazon", "viewOn": "tickets", "pipeline": [{ "$match": { "customerId": "amazon", "status": "Open" } }] },
        doc! { "create": "amazon_with_people", "viewOn": "tickets", "pipeline": [
            { "$match": { "customerId": "amazon" } },
            { "$lookup": { "from": "notes", "let": { "c": "$customerId" }, "pipeline": [{ "$match": { "$expr": { "$eq": ["$customerId", "$$c"] } } }], "as": "notes" } },
        ] },
    ] {
        world.command_on(command);
    }
    for (t, name) in NAMES.into_iter().enumerate() {
        let slug = SLUGS[t];
        world.insert("users", (0..4).map(|u| doc! {
            "_id": oid(t, 10 + u), "email": format!("u{u}@{slug}.example"), "password": hash(), "customerId": name,
            "role": if u == 0 { "Admin" } else { "User" }, "firstName": "Ada", "isActive": u != 3, "passwordChangedAt": then(1),
            "refreshTokens": [{ "tokenHash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "createdAt": then(2) }],
        }).collect());
        world.insert("tickets", (0..40).map(|n| doc! {
            "_id": oid(t, 100 + n), "title": "amazon is late, as Acme was", "description": format!("u1@{}.example says so, $20 off", SLUGS[(t + 1) % 3]),
            "customerId": name, "userId": oid(t, 10 + n % 3), "status": "Open", "tags": ["amazon", "Acme", "eyJ"],
            "customer": NAMES[(t + 1) % 3], "contact": { "email": "u1@elsewhere.example", "id": oid(9, n) },
            "comments": [{ "_id": oid(8, 1000 * u32::try_from(t).unwrap() + n), "userId": oid(t, 11), "content": "hello" }],
            "related": [oid(t, 100 + (n + 1) % 40)], "password": "***", "tokenType": "bearer", "commit": "9f86d081884c7d659a2feaa0",
        }).collect());
        world.insert("notes", (0..20).map(|n| doc! {
            "_id": oid(t, 300 + n), "number": n, "customerId": name, "tenantSlug": slug, "ticket": oid(t, 100 + n).to_hex(),
            "author": format!("u1@{slug}.example"),
        }).collect());
        world.insert("auditlogs", (0..20).map(|n| doc! {
            "_id": oid(t, 500 + n), "action": "ticket.created", "userId": oid(t, 10), "customerId": name, "resourceType": "ticket",
            "resourceId": oid(t, 100 + n).to_hex(), "createdAt": then(3),
        }).collect());
        let file = oid(t, 700);
        world.insert(
            "uploads.files",
            vec![doc! { "_id": file, "filename": "a.pdf", "length": 3_i64, "metadata": { "customerId": name } }],
        );
        world.insert("uploads.chunks", vec![doc! { "_id": oid(t, 701), "files_id": file, "n": 0 }]);
    }
    world.insert("settings", vec![doc! { "_id": "theme", "colour": "blue" }]);
}

fn set(n: u32, path: &'static str, value: impl Into<Bson>) -> [Plant; 1] {
    [Plant::Set("tickets", oid(0, 100 + n).into(), path, value.into())]
}

fn leaks() -> Vec<Leak> {
    let mut all = keys();
    all.extend(references());
    all.extend(accounts());
    all.extend(shapes());
    all
}

fn keys() -> Vec<Leak> {
    vec![
        leak("no key", "I01", "tickets customerId", [Plant::Unset("tickets", oid(0, 101).into(), "customerId")]),
        leak("null as key", "I02", "tickets customerId", set(2, "customerId", Bson::Null)),
        leak("an ObjectId as key", "I03", "tickets customerId", set(3, "customerId", oid(5, 5))),
        leak(
            "a number as key",
            "I03",
            "notes customerId",
            [Plant::Set("notes", oid(0, 301).into(), "customerId", 7.into())],
        ),
        leak("nobody's key", "I04", "tickets customerId", set(4, "customerId", "initech")),
        leak("a key with a blank", "I05", "tickets customerId", set(5, "customerId", "amazon ")),
        leak(
            "a key in capitals",
            "I05",
            "notes customerId",
            [Plant::Set("notes", oid(0, 302).into(), "customerId", "Amazon".into())],
        ),
        leak("two tenants as key", "I06", "tickets customerId", set(6, "customerId", vec!["amazon", "Acme"])),
    ]
}

fn references() -> Vec<Leak> {
    let note = |n: u32, path: &'static str, value: Bson| [Plant::Set("notes", oid(0, 300 + n).into(), path, value)];
    let entry =
        |n: u32, path: &'static str, value: Bson| [Plant::Set("auditlogs", oid(0, 500 + n).into(), path, value)];
    vec![
        leak("somebody else's user", "I07", "tickets userId", set(10, "userId", oid(1, 11))),
        leak(
            "a comment of another tenant's user",
            "I07",
            "tickets comments.userId",
            set(11, "comments.0.userId", oid(2, 11)),
        ),
        leak("a reference as text", "I07", "notes ticket", note(3, "ticket", oid(1, 105).to_hex().into())),
        leak("a reference by e-mail", "I07", "notes author", note(4, "author", "U2@acme.example".into())),
        leak("a ticket of another tenant", "I08", "tickets related", set(12, "related.0", oid(1, 101))),
        leak("an identifier in a sub-document", "I08", "tickets contact.id", set(13, "contact.id", oid(2, 12))),
        leak(
            "an e-mail in a sub-document",
            "I08",
            "tickets contact.email",
            set(14, "contact.email", "u1@acme.example"),
        ),
        leak(
            "an e-mail in an array",
            "I08",
            "tickets watchers",
            set(15, "watchers", vec!["u1@amazon.example", "u2@acme.example"]),
        ),
        leak(
            "an identifier as text in an array of documents",
            "I08",
            "tickets history.by",
            set(16, "history", vec![doc! { "by": oid(1, 12).to_hex() }]),
        ),
        leak(
            "a second key, deep inside",
            "I08",
            "tickets origin.tenantId",
            set(17, "origin", doc! { "tenantId": "Acme" }),
        ),
        leak("an entry's actor", "I09", "auditlogs userId", entry(1, "userId", oid(1, 10).into())),
        leak("an entry's target", "I09", "auditlogs resourceId", entry(2, "resourceId", oid(2, 103).to_hex().into())),
        leak("a copy of the name", "I25", "notes tenantSlug", note(5, "tenantSlug", "acme".into())),
    ]
}

fn accounts() -> Vec<Leak> {
    let user = |n: u32, path: &'static str, value: Bson| [Plant::Set("users", oid(0, 10 + n).into(), path, value)];
    let drop = Plant::Command(None, doc! { "dropIndexes": "users", "index": "email" });
    vec![
        leak(
            "an e-mail that differs in case, at another tenant",
            "I10",
            "users email",
            user(1, "email", "U3@ACME.example".into()),
        ),
        leak(
            "an e-mail that differs in case, at the same tenant",
            "I11",
            "users email",
            user(2, "email", "U0@amazon.example".into()),
        ),
        leak("a role in small letters", "I13", "users role", user(1, "role", "admin".into())),
        leak("an unknown role", "I13", "users role", user(2, "role", "Root".into())),
        leak(
            "an account without an organization",
            "I14",
            "users customerId",
            [Plant::Unset("users", oid(0, 12).into(), "customerId")],
        ),
        leak(
            "an index that deletes accounts",
            "I17",
            "users refreshTokens_createdAt",
            [Plant::Command(
                None,
                index("users", doc! { "refreshTokens.createdAt": 1 }, doc! { "expireAfterSeconds": 604_800 }),
            )],
        ),
        leak("a password in clear", "I28", "users password", user(1, "password", "hunter2".into())),
        leak(
            "a token in clear",
            "I28",
            "users refreshTokens.token",
            user(
                1,
                "refreshTokens",
                vec![doc! { "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl" }].into(),
            ),
        ),
        leak(
            "e-mails that nothing keeps apart",
            "I11",
            "users email",
            [drop, Plant::Command(None, index("users", doc! { "email": 1 }, doc! {}))],
        ),
    ]
}

fn shapes() -> Vec<Leak> {
    let command = |command: bson::Document| [Plant::Command(None, command)];
    vec![
        leak(
            "a title that is unique over all tenants",
            "I15",
            "tickets commit",
            command(index(
                "tickets",
                doc! { "commit": 1 },
                doc! { "unique": true, "partialFilterExpression": { "commit": "x" } },
            )),
        ),
        leak(
            "no index begins with the key",
            "I16",
            "notes customerId",
            command(doc! { "dropIndexes": "notes", "index": "customerId_number" }),
        ),
        leak(
            "a search over all tenants",
            "I18",
            "tickets title",
            command(index("tickets", doc! { "title": "text" }, doc! {})),
        ),
        leak("another tenant's file", "I08", "tickets attachments", set(23, "attachments", vec![oid(1, 700)])),
        leak(
            "a collection that refers to people only",
            "I32",
            "bookmarks",
            [Plant::Insert("bookmarks".into(), doc! { "userId": oid(0, 11), "n": 1 })],
        ),
        leak(
            "a key under another spelling in an account",
            "I05",
            "users customerId",
            [Plant::Set("users", oid(2, 12).into(), "customerId", "Acme ".into())],
        ),
        leak(
            "a word that looks like a hash",
            "I28",
            "users password",
            [Plant::Set("users", oid(1, 11).into(), "password", "$ecret123!".into())],
        ),
        leak(
            "a number as password",
            "I28",
            "users password",
            [Plant::Set("users", oid(1, 12).into(), "password", 123_456.into())],
        ),
        leak(
            "a view of all tenants",
            "I20",
            "all_open",
            command(
                doc! { "create": "all_open", "viewOn": "tickets", "pipeline": [{ "$match": { "status": "Open" } }] },
            ),
        ),
        leak(
            "a view of a tenant that does not exist",
            "I20",
            "left_over",
            command(
                doc! { "create": "left_over", "viewOn": "tickets", "pipeline": [{ "$match": { "customerId": "vanished" } }] },
            ),
        ),
        leak(
            "a view that joins beyond the tenant",
            "I21",
            "joined",
            command(doc! { "create": "joined", "viewOn": "tickets", "pipeline": [
            { "$match": { "customerId": "amazon" } }, { "$lookup": { "from": "notes", "localField": "_id", "foreignField": "ticket", "as": "notes" } } ] }),
        ),
        leak(
            "a view that adds another collection",
            "I21",
            "added",
            command(doc! { "create": "added", "viewOn": "tickets", "pipeline": [
            { "$match": { "customerId": "amazon" } }, { "$unionWith": "notes" } ] }),
        ),
        leak(
            "a file without a tenant",
            "I26",
            "uploads.files",
            [Plant::Unset("uploads.files", oid(0, 700).into(), "metadata")],
        ),
        leak(
            "chunks without a file",
            "I27",
            "uploads.chunks",
            [Plant::Insert("uploads.chunks".into(), doc! { "_id": oid(6, 1), "files_id": oid(6, 2), "n": 0 })],
        ),
        leak("a hash in a ticket", "I29", "tickets details.login", set(20, "details", doc! { "login": hash() })),
        leak(
            "a connection string in a ticket",
            "I29",
            "tickets source",
            set(21, "source", "mongodb://root:hunter2@db.example/"),
        ),
        leak("an API key in a ticket", "I29", "tickets apiKey", set(22, "apiKey", "k-123456789")),
        leak(
            "a private key in a note",
            "I29",
            "notes pem",
            [Plant::Set(
                "notes",
                oid(0, 306).into(),
                "pem",
                "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----".into(),
            )],
        ),
        leak(
            "a collection that nobody described",
            "I32",
            "drafts",
            [Plant::Insert("drafts".into(), doc! { "customerId": "amazon", "text": "x" })],
        ),
        leak(
            "one that refers to people",
            "I32",
            "votes",
            [Plant::Insert("votes".into(), doc! { "tenant": "Acme", "at": soon() })],
        ),
    ]
}
