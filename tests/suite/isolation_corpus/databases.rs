//! A database per tenant: S2 and its like.

use bson::{Bson, Document, doc};

use super::{Leak, NAMES, Plant, Platform, SLUGS, hash, index, leak, preset, then};
use crate::world::{World, oid};

const MORE: &str = r#"
[[reference]]
collection = "orders"
field = "user_id"
to = "users._id"

[[reference]]
collection = "orders"
field = "lines.item"
to = "items._id"
"#;

pub fn platform() -> Platform {
    let description = format!("{}\n{MORE}", preset(include_str!("../../../src/config/presets/tenant-databases.toml")));
    Platform { name: "databases", description, twin, leaks }
}

fn twin(world: &World) {
    for (t, name) in NAMES.into_iter().enumerate() {
        let slug = SLUGS[t];
        world.insert("organizations", vec![doc! {
            "_id": oid(t, 1), "name": name, "slug": slug, "database_name": format!("{}_{slug}", world.db), "description": "as Acme", "is_active": true, "created_at": then(0), "updated_at": then(0),
        }]);
        let own = world.tenant(slug);
        let put = |collection: &str, documents: Vec<Document>| {
            world.wait(async { own.collection(collection).insert_many(documents).await.unwrap() });
        };
        put("users", (0..3).map(|u| doc! { "_id": oid(t, 10 + u), "email": format!("u{u}@{slug}.example"), "password": hash(), "role": if u == 0 { "admin" } else { "member" }, "is_active": true }).collect());
        put("items", (0..10).map(|n| doc! { "_id": oid(t, 100 + n), "name": "amazon", "code": n }).collect());
        put("orders", (0..20).map(|n| doc! { "_id": oid(t, 200 + n), "user_id": oid(t, 11), "lines": [{ "item": oid(t, 100 + n % 10), "n": 2 }], "customer": "Acme", "note": "see u1@acme.example", "tenant": slug }).collect());
        put("uploads.files", vec![doc! { "_id": oid(t, 300), "filename": "a" }]);
        put("uploads.chunks", vec![doc! { "_id": oid(t, 301), "files_id": oid(t, 300), "n": 0 }]);
        world.wait(async {
            for command in [
                index("users", doc! { "email": 1 }, doc! { "unique": true }),
                doc! { "create": "recent", "viewOn": "orders", "pipeline": [{ "$lookup": { "from": "items", "localField": "lines.item", "foreignField": "_id", "as": "i" } }] },
            ] {
                own.run_command(command).await.unwrap();
            }
        });
    }
    // One tenant's user, and the platform's own.
    world.command_on(doc! { "createUser": "one", "pwd": "x", "roles": [{ "role": "readWrite", "db": format!("{}_acme", world.db) }] });
    let all =
        NAMES.iter().enumerate().map(|(t, _)| doc! { "role": "readWrite", "db": format!("{}_{}", world.db, SLUGS[t]) });
    let roles: Vec<Document> = all.chain([doc! { "role": "readWrite", "db": &world.db }]).collect();
    world.command_on(doc! { "createUser": "backend", "pwd": "x", "roles": roles });
    world.insert("core_users", vec![doc! { "_id": oid(7, 1), "email": "owner@platform.example", "password": hash(), "role": "owner", "is_active": true }]);
}

fn leaks() -> Vec<Leak> {
    let set = |collection: &'static str, id: u32, path: &'static str, value: Bson| {
        [Plant::SetAt(0, collection, oid(0, id).into(), path, value)]
    };
    let own = |collection: &str| format!("_amazon.{collection}");
    vec![
        leak("another's user", "I07", &own("orders user_id"), set("orders", 201, "user_id", oid(1, 11).into())),
        leak(
            "another's item",
            "I07",
            &own("orders lines.item"),
            set("orders", 202, "lines.0.item", oid(2, 103).into()),
        ),
        leak(
            "another's order",
            "I08",
            &own("orders copied_from"),
            set("orders", 203, "copied_from", oid(1, 205).into()),
        ),
        leak("another's e-mail", "I08", &own("orders cc"), set("orders", 204, "cc", vec!["u2@acme.example"].into())),
        leak(
            "another's user as text, deep inside",
            "I08",
            &own("orders meta.by.id"),
            set("orders", 205, "meta", doc! { "by": { "id": oid(2, 11).to_hex() } }.into()),
        ),
        leak(
            "a person in two tenants",
            "I10",
            "_amazon-global.users email",
            set("users", 12, "email", "u1@amazon-global.example".into()),
        ),
        leak(
            "an account in two databases",
            "I10",
            "_amazon-global.users _id",
            [Plant::InsertAt(
                2,
                "users".into(),
                doc! { "_id": oid(1, 12), "email": "copy@acme.example", "password": hash(), "role": "member", "is_active": true },
            )],
        ),
        leak(
            "e-mails that nothing keeps apart",
            "I11",
            &own("users email"),
            [Plant::Command(Some(0), doc! { "dropIndexes": "users", "index": "email" })],
        ),
        leak(
            "an index that deletes accounts",
            "I17",
            &own("users created_at"),
            [Plant::Command(Some(0), index("users", doc! { "created_at": 1 }, doc! { "expireAfterSeconds": 60 }))],
        ),
        leak("a role that is no text", "I13", &own("users role"), set("users", 11, "role", 5.into())),
        leak(
            "a database that is nobody's",
            "I23",
            "_ghost",
            [Plant::Command(None, doc! { "ping": 1 }), Plant::InsertAt(3, "orders".into(), doc! { "a": 1 })],
        ),
        leak(
            "two organizations, one database",
            "I22",
            "_amazon",
            [Plant::Insert(
                "organizations".into(),
                doc! { "_id": oid(4, 1), "name": "Twin", "slug": "twin", "database_name": "@DB@_amazon", "is_active": true, "created_at": then(0), "updated_at": then(0) },
            )],
        ),
        leak(
            "an order of another's, by slug",
            "I24",
            &own("orders tenant"),
            set("orders", 206, "tenant", "acme".into()),
        ),
        leak(
            "an order of another's, by identifier",
            "I24",
            &own("orders org_id"),
            set("orders", 207, "org_id", oid(1, 1).into()),
        ),
        leak(
            "a bucket in the master database",
            "I26",
            "fs.files",
            [Plant::Insert("fs.files".into(), doc! { "_id": oid(6, 30), "filename": "a" })],
        ),
        leak(
            "chunks without a file",
            "I27",
            &own("uploads.chunks"),
            [Plant::InsertAt(0, "uploads.chunks".into(), doc! { "_id": oid(6, 31), "files_id": oid(6, 32), "n": 0 })],
        ),
        leak("a password in clear", "I28", &own("users password"), set("users", 10, "password", "hunter2".into())),
        leak(
            "a private key in an order",
            "I29",
            &own("orders key"),
            set("orders", 208, "key", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----".into()),
        ),
        leak(
            "a user of two tenants",
            "I30",
            "two",
            [Plant::Command(
                None,
                doc! { "createUser": "two", "pwd": "x", "roles": [{ "role": "read", "db": "@DB@_amazon" }, { "role": "readWrite", "db": "@DB@_acme" }] },
            )],
        ),
        leak(
            "rights on a vanished tenant",
            "I31",
            "left",
            [Plant::Command(
                None,
                doc! { "createUser": "left", "pwd": "x", "roles": [{ "role": "read", "db": "@DB@_vanished" }] },
            )],
        ),
        leak(
            "a shared collection of tenants' data",
            "I32",
            "reports",
            [Plant::Insert("reports".into(), doc! { "organization": "Acme", "orders": 3 })],
        ),
    ]
}
