//! From the number of a ticket to who did it: timelines, and a support person's session as it was recorded.

use bson::{Document, doc};
use serde_json::{Value, json};

use crate::audit_ask::{at, entry, platform, user};
use crate::world::{DATABASES, World, oid};

/// The ticket of these tests.
fn ticket() -> String {
    oid(0, 500).to_hex()
}

fn ticket_document() -> Document {
    doc! {
        "_id": oid(0, 500), "title": "Printer on fire", "status": "Closed", "userId": oid(0, 10), "createdAt": at(0), "updatedAt": at(95),
        "comments": [
            { "_id": oid(0, 501), "text": "It burns on the third floor, please hurry", "userId": oid(0, 10), "createdAt": at(5) },
            { "_id": oid(0, 502), "text": "On my way", "userId": oid(0, 11), "createdAt": at(15) },
        ],
    }
}

/// A ticket of the first tenant, with its entries; one more that was recorded for the other tenant.
fn world() -> World {
    let world = World::new(&platform());
    world.pair_of_tenants();
    world.insert("org_amazon_tickets", vec![ticket_document()]);
    let status =
        |from: &str, to: &str| doc! { "ticketId": ticket(), "before": { "status": from }, "after": { "status": to } };
    world.insert(
        "audit_logs",
        vec![
            entry(1, 0, 0, "ticket.created", 0, doc! { "ticketId": ticket() }),
            entry(2, 0, 1, "ticket.updated", 20, status("Open", "In Progress")),
            entry(3, 0, 1, "user.login", 80, doc! {}),
            entry(4, 0, 1, "ticket.updated", 95, status("In Progress", "Closed")),
            entry(5, 0, 1, "ticket.deleted", 99, doc! { "ticketId": oid(0, 100).to_hex() }),
            entry(6, 1, 2, "ticket.read", 97, doc! { "ticketId": ticket() }),
        ],
    );
    world.run(&["audit", "index"]).ok();
    world
}

/// One command as a person sees it.
fn screen(world: &World, words: &[&str]) -> String {
    let ran = world.run(words);
    format!("$ flowbit {}\n{}{}status: {}\n\n", words.join(" "), ran.stdout, ran.stderr, ran.status)
        .replace(&world.db, "<database>")
}

#[test]
fn from_a_ticket_to_who_did_it_takes_three_commands() {
    let world = world();
    let session = [
        screen(&world, &["audit", "timeline", "--target", &ticket()]),
        screen(&world, &["audit", "query", "--org", "amazon", "--actor", "u1@amazon.com", "--since", "2026-03-01"]),
        screen(&world, &["audit", "show", &oid(9, 4).to_hex()]),
    ]
    .concat();
    assert_eq!(session, SESSION);
}

const SESSION: &str = "\
$ flowbit audit timeline --target 0000000100000000000001f4
  target        0000000100000000000001f4
  found in      <database>.org_amazon_tickets
  organization  amazon
  title         Printer on fire

TIME                       WHO                   TENANT                           WHAT
2026-03-01 00:00:00+00:00  u0@amazon.com                                          created
2026-03-01 00:00:00+00:00  u0@amazon.com                                          ticket.created
2026-03-01 00:05:00+00:00  u0@amazon.com                                          comment: It burns on the third floor, please hurry
2026-03-01 00:15:00+00:00  u1@amazon.com                                          comment: On my way
2026-03-01 00:20:00+00:00  u1@amazon.com                                          ticket.updated: status: Open → In Progress
2026-03-01 01:35:00+00:00  -                                                      updatedAt
2026-03-01 01:35:00+00:00  u1@amazon.com                                          ticket.updated: status: In Progress → Closed
2026-03-01 01:37:00+00:00  u2@amazon-global.com  ! another tenant: amazon global  ticket.read
warning: 1 entry was recorded for another tenant: amazon global (fault B18)

next:
  flowbit audit show 000000010000000900000006
  flowbit audit query --org amazon --actor u1@amazon.com --since 2026-03-01
status: 0

