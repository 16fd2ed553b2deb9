//! What a tenant's user tries: each attempt is one command, made so that it harms nothing should it be let through.
//!
//! Reads ask for nothing that is there, or for one identifier that is thrown away. Writes meet no document. What drops,
//! renames or changes a collection names a wrong UUID, what makes something names what exists, what replaces a collection
//! is only explained: the server judges the right before it looks at any of that, and which error comes tells which it was.
//! `dropDatabase` cannot be made harmless and is never sent; what the role allows is compared with what was granted instead.

use bson::{Binary, Bson, Document, Uuid, doc, spec::BinarySubtype};

use crate::domain::catalog::CollectionInfo;
use crate::domain::isolation::grant::Principal;
use crate::domain::plan::Namespace;
use crate::store::failure::server;

/// What nothing is called.
const NOTHING: &str = "flowbit_nothing";

/// How an answer without an error is judged.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// That it came is enough.
    LetThrough,
    /// Only documents in it: `firstBatch` has some.
    Documents,
    /// Only these names in it.
    Names(Vec<String>),
    /// Only a cursor that it ended.
    Kills,
}

/// One command that is tried.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attempt {
    /// What it is: `find`.
    pub what: &'static str,
    /// On what.
    pub on: String,
    pub db: String,
    pub command: Document,
    /// Errors that come only after the right was granted.
    pub passed: &'static [i32],
    pub answer: Answer,
}

impl Attempt {
    fn new(what: &'static str, ns: &Namespace, command: Document) -> Self {
        let (db, on) = (ns.db.clone(), ns.to_string());
        Self { what, on, db, command, passed: &[], answer: Answer::LetThrough }
    }

    fn passed(mut self, passed: &'static [i32]) -> Self {
        self.passed = passed;
        self
    }

    fn answer(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    fn on_admin(mut self) -> Self {
        "admin".clone_into(&mut self.db);
        self
    }
}

/// A collection or view that an attempt is made on.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub ns: Namespace,
    pub uuid: Option<Uuid>,
    /// A cursor that somebody else has open on it.
    pub cursor: Option<i64>,
}

impl Target {
    pub fn of(db: &str, info: &CollectionInfo) -> Self {
        Self { ns: Namespace::new(db, &info.name), uuid: info.uuid, cursor: None }
    }
}

fn none() -> Document {
    doc! { "_id": NOTHING }
}

/// The least: one read and the three writes.
pub(super) fn briefly(target: &Target) -> Vec<Attempt> {
    let ns = &target.ns;
    let coll = &ns.coll;
    let broken = doc! { "_id": [NOTHING] };
    vec![
        Attempt::new("find", ns, doc! { "find": coll, "projection": { "_id": 1 }, "limit": 1, "singleBatch": true }),
        // An array cannot be an identifier, which is looked at after the right.
        Attempt::new("insert", ns, doc! { "insert": coll, "documents": [broken] }).passed(&[2, 53, 121, 166]),
        Attempt::new(
            "update",
            ns,
            doc! { "update": coll, "updates": [{ "q": none(), "u": { "$set": { "flowbit": 1 } } }] },
        )
        .passed(&[166]),
        Attempt::new("delete", ns, doc! { "delete": coll, "deletes": [{ "q": none(), "limit": 1 }] }).passed(&[166]),
    ]
}

