//! The look through a trail: each fault planted once is found once and nothing else is; what only looks like one is none.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde_json::Value;

use crate::world::{DATABASES, PAIR, SHARED, World};

/// What a test does to an entry.
type Change = Box<dyn Fn(&mut Document)>;

/// When the trails of these tests begin: a while ago, so that nothing is to come.
const BEGAN: i64 = 1_760_000_000_000;

/// What a backend with shared collections writes, beside what flowbit does.
fn shared() -> String {
    SHARED
        .replace("[[keyed]]\ncollection = \"audit_logs\"\nkey = \"customerId\"\nfields = { customerId = \"{name}\" }\n", "")
        .replace(
            "[audit]\ncollection = \"audit_logs\"\n[audit.fields]\naction = \"{action}\"\nuserId = \"{actor}\"\ncustomerId = \"{name}\"\ntimestamp = \"{now}\"\n",
            "[audit]\ncollection = \"auditlogs\"\nactor = \"userId\"\ntarget = [\"resourceId\"]\ntarget_kind = \"resourceType\"\npersonal = [\"ipAddress\", \"userAgent\"]\n[audit.fields]\naction = \"{action}\"\nactor = \"{actor}\"\ncustomerId = \"{name}\"\ncreatedAt = \"{now}\"\n",
        )
        .replace("[registry]", "[tickets]\ncollection = \"tickets\"\ntitle = \"title\"\n[registry]")
}

fn with_tickets(description: &str) -> String {
    description
        .replace(
            "[audit]\ncollection = \"audit_logs\"\n",
            "[audit]\ncollection = \"audit_logs\"\ntarget = [\"ticketId\"]\n",
        )
        .replace("[registry]", "[tickets]\ncollection = \"tickets\"\ntitle = \"title\"\n[registry]")
}

/// A platform with two tenants, each with two accounts, twenty tickets, and a trail of sixty entries without fault.
struct Trail {
    world: World,
    layout: &'static str,
    collection: &'static str,
    /// By tenant.
    tenants: [Bson; 2],
    accounts: [[ObjectId; 2]; 2],
    tickets: [Vec<ObjectId>; 2],
}

fn layouts() -> Vec<Trail> {
    vec![
        Trail::new("shared", &shared()),
        Trail::new("collections", &with_tickets(PAIR)),
        Trail::new("databases", &with_tickets(DATABASES)),
    ]
}

fn id_at(at: i64, n: u32) -> ObjectId {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&u32::try_from(at / 1000).unwrap().to_be_bytes());
    bytes[4] = 7;
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

impl Trail {
    fn new(layout: &'static str, description: &str) -> Self {
        let world = World::new(description);
        std::fs::write(world.path("registry.json"), "{}").unwrap();
        let ids = |t: u32| [id_at(BEGAN - 9_000_000, 10 * t + 1), id_at(BEGAN - 9_000_000, 10 * t + 2)];
        let tickets = |t: u32| (0..20).map(|n| id_at(BEGAN - 8_000_000, 1000 * t + n)).collect::<Vec<_>>();
        let mut trail = Self {
            layout,
            collection: if layout == "shared" { "auditlogs" } else { "audit_logs" },
            tenants: [Bson::Null, Bson::Null],
            accounts: [ids(1), ids(2)],
            tickets: [tickets(1), tickets(2)],
            world,
        };
        for (t, name) in ["alpha", "beta"].into_iter().enumerate() {
            trail.found(t, name);
        }
        for n in 0..60 {
            let entry = trail.clean(n);
            trail.world.insert(trail.collection, vec![entry]);
        }
        let tenant = if layout == "databases" { "tenant" } else { "customerId" };
        let keys = doc! { "key": { tenant: 1, trail.time(): -1 }, "name": "whose" };
        trail.world.command_on(doc! { "createIndexes": trail.collection, "indexes": [keys] });
        trail
    }

