//! Collections per tenant: the native platform, S4 and their like.

use bson::{Bson, doc};

use super::{Leak, NAMES, Plant, Platform, SLUGS, hash, index, leak, preset, soon, then};
use crate::world::{World, oid};

const MORE: &str = r#"
[[reference]]
collection = "tickets"
field = "createdBy"
to = "users._id"

[[reference]]
collection = "stock_movements"
field = "productId"
to = "products._id"
"#;

pub fn platform() -> Platform {
    let text = preset(include_str!("../../../src/config/presets/flowbit.toml"))
        .replace("[store]\n", "[store.marker]\nexists = \"_metadata\"\nfields = { \"_metadata.organization_name\" = \"{name}\" }\n\n[store]\n");
    Platform { name: "collections", description: format!("{text}\n{MORE}"), twin, leaks }
}

fn twin(world: &World) {
    world.command_on(index("users", doc! { "email": 1 }, doc! { "unique": true }));
    for (t, name) in NAMES.into_iter().enumerate() {
        let (org, slug) = (oid(t, 1), SLUGS[t]);
        world.insert("organizations", vec![doc! { "_id": org, "name": name, "slug": slug, "status": "active", "createdAt": then(0), "updatedAt": then(0) }]);
        world.insert("users", (0..3).map(|u| doc! {
            "_id": oid(t, 10 + u), "email": format!("u{u}@{slug}.example"), "password": hash(), "customerId": org.to_hex(),
            "role": if u == 0 { "Admin" } else { "User" }, "isActive": true, "createdAt": then(0),
        }).collect());
        let at = |kind: &str| format!("org_{slug}_{kind}");
        world.insert(&at("tickets"), (0..30).map(|n| doc! {
            "_id": oid(t, 100 + n), "title": "amazon", "status": "Open", "createdBy": oid(t, 11), "customer": "Acme", "parent": oid(t, 100 + (n + 7) % 30),
            "comments": [{ "_id": oid(8, 1000 * u32::try_from(t).unwrap() + n), "by": oid(t, 12), "text": "u1@acme.example wrote" }],
        }).chain([doc! { "_id": oid(t, 99), "_metadata": { "organization_name": name } }]).collect());
        world.insert(
            &at("products"),
            (0..10).map(|n| doc! { "_id": oid(t, 200 + n), "sku": format!("S-{n}"), "organization": name }).collect(),
        );
        world.command_on(index(&at("products"), doc! { "sku": 1 }, doc! { "unique": true }));
        world.insert(
            &at("stock_movements"),
            (0..10).map(|n| doc! { "_id": oid(t, 300 + n), "productId": oid(t, 200 + n), "quantity": 1 }).collect(),
        );
        for kind in ["suppliers", "warehouses", "purchase_requests"] {
            world.insert(&at(kind), vec![doc! { "_id": oid(t, 400), "name": "Acme" }]);
        }
        world.insert("audit_logs", (0..10).map(|n| doc! {
            "_id": oid(t, 500 + n), "action": "ticket.closed", "userId": oid(t, 10).to_hex(), "customerId": org.to_hex(), "ticketId": oid(t, 100 + n).to_hex(), "timestamp": then(1),
        }).collect());
        world.command_on(doc! { "create": format!("open_{slug}"), "viewOn": at("tickets"), "pipeline": [{ "$lookup": { "from": at("products"), "localField": "p", "foreignField": "_id", "as": "p" } }] });
        world.insert(&at("files.files"), vec![doc! { "_id": oid(t, 600), "filename": "a" }]);
        world.insert(&at("files.chunks"), vec![doc! { "_id": oid(t, 601), "files_id": oid(t, 600), "n": 0 }]);
        world.insert("refresh_tokens", vec![doc! { "_id": oid(t, 700), "tokenHash": format!("{t}"), "family": "f", "userId": oid(t, 10).to_hex(), "customerId": org.to_hex(), "revoked": false, "createdAt": then(0), "expiresAt": soon() }]);
    }
    world.insert("core_users", vec![doc! { "_id": oid(7, 1), "email": "owner@platform.example", "password": hash(), "role": "Owner", "isActive": true }]);
    // Out of force, with accounts that are too.
    world.insert("organizations", vec![doc! { "_id": oid(3, 1), "name": "Gone", "slug": "gone", "status": "deleted", "createdAt": then(0), "updatedAt": then(0) }]);
    world.insert("users", vec![doc! { "_id": oid(3, 10), "email": "u0@gone.example", "password": hash(), "customerId": oid(3, 1).to_hex(), "role": "Admin", "isActive": false }]);
}

