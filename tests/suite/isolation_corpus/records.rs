//! Shared collections, an organization's UUID as key, with records: S3 and its like.

use bson::{Bson, doc};

use super::{Leak, NAMES, Plant, Platform, SLUGS, index, leak, preset, soon, then, uuid};
use crate::world::{World, oid};

pub fn platform() -> Platform {
    Platform {
        name: "records",
        description: preset(include_str!("../../../src/config/presets/inventory.toml")),
        twin,
        leaks,
    }
}

fn argon() -> String {
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g".to_owned()
}

/// An organization that is out of force has no state here: tokens of vanished ones are what is left.
fn twin(world: &World) {
    for (collection, keys, unique) in [
        ("users", doc! { "org_id": 1, "email": 1 }, true),
        ("products", doc! { "org_id": 1, "sku": 1 }, true),
        ("products", doc! { "id": 1 }, true),
        ("suppliers", doc! { "org_id": 1 }, false),
        ("warehouses", doc! { "org_id": 1 }, false),
        ("stock_movements", doc! { "org_id": 1, "created_at": -1 }, false),
        ("purchase_requests", doc! { "org_id": 1, "status": 1 }, false),
        ("events", doc! { "org_id": 1 }, false),
        ("audit_logs", doc! { "org_id": 1, "timestamp": -1 }, false),
        ("refresh_tokens", doc! { "token_hash": 1 }, true),
    ] {
        world.command_on(index(collection, keys, doc! { "unique": unique }));
    }
    for (t, name) in NAMES.into_iter().enumerate() {
        let (org, slug) = (uuid(t, 1), SLUGS[t]);
        world.insert("organizations", vec![doc! { "_id": oid(t, 1), "id": &org, "name": name, "subdomain": slug, "created_at": then(0), "updated_at": then(0) }]);
        world.insert("users", (0..3).map(|u| doc! {
            "_id": oid(t, 10 + u), "id": uuid(t, 10 + u), "org_id": &org, "email": format!("u{u}@{slug}.example"), "hashed_password": argon(),
            "role": if u == 0 { "ADMIN" } else { "STAFF" }, "is_active": true, "created_at": then(0),
        }).collect());
        world.insert("suppliers", (0..5).map(|n| doc! { "_id": oid(t, 100 + n), "id": uuid(t, 100 + n), "org_id": &org, "name": "Acme", "contact": "sales@supplier.example" }).collect());
        world.insert(
            "warehouses",
            (0..3)
                .map(|n| doc! { "_id": oid(t, 200 + n), "id": uuid(t, 200 + n), "org_id": &org, "name": "amazon" })
                .collect(),
        );
        world.insert("products", (0..20).map(|n| doc! {
            "_id": oid(t, 300 + n), "id": uuid(t, 300 + n), "org_id": &org, "sku": format!("S-{n}"), "supplier_id": uuid(t, 100 + n % 5), "name": "bolt", "ean": format!("40000000000000000000{n:04}"),
        }).collect());
        world.insert("stock_movements", (0..20).map(|n| doc! {
            "_id": oid(t, 400 + n), "id": uuid(t, 400 + n), "org_id": &org, "product_id": uuid(t, 300 + n), "warehouse_id": uuid(t, 200 + n % 3), "created_by": uuid(t, 11), "quantity": 5, "created_at": then(1),
        }).collect());
        world.insert("purchase_requests", (0..10).map(|n| doc! {
            "_id": oid(t, 500 + n), "id": uuid(t, 500 + n), "org_id": &org, "requested_by": uuid(t, 12), "reviewed_by": Bson::Null, "supplier_id": uuid(t, 101), "status": "draft", "items": [{ "product": uuid(t, 300 + n), "n": 1 }],
        }).collect());
        world.insert("events", (0..5).map(|n| doc! { "_id": oid(t, 600 + n), "org_id": &org, "kind": "low_stock", "payload": { "product": uuid(t, 300 + n), "unknown": uuid(8, n) } }).collect());
        world.insert("audit_logs", (0..10).map(|n| doc! {
            "_id": oid(t, 700 + n), "org_id": &org, "actor_id": uuid(t, 10), "action": "product.updated", "entity": "product", "entity_id": uuid(t, 300 + n),
            "before": { "supplier_id": uuid(t, 100) }, "after": { "supplier_id": uuid(t, 101) }, "timestamp": then(2), "ip_address": "10.0.0.1",
        }).collect());
        world.insert("refresh_tokens", vec![doc! { "_id": oid(t, 800), "token_hash": format!("{t}"), "user_id": uuid(t, 10), "org_id": &org, "revoked": false, "created_at": then(0), "expires_at": soon() }]);
    }
    // Expired, and taken back: of nobody any more.
    world.insert("refresh_tokens", vec![
        doc! { "_id": oid(7, 1), "token_hash": "x", "user_id": uuid(7, 1), "org_id": uuid(7, 1), "revoked": true, "created_at": then(0), "expires_at": soon() },
        doc! { "_id": oid(7, 2), "token_hash": "y", "user_id": uuid(7, 1), "org_id": uuid(7, 1), "revoked": false, "created_at": then(0), "expires_at": then(1) },
    ]);
}

