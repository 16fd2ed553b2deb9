//! Accounts of organizations and of the platform's owners: the binary is run, then the database is asked.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use bson::{Bson, Document, doc};

use crate::world::{DATABASES, PAIR, Ran, SHARED, World, oid, s4};

pub const PASSWORD: &str = "correct horse battery";

/// Everything that a platform may have: owners, tokens, roles, second copies, fields to set, references.
pub fn rich() -> String {
    let more = r#"
[[account.copies]]
collection = "members"
[account.copies.fields]
userRef = "{account.id:string}"
mail = "{email}"
role = "{role}"
password = "{hash}"
isActive = true
nickname = "{email.local}"
[core]
collection = "owners"
state = { field = "isActive", active = true, inactive = false }
lower_case_email = true
admin_role = "Owner"
hash = { scheme = "bcrypt", cost = 4, prefix = "2a" }
indexes = [{ keys = { email = 1 }, unique = true }]
[core.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
role = "{role}"
isActive = true
createdAt = "{now}"
[[reference]]
collection = "tickets"
field = "createdBy"
to = "users._id"
[token]
algorithm = "HS256"
secret_env = "JWT_SECRET"
expires = 900
trusted = true
claims = { userId = "{account.id:string}", customerId = "{org.id:string}", role = "{role}" }
[store]
"#;
    PAIR.replace("\n[store]\n", more)
        .replace("{ name = \"tickets\"", "{ name = \"members\" }, { name = \"tickets\"")
        .replace("admin_role = \"Admin\"", "admin_role = \"Admin\"\nroles = [\"Admin\", \"Manager\", \"User\"]\ntouch = \"updatedAt\"")
        .replace(
            "tenantName = \"{name}\"",
            "tenantName = \"{name}\"\nnickname = \"{email.local}\"\nbeta = false\nlogins = 0\ncreatedAt = \"{now}\"\nupdatedAt = \"{now}\"",
        )
}

/// The only account of an organization inside its record.
pub const EMBEDDED: &str = r#"
version = 1
platform = "embedded"
layout = "collection"
master_database = "embedded"
[naming]
name = ["trim"]
slug = ["lower", { replace = { chars = "^a-z0-9", with = "-" } }]
[organization]
collection = "organizations"
touch = "updated_at"
[organization.fields]
_id = "{org.id}"
name = "{name}"
updated_at = "{now}"
[account]
place = "organization"
collection = "organizations"
lower_case_email = true
admin_role = "admin"
hash = { scheme = "bcrypt", cost = 4 }
[account.fields]
admin_email = "{email}"
"admin.password_hash" = "{hash}"
[store]
collection = "org_{slug}"
"#;

impl World {
    /// A command on an account, as JSON.
    pub fn user(&self, verb: &str, words: &[&str]) -> Ran {
        self.run(&[&["user", verb], words, &["--json"]].concat())
    }

    /// A platform with one organization, `acme`, whose administrator is `admin@acme.com`.
    pub fn with_acme(platform: &str) -> Self {
        let world = World::new(platform);
        std::fs::write(world.path("pw"), format!("{PASSWORD}\n")).unwrap();
        world.found("acme", "admin@acme.com");
        world
    }

    pub fn found(&self, name: &str, email: &str) {
        self.run(&["org", "create", name, "--admin-email", email, "--password-file", "pw", "--json"]).ok();
    }

    pub fn add(&self, email: &str, role: &str) -> serde_json::Value {
        self.user("create", &[email, "--org", "acme", "--role", role, "--password-file", "pw"]).ok().json()
    }

    /// Writes a file that only its owner can read.
    pub fn private(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs with this on standard input.
    pub fn typed(&self, words: &[&str], text: &str) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    }

    /// No hash and no password stands in the journal, the audit trail, or what lies ready for operations.
    pub fn assert_no_secrets(&self, outputs: &[&Ran]) {
        for name in ["flowbit_ops", "audit_logs", "flowbit_audit", "flowbit_held", "flowbit_revoked", "flowbit_tokens"]
        {
            let text = format!("{:?}", self.find(name, doc! {}));
            assert!(
                !text.contains("$2b$04$") && !text.contains("$2a$04$") && !text.contains(PASSWORD),
                "{name}: {text}"
            );
        }
        for ran in outputs {
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!text.contains("$2b$04$") && !text.contains("$2a$04$") && !text.contains(PASSWORD), "{ran:?}");
        }
    }

    pub fn actions(&self) -> Vec<String> {
        let mut entries = self.find("audit_logs", doc! { "action": { "$regex": "^user" } });
        entries.sort_by_key(|entry| *entry.get_datetime("timestamp").unwrap());
        entries.iter().map(|entry| entry.get_str("action").unwrap().to_owned()).collect()
    }
}