$ flowbit audit query --org amazon --actor u1@amazon.com --since 2026-03-01
TIME                       ACTOR          ACTION          TARGET                    ID                        DETAILS
2026-03-01 01:39:00+00:00  u1@amazon.com  ticket.deleted  000000010000000000000064  000000010000000900000005
2026-03-01 01:35:00+00:00  u1@amazon.com  ticket.updated  0000000100000000000001f4  000000010000000900000004  status: In Progress → Closed
2026-03-01 01:20:00+00:00  u1@amazon.com  user.login      -                         000000010000000900000003
2026-03-01 00:20:00+00:00  u1@amazon.com  ticket.updated  0000000100000000000001f4  000000010000000900000002  status: Open → In Progress
status: 0

$ flowbit audit show 000000010000000900000004
  id            000000010000000900000004
  time          2026-03-01 01:35:00+00:00
  action        ticket.updated
  actor         u1@amazon.com (00000001000000000000000b)
  organization  amazon (000000010000000000000001)
  target        0000000100000000000001f4

changes
FIELD   BEFORE       AFTER
status  In Progress  Closed

entry
  _id         000000010000000900000004
  action      ticket.updated
  userId      00000001000000000000000b
  customerId  000000010000000000000001
  timestamp   2026-03-01T01:35:00Z
  ticketId    0000000100000000000001f4
  before
    status    In Progress
  after
    status    Closed

next:
  flowbit audit timeline --target 0000000100000000000001f4
  flowbit audit query --org amazon --actor u1@amazon.com --since 2026-03-01
status: 0

";

fn story(world: &World, words: &[&str]) -> Value {
    let all = [&["audit", "timeline", "--target"], words, &["--json"]].concat();
    world.run(&all).ok().json()
}