fn leaks() -> Vec<Leak> {
    let set = |collection: &'static str, id: u32, path: &'static str, value: Bson| {
        [Plant::Set(collection, oid(0, id).into(), path, value)]
    };
    let t = "org_amazon_tickets";
    let command = |command: bson::Document| [Plant::Command(None, command)];
    let token = |n: u32, user: Bson, org: bson::oid::ObjectId| {
        [Plant::Insert(
            "refresh_tokens".into(),
            doc! { "_id": oid(6, n), "tokenHash": format!("n{n}"), "family": "f", "userId": user, "customerId": org.to_hex(), "revoked": false, "createdAt": then(0), "expiresAt": soon() },
        )]
    };
    vec![
        leak("another's author", "I07", "org_amazon_tickets createdBy", set(t, 101, "createdBy", oid(1, 11).into())),
        leak(
            "another's author as text",
            "I07",
            "org_amazon_tickets createdBy",
            set(t, 102, "createdBy", oid(2, 11).to_hex().into()),
        ),
        leak(
            "another's product",
            "I07",
            "org_amazon_stock_movements productId",
            set("org_amazon_stock_movements", 301, "productId", oid(1, 203).into()),
        ),
        leak(
            "another's ticket as parent",
            "I08",
            "org_amazon_tickets parent",
            set(t, 103, "parent", oid(1, 105).into()),
        ),
        leak(
            "another's commentator",
            "I08",
            "org_amazon_tickets comments.by",
            set(t, 104, "comments.0.by", oid(2, 12).into()),
        ),
        leak(
            "another's e-mail",
            "I08",
            "org_amazon_tickets reporter",
            set(t, 105, "reporter", "u1@acme.example".into()),
        ),
        leak(
            "another organization deep inside",
            "I08",
            "org_amazon_tickets moved.from",
            set(t, 106, "moved", doc! { "from": oid(1, 1) }.into()),
        ),
        leak(
            "an entry's actor",
            "I09",
            "audit_logs userId",
            set("audit_logs", 501, "userId", oid(1, 10).to_hex().into()),
        ),
        leak(
            "an entry's target",
            "I09",
            "audit_logs ticketId",
            set("audit_logs", 502, "ticketId", oid(2, 103).to_hex().into()),
        ),
        leak(
            "a person in two tenants",
            "I10",
            "users email",
            [Plant::Set("users", oid(0, 12).into(), "email", "U0@acme.example".into())],
        ),
        leak(
            "a token of an organization out of force",
            "I12",
            "refresh_tokens",
            token(1, oid(3, 10).to_hex().into(), oid(3, 1)),
        ),
        leak("a token of a vanished account", "I12", "refresh_tokens", token(2, oid(0, 77).to_hex().into(), oid(0, 1))),
        leak("a role with another spelling", "I13", "users role", set("users", 11, "role", "ADMIN".into())),
        leak(
            "an account of an organization out of force",
            "I14",
            "users customerId",
            [Plant::Insert(
                "users".into(),
                doc! { "_id": oid(6, 20), "email": "still@gone.example", "password": hash(), "customerId": oid(3, 1).to_hex(), "role": "User", "isActive": true },
            )],
        ),
        leak(
            "an account of no organization",
            "I14",
            "users customerId",
            [Plant::Insert(
                "users".into(),
                doc! { "_id": oid(6, 21), "email": "x@nobody.example", "password": hash(), "customerId": oid(9, 9).to_hex(), "role": "User", "isActive": true },
            )],
        ),
        leak(
            "an index that deletes owners",
            "I17",
            "core_users lastLogin",
            command(index("core_users", doc! { "lastLogin": 1 }, doc! { "expireAfterSeconds": 60 })),
        ),
        leak(
            "an owner's password in clear",
            "I28",
            "core_users password",
            [Plant::Set("core_users", oid(7, 1).into(), "password", "hunter2".into())],
        ),
        leak(
            "a token in clear in its store",
            "I28",
            "refresh_tokens refreshToken",
            [Plant::Set(
                "refresh_tokens",
                oid(0, 700).into(),
                "refreshToken",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl".into(),
            )],
        ),
        leak(
            "another's author in a store out of force",
            "I07",
            "org_gone_tickets createdBy",
            [Plant::Insert("org_gone_tickets".into(), doc! { "_id": oid(3, 100), "createdBy": oid(1, 11) })],
        ),
        leak(
            "a view of everybody's accounts",
            "I20",
            "everybody",
            command(doc! { "create": "everybody", "viewOn": "users", "pipeline": [] }),
        ),
        leak(
            "a view over two tenants",
            "I19",
            "both",
            command(
                doc! { "create": "both", "viewOn": "org_amazon_tickets", "pipeline": [{ "$unionWith": "org_acme_tickets" }] },
            ),
        ),
        leak(
            "a view that joins another tenant",
            "I19",
            "looks",
            command(
                doc! { "create": "looks", "viewOn": "org_amazon_tickets", "pipeline": [{ "$lookup": { "from": "org_amazon-global_products", "localField": "a", "foreignField": "b", "as": "c" } }] },
            ),
        ),
        leak(
            "two organizations, one store",
            "I22",
            "org_amazon_*",
            [
                Plant::Insert(
                    "organizations".into(),
                    doc! { "_id": oid(4, 1), "name": "amazon!", "slug": "amazon", "status": "active", "createdAt": then(0), "updatedAt": then(0) },
                ),
                Plant::Command(None, doc! { "ping": 1 }),
            ],
        ),
        leak(
            "a store that is nobody's",
            "I23",
            "org_ghost_tickets",
            [Plant::Insert("org_ghost_tickets".into(), doc! { "a": 1 })],
        ),
        leak(
            "a document of another's, by identifier",
            "I24",
            "org_amazon_tickets organizationId",
            set(t, 107, "organizationId", oid(1, 1).to_hex().into()),
        ),
        leak(
            "a document of another's, by name",
            "I24",
            "org_amazon_products organization",
            set("org_amazon_products", 202, "organization", "Acme".into()),
        ),
        leak(
            "a document of another's, by ObjectId",
            "I24",
            "org_amazon_products owner",
            set("org_amazon_products", 203, "owner", oid(2, 1).into()),
        ),
        leak(
            "a marker that names another",
            "I25",
            "org_acme_tickets",
            [Plant::Set("org_acme_tickets", oid(2, 99).into(), "_metadata.organization_name", "amazon".into())],
        ),
        leak(
            "a bucket of nobody's",
            "I26",
            "fs.files",
            [Plant::Insert("fs.files".into(), doc! { "_id": oid(6, 30), "filename": "a" })],
        ),
        leak(
            "chunks without a file",
            "I27",
            "org_amazon_files.chunks",
            [Plant::Insert(
                "org_amazon_files.chunks".into(),
                doc! { "_id": oid(6, 31), "files_id": oid(6, 32), "n": 0 },
            )],
        ),
        leak("a password in clear", "I28", "users password", set("users", 10, "password", "hunter2".into())),
        leak(
            "a hash in a ticket",
            "I29",
            "org_amazon_tickets snapshot.user.pw",
            set(t, 108, "snapshot", doc! { "user": { "pw": hash() } }.into()),
        ),
        leak(
            "a password that an entry repeats",
            "I29",
            "audit_logs details.newPassword",
            set("audit_logs", 503, "details", doc! { "newPassword": "hunter2" }.into()),
        ),
        leak(
            "a user of two tenants",
            "I30",
            "two",
            [
                Plant::Command(
                    None,
                    doc! { "createRole": "both", "roles": [], "privileges": [
                        { "resource": { "db": "@DB@", "collection": "org_amazon_tickets" }, "actions": ["find"] },
                        { "resource": { "db": "@DB@", "collection": "org_acme_products" }, "actions": ["update"] },
                    ] },
                ),
                Plant::Command(None, doc! { "createUser": "two", "pwd": "x", "roles": ["both"] }),
            ],
        ),
        leak(
            "a role on a vanished tenant",
            "I31",
            "left",
            [Plant::Command(
                None,
                doc! { "createRole": "left", "privileges": [{ "resource": { "db": "@DB@", "collection": "org_vanished_tickets" }, "actions": ["find"] }], "roles": [] },
            )],
        ),
        leak(
            "a collection that nobody described",
            "I32",
            "exports",
            [Plant::Insert("exports".into(), doc! { "organizationId": oid(0, 1), "rows": 3 })],
        ),
    ]
}