pub fn verifies(account: &Document, path: &str, password: &str) -> bool {
    bcrypt::verify(password, account.get_str(path).unwrap()).unwrap()
}

#[test]
fn an_account_is_made_with_its_copy_and_can_log_in() {
    let world = World::with_acme(&rich());
    world.found("globex", "admin@globex.com");
    let before = world.count("users");
    let create = [
        "user",
        "create",
        "Ana@Acme.com",
        "--org",
        "acme",
        "--role",
        "User",
        "--set",
        "nickname=Ana",
        "--set",
        "beta=true",
        "--set",
        "logins=7",
    ];
    let dry = world.run(&[&create[..], &["--dry-run", "--json"]].concat()).ok().json();
    assert_eq!((&dry["changed"], &dry["data"]["plan"]["email"]), (&false.into(), &"ana@acme.com".into()));
    assert_eq!(world.count("users"), before);
    let made = world.typed(&[&create[..], &["--password-stdin", "--json"]].concat(), &format!("{PASSWORD}\n")).ok();
    assert_eq!(made.json()["data"]["user"]["organization"], "acme");
    let user = world.one("users", doc! { "email": "ana@acme.com" });
    let acme = world.one("organizations", doc! { "name": "acme" });
    assert_eq!(user.get_str("customerId").unwrap(), acme.get_object_id("_id").unwrap().to_hex());
    assert!(verifies(&user, "password", PASSWORD) && user.get_str("password").unwrap().starts_with("$2b$04$"));
    assert_eq!((user.get_str("role").unwrap(), user.get_bool("isActive").unwrap()), ("User", true));
    assert_eq!(
        (user.get_str("nickname").unwrap(), user.get_bool("beta").unwrap(), user.get_i32("logins").unwrap()),
        ("Ana", true, 7)
    );
    let copy = world.one("org_acme_members", doc! { "mail": "ana@acme.com" });
    assert_eq!(copy.get_str("userRef").unwrap(), user.get_object_id("_id").unwrap().to_hex());
    assert_eq!((copy.get("password"), copy.get_str("nickname").unwrap()), (user.get("password"), "Ana"));
    assert_eq!(world.actions(), ["user.created"]);
    let entry = world.one("audit_logs", doc! { "action": "user.created" });
    assert_eq!(
        (entry.get_str("userId").unwrap(), entry.get_document("details").unwrap().get_str("role").unwrap()),
        ("tester", "User")
    );

    let shown = world.user("show", &["ANA@acme.com", "--org", "acme"]).ok();
    let data = &shown.json()["data"];
    assert_eq!(
        (&data["hash"]["scheme"], &data["hash"]["prefix"], &data["hash"]["cost"]),
        (&"bcrypt".into(), &"$2b$".into(), &4.into())
    );
    assert_eq!(
        (&data["fields"]["nickname"], &data["state"], &data["admin"]),
        (&"Ana".into(), &"active".into(), &false.into())
    );
    let table = world.run(&["user", "show", "ana@acme.com", "--org", "acme"]).ok();
    assert!(table.stdout.contains("bcrypt $2b$ cost 4"), "{table:?}");
    let list = world.run(&["user", "list", "--org", "acme", "-o", "name"]).ok();
    assert_eq!(list.stdout, "admin@acme.com\nana@acme.com\n");
    let all = world.run(&["user", "list", "--all", "-o", "csv"]).ok();
    assert!(
        all.stdout.starts_with("organization,email,role,state,created\nacme,admin@acme.com,Admin,active,"),
        "{all:?}"
    );
    assert!(all.stdout.contains("\nglobex,admin@globex.com,Admin,active,"), "{all:?}");
    assert_eq!(world.count("flowbit_held"), 0);
    world.assert_no_secrets(&[&made, &list, &all]);
}