    fn time(&self) -> &'static str {
        if self.layout == "shared" { "createdAt" } else { "timestamp" }
    }

    fn tenant_path(&self) -> &'static str {
        if self.layout == "databases" { "tenant" } else { "customerId" }
    }

    fn actor_path(&self) -> &'static str {
        if self.layout == "databases" { "actor" } else { "userId" }
    }

    fn target_path(&self) -> &'static str {
        if self.layout == "shared" { "resourceId" } else { "ticketId" }
    }

    fn found(&mut self, t: usize, name: &str) {
        let world = &self.world;
        let id = id_at(BEGAN - 9_000_000, 500 + u32::try_from(t).unwrap());
        let email = |u: usize| format!("u{u}@{name}.com");
        let ticket = |id: &ObjectId| doc! { "_id": id, "title": "x", "status": "Open" };
        match self.layout {
            "shared" => {
                let account = |u: usize| doc! { "_id": self.accounts[t][u], "email": email(u), "password": "$2b$04$x", "customerId": name, "role": "User", "isActive": true };
                world.insert("users", vec![account(0), account(1)]);
                let mut all: Vec<Document> = self.tickets[t].iter().map(ticket).collect();
                all.iter_mut().for_each(|ticket| drop(ticket.insert("customerId", name)));
                world.insert("tickets", all);
                self.tenants[t] = name.into();
            }
            "collections" => {
                world.insert("organizations", vec![doc! { "_id": id, "name": name, "slug": name, "status": "active" }]);
                let account = |u: usize| doc! { "_id": self.accounts[t][u], "email": email(u), "password": "$2b$04$x", "customerId": id.to_hex(), "tenantName": name, "role": "User", "isActive": true };
                world.insert("users", vec![account(0), account(1)]);
                world.insert(&format!("org_{name}_tickets"), self.tickets[t].iter().map(ticket).collect());
                self.tenants[t] = id.to_hex().into();
            }
            _ => {
                let database = format!("{}_{name}", world.db);
                world.insert(
                    "organizations",
                    vec![doc! { "_id": id, "name": name, "slug": name, "database_name": &database, "is_active": true }],
                );
                let account = |u: usize| doc! { "_id": self.accounts[t][u], "email": email(u), "password": "$2b$04$x", "tenantName": name, "role": "user" };
                let tenant = world.tenant(name);
                world.wait(async {
                    tenant.collection("users").insert_many([account(0), account(1)]).await.unwrap();
                    tenant.collection("tickets").insert_many(self.tickets[t].iter().map(ticket)).await.unwrap();
                });
                self.tenants[t] = name.into();
            }
        }
    }

    /// The n-th entry: one a minute, of both tenants in turn, by identifiers as texts and as ObjectIds, and by e-mails.
    fn clean(&self, n: u32) -> Document {
        let t = usize::try_from(n % 2).unwrap();
        let at = BEGAN + i64::from(n) * 60_000;
        let account = self.accounts[t][usize::try_from(n / 2 % 2).unwrap()];
        let actor: Bson = match n % 3 {
            0 => account.into(),
            1 => account.to_hex().into(),
            _ => format!("U0@{}.com", ["alpha", "beta"][t]).into(),
        };
        let ticket = self.tickets[t][usize::try_from(n % 20).unwrap()];
        let target: Bson = if n % 4 < 2 { ticket.into() } else { ticket.to_hex().into() };
        let mut entry = doc! {
            "_id": id_at(at, n), "action": "ticket.updated", self.actor_path(): actor, self.tenant_path(): self.tenants[t].clone(),
            self.target_path(): target, self.time(): DateTime::from_millis(at),
            "details": { "title": "x", "tokenId": "abc", "passwordChanged": true },
        };
        if n % 10 == 9 {
            entry.insert("action", "user.login");
            entry.remove(self.target_path());
        }
        if self.layout == "shared" {
            entry.extend(doc! { "resourceType": "ticket", "ipAddress": "127.0.0.1", "userAgent": "x" });
        }
        entry
    }

    /// An entry without fault but for this.
    fn plant(&self, change: impl Fn(&mut Document)) -> ObjectId {
        let mut entry = self.clean(60);
        change(&mut entry);
        let id = entry.get_object_id("_id").unwrap();
        self.world.insert(self.collection, vec![entry]);
        id
    }

    fn look(&self, more: &[&str]) -> Value {
        let all = [&["audit", "doctor", "--json"][..], if more.is_empty() { &["--all"][..] } else { more }].concat();
        let ran = self.world.run(&all);
        let answer = ran.json();
        let errors = answer["data"]["findings"].as_array().unwrap().iter().any(|f| f["severity"] == "error");
        assert_eq!(ran.status, if errors { 6 } else { 0 }, "{ran:?}");
        answer["data"].clone()
    }

    /// Exactly one finding, of this rule, with this example.
    #[track_caller]
    fn finds(&self, rule: &str, id: Option<ObjectId>) -> Value {
        let found = self.look(&[]);
        let findings = found["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{} {rule}: {findings:#?}", self.layout);
        assert_eq!(findings[0]["rule"], rule, "{} {findings:#?}", self.layout);
        if let Some(id) = id {
            assert_eq!(findings[0]["examples"], serde_json::json!([id.to_hex()]), "{} {findings:#?}", self.layout);
            assert_eq!(findings[0]["count"], 1);
        }
        findings[0].clone()
    }

    fn forget(&self, id: ObjectId) {
        let trail = self.world.collection(self.collection);
        self.world.wait(trail.delete_one(doc! { "_id": id }).into_future()).unwrap();
    }
}