fn leaks() -> Vec<Leak> {
    let set = |collection: &'static str, id: u32, path: &'static str, value: Bson| {
        [Plant::Set(collection, oid(0, id).into(), path, value)]
    };
    let token = |n: u32, user: String, org: String| {
        [Plant::Insert(
            "refresh_tokens".into(),
            doc! { "_id": oid(6, n), "token_hash": format!("n{n}"), "user_id": user, "org_id": org, "revoked": false, "created_at": then(0), "expires_at": soon() },
        )]
    };
    vec![
        leak("no key", "I01", "products org_id", [Plant::Unset("products", oid(0, 301).into(), "org_id")]),
        leak("null as key", "I02", "suppliers org_id", set("suppliers", 104, "org_id", Bson::Null)),
        leak(
            "binary as key",
            "I03",
            "events org_id",
            set("events", 601, "org_id", bson::Uuid::parse_str(uuid(0, 1)).unwrap().into()),
        ),
        leak(
            "a vanished organization's key",
            "I04",
            "products org_id",
            set("products", 302, "org_id", uuid(5, 5).into()),
        ),
        leak(
            "a key in capitals",
            "I05",
            "warehouses org_id",
            set("warehouses", 202, "org_id", format!("{} ", uuid(0, 1)).into()),
        ),
        leak(
            "a document as key",
            "I06",
            "events org_id",
            set("events", 602, "org_id", doc! { "id": uuid(0, 1) }.into()),
        ),
        leak(
            "another's product",
            "I07",
            "stock_movements product_id",
            set("stock_movements", 401, "product_id", uuid(1, 301).into()),
        ),
        leak(
            "another's warehouse",
            "I07",
            "stock_movements warehouse_id",
            set("stock_movements", 403, "warehouse_id", uuid(2, 201).into()),
        ),
        leak(
            "another's supplier",
            "I07",
            "products supplier_id",
            set("products", 305, "supplier_id", uuid(1, 101).into()),
        ),
        leak(
            "another's author, in capitals",
            "I07",
            "stock_movements created_by",
            set("stock_movements", 404, "created_by", uuid(1, 11).to_uppercase().into()),
        ),
        leak(
            "another's reviewer",
            "I07",
            "purchase_requests reviewed_by",
            set("purchase_requests", 501, "reviewed_by", uuid(2, 10).into()),
        ),
        leak(
            "a binary identifier",
            "I07",
            "purchase_requests supplier_id",
            set("purchase_requests", 502, "supplier_id", bson::Uuid::parse_str(uuid(1, 102)).unwrap().into()),
        ),
        leak(
            "another's product in an array",
            "I08",
            "purchase_requests items.product",
            set("purchase_requests", 503, "items.0.product", uuid(1, 303).into()),
        ),
        leak(
            "another organization in a payload",
            "I08",
            "events payload.from",
            set("events", 603, "payload.from", uuid(2, 1).into()),
        ),
        leak(
            "another's user in a payload",
            "I08",
            "events payload.by",
            set("events", 604, "payload.by", uuid(1, 12).into()),
        ),
        leak(
            "an e-mail of another's",
            "I08",
            "suppliers contact",
            set("suppliers", 103, "contact", "u2@acme.example".into()),
        ),
        leak("an entry's actor", "I09", "audit_logs actor_id", set("audit_logs", 701, "actor_id", uuid(1, 10).into())),
        leak(
            "an entry's target",
            "I09",
            "audit_logs entity_id",
            set("audit_logs", 702, "entity_id", uuid(2, 305).into()),
        ),
        leak(
            "what was there before",
            "I08",
            "audit_logs before.supplier_id",
            set("audit_logs", 703, "before.supplier_id", uuid(1, 100).into()),
        ),
        leak(
            "an entry about another's request",
            "I09",
            "audit_logs entity_id",
            set("audit_logs", 704, "entity_id", uuid(1, 503).into()),
        ),
        leak(
            "another's movement in an event",
            "I08",
            "events payload.movement",
            set("events", 604, "payload.movement", uuid(2, 402).into()),
        ),
        leak(
            "another's product without dashes",
            "I07",
            "stock_movements product_id",
            set("stock_movements", 405, "product_id", uuid(1, 304).replace('-', "").into()),
        ),
        leak("a person in two tenants", "I10", "users email", set("users", 12, "email", "U0@acme.example".into())),
        leak(
            "an identifier in two tenants",
            "I10",
            "users _id",
            [Plant::Insert(
                "users".into(),
                doc! { "_id": oid(6, 9), "id": uuid(2, 12), "org_id": uuid(0, 1), "email": "x@y.example", "hashed_password": argon(), "role": "STAFF", "is_active": true },
            )],
        ),
        leak("a token of a vanished organization", "I12", "refresh_tokens", token(3, uuid(0, 10), uuid(5, 5))),
        leak("a token of a vanished account", "I12", "refresh_tokens", token(4, uuid(0, 99), uuid(0, 1))),
        leak("a token that names another organization", "I12", "refresh_tokens", token(5, uuid(0, 10), uuid(1, 1))),
        leak(
            "a token of an account out of force",
            "I12",
            "refresh_tokens",
            [
                Plant::Insert(
                    "users".into(),
                    doc! { "_id": oid(6, 10), "id": uuid(6, 10), "org_id": uuid(0, 1), "email": "off@amazon.example", "hashed_password": argon(), "role": "STAFF", "is_active": false },
                ),
                token(6, uuid(6, 10), uuid(0, 1))[0].clone(),
            ],
        ),
        leak("a role in small letters", "I13", "users role", set("users", 11, "role", "staff".into())),
        leak(
            "an account of a vanished organization",
            "I14",
            "users org_id",
            [Plant::Insert(
                "users".into(),
                doc! { "_id": oid(6, 11), "id": uuid(6, 11), "org_id": uuid(5, 5), "email": "left@over.example", "hashed_password": argon(), "role": "STAFF", "is_active": true },
            )],
        ),
        leak(
            "a name that is unique over all tenants",
            "I15",
            "products ean_name",
            [Plant::Command(
                None,
                index(
                    "products",
                    doc! { "ean": 1, "name": 1 },
                    doc! { "unique": true, "partialFilterExpression": { "ean": "x" } },
                ),
            )],
        ),
        leak(
            "no index begins with the key",
            "I16",
            "events org_id",
            [Plant::Command(None, doc! { "dropIndexes": "events", "index": "org_id" })],
        ),
        leak(
            "an index that deletes organizations",
            "I17",
            "organizations created_at",
            [Plant::Command(
                None,
                index("organizations", doc! { "created_at": 1 }, doc! { "expireAfterSeconds": 31_536_000 }),
            )],
        ),
        leak("a hash as text", "I28", "users hashed_password", set("users", 10, "hashed_password", "hunter2".into())),
        leak(
            "a token in an event",
            "I29",
            "events payload.headers.authorization",
            set(
                "events",
                600,
                "payload.headers",
                doc! { "authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl" }.into(),
            ),
        ),
        leak(
            "a view without a tenant",
            "I20",
            "low",
            [Plant::Command(
                None,
                doc! { "create": "low", "viewOn": "products", "pipeline": [{ "$match": { "org_id": { "$ne": "x" } } }] },
            )],
        ),
    ]
}