fn told(story: &Value) -> Vec<String> {
    let events = story["data"]["events"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    events
        .iter()
        .map(|event| format!("{} {} {}", &text(&event["time"])[11..16], text(&event["who_name"]), text(&event["what"])))
        .collect()
}

#[test]
fn an_entry_for_another_tenant_is_marked() {
    let world = world();
    let story = story(&world, &[&ticket()]);
    let foreign: Vec<&Value> =
        story["data"]["events"].as_array().unwrap().iter().filter(|event| event["foreign"] == true).collect();
    assert_eq!(foreign.len(), 1, "{story}");
    assert_eq!((&foreign[0]["tenant"], &foreign[0]["what"]), (&json!("amazon global"), &json!("ticket.read")));
    assert_eq!(story["warnings"][0], "1 entry was recorded for another tenant: amazon global (fault B18)");
    // Told from the other side, the ticket is not there: whose it is cannot be said.
    let other = self::story(&world, &[&ticket(), "--org", "amazon global"]);
    assert_eq!(other["data"]["document"], Value::Null);
    let foreign = other["data"]["events"].as_array().unwrap().iter().filter(|event| event["foreign"] == true).count();
    assert_eq!(foreign, 0);
    assert!(other["warnings"][0].as_str().unwrap().starts_with("it was not found at organization"), "{other}");
}

#[test]
fn the_story_of_a_ticket_that_is_gone_is_told_from_its_entries() {
    let world = world();
    let gone = oid(0, 999).to_hex();
    world.insert(
        "audit_logs",
        vec![
            entry(20, 0, 0, "ticket.created", 1, doc! { "ticketId": &gone }),
            entry(21, 0, 1, "ticket.deleted", 2, doc! { "ticketId": &gone }),
            entry(22, 1, 1, "ticket.read", 3, doc! { "ticketId": &gone }),
        ],
    );
    let ran = world.run(&["audit", "timeline", "--target", &gone]).ok();
    assert!(ran.stdout.contains("found in  nowhere: it is gone, or was never there"), "{ran:?}");
    let row = "2026-03-01 00:03:00+00:00  u1@amazon-global.com  ! another tenant: amazon global  ticket.read";
    assert!(ran.stdout.contains(row), "the first entry says whose it was: {ran:?}");
    let told = told(&story(&world, &[&gone]));
    assert_eq!(told[..2], ["00:01 u0@amazon.com ticket.created", "00:02 u1@amazon.com ticket.deleted"]);
}

#[test]
fn a_ticket_without_entries_tells_its_own_story() {
    let world = world();
    let quiet = doc! { "_id": oid(1, 600), "title": "Quiet", "created_at": "2026-03-01T00:07:00Z", "sla": { "dueAt": at(9) }, "notes": [{ "by": "u2@amazon-global.com", "body": "short", "why": "the longest of all", "at": at(8) }] };
    world.insert("org_amazon-global_tickets", vec![quiet]);
    let id = oid(1, 600).to_hex();
    for words in [vec![id.as_str()], vec![&id, "--org", "amazon global"]] {
        let story = story(&world, &words);
        assert_eq!(told(&story), ["00:07 - created", "00:08 u2@amazon-global.com note", "00:09 - sla.dueAt"]);
        assert_eq!(story["data"]["document"]["organization"], "amazon global");
        assert_eq!(story["data"]["events"][1]["text"], "the longest of all");
    }
    let ran = world.run(&["audit", "timeline", "--target", &id, "--org", "amazon", "--json"]);
    ran.fails(3, "E0210");
}

#[test]
fn tickets_are_found_in_databases_of_their_own() {
    let platform = DATABASES
        .replace("collection = \"audit_logs\"\n", "collection = \"audit_logs\"\ntarget = [\"ticket\"]\n")
        + "[tickets]\ncollection = \"tickets\"\ntitle = \"title\"\n";
    let world = World::new(&platform);
    world.pair_of_databases();
    world.wait(async {
        let tickets = world.tenant("amazon").collection("tickets");
        tickets.insert_one(ticket_document()).await.unwrap();
    });
    let entry = |n: u32, tenant: &str, minutes: i64| doc! { "_id": oid(9, n), "action": "ticket.updated", "actor": user(usize::from(tenant != "amazon"), 0), "tenant": tenant, "timestamp": at(minutes), "ticket": ticket() };
    world.insert("audit_logs", vec![entry(1, "amazon", 3)]);
    let expected = [
        "00:00 - created",
        "00:03 u0@amazon.com ticket.updated",
        "00:05 u0@amazon.com comment",
        "00:15 u1@amazon.com comment",
        "01:35 - updatedAt",
    ];
    let first = story(&world, &[&ticket()]);
    assert_eq!(told(&first), expected);
    assert_eq!(first["data"]["document"]["place"], format!("{}_amazon.tickets", world.db));
    // The entry names the wrong tenant: the ticket is looked for everywhere else, and the entry is marked.
    world.wait(world.collection("audit_logs").delete_many(doc! {}).into_future()).unwrap();
    world.insert("audit_logs", vec![entry(2, "amazon-global", 3)]);
    let strange = story(&world, &[&ticket()]);
    assert_eq!(strange["data"]["document"]["organization"], "amazon");
    assert_eq!(strange["data"]["events"][1]["foreign"], true);
    assert_eq!(told(&strange)[1], "00:03 u0@amazon-global.com ticket.updated");
}

#[test]
fn renamed_tenants_are_no_strangers_in_the_story_of_their_tickets() {
    let shape = "[audit]\ncollection = \"auditlogs\"\ntarget = [\"ticketId\"]\nfields = { action = \"{action}\", userId = \"{actor}\", customerId = \"{name}\", timestamp = \"{now}\" }\n[[keyed]]\ncollection = \"auditlogs\"\nkey = \"customerId\"\nfields = { customerId = \"{name}\" }\n";
    let platform =
        flowbit::config::preset_text("tickets").unwrap().replace("[registry]", &format!("{shape}[registry]"));
    let world = World::new(&platform);
    world.pair_of_keys();
    let id = oid(0, 100).to_hex();
    world.insert("auditlogs", vec![doc! { "_id": oid(9, 1), "action": "ticket.read", "userId": user(0, 1), "customerId": "amazon", "timestamp": at(1), "ticketId": &id }]);
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon"]).ok();
    let story = story(&world, &[&id]);
    assert_eq!(story["data"]["document"]["organization"], "jungle");
    assert_eq!(
        (&story["data"]["events"][0]["foreign"], &story["data"]["events"][0]["who_name"]),
        (&json!(false), &json!("u1@amazon.com"))
    );
}