#[test]
fn a_trail_without_fault_has_none() {
    for trail in layouts() {
        let found = trail.look(&[]);
        assert_eq!((&found["findings"], &found["entries"]), (&serde_json::json!([]), &60.into()), "{}", trail.layout);
        let left: Vec<&Value> =
            found["checks"].as_array().unwrap().iter().filter(|check| check["state"] != "ok").collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0]["rule"], "A11", "too few entries to tell what is usual");
        assert_eq!(trail.look(&["--org", "alpha"])["entries"], 30);
    }
}

#[test]
fn every_fault_of_an_entry_is_found_once() {
    for trail in layouts() {
        let (tenant, actor, target, time) =
            (trail.tenant_path(), trail.actor_path(), trail.target_path(), trail.time());
        let set = |path: &'static str, value: Bson| move |entry: &mut Document| drop(entry.insert(path, value.clone()));
        let hash = format!("$2b$12${}", "a".repeat(53));
        let later = DateTime::from_millis(DateTime::now().timestamp_millis() + 86_400_000);
        let plants: Vec<(&str, Change)> = vec![
            ("A02", Box::new(move |entry| drop(entry.remove(tenant)))),
            ("A02", Box::new(set(tenant, "".into()))),
            ("A03", Box::new(set(tenant, ObjectId::from_bytes([3; 12]).into()))),
            ("A03", Box::new(set(tenant, Bson::Int32(7)))),
            ("A04", Box::new(set(tenant, "nobody".into()))),
            ("A05", Box::new(set(actor, Bson::Null))),
            ("A06", Box::new(set(actor, ObjectId::from_bytes([4; 12]).into()))),
            ("A06", Box::new(set(actor, "ghost@nowhere.com".into()))),
            ("A07", Box::new(set("action", Bson::Null))),
            ("A08", Box::new(move |entry| drop(entry.remove(target)))),
            ("A09", Box::new(move |entry| drop(entry.remove(time)))),
            ("A09", Box::new(set(time, "2025-10-09T08:53:20Z".into()))),
            ("A10", Box::new(set(time, DateTime::from_millis(BEGAN - 86_400_000).into()))),
            ("A10", Box::new(set(time, later.into()))),
            ("A12", Box::new(set(target, trail.tickets[1][3].into()))),
            ("A12", Box::new(set(target, trail.tickets[1][3].to_hex().into()))),
            ("A13", Box::new(set(actor, trail.accounts[1][0].to_hex().into()))),
            ("A13", Box::new(set(actor, "u1@beta.com".into()))),
            ("A14", Box::new(set("details", doc! { "newPassword": "hunter2" }.into()))),
            ("A14", Box::new(set("details", doc! { "changes": [{ "x": &hash }] }.into()))),
            ("A15", Box::new(set("details", doc! { "body": { "title": "x" } }.into()))),
        ];
        for (rule, change) in plants {
            let id = trail.plant(&change);
            let found = trail.finds(rule, Some(id));
            assert!(!found.to_string().contains("hunter2") && !found.to_string().contains(&hash), "{found}");
            assert!(!found["repair"].as_str().unwrap().is_empty());
            trail.forget(id);
        }
        assert_eq!(trail.look(&[])["findings"], serde_json::json!([]), "{}", trail.layout);
    }
}