#[test]
fn a_generated_password_is_in_a_file_of_ones_own_and_works() {
    let world = World::with_acme(&rich());
    let made = world.user("create", &["ana@acme.com", "--org", "acme", "--role", "User"]).ok();
    let file = world.path("ana@acme.com.password");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let first = std::fs::read_to_string(&file).unwrap();
    assert!(verifies(&world.one("users", doc! { "email": "ana@acme.com" }), "password", first.trim()));
    assert!(!made.stdout.contains(first.trim()));
    // Never overwritten, and taken away again where nothing was made.
    world
        .user("create", &["bo@acme.com", "--org", "acme", "--role", "User", "--password-out", "ana@acme.com.password"])
        .fails(2, "E0101");
    world
        .user("create", &["ana@acme.com", "--org", "acme", "--role", "User", "--password-out", "other"])
        .fails(5, "E0313");
    assert!(!world.path("other").exists());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);

    let ran = world.user("reset-password", &["ana@acme.com", "--org", "acme", "--password-out", "new"]).ok();
    let second = std::fs::read_to_string(world.path("new")).unwrap();
    let user = world.one("users", doc! { "email": "ana@acme.com" });
    assert!(verifies(&user, "password", second.trim()) && !verifies(&user, "password", first.trim()));
    let copy = world.one("org_acme_members", doc! { "mail": "ana@acme.com" });
    assert_eq!(copy.get("password"), user.get("password"), "the copy is kept in step");
    assert!(user.get_datetime("updatedAt").unwrap() > user.get_datetime("createdAt").unwrap());
    assert!(ran.json()["warnings"][0].as_str().unwrap().contains("goes on accepting access tokens"), "{ran:?}");
    // Its tokens no longer count.
    let acme = world.one("organizations", doc! {}).get_object_id("_id").unwrap();
    let id = format!("user:{acme}:{}", user.get_object_id("_id").unwrap());
    assert_eq!(world.find("flowbit_revoked", doc! { "_id": id }).len(), 1);
    world.assert_no_secrets(&[&made, &ran]);
}

#[test]
fn bad_input_changes_nothing() {
    let world = World::with_acme(&rich());
    world.found("globex", "admin@globex.com");
    world.add("ana@acme.com", "User");
    let start = world.start();
    let before = world.state(&start);
    let org = ["--org", "acme", "--password-file", "pw"];
    let create = |email: &str, more: &[&str]| world.user("create", &[&[email], &org[..], more].concat());
    for email in ["", "a", "a@b", "a b@c.dd"] {
        create(email, &["--role", "User"]).fails(2, "E0109");
    }
    create("bo@acme.com", &[]).fails(2, "E0101");
    let ran = create("bo@acme.com", &["--role", "user"]).fails(2, "E0128");
    assert_eq!(ran.error()["next"][0], "did you mean \"User\"?");
    for set in [
        "beta",
        "beta=maybe",
        "logins=1.5",
        "email=x@y.zz",
        "password=x",
        "role=Admin",
        "isActive=false",
        "_id=1",
        "nicknam=x",
    ] {
        create("bo@acme.com", &["--role", "User", "--set", set]).fails(2, "E0101");
    }
    for word in [String::new(), "x".repeat(73)] {
        std::fs::write(world.path("bad"), word).unwrap();
        world
            .user("create", &["bo@acme.com", "--org", "acme", "--role", "User", "--password-file", "bad"])
            .fails(2, "E0103");
        world.user("reset-password", &["ana@acme.com", "--org", "acme", "--password-file", "bad"]).fails(2, "E0103");
    }
    world
        .user("create", &["bo@acme.com", "--org", "acme", "--role", "User", "--password-env", "NOT_SET"])
        .fails(2, "E0103");
    // E-mails are unique among tenants, whatever the case of their letters, and without an index.
    create("ANA@acme.com", &["--role", "User"]).fails(5, "E0313");
    let ran = create("Admin@Globex.com", &["--role", "User"]).fails(5, "E0313");
    assert!(ran.error()["message"].as_str().unwrap().contains("globex"), "{ran:?}");
    // Who is meant.
    world.user("create", &["bo@acme.com", "--role", "User"]).fails(2, "E0101");
    world.user("show", &["ana@acme.com", "--org", "acme", "--core"]).fails(2, "E0101");
    world.user("show", &["ana@acme.com", "--org", "nobody"]).fails(3, "E0201");
    let ran = world.user("show", &["anna@acme.com", "--org", "acme"]).fails(3, "E0207");
    assert_eq!(ran.error()["next"][0], "did you mean \"ana@acme.com\"?");
    let ran = world.user("disable", &["admin@globex.com", "--org", "acme"]).fails(3, "E0207");
    assert!(ran.error()["next"][0].as_str().unwrap().contains("--org globex"), "{ran:?}");
    world.user("delete", &["ana@acme.com", "--org", "acme"]).fails(10, "E1001");
    world.user("delete", &["ana@acme.com", "--org", "acme", "--confirm", "acme"]).fails(10, "E1002");
    for verb in ["set-role", "disable", "delete", "reset-password", "create"] {
        let mut words = vec!["bo@acme.com", "--org", "acme", "--dry-run"];
        match verb {
            "set-role" => words = vec!["ana@acme.com", "Manager", "--org", "acme", "--dry-run"],
            "create" => words.extend(["--role", "User"]),
            _ => words[0] = "ana@acme.com",
        }
        assert_eq!(world.user(verb, &words).ok().json()["changed"], false);
    }
    assert_eq!(world.state(&start), before);
    World::new(PAIR).user("list", &["--core"]).fails(2, "E0101");
}

