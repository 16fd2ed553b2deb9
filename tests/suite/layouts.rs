//! Tenants with a database of their own and tenants in shared collections, from making to purging, and what the
//! platform finds in its databases afterwards.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

use crate::world::{DATABASES, SHARED, World, oid};

impl World {
    fn rows(&self, db: &str, collection: &str) -> Vec<Document> {
        let documents = self.client.database(db).collection::<Document>(collection);
        self.wait(async { documents.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap() })
    }

    fn reading(&self, db: &str, collection: &str) -> String {
        let documents = self.client.database(db).collection::<Document>(collection);
        self.wait(documents.find_one(doc! {}).into_future()).unwrap_err().to_string()
    }

    fn indexes_of(&self, db: &str, collection: &str) -> Vec<Document> {
        self.wait(async {
            let cursor = self.client.database(db).run_cursor_command(doc! { "listIndexes": collection }).await.unwrap();
            cursor.try_collect().await.unwrap()
        })
    }

    /// Puts the end of everything that is kept into the past.
    fn let_time_pass(&self) {
        let past = bson::DateTime::from_millis(1_700_000_000_000);
        for name in ["flowbit_names", "flowbit_fences"] {
            let all = doc! { "until": { "$type": "date" } };
            self.wait(self.collection(name).update_many(all, doc! { "$set": { "until": past } }).into_future())
                .unwrap();
        }
    }
}

fn password(world: &World) {
    std::fs::write(world.path("pw"), "correct horse\n").unwrap();
}

#[test]
fn a_tenant_with_a_database_comes_whole() {
    let world = World::new(DATABASES);
    password(&world);
    let words = ["org", "create", "Ünïcode Corp", "--admin-email", "A@x.com", "--password-file", "pw", "--json"];
    let made = world.run(&words).ok().json();
    let store = format!("{}_unicode-corp", world.db);
    assert_eq!(made["data"]["org"]["store"], store);
    let org = world.one("organizations", doc! {});
    assert_eq!(org.get_str("database_name").unwrap(), store);
    assert!(matches!(org.get("created_at"), Some(Bson::DateTime(_))));
    let user = world.rows(&store, "users").remove(0);
    assert_eq!(user.get_str("email").unwrap(), "a@x.com");
    assert!(user.get_str("password").unwrap().starts_with("$2b$04$"));
    assert!(matches!(user.get("_id"), Some(Bson::ObjectId(_))));
    assert_eq!(world.indexes_of(&store, "users").len(), 2);
    assert_eq!(world.one("audit_logs", doc! {}).get_str("tenant").unwrap(), "unicode-corp");
    // Names that the rule maps to one database are one organization (B1).
    let again = ["org", "create", "unicode_corp", "--admin-email", "b@x.com", "--password-file", "pw", "--json"];
    world.run(&again).fails(5, "E0302");
    // A database that is somebody else's is left alone.
    world.wait(world.tenant("taken").collection("things").insert_one(doc! { "x": 1 }).into_future()).unwrap();
    let taken = ["org", "create", "Taken", "--admin-email", "b@x.com", "--password-file", "pw", "--json"];
    world.run(&taken).fails(5, "E0302");
    world.run(&["org", "rename", "Ünïcode Corp", "taken", "--confirm", "Ünïcode Corp", "--json"]).fails(5, "E0302");
    assert_eq!(world.rows(&format!("{}_taken", world.db), "things").len(), 1);
    // Two databases whose names differ in case only cannot be.
    let mixed = format!("{}_Mixed", world.db);
    world.wait(world.client.database(&mixed).collection("things").insert_one(doc! { "x": 1 }).into_future()).unwrap();
    let error = world.run(&["org", "create", "mixed", "--admin-email", "b@x.com", "--password-file", "pw", "--json"]);
    assert!(error.fails(5, "E0302").stderr.contains("Mixed"));
    let long = "x".repeat(60);
    world
        .run(&["org", "create", &long, "--admin-email", "b@x.com", "--password-file", "pw", "--json"])
        .fails(2, "E0102");
}