/// Everything that reads a collection. `from` is a collection of the one that tries, in the same database.
pub(super) fn reads(target: &Target, from: Option<&str>) -> Vec<Attempt> {
    let ns = &target.ns;
    let coll = &ns.coll;
    let aggregate = |on: &str, stage: Document| doc! { "aggregate": on, "pipeline": [stage], "cursor": {} };
    let mut all = vec![
        Attempt::new("count", ns, doc! { "count": coll, "query": none() }),
        Attempt::new("distinct", ns, doc! { "distinct": coll, "key": "_id", "query": none() }),
        Attempt::new("aggregate", ns, aggregate(coll, doc! { "$match": none() })),
        Attempt::new("explain", ns, doc! { "explain": { "find": coll, "filter": none() }, "verbosity": "queryPlanner" }),
        Attempt::new("mapReduce", ns, doc! {
            "mapReduce": coll, "map": "function () {}", "reduce": "function (k, v) {}", "query": none(), "out": { "inline": 1 },
        }).passed(&[166, 9]),
        Attempt::new("listIndexes", ns, doc! { "listIndexes": coll }).passed(&[166, server::NAMESPACE_NOT_FOUND]),
        Attempt::new("collStats", ns, doc! { "collStats": coll }).passed(&[166]),
        Attempt::new("$collStats", ns, aggregate(coll, doc! { "$collStats": { "count": {} } })).passed(&[166, 40602]),
        Attempt::new("$indexStats", ns, aggregate(coll, doc! { "$indexStats": {} })).passed(&[166, 40602]),
        Attempt::new("watch", ns, aggregate(coll, doc! { "$changeStream": {} })).passed(&[166, 40573]),
        Attempt::new("validate", ns, doc! { "validate": coll, "metadata": true }).passed(&[166]),
    ];
    if let Some(uuid) = target.uuid {
        let binary = Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.bytes().to_vec() });
        all.push(Attempt::new("find by UUID", ns, doc! { "find": binary, "projection": { "_id": 1 }, "limit": 1 }));
    }
    if let Some(cursor) = target.cursor {
        all.push(Attempt::new("getMore", ns, doc! { "getMore": cursor, "collection": coll }).passed(&[43, 50738]));
        let kill = doc! { "killCursors": coll, "cursors": [cursor] };
        all.push(Attempt::new("killCursors", ns, kill).answer(Answer::Kills));
    }
    let on = from.unwrap_or(coll);
    let none = doc! { "$match": none() };
    let stages = [
        ("$lookup", doc! { "$lookup": { "from": coll, "pipeline": [none.clone()], "as": "x" } }),
        ("$unionWith", doc! { "$unionWith": { "coll": coll, "pipeline": [none] } }),
        (
            "$graphLookup",
            doc! { "$graphLookup": {
                "from": coll, "startWith": NOTHING, "connectFromField": "_id", "connectToField": "_id", "as": "x",
            } },
        ),
        (
            "$facet",
            doc! { "$facet": { "a": [{ "$lookup": { "from": coll, "localField": "_id", "foreignField": "_id", "as": "x" } }] } },
        ),
    ];
    all.extend(stages.map(|(what, stage)| {
        let command = doc! { "aggregate": on, "pipeline": [{ "$limit": 1 }, stage], "cursor": {} };
        Attempt::new(what, ns, command)
    }));
    all
}

/// Everything that changes a collection besides [`briefly`]. `own` is a collection of the one that tries.
pub(super) fn writes(target: &Target, own: Option<&Namespace>, guard: bool) -> Vec<Attempt> {
    let ns = &target.ns;
    let coll = &ns.coll;
    let wrong = Uuid::new();
    let bad_index = doc! { "key": {}, "name": NOTHING };
    let mut all =
        vec![
            Attempt::new("findAndModify", ns, doc! { "findAndModify": coll, "query": none(), "remove": true })
                .passed(&[166]),
            Attempt::new("createIndexes", ns, doc! { "createIndexes": coll, "indexes": [bad_index] })
                .passed(&[67, 166]),
            Attempt::new("dropIndexes", ns, doc! { "dropIndexes": coll, "index": NOTHING }).passed(&[27, 166]),
            // It is there, and of another kind, so nothing is made.
            Attempt::new("create", ns, doc! { "create": coll, "capped": true, "size": 4096 })
                .passed(&[server::NAMESPACE_EXISTS]),
            Attempt::new("create a view over it", ns, doc! { "create": coll, "viewOn": coll, "pipeline": [] })
                .passed(&[server::NAMESPACE_EXISTS, 17, 21, 2, 72, 165]),
        ];
    if guard {
        let other = format!("{}.{NOTHING}", ns.db);
        all.extend([
            Attempt::new("drop", ns, doc! { "drop": coll, "collectionUUID": wrong })
                .passed(&[server::UUID_MISMATCH, 166]),
            Attempt::new("collMod", ns, doc! { "collMod": coll, "collectionUUID": wrong })
                .passed(&[server::UUID_MISMATCH, 166]),
            Attempt::new(
                "renameCollection",
                ns,
                doc! {
                    "renameCollection": ns.to_string(), "to": other, "collectionUUID": wrong,
                },
            )
            .on_admin()
            .passed(&[server::UUID_MISMATCH, 166]),
        ]);
    }
    let Some(own) = own else { return all };
    if guard && own.db == ns.db {
        all.push(Attempt::new("rename over it", ns, doc! {
            "renameCollection": own.to_string(), "to": ns.to_string(), "dropTarget": wrong, "collectionUUID": wrong,
        }).on_admin().passed(&[server::UUID_MISMATCH, 166]));
    }
    let into = doc! { "db": &ns.db, "coll": coll };
    let merge = doc! { "$merge": { "into": into.clone(), "whenMatched": "fail", "whenNotMatched": "insert" } };
    let pipeline = vec![doc! { "$match": none() }, merge];
    let mut merge = Attempt::new("$merge", ns, doc! { "aggregate": &own.coll, "pipeline": pipeline, "cursor": {} });
    merge.db.clone_from(&own.db);
    let pipeline = vec![doc! { "$match": none() }, doc! { "$out": into }];
    let mut out = Attempt::new("$out", ns, doc! { "aggregate": &own.coll, "pipeline": pipeline, "explain": true });
    out.db.clone_from(&own.db);
    all.extend([merge, out].map(|attempt| attempt.passed(&[166])));
    all
}