#[test]
fn what_went_across_names_both_tenants_and_is_told_to_either() {
    for trail in layouts() {
        let id = trail.plant(|entry| drop(entry.insert(trail.target_path(), trail.tickets[1][0])));
        let found = trail.finds("A12", Some(id));
        assert_eq!((&found["place"], &found["fault"]), (&"alpha → beta".into(), &"B18".into()));
        for org in ["alpha", "beta"] {
            let found = trail.look(&["--org", org]);
            assert_eq!(found["findings"][0]["rule"], "A12", "{} {org}: {found}", trail.layout);
        }
        let found = trail.look(&["--all", "--since", "2020-01-01", "--until", "2021-01-01"]);
        assert_eq!(found["findings"], serde_json::json!([]));
    }
}

#[test]
fn the_collection_itself_is_looked_at() {
    for trail in layouts() {
        let (world, name) = (&trail.world, trail.collection);
        world.command_on(doc! { "dropIndexes": name, "index": "whose" });
        let found = trail.finds("A16", None);
        let path = format!("\"{}\"", trail.tenant_path());
        assert!(found["repair"].as_str().unwrap().contains(&path), "{found}");
        let keys = doc! { "key": { trail.tenant_path(): 1, trail.time(): -1, "action": 1 }, "name": "whose" };
        world.command_on(doc! { "createIndexes": name, "indexes": [keys] });
        let ttl = doc! { "key": { trail.time(): 1 }, "name": "ttl", "expireAfterSeconds": 2_000_000_000 };
        world.command_on(doc! { "createIndexes": name, "indexes": [ttl] });
        trail.finds("A17", None);
        world.command_on(doc! { "dropIndexes": name, "index": "ttl" });
        world.command_on(doc! { "convertToCapped": name, "size": 1_000_000 });
        let keys = doc! { "key": { trail.tenant_path(): 1, trail.time(): -1 }, "name": "whose" };
        world.command_on(doc! { "createIndexes": name, "indexes": [keys] });
        trail.finds("A18", None);
    }
}

#[test]
fn a_long_silence_is_found() {
    for trail in layouts() {
        let later = |n: u32, days: i64| {
            let at = BEGAN + i64::from(n) * 60_000 + days * 86_400_000;
            let mut entry = trail.clean(n);
            entry.extend(doc! { "_id": id_at(at, n), trail.time(): DateTime::from_millis(at) });
            entry
        };
        trail.world.insert(trail.collection, (60..120).map(|n| later(n, 0)).collect());
        assert_eq!(trail.look(&[])["findings"], serde_json::json!([]), "{}", trail.layout);
        trail.world.insert(trail.collection, (120..180).map(|n| later(n, 9)).collect());
        let found = trail.finds("A11", None);
        assert_eq!(found["count"], 1);
        assert!(found["evidence"].as_str().unwrap().contains("9 days"), "{found}");
    }
}