#[test]
fn a_database_is_renamed_with_everything_in_it() {
    for how in ["--frozen", "--online"] {
        let world = World::new(DATABASES);
        world.pair_of_databases();
        let (old, new) = (format!("{}_amazon", world.db), format!("{}_jungle", world.db));
        let (tickets, users) = (world.rows(&old, "tickets"), world.rows(&old, "users"));
        let (options, indexes) = (world.catalog_of(&old), world.indexes_of(&old, "tickets"));
        let planned = world.run(&["org", "rename", "amazon", "Jungle", how, "--dry-run", "--json"]).ok().json();
        assert!(planned["data"]["plan"]["estimate"]["pause_seconds"].as_f64().unwrap() > 0.0);
        assert_eq!(world.databases().len(), 3, "a dry run makes nothing");
        let done = world.run(&["org", "rename", "amazon", "Jungle", how, "--confirm", "amazon", "--json"]).ok().json();
        assert_eq!(done["data"]["rename"]["how"], if how == "--online" { "copied online" } else { "copied" });
        assert_eq!(world.rows(&new, "tickets"), tickets);
        let renamed: Vec<Document> = users
            .into_iter()
            .map(|mut user| {
                user.insert("tenantName", "Jungle");
                user
            })
            .collect();
        assert_eq!(world.rows(&new, "users"), renamed);
        assert_eq!(world.indexes_of(&new, "tickets"), indexes, "{how}");
        let shapes = |catalog: &[Document]| -> Vec<(String, Document)> {
            let named = catalog.iter().filter(|entry| !entry.get_str("name").unwrap().starts_with("fb_"));
            named.map(|e| (e.get_str("name").unwrap().to_owned(), e.get_document("options").unwrap().clone())).collect()
        };
        assert_eq!(shapes(&world.catalog_of(&new)), shapes(&options), "{how}: validators, collations, views");
        let org = world.one("organizations", doc! { "_id": oid(0, 1) });
        assert_eq!(org.get_str("database_name").unwrap(), new);
        assert_eq!(org.get_document("plan").unwrap(), &doc! { "seats": 5 });
        // The old names fail loudly, and say where to go.
        let said = world.reading(&old, "tickets");
        assert!(said.contains("moved to database") && said.contains(&new), "{said}");
        let late = world.client.database(&old).collection::<Document>("tickets");
        assert!(world.wait(late.insert_one(doc! { "title": "late" }).into_future()).is_err());
        assert!(!world.catalog_of(&new).iter().any(|entry| entry.get_str("name").unwrap().starts_with("fb_")));
        // And back, over its own old side.
        world.run(&["org", "rename", "Jungle", "amazon", how, "--confirm", "Jungle", "--json"]).ok();
        assert_eq!(world.rows(&old, "tickets"), tickets);
        // When the time is over nothing is left of the other name.
        world.let_time_pass();
        world.run(&["op", "gc", "--json"]).ok();
        let names: Vec<String> =
            world.catalog_of(&old).iter().map(|entry| entry.get_str("name").unwrap().to_owned()).collect();
        assert_eq!(names, ["open_tickets", "tickets", "users"], "{how}");
        assert!(!world.databases().contains(&new), "{how}: {:?}", world.databases());
    }
}

#[test]
fn a_database_is_deleted_restored_and_purged() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    let store = format!("{}_amazon", world.db);
    let (tickets, neighbour) =
        (world.rows(&store, "tickets"), world.rows(&format!("{}_amazon-global", world.db), "tickets"));
    world.run(&["org", "rename", "amazon", "Jungle", "--confirm", "amazon", "--json"]).ok();
    world.run(&["org", "rename", "Jungle", "amazon", "--confirm", "Jungle", "--json"]).ok();
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    assert!(world.reading(&store, "users").contains("organization amazon was deleted on"));
    assert_eq!(world.run(&["org", "list", "-o", "name"]).ok().stdout, "amazon global\n");
    password(&world);
    let create = ["org", "create", "Amazon", "--admin-email", "b@x.com", "--password-file", "pw", "--json"];
    world.run(&create).fails(5, "E0301");
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!(world.rows(&store, "tickets"), tickets);
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    world.run(&["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon", "--json"]).ok();
    let left: Vec<Document> =
        world.catalog_of(&store).into_iter().filter(|entry| entry.get_str("name").unwrap() != "open_tickets").collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.rows(&format!("{}_amazon-global", world.db), "tickets"), neighbour);
    assert_eq!(world.count("organizations"), 1);
    assert_eq!(world.find("flowbit_names", doc! { "org": oid(0, 1) }), Vec::<Document>::new());
}