#[test]
fn two_people_cannot_make_one_account_at_once() {
    let world = World::with_acme(&rich());
    world.found("globex", "admin@globex.com");
    let words = ["user", "create", "ana@acme.com", "--role", "User", "--password-file", "pw", "--json", "--org"];
    for (first, second) in [("acme", "acme"), ("acme", "globex")] {
        let (child, gate) = world.held(&[&words[..], &[first]].concat(), "hold@commit:before");
        world.run(&[&words[..], &[second]].concat()).fails(5, "E0303");
        std::fs::remove_file(gate).unwrap();
        Ran::from(child.wait_with_output().unwrap()).ok();
        assert_eq!(world.find("users", doc! { "email": "ana@acme.com" }).len(), 1);
        world.run(&[&words[..], &[second]].concat()).fails(5, "E0313");
        world.user("delete", &["ana@acme.com", "--org", "acme", "--confirm", "ana@acme.com"]).ok();
    }
    // Started together, whoever comes first.
    let spawn = || {
        let mut command = world.command(&[&words[..], &["acme"]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [spawn(), spawn()].map(|child| Ran::from(child.wait_with_output().unwrap()).status);
    assert!(both.contains(&0) && both.contains(&5), "{both:?}");
    assert_eq!(world.find("users", doc! { "email": "ana@acme.com" }).len(), 1);
}

#[test]
fn the_platform_making_the_account_in_the_same_moment_wins() {
    let world = World::with_acme(&rich());
    world.command_on(
        doc! { "createIndexes": "users", "indexes": [{ "key": { "email": 1 }, "name": "email_1", "unique": true }] },
    );
    let words = ["user", "create", "ana@acme.com", "--role", "User", "--org", "acme", "--json"];
    let (child, gate) = world.held(&words, "hold@commit:before");
    world.insert("users", vec![doc! { "_id": oid(9, 1), "email": "ana@acme.com", "role": "User" }]);
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).fails(5, "E0313");
    assert_eq!(world.find("users", doc! { "email": "ana@acme.com" })[0].get_object_id("_id").unwrap(), oid(9, 1));
    assert_eq!(world.count("flowbit_held"), 0);
    assert!(!world.path("ana@acme.com.password").exists(), "a password of nobody");
    assert_eq!(world.open_operation(), None);
    assert_eq!(world.find("org_acme_members", doc! { "mail": "ana@acme.com" }).len(), 0);
}

#[test]
fn roles_and_states_change_with_the_copy_and_take_tokens_back() {
    let world = World::with_acme(&rich());
    world.add("ana@acme.com", "User");
    let user = || world.one("users", doc! { "email": "ana@acme.com" });
    let copy = || world.one("org_acme_members", doc! { "mail": "ana@acme.com" });
    let acme = world.one("organizations", doc! {}).get_object_id("_id").unwrap();
    let entry = doc! { "_id": format!("user:{acme}:{}", user().get_object_id("_id").unwrap()) };
    let id = user().get_object_id("_id").unwrap();
    world.insert(
        "flowbit_tokens",
        vec![doc! { "_id": "t1", "org": acme, "account": id, "revoked": Bson::Null, "expires": bson::DateTime::MAX }],
    );

    let ran = world.user("set-role", &["ana@acme.com", "Manager", "--org", "acme", "--reason", "promoted"]).ok().json();
    assert_eq!(
        (&ran["data"]["user"]["role_before"], &ran["data"]["user"]["role"]),
        (&"User".into(), &"Manager".into())
    );
    assert_eq!(ran["data"]["user"]["tokens_taken_back"], true);
    assert_eq!((user().get_str("role").unwrap(), copy().get_str("role").unwrap()), ("Manager", "Manager"));
    assert_eq!(world.find("flowbit_revoked", entry.clone()).len(), 1);
    assert!(world.one("flowbit_tokens", doc! {}).get_datetime("revoked").is_ok());
    let trail = world.one("audit_logs", doc! { "action": "user.role-changed" });
    let details = trail.get_document("details").unwrap();
    assert_eq!(
        (details.get_document("before").unwrap(), details.get_document("after").unwrap()),
        (&doc! { "role": "User" }, &doc! { "role": "Manager" })
    );
    let operations = world.count("flowbit_ops");
    let same = world.user("set-role", &["ana@acme.com", "Manager", "--org", "acme"]).ok().json();
    assert_eq!(same["changed"], false);
    world.user("set-role", &["ana@acme.com", "Boss", "--org", "acme"]).fails(2, "E0128");
    assert_eq!(world.count("flowbit_ops"), operations, "nothing to do is no operation");

    assert_eq!(world.user("enable", &["ana@acme.com", "--org", "acme"]).ok().json()["changed"], false);
    assert_eq!(world.user("disable", &["ana@acme.com", "--org", "acme"]).ok().json()["changed"], true);
    assert_eq!((user().get_bool("isActive").unwrap(), copy().get_bool("isActive").unwrap()), (false, false));
    assert_eq!(world.user("disable", &["ana@acme.com", "--org", "acme"]).ok().json()["changed"], false);
    assert_eq!(world.user("enable", &["ana@acme.com", "--org", "acme"]).ok().json()["changed"], true);
    assert_eq!((user().get_bool("isActive").unwrap(), copy().get_bool("isActive").unwrap()), (true, true));
    assert_eq!(world.actions(), ["user.created", "user.role-changed", "user.disabled", "user.enabled"]);

    // What points to it is counted, and stays.
    world.insert(
        "org_acme_tickets",
        vec![doc! { "title": "a", "createdBy": id }, doc! { "title": "b", "createdBy": oid(5, 5) }],
    );
    let dry = world.user("delete", &["ana@acme.com", "--org", "acme", "--dry-run"]).ok().json();
    assert_eq!(
        dry["data"]["plan"]["referring"][0],
        serde_json::json!({ "field": "org_acme_tickets.createdBy", "documents": 1 })
    );
    world.user("delete", &["ana@acme.com", "--org", "acme", "--confirm", "ana@acme.com"]).ok();
    assert_eq!((world.find("users", doc! { "email": "ana@acme.com" }).len(), world.count("org_acme_tickets")), (0, 2));
    assert_eq!(world.find("org_acme_members", doc! { "mail": "ana@acme.com" }).len(), 0);
    assert_eq!(world.actions().last().unwrap(), "user.deleted");
}

#[test]
fn the_last_administrator_stays() {
    let world = World::with_acme(&rich());
    world.add("ana@acme.com", "Admin");
    world.user("disable", &["ana@acme.com", "--org", "acme"]).ok();
    let start = world.start();
    let before = world.state(&start);
    let last = |verb: &str, more: &[&str]| {
        let mut words = vec!["admin@acme.com"];
        words.extend(if verb == "set-role" { vec!["User"] } else { vec![] });
        words.extend(["--org", "acme"]);
        words.extend(more);
        world.user(verb, &words)
    };
    // The other one is disabled: it administers nothing.
    for verb in ["set-role", "disable", "delete"] {
        last(verb, &["--confirm", "admin@acme.com"]).fails(10, "E1006");
    }
    assert_eq!(world.state(&start), before);
    // A disabled one may go.
    world.user("set-role", &["ana@acme.com", "User", "--org", "acme"]).ok();
    world.user("set-role", &["ana@acme.com", "Admin", "--org", "acme"]).ok();
    world.user("enable", &["ana@acme.com", "--org", "acme"]).ok();
    // Two who take away each other's role at once: only one gets through.
    let (child, gate) =
        world.held(&["user", "set-role", "admin@acme.com", "User", "--org", "acme", "--json"], "hold@begin:before");
    world.user("set-role", &["ana@acme.com", "User", "--org", "acme"]).ok();
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).fails(10, "E1006");
    assert_eq!(world.find("users", doc! { "role": "Admin", "isActive": true }).len(), 1);
    let ran = last("disable", &["--force"]).ok().json();
    assert!(ran["warnings"].to_string().contains("nobody can manage it"), "{ran}");
    assert_eq!(world.find("users", doc! { "role": "Admin", "isActive": true }).len(), 0);
}

#[test]
fn somebody_else_changing_the_account_makes_a_plan_stale() {
    let world = World::with_acme(&rich());
    world.add("ana@acme.com", "User");
    let words = ["user", "set-role", "ana@acme.com", "Manager", "--org", "acme", "--json"];
    for place in ["hold@begin:before", "hold@commit:before"] {
        let (child, gate) = world.held(&words, place);
        let users = world.collection("users");
        world
            .wait(async {
                users.update_one(doc! { "email": "ana@acme.com" }, doc! { "$set": { "role": "Admin" } }).await
            })
            .unwrap();
        std::fs::remove_file(gate).unwrap();
        Ran::from(child.wait_with_output().unwrap()).fails(5, "E0304");
        assert_eq!(world.one("users", doc! { "email": "ana@acme.com" }).get_str("role").unwrap(), "Admin");
        assert_eq!(world.open_operation(), None);
        world
            .wait(async {
                users.update_one(doc! { "email": "ana@acme.com" }, doc! { "$set": { "role": "User" } }).await
            })
            .unwrap();
    }
    // What a log-in leaves behind is no reason.
    let (child, gate) = world.held(&words, "hold@begin:before");
    let seen = doc! { "$set": { "lastLogin": bson::DateTime::now(), "updatedAt": bson::DateTime::now() } };
    world.wait(async { world.collection("users").update_one(doc! { "email": "ana@acme.com" }, seen).await }).unwrap();
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).ok();
}