/// Renamed, deleted, purged; accounts changed and deleted; flowbit's own entries: all of it is as it should be.
#[test]
fn what_became_of_tenants_and_accounts_is_known() {
    for trail in layouts() {
        let world = &trail.world;
        world.run(&["org", "rename", "alpha", "alpha prime", "--confirm", "alpha"]).ok();
        world
            .run(&["user", "delete", "u1@alpha.com", "--org", "alpha prime", "--confirm", "u1@alpha.com", "--force"])
            .ok();
        world.run(&["op", "gc"]).ok();
        let create = ["org", "create", "gamma", "--admin-email", "g@gamma.com"];
        world.run(&create).ok();
        world.run(&["screen", "set", "gamma", "--name", "Tickets", "--url", "/t"]).ok();
        world.run(&["org", "delete", "beta", "--confirm", "beta"]).ok();
        assert_eq!(trail.look(&[])["findings"], serde_json::json!([]), "{}: deleted", trail.layout);
        world.run(&["org", "purge", "beta", "--before-grace-ends", "--confirm", "beta"]).ok();
        assert_eq!(trail.look(&[])["findings"], serde_json::json!([]), "{}: purged", trail.layout);
    }
}

#[test]
fn a_platform_without_a_trail_is_told_so() {
    let world = World::new(&crate::world::s4());
    let create = ["org", "create", "acme", "--admin-email", "a@acme.com"];
    world.run(&create).ok();
    let ran = world.run(&["audit", "doctor", "--all", "--json"]).ok();
    let found = ran.json()["data"].clone();
    assert_eq!((&found["trail"], &found["entries"]), (&"flowbit_audit".into(), &1.into()));
    let findings = found["findings"].as_array().unwrap();
    assert_eq!((findings.len(), &findings[0]["rule"], &findings[0]["fault"]), (1, &"A01".into(), &"B22".into()));
    let ran = world.run(&["audit", "doctor", "--all", "--fail-on", "warning"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(ran.stdout.contains("flowbit_audit"), "{ran:?}");
}

#[test]
fn the_native_trail_names_organizations_by_text() {
    let world = World::new(&flowbit::config::preset_text("flowbit").unwrap().replace("cost = 12", "cost = 4"));
    world.run(&["org", "create", "acme", "--admin-email", "a@acme.com"]).ok();
    world.run(&["user", "create", "b@acme.com", "--org", "acme", "--role", "User"]).ok();
    let org = world.one("organizations", doc! {}).get_object_id("_id").unwrap();
    let user = world.one("users", doc! { "email": "b@acme.com" }).get_object_id("_id").unwrap();
    let at = DateTime::now();
    let entry = |tenant: Bson| doc! { "_id": ObjectId::new(), "action": "ticket.created", "userId": user.to_hex(), "customerId": tenant, "ticketId": ObjectId::new(), "timestamp": at };
    world.insert("audit_logs", vec![entry(org.to_hex().into())]);
    let rules = |world: &World| {
        let found = world.run(&["audit", "doctor", "--all", "--json"]).json();
        found["data"]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["rule"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(&world), Vec::<String>::new());
    world.insert("audit_logs", vec![entry(org.into())]);
    assert_eq!(rules(&world), ["A03"], "an ObjectId is not the text of its digits");
}

#[test]
fn through_a_support_profile_the_look_is_itself_an_entry() {
    let trail = Trail::new("shared", &shared());
    let world = &trail.world;
    std::fs::create_dir_all(world.path(".config/flowbit")).unwrap();
    let profile = format!("[profiles.help]\nuri = \"{}\"\nsupport = true\n", world.uri());
    std::fs::write(world.path(".config/flowbit/config.toml"), profile).unwrap();
    let look = |more: &[&str]| {
        let words = [&["--profile", "help", "audit", "doctor", "--org", "alpha", "--json"][..], more].concat();
        crate::world::Ran::from(world.command(&words).env_remove("FLOWBIT_URI").output().unwrap())
    };
    look(&[]).fails(10, "E1007");
    look(&["--reason", "asked"]).ok();
    let entry = world.one("auditlogs", doc! { "action": "audit.read" });
    assert_eq!(entry.get_str("customerId").unwrap(), "alpha");
}