#[test]
fn tenants_that_are_no_documents() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    password(&world);
    assert_eq!(world.run(&["org", "list", "-o", "name"]).ok().stdout, "amazon\namazon global\n");
    let create = ["org", "create", "Fresh Fruit", "--admin-email", "A@f.com", "--password-file", "pw", "--json"];
    world.run(&create).ok();
    let user = world.one("users", doc! { "email": "a@f.com" });
    assert_eq!(user.get_str("customerId").unwrap(), "Fresh Fruit");
    assert!(std::fs::read_to_string(world.path("registry.json")).unwrap().contains("\"Fresh Fruit\": {"));
    assert_eq!(world.run(&["org", "list", "-o", "name"]).ok().stdout, "Fresh Fruit\namazon\namazon global\n");
    // A key that documents carry is somebody's, whoever that is.
    world.insert("tickets", vec![doc! { "title": "t", "customerId": "ghost" }]);
    let ghost = ["org", "create", "ghost", "--admin-email", "g@f.com", "--password-file", "pw", "--json"];
    assert_eq!(world.run(&ghost).status, 5);
    world.run(&["org", "rename", "amazon", "ghost", "--confirm", "amazon", "--json"]).fails(5, "E0301");
    let shown = world.run(&["org", "show", "amazon", "--json"]).ok().json();
    assert_eq!(shown["data"]["total"]["documents"], 25);
    assert_eq!(shown["data"]["admins"][0], "u0@amazon.com");
}

#[test]
fn a_key_is_renamed_wherever_it_is() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    // Documents that look alike and are not the tenant's.
    let others = vec![
        doc! { "_id": 1, "title": "several", "customerId": ["amazon", "amazon global"] },
        doc! { "_id": 2, "title": "cased", "customerId": "Amazon" },
        doc! { "_id": 3, "title": "padded", "customerId": "amazon " },
        doc! { "_id": 4, "title": "none", "customerId": Bson::Null },
    ];
    world.insert("tickets", others.clone());
    let before = world.find("tickets", doc! { "tenantSlug": "amazon-global" });
    world.run(&["org", "rename", "amazon", "Jungle Inc", "--confirm", "amazon", "--json"]).ok();
    let mine = world.find("tickets", doc! { "customerId": "Jungle Inc" });
    assert_eq!(mine.len(), 20);
    let order: Vec<&str> = mine[0].keys().map(String::as_str).collect();
    assert_eq!(order, ["_id", "title", "customerId", "tenantSlug", "status", "userId"], "fields stay in their order");
    assert!(mine.iter().all(|t| t.get_str("tenantSlug").unwrap() == "jungle-inc"));
    assert_eq!(world.find("products", doc! { "tenant": "Jungle Inc" }).len(), 5);
    assert_eq!(world.find("users", doc! { "customerId": "Jungle Inc" }).len(), 3);
    assert_eq!(world.find("tickets", doc! { "_id": { "$lt": 5 } }), others);
    assert_eq!(world.find("tickets", doc! { "tenantSlug": "amazon-global" }), before);
    assert!(std::fs::read_to_string(world.path("registry.json")).unwrap().contains("\"Jungle Inc\": {"));
    let entry = world.one("audit_logs", doc! { "action": "org.renamed" });
    assert_eq!(entry.get_str("customerId").unwrap(), "Jungle Inc");
    // A change of case only is one as well (B4).
    world.run(&["org", "rename", "Jungle Inc", "JUNGLE Inc", "--confirm", "Jungle Inc", "--json"]).ok();
    assert_eq!(world.find("tickets", doc! { "customerId": "JUNGLE Inc" }).len(), 20);
}

#[test]
fn a_document_that_would_grow_too_large_is_found_before_anything_changes() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    let frame = bson::serialize_to_vec(&doc! { "_id": 7, "title": "", "customerId": "amazon" }).unwrap().len();
    let title = "x".repeat(16 * 1024 * 1024 - frame);
    world.insert("tickets", vec![doc! { "_id": 7, "title": title, "customerId": "amazon" }]);
    let error =
        world.run(&["org", "rename", "amazon", "amazon-longer", "--confirm", "amazon", "--json"]).fails(5, "E0309");
    assert!(error.stderr.contains("tickets"), "{error:?}");
    assert_eq!(world.find("flowbit_ops", doc! {}).len(), 0);
    // In a database of its own such a document is copied like any other.
    let world = World::new(DATABASES);
    world.pair_of_databases();
    let frame = bson::serialize_to_vec(&doc! { "_id": 7, "title": "" }).unwrap().len();
    let large = doc! { "_id": 7, "title": "x".repeat(16 * 1024 * 1024 - frame) };
    world.wait(world.tenant("amazon").collection::<Document>("users").insert_one(large).into_future()).unwrap();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    assert_eq!(world.rows(&format!("{}_jungle", world.db), "users").len(), 4);
}

