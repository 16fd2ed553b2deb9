//! The demonstration tenants: a few thousand tickets and an audit trail, the same on every machine.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::template::plain;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::store::Pen;

/// The demonstration world, `seed/demo.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// The tenants; the first is the one that is renamed.
    pub tenants: Vec<DemoTenant>,
    /// What their tickets are made of.
    pub tickets: DemoTickets,
}

/// A demonstration tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoTenant {
    /// Its name.
    pub name: String,
    /// E-mail of its administrator.
    pub admin: String,
    /// The name it is renamed to, and back from.
    #[serde(default)]
    pub other_name: Option<String>,
}

/// What demonstration tickets are made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoTickets {
    /// How many each tenant gets.
    pub number: u32,
    subjects: Vec<String>,
    places: Vec<String>,
    statuses: Vec<String>,
    priorities: Vec<String>,
}

impl Demo {
    /// The demonstration world that ships with flowbit.
    ///
    /// # Errors
    /// `E0001` if it cannot be read.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("../../seed/demo.json"))
            .map_err(|e| Error::new(&code::INTERNAL, format!("seed/demo.json: {e}")))
    }
}

/// Documents per insert.
const BATCH: usize = 1000;

impl House<'_> {
    /// Fills an organization with demonstration tickets and audit entries that are not there yet. Returns how many
    /// documents were written.
    pub async fn fill_demo(&self, org: &Org, tickets: &DemoTickets) -> Result<u64> {
        let seed = org.slug.as_str().to_owned();
        let start = DateTime::now().timestamp_millis() / 86_400_000 * 86_400_000 - 90 * 86_400_000;
        let Some((collection, _)) = org.home.expected(self.platform).into_iter().next() else { return Ok(0) };
        let ns = self.at_home(&org.home, &collection);
        if self.store.count(&ns, doc! {}).await? > 0 {
            return Ok(0);
        }
        let audit = self.master(self.audit_collection());
        let pen = Pen::free(self.store);
        let mut written = 0;
        let numbers: Vec<u32> = (0..tickets.number).collect();
        for chunk in numbers.chunks(BATCH) {
            let documents: Vec<Document> = chunk.iter().map(|n| ticket(tickets, &seed, *n, start)).collect();
            let entries: Vec<Document> = documents
                .iter()
                .enumerate()
                .filter(|(i, _)| i % 2 == 0)
                .map(|(_, t)| entry(&org.id, &seed, t))
                .collect();
            for (ns, batch) in [(&ns, documents), (&audit, entries)] {
                written += u64::try_from(batch.len()).unwrap_or_default();
                pen.run(&ns.db, doc! { "insert": &ns.coll, "documents": batch, "ordered": false })
                    .await
                    .map_err(|f| f.into_error("writing the demonstration data"))?;
            }
        }
        Ok(written)
    }
}

/// Numbers that depend on the words alone.
fn draw(words: &str) -> [u8; 32] {
    Sha256::digest(words.as_bytes()).into()
}

fn pick(list: &[String], byte: u8) -> &str {
    list.get(usize::from(byte) % list.len().max(1)).map_or("", String::as_str)
}

fn id_of(words: &str) -> ObjectId {
    let bytes = draw(words);
    let mut id = [0; 12];
    id.copy_from_slice(&bytes[..12]);
    ObjectId::from_bytes(id)
}

fn ticket(words: &DemoTickets, seed: &str, n: u32, start: i64) -> Document {
    let dice = draw(&format!("ticket {seed} {n}"));
    let created = start + i64::from(n) * 90 * 86_400_000 / 5_000;
    let subject = pick(&words.subjects, dice[0]);
    let place = pick(&words.places, dice[1]);
    doc! {
        "_id": id_of(&format!("ticket {seed} {n}")),
        "number": i64::from(n) + 1,
        "title": format!("{subject} in {place}"),
        "description": format!("{subject}: reported by the depot in {place}, shift {}.", dice[2] % 3 + 1),
        "status": pick(&words.statuses, dice[3]),
        "priority": pick(&words.priorities, dice[4]),
        "createdBy": format!("agent{}@{seed}.example", dice[5] % 12 + 1),
        "tags": [place.to_lowercase(), subject.split(' ').next().unwrap_or_default().to_lowercase()],
        "createdAt": DateTime::from_millis(created),
        "updatedAt": DateTime::from_millis(created + i64::from(dice[6]) * 60_000),
    }
}

fn entry(org: &Bson, seed: &str, ticket: &Document) -> Document {
    let id = ticket.get("_id").cloned().unwrap_or(Bson::Null);
    doc! {
        "_id": id_of(&format!("audit {seed} {}", plain(&id))),
        "action": "ticket.created",
        "userId": ticket.get_str("createdBy").unwrap_or_default(),
        "customerId": plain(org),
        "ticketId": plain(&id),
        "timestamp": ticket.get_datetime("createdAt").copied().unwrap_or_else(|_| DateTime::now()),
    }
}