#[test]
fn the_owners_of_the_platform_are_accounts_too() {
    let world = World::with_acme(&rich());
    let create =
        |email: &str, role: &str| world.user("create", &[email, "--core", "--role", role, "--password-file", "pw"]);
    create("One@platform.com", "Owner").ok();
    let made = create("two@platform.com", "Support").ok();
    assert!(made.json()["warnings"][0].as_str().unwrap().contains("lists no roles"), "{made:?}");
    create("ONE@platform.com", "Owner").fails(5, "E0313");
    let one = world.one("owners", doc! { "email": "one@platform.com" });
    assert!(verifies(&one, "password", PASSWORD) && one.get_str("password").unwrap().starts_with("$2a$04$"));
    assert!(one.get("customerId").is_none());
    let index = world.command_on(doc! { "listIndexes": "owners" });
    assert!(format!("{index:?}").contains("email_1"), "the first owner's collection gets its indexes");
    assert_eq!(world.run(&["user", "ls", "--core", "-o", "name"]).ok().stdout, "one@platform.com\ntwo@platform.com\n");
    world.user("disable", &["one@platform.com", "--core"]).fails(10, "E1006");
    world.user("set-role", &["two@platform.com", "Owner", "--core"]).ok();
    world.user("disable", &["one@platform.com", "--core"]).ok();
    assert_eq!(
        world.find("flowbit_revoked", doc! { "_id": format!("core:{}", one.get_object_id("_id").unwrap()) }).len(),
        1
    );
    world.typed(&["user", "check-password", "one@platform.com", "--core"], PASSWORD).ok();
    world.user("delete", &["one@platform.com", "--core", "--confirm", "one@platform.com"]).ok();
    world.assert_no_secrets(&[&made]);
    assert_eq!(world.find("users", doc! {}).len(), 1, "tenants are not concerned");
}