#[test]
fn a_key_is_deleted_restored_and_purged() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    let (tickets, users) = (world.find("tickets", doc! {}), world.find("users", doc! {}));
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    assert_eq!(world.find("tickets", doc! { "customerId": "amazon" }).len(), 0, "old tokens find nothing");
    assert_eq!(world.find("users", doc! { "customerId": "amazon", "isActive": true }).len(), 0);
    assert_eq!(world.run(&["org", "list", "-o", "name"]).ok().stdout, "amazon global\n");
    let late = world.collection("tickets");
    assert!(world.wait(late.insert_one(doc! { "title": "x", "customerId": "amazon" }).into_future()).is_err());
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!((world.find("tickets", doc! {}), world.find("users", doc! {})), (tickets, users));
    world.wait(late.insert_one(doc! { "_id": 1, "title": "x", "customerId": "amazon" }).into_future()).unwrap();
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    world.run(&["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon", "--json"]).ok();
    assert_eq!((world.count("tickets"), world.count("products"), world.count("users")), (20, 5, 3));
    assert_eq!(world.count("flowbit_fences"), 0);
    assert_eq!(world.find("audit_logs", doc! { "customerId": "amazon" }).len(), 4, "the trail stays");
    for entry in world.catalog() {
        let validator = entry.get_document("options").unwrap().get_document("validator").cloned().unwrap_or_default();
        assert!(!validator.to_string().contains("flowbit"), "{entry:?}");
    }
}

/// A tenant that can be restored keeps its key, whatever gc clears away; and two tenants never become one.
#[test]
fn a_deleted_key_is_nobody_elses() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    world.let_time_pass();
    world.run(&["op", "gc", "--json"]).ok();
    let (tickets, users) = (world.collection("tickets"), world.collection("users"));
    let ticket = doc! { "_id": 1, "title": "x", "customerId": "amazon" };
    assert!(world.wait(tickets.insert_one(ticket.clone()).into_future()).is_err());
    let user = doc! { "_id": 1, "email": "new@amazon.com", "customerId": "amazon" };
    assert!(world.wait(users.insert_one(user).into_future()).is_err(), "nobody registers under it either");
    // Past every fence, somebody did.
    world.command_on(doc! { "insert": "tickets", "documents": [ticket], "bypassDocumentValidation": true });
    world.run(&["org", "restore", "amazon", "--json"]).fails(5, "E0302");
    world.wait(tickets.delete_one(doc! { "_id": 1 }).into_future()).unwrap();
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!(world.find("tickets", doc! { "customerId": "amazon" }).len(), 20);
    assert_eq!(world.count("flowbit_fences"), 0);
}

/// A tenant may call its own collections what it likes.
#[test]
fn collections_that_look_like_ours_are_the_tenants() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    world.wait(world.tenant("amazon").collection("fb_leads").insert_one(doc! { "_id": 1 }).into_future()).unwrap();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    assert_eq!(world.rows(&format!("{}_jungle", world.db), "fb_leads").len(), 1);
}