/// What is asked of the database that somebody else is in. `names` are theirs.
pub(super) fn of_database(db: &str, names: &[String], is_own: bool) -> Vec<Attempt> {
    let ns = Namespace::new(db, "*");
    let listed = doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true };
    let mut all = vec![
        Attempt::new("rolesInfo", &ns, doc! { "rolesInfo": 1 }),
        Attempt::new("usersInfo", &ns, doc! { "usersInfo": 1 }),
    ];
    if !names.is_empty() {
        let listed = Attempt::new("listCollections of what one may see", &ns, listed);
        all.push(listed.answer(Answer::Names(names.to_vec())));
    }
    if !is_own {
        all.extend([
            Attempt::new("listCollections", &ns, doc! { "listCollections": 1 }),
            Attempt::new("dbStats", &ns, doc! { "dbStats": 1 }),
            Attempt::new("dbHash", &ns, doc! { "dbHash": 1, "collections": [NOTHING] }),
            Attempt::new(
                "watch the database",
                &ns,
                doc! {
                    "aggregate": 1, "pipeline": [{ "$changeStream": {} }], "cursor": {},
                },
            )
            .passed(&[40573]),
        ]);
    }
    all
}

fn at(db: &str, what: &'static str, command: Document) -> Attempt {
    let mut attempt = Attempt::new(what, &Namespace::new("admin", "*"), command);
    db.clone_into(&mut attempt.db);
    attempt
}

/// What is asked of the server. `other` is another tenant's user, `databases` are those of others.
pub(super) fn of_server(other: &Principal, databases: &[String]) -> Vec<Attempt> {
    let info = doc! { "usersInfo": { "user": &other.name, "db": &other.db } };
    let whole = |stage: Document| doc! { "aggregate": 1, "pipeline": [stage], "cursor": {} };
    let mut all = vec![
        at("admin", "listDatabases", doc! { "listDatabases": 1, "authorizedDatabases": false }),
        at("admin", "usersInfo of another", info),
        at("admin", "usersInfo of all", doc! { "usersInfo": { "forAllDBs": true } }),
        at("admin", "$currentOp of all", whole(doc! { "$currentOp": { "allUsers": true } })),
        at("admin", "watch the server", whole(doc! { "$changeStream": { "allChangesForCluster": true } }))
            .passed(&[40573]),
        at("admin", "serverStatus", doc! { "serverStatus": 1 }),
        at("admin", "getLog", doc! { "getLog": "startupWarnings" }),
        at("admin", "getCmdLineOpts", doc! { "getCmdLineOpts": 1 }),
    ];
    if !databases.is_empty() {
        let listed = doc! { "listDatabases": 1, "nameOnly": true };
        all.push(at("admin", "listDatabases of what one may see", listed).answer(Answer::Names(databases.to_vec())));
    }
    for (db, coll) in
        [("admin", "system.users"), ("admin", "system.roles"), ("local", "oplog.rs"), ("config", "transactions")]
    {
        let command = doc! { "find": coll, "projection": { "_id": 1 }, "limit": 1, "singleBatch": true };
        all.push(Attempt { on: format!("{db}.{coll}"), ..at(db, "find in the server's own", command) });
    }
    all
}

