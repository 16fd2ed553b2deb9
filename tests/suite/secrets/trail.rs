//! The audit trail, in which everything that was done before is recorded.

use super::scene::Scene;

pub fn asked(scene: &Scene) {
    for whose in [&["--all"][..], &["--org", "acme"]] {
        let since = |more: &[&'static str]| [whose, &["--since", "start"], more].concat();
        scene.ok("audit query", &since(&[]));
        scene.ok("audit query", &since(&["--mask", "--canonical"]));
        scene.once("audit query", &since(&["-o", "jsonl"]), &[], "");
        scene.once("audit query", &since(&["-o", "csv"]), &[], "");
        scene.ok("audit stats", &since(&["--by", "actor,details"]));
    }
    scene.bad("audit query", &["--org", "nobody"]);
    scene.bad("audit stats", &["--org", "nobody"]);
    let listed = scene.once("audit query", &["--all", "--since", "start", "-o", "name"], &[], "").ok().stdout;
    for id in listed.lines() {
        scene.once("audit show", &[id], &[], "").ok();
    }
    scene.ok("audit show", &[listed.lines().next().unwrap()]);
    scene.bad("audit show", &["nothing"]);
    // The description says nothing of what entries are about, so only a document can be found.
    let ticket = bson::oid::ObjectId::new();
    scene.world.insert(
        "org_acme_tickets",
        vec![bson::doc! { "_id": ticket, "title": "x", "createdAt": bson::DateTime::now() }],
    );
    scene.ok("audit timeline", &["--target", &ticket.to_hex()]);
    scene.bad("audit timeline", &["--target", "nothing"]);
    scene.bad("audit index", &["--confirm", "other"]);
    scene.ok("audit index", &["--time"]);
}