/// Where the key is the organization's identifier, a rename moves nothing at all.
#[test]
fn an_identifier_as_key_stays_when_the_name_changes() {
    let preset = flowbit::config::preset_text("inventory").unwrap().replace("memory = 65536", "memory = 64");
    let world = World::new(&preset);
    password(&world);
    let words = ["org", "create", "Acme", "--admin-email", "a@acme.com", "--password-file", "pw", "--json"];
    let made = world.run(&words).ok().json();
    let id = made["data"]["org"]["id"].as_str().unwrap().to_owned();
    let (org, user) = (world.one("organizations", doc! {}), world.one("users", doc! {}));
    assert!(bson::Uuid::parse_str(&id).is_ok() && org.get_str("id").unwrap() == id);
    assert!(matches!(org.get("_id"), Some(Bson::ObjectId(_))));
    assert_eq!(user.get_str("org_id").unwrap(), id);
    assert!(user.get_str("hashed_password").unwrap().starts_with("$argon2id$v=19$m=64,t=3,p=4$"));
    assert_eq!(user.get_str("role").unwrap(), "ADMIN");
    world.insert("products", vec![doc! { "org_id": &id, "sku": "1" }, doc! { "org_id": "other", "sku": "1" }]);
    let before = (world.find("products", doc! {}), world.find("users", doc! {}));
    world.run(&["org", "rename", "Acme", "Acme Global", "--confirm", "Acme", "--json"]).ok();
    assert_eq!((world.find("products", doc! {}), world.find("users", doc! {})), before);
    let org = world.one("organizations", doc! {});
    assert_eq!((org.get_str("name").unwrap(), org.get_str("subdomain").unwrap()), ("Acme Global", "acme-global"));
    world.run(&["org", "delete", "Acme Global", "--confirm", "Acme Global", "--json"]).ok();
    assert_eq!(world.find("products", doc! { "org_id": &id }).len(), 0);
    assert_eq!(world.count("organizations"), 0, "without a field for its state the record is kept elsewhere");
    world.run(&["org", "restore", "Acme Global", "--json"]).ok();
    assert_eq!((world.find("products", doc! {}), world.find("users", doc! {})), before);
    // The same e-mail is another account in another organization here.
    let other = ["org", "create", "Bolt", "--admin-email", "a@acme.com", "--password-file", "pw", "--json"];
    world.run(&other).ok();
}

/// MongoDB keeps rights by name of database: they follow, and nobody keeps any on a name that is free again.
#[test]
fn rights_follow_a_database() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    let (old, new) = (format!("{}_amazon", world.db), format!("{}_jungle", world.db));
    let user = format!("reader_{}", world.db);
    let privilege = doc! { "resource": { "db": &old, "collection": "tickets" }, "actions": ["find"] };
    let roles = vec![
        doc! { "role": "readWrite", "db": &old },
        doc! { "role": "own", "db": &old },
        doc! { "role": "read", "db": &world.db },
    ];
    let run =
        |db: &str, command: Document| world.wait(world.client.database(db).run_command(command).into_future()).unwrap();
    run(&old, doc! { "createRole": "own", "privileges": [privilege], "roles": [] });
    run("admin", doc! { "createUser": &user, "pwd": "x", "roles": roles });
    let rights = || -> Vec<(String, String)> {
        let reply = run("admin", doc! { "usersInfo": &user });
        let roles = reply.get_array("users").unwrap()[0].as_document().unwrap().get_array("roles").unwrap().clone();
        let mut rights: Vec<_> = roles
            .iter()
            .map(|role| role.as_document().unwrap())
            .map(|role| (role.get_str("db").unwrap().to_owned(), role.get_str("role").unwrap().to_owned()))
            .collect();
        rights.sort();
        rights
    };
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    let pair = |db: &str, role: &str| (db.to_owned(), role.to_owned());
    assert!(rights().contains(&pair(&new, "readWrite")) && rights().contains(&pair(&new, "own")), "{:?}", rights());
    let own = run(&new, doc! { "rolesInfo": "own", "showPrivileges": true });
    assert!(own.to_string().contains(&format!("\"db\": \"{new}\", \"collection\": \"tickets\"")), "{own}");
    world.let_time_pass();
    world.run(&["op", "gc", "--json"]).ok();
    assert_eq!(rights(), [pair(&world.db, "read"), pair(&new, "own"), pair(&new, "readWrite")]);
    run("admin", doc! { "dropUser": &user });
    run(&new, doc! { "dropRole": "own" });
}

/// Without transactions nobody could say after a crash which documents have which key.
#[test]
fn a_standalone_rewrites_no_keys() {
    let (port, holder) = crate::servers::start_mongod(None);
    let world = World::on(port, SHARED);
    world.pair_of_keys();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).fails(8, "E0804");
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--exclusive", "--json"]).ok();
    assert_eq!(world.find("tickets", doc! { "customerId": "jungle" }).len(), 20);
    drop(world);
    // A database is copied there too, with writers shut out: following them needs a log of changes.
    let world = World::on(port, DATABASES);
    world.pair_of_databases();
    let done =
        world.run(&["org", "rename", "amazon", "jungle", "--online", "--confirm", "amazon", "--json"]).ok().json();
    assert_eq!(done["data"]["rename"]["how"], "copied");
    assert_eq!(world.rows(&format!("{}_jungle", world.db), "tickets").len(), 20);
    drop(world);
    drop(holder);
}