/// What would give more rights. `me` is who tries, `role` what it has. Named so that nothing comes of it: a role or a user
/// that is not there, or one that is there already.
pub(super) fn of_rights(me: &Principal, role: &Principal) -> Vec<Attempt> {
    let root = doc! { "role": "root", "db": "admin" };
    let none = Vec::<Bson>::new;
    let more = doc! { "resource": { "db": &role.db, "collection": NOTHING }, "actions": ["find"] };
    vec![
        at(&me.db, "grantRolesToUser", doc! { "grantRolesToUser": NOTHING, "roles": [root.clone()] }).passed(&[11]),
        at(&me.db, "updateUser", doc! { "updateUser": NOTHING, "roles": [root] }).passed(&[11]),
        at(&me.db, "dropUser", doc! { "dropUser": NOTHING }).passed(&[11]),
        at(&me.db, "createUser", doc! { "createUser": &me.name, "pwd": NOTHING, "roles": none() }).passed(&[51_003]),
        at(&role.db, "createRole", doc! { "createRole": &role.name, "privileges": none(), "roles": none() })
            .passed(&[51_002]),
        at(&role.db, "updateRole", doc! { "updateRole": NOTHING, "privileges": none(), "roles": none() }).passed(&[31]),
        at(&role.db, "grantPrivilegesToRole", doc! { "grantPrivilegesToRole": NOTHING, "privileges": [more] })
            .passed(&[31]),
        at(&role.db, "dropRole", doc! { "dropRole": NOTHING }).passed(&[31]),
    ]
}

/// What a tenant needs on its own: everything here has to be let through.
pub(super) fn needed(target: &Target, second: &str, may_write: bool) -> Vec<Attempt> {
    let ns = &target.ns;
    let coll = &ns.coll;
    let lookup = doc! { "$lookup": { "from": second, "pipeline": [{ "$match": none() }], "as": "x" } };
    let mut all: Vec<Attempt> = briefly(target).into_iter().take(if may_write { 4 } else { 1 }).collect();
    all.push(Attempt::new("count", ns, doc! { "count": coll, "query": none() }));
    let pipeline = vec![doc! { "$match": none() }, lookup];
    all.push(Attempt::new(
        "aggregate with $lookup",
        ns,
        doc! { "aggregate": coll, "pipeline": pipeline, "cursor": {} },
    ));
    if may_write {
        let bad_index = doc! { "key": {}, "name": NOTHING };
        all.push(
            Attempt::new("createIndexes", ns, doc! { "createIndexes": coll, "indexes": [bad_index] }).passed(&[67]),
        );
        all.push(Attempt::new("listIndexes", ns, doc! { "listIndexes": coll }).passed(&[server::NAMESPACE_NOT_FOUND]));
    }
    all
}

/// Documents of others in one's own view: none may come.
pub(super) fn foreign(ns: &Namespace, path: &str, key: &Bson) -> Attempt {
    let mut other = Document::new();
    other.insert(path, doc! { "$ne": key.clone() });
    let command =
        doc! { "find": &ns.coll, "filter": other, "projection": { "_id": 1 }, "limit": 1, "singleBatch": true };
    Attempt::new("documents of others in its view", ns, command).answer(Answer::Documents)
}

/// A read of a view that leads to somebody else.
pub(super) fn through(ns: &Namespace) -> Attempt {
    let command = doc! { "find": &ns.coll, "projection": { "_id": 1 }, "limit": 1, "singleBatch": true };
    Attempt::new("find through a view", ns, command)
}