#[test]
fn accounts_in_the_tenants_own_database() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    std::fs::write(world.path("pw"), format!("{PASSWORD}\n")).unwrap();
    let users = |slug: &str, filter: Document| {
        let found: Option<Document> =
            world.wait(world.tenant(slug).collection::<Document>("users").find_one(filter).into_future()).unwrap();
        found
    };
    let create =
        |org: &str| world.user("create", &["ana@x.com", "--org", org, "--role", "user", "--password-file", "pw"]);
    create("amazon").ok();
    // Each tenant has its own accounts: the same e-mail is another account.
    create("amazon global").ok();
    create("amazon").fails(5, "E0313");
    let ana = users("amazon", doc! { "email": "ana@x.com" }).unwrap();
    assert!(verifies(&ana, "password", PASSWORD));
    world.user("set-role", &["ana@x.com", "admin", "--org", "amazon"]).ok();
    assert_eq!(users("amazon", doc! { "email": "ana@x.com" }).unwrap().get_str("role").unwrap(), "admin");
    assert_eq!(users("amazon-global", doc! { "email": "ana@x.com" }).unwrap().get_str("role").unwrap(), "user");
    let ran = world.user("disable", &["ana@x.com", "--org", "amazon"]).fails(5, "E0317");
    assert!(ran.error()["next"][0].as_str().unwrap().contains("reset-password"), "{ran:?}");
    world.user("reset-password", &["ana@x.com", "--org", "amazon", "--password-out", "new"]).ok();
    let new = std::fs::read_to_string(world.path("new")).unwrap();
    assert!(verifies(&users("amazon", doc! { "email": "ana@x.com" }).unwrap(), "password", new.trim()));
    assert!(verifies(&users("amazon-global", doc! { "email": "ana@x.com" }).unwrap(), "password", PASSWORD));
    world.user("delete", &["ana@x.com", "--org", "amazon", "--confirm", "ana@x.com"]).ok();
    assert!(users("amazon", doc! { "email": "ana@x.com" }).is_none());
    assert!(users("amazon-global", doc! { "email": "ana@x.com" }).is_some());
    assert_eq!(world.user("list", &["--all"]).ok().json()["data"].as_array().unwrap().len(), 7);
    let ran = world.user("show", &["u1@amazon-global.com", "--org", "amazon"]).fails(3, "E0207");
    assert!(ran.error()["next"][0].as_str().unwrap().contains("'amazon global'"), "{ran:?}");
}

#[test]
fn accounts_in_shared_collections() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    std::fs::write(world.path("pw"), format!("{PASSWORD}\n")).unwrap();
    let made = world.user("create", &["ana@x.com", "--org", "amazon", "--role", "User", "--password-file", "pw"]).ok();
    assert!(made.json()["warnings"][0].as_str().unwrap().contains("lists no roles"));
    let ana = world.one("users", doc! { "email": "ana@x.com" });
    assert_eq!(ana.get_str("customerId").unwrap(), "amazon");
    assert!(verifies(&ana, "password", PASSWORD));
    world
        .user("create", &["u0@amazon-global.com", "--org", "amazon", "--role", "User", "--password-file", "pw"])
        .fails(5, "E0313");
    assert_eq!(world.one("audit_logs", doc! { "action": "user.created" }).get_str("customerId").unwrap(), "amazon");
    // A key in another spelling is another key: no backend finds this account among those of amazon.
    let stray = doc! { "email": "stray@x.com", "customerId": "AMAZON", "role": "User", "isActive": true };
    world.insert("users", vec![stray.clone()]);
    world.user("show", &["Stray@x.com", "--org", "amazon"]).fails(3, "E0207");
    world.wait(world.collection("users").delete_one(stray).into_future()).unwrap();
    world.user("disable", &["u0@amazon.com", "--org", "amazon"]).fails(10, "E1006");
    world.user("set-role", &["ana@x.com", "Admin", "--org", "amazon"]).ok();
    world.user("disable", &["u0@amazon.com", "--org", "amazon"]).ok();
    assert_eq!(world.user("list", &["--org", "amazon"]).ok().json()["data"].as_array().unwrap().len(), 4);
    assert_eq!(world.user("list", &["--all"]).ok().json()["data"].as_array().unwrap().len(), 7);
}

#[test]
fn the_only_account_inside_the_organizations_record() {
    let world = World::with_acme(EMBEDDED);
    let record = || world.one("organizations", doc! {});
    assert!(
        bcrypt::verify(PASSWORD, record().get_document("admin").unwrap().get_str("password_hash").unwrap()).unwrap()
    );
    let list = world.user("list", &["--org", "acme"]).ok().json();
    assert_eq!(list["data"][0]["email"], "admin@acme.com");
    assert_eq!(world.user("list", &["--all"]).ok().json()["data"].as_array().unwrap().len(), 1);
    let shown = world.user("show", &["Admin@acme.com", "--org", "acme"]).ok();
    assert_eq!(shown.json()["data"]["hash"]["scheme"], "bcrypt");
    world.typed(&["user", "check-password", "admin@acme.com", "--org", "acme", "--json"], PASSWORD).ok();
    let before = record();
    for words in [
        ["create", "b@acme.com"],
        ["enable", "admin@acme.com"],
        ["disable", "admin@acme.com"],
        ["delete", "admin@acme.com"],
    ] {
        world.user(words[0], &[words[1], "--org", "acme"]).fails(5, "E0317");
    }
    world.user("set-role", &["admin@acme.com", "x", "--org", "acme"]).fails(5, "E0317");
    world.private("rows.csv", "email\nx@y.zz\n");
    world.user("import", &["rows.csv", "--org", "acme", "--passwords-out", "out"]).fails(5, "E0317");
    assert_eq!(record(), before);
    let ran = world.user("reset-password", &["admin@acme.com", "--org", "acme", "--password-out", "new"]).ok();
    let new = std::fs::read_to_string(world.path("new")).unwrap();
    assert!(
        bcrypt::verify(new.trim(), record().get_document("admin").unwrap().get_str("password_hash").unwrap()).unwrap()
    );
    assert!(record().get_datetime("updated_at").unwrap() > before.get_datetime("updated_at").unwrap());
    world.assert_no_secrets(&[&shown, &ran]);
}

#[test]
fn the_organizations_record_names_another_administrator() {
    let world = World::with_acme(&s4());
    let id = |email: &str| world.one("admins", doc! { "email": email }).get_object_id("_id").unwrap();
    let named = || world.one("organizations", doc! {}).get_object_id("admin_user_id").unwrap();
    assert_eq!(named(), id("admin@acme.com"));
    let delete = |email: &str, more: &[&str]| {
        world.user("delete", &[&[email, "--org", "acme", "--confirm", email], more].concat())
    };
    world.user("create", &["bo@acme.com", "--org", "acme", "--role", "admin", "--password-file", "pw"]).ok();
    let ran = delete("admin@acme.com", &[]).ok().json();
    assert_eq!(ran["data"]["user"]["linked_to"], "bo@acme.com");
    assert_eq!(named(), id("bo@acme.com"));
    delete("bo@acme.com", &[]).fails(10, "E1006");
    let ran = delete("bo@acme.com", &["--force"]).ok().json();
    assert!(ran["warnings"].to_string().contains("an account that does not exist"), "{ran}");
    assert_eq!(world.count("admins"), 0);
}
