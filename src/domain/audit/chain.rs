//! Chains of seals: each element is signed and names the digest of the one before it, so that none can be altered, taken
//! out or put in between without the key. Every tenant has a chain; one more, the platform's, keeps the heads of all.

use std::collections::BTreeMap;

use bson::{Binary, Bson, DateTime, Document, doc, spec::BinarySubtype};

use super::canonical::{Digest, document_digest, hex};
use crate::domain::fields;

/// The version of the format.
pub const ELEMENT_VERSION: i32 = 1;

/// The chain that keeps the heads of all others.
pub const PLATFORM: &str = "platform";

/// What a signature is made over begins so: no other use of a key signs such a text.
const SIGNED: &str = "flowbit audit seal 1";

/// One element of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// The chain: 32 hexadecimal digits, or `platform`.
    pub chain: String,
    /// Its number in the chain, from 1 on.
    pub n: u64,
    /// The trail it is of, made up with the first element: seals of staging are none of production.
    pub trail: String,
    /// When it was made.
    pub at: DateTime,
    /// Who made it.
    pub by: String,
    /// Why, as was said.
    pub reason: Option<String>,
    /// The digest of the element before it; zeros in the first.
    pub prev: Digest,
    /// What it says.
    pub body: Body,
    /// The name of the key that signed it.
    pub kid: String,
    /// The signature, base64url.
    pub signature: String,
}

/// What an element says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// These entries were there.
    Seal(Box<Seal>),
    /// These seals' entries were erased because their time was over.
    Prune(Prune),
    /// Nothing of the tenant may be erased.
    Hold(Hold),
    /// A hold is over.
    Release(Release),
    /// So far the chains of all tenants had come.
    Roll(Roll),
}

/// Entries of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Seal {
    /// The tenant, as entries have it; null for entries of nobody.
    pub tenant: Bson,
    /// The collection of the entries.
    pub collection: String,
    /// The path of the tenant in them; none where all are one chain.
    pub tenant_path: Option<String>,
    /// The path of the time in them.
    pub time_path: String,
    /// Paths that digests pass over, because a rename rewrites them.
    pub omitted: Vec<String>,
    /// The end of the seal before it; none in the first.
    pub from: Option<DateTime>,
    /// Entries from before this moment are in it, and in the seals before it.
    pub until: DateTime,
    /// How much later than their time entries may come, in milliseconds.
    pub tolerance: i64,
    /// How many entries: first those without a time, then by time.
    pub count: u64,
    /// Of these, how many have no time.
    pub untimed: u64,
    /// How many are from before `from`: they came after the seal of their time.
    pub late: u64,
    /// Of the late ones, how many came later than is tolerated, and were accepted by name.
    pub accepted: u64,
    /// Times of the first and the last.
    pub first: Option<DateTime>,
    /// The last.
    pub last: Option<DateTime>,
    /// Root of the tree over the digests of the entries, in order.
    pub root: Digest,
    /// The head of the platform's chain when it was made: who cuts that off has to cut this one off, too.
    pub platform: Option<Head>,
    /// Where the digests are stored.
    pub run: String,
    /// Digest of each block of them.
    pub blocks: Vec<Digest>,
}

/// Entries that were erased.
#[derive(Debug, Clone, PartialEq)]
pub struct Prune {
    /// The seals whose entries were erased, by number.
    pub seals: Vec<u64>,
    /// How many entries they had.
    pub count: u64,
    /// Entries from before this moment were meant.
    pub before: DateTime,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its name.
    pub name: String,
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The name of the hold.
    pub name: String,
}

/// How far all chains had come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Roll {
    /// By chain; only those that grew since the roll before.
    pub heads: BTreeMap<String, Head>,
    /// After a run over all tenants: whatever is older is in some chain.
    pub until: Option<DateTime>,
    /// Made over damage that somebody knows of: whatever is wrong before it keeps nobody from sealing.
    pub anew: bool,
}

/// The last element of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub n: u64,
    /// Its digest.
    pub digest: Digest,
}

/// What a stored element turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// An element.
    Element(Box<Element>),
    /// Of a version that is not known here.
    Newer(i32),
    /// Not even that.
    Broken(String),
}

fn binary(bytes: impl Into<Vec<u8>>) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.into() })
}

fn count(n: u64) -> Bson {
    Bson::Int64(i64::try_from(n).unwrap_or(i64::MAX))
}

impl Body {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Body::Seal(_) => "seal",
            Body::Prune(_) => "prune",
            Body::Hold(_) => "hold",
            Body::Release(_) => "release",
            Body::Roll(_) => "roll",
        }
    }

    fn document(&self) -> Document {
        match self {
            Body::Seal(seal) => seal.document(),
            Body::Prune(prune) => doc! {
                "seals": prune.seals.iter().map(|n| count(*n)).collect::<Vec<_>>(), "count": count(prune.count), "before": prune.before,
            },
            Body::Hold(hold) => doc! { "name": &hold.name },
            Body::Release(release) => doc! { "name": &release.name },
            Body::Roll(roll) => {
                let each = |(chain, head): (&String, &Head)| {
                    Bson::Document(doc! { "chain": chain, "n": count(head.n), "digest": binary(head.digest) })
                };
                let heads: Vec<Bson> = roll.heads.iter().map(each).collect();
                doc! { "heads": heads, "until": roll.until, "anew": roll.anew }
            }
        }
    }

    fn read(word: &str, body: &Document) -> Option<Self> {
        Some(match word {
            "seal" => Body::Seal(Box::new(Seal::read(body)?)),
            "prune" => Body::Prune(Prune {
                seals: body.get_array("seals").ok()?.iter().map(|n| whole(Some(n))).collect::<Option<_>>()?,
                count: whole(body.get("count"))?,
                before: body.get_datetime("before").copied().ok()?,
            }),
            "hold" => Body::Hold(Hold { name: text(body, "name")? }),
            "release" => Body::Release(Release { name: text(body, "name")? }),
            "roll" => {
                let each = |head: &Bson| {
                    let head = head.as_document()?;
                    Some((text(head, "chain")?, Head { n: whole(head.get("n"))?, digest: digest(head.get("digest"))? }))
                };
                Body::Roll(Roll {
                    heads: body.get_array("heads").ok()?.iter().map(each).collect::<Option<_>>()?,
                    until: time(body, "until")?,
                    anew: body.get_bool("anew").ok()?,
                })
            }
            _ => return None,
        })
    }
}

impl Seal {
    fn document(&self) -> Document {
        doc! {
            "tenant": self.tenant.clone(), "collection": &self.collection, "tenant_path": self.tenant_path.clone(),
            "time_path": &self.time_path, "omitted": &self.omitted, "from": self.from, "until": self.until,
            "tolerance": self.tolerance, "count": count(self.count), "untimed": count(self.untimed),
            "late": count(self.late), "accepted": count(self.accepted), "first": self.first, "last": self.last,
            "root": binary(self.root), "platform": self.platform.map(|head| doc! { "n": count(head.n), "digest": binary(head.digest) }),
            "run": &self.run, "blocks": binary(self.blocks.concat()),
        }
    }

    fn read(body: &Document) -> Option<Self> {
        let Some(Bson::Binary(blocks)) = body.get("blocks") else { return None };
        Some(Self {
            tenant: body.get("tenant")?.clone(),
            collection: text(body, "collection")?,
            tenant_path: match body.get("tenant_path")? {
                Bson::Null => None,
                path => Some(path.as_str()?.to_owned()),
            },
            time_path: text(body, "time_path")?,
            omitted: body
                .get_array("omitted")
                .ok()?
                .iter()
                .map(|path| path.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            from: time(body, "from")?,
            until: time(body, "until")??,
            tolerance: i64::try_from(whole(body.get("tolerance"))?).ok()?,
            count: whole(body.get("count"))?,
            untimed: whole(body.get("untimed"))?,
            late: whole(body.get("late"))?,
            accepted: whole(body.get("accepted"))?,
            first: time(body, "first")?,
            last: time(body, "last")?,
            root: digest(body.get("root"))?,
            platform: match body.get("platform")? {
                Bson::Null => None,
                head => {
                    let head = head.as_document()?;
                    Some(Head { n: whole(head.get("n"))?, digest: digest(head.get("digest"))? })
                }
            },
            run: text(body, "run")?,
            blocks: blocks.bytes.chunks(32).map(|chunk| chunk.try_into().ok()).collect::<Option<_>>()?,
        })
    }
}

/// A count, in whichever type a reader of JSON made of it.
fn whole(value: Option<&Bson>) -> Option<u64> {
    match value? {
        Bson::Int64(n) => u64::try_from(*n).ok(),
        Bson::Int32(n) => u64::try_from(*n).ok(),
        _ => None,
    }
}

/// A time, or that there is none.
fn time(body: &Document, name: &str) -> Option<Option<DateTime>> {
    match body.get(name)? {
        Bson::DateTime(at) => Some(Some(*at)),
        Bson::Null => Some(None),
        _ => None,
    }
}

fn digest(value: Option<&Bson>) -> Option<Digest> {
    match value? {
        Bson::Binary(binary) => binary.bytes.as_slice().try_into().ok(),
        _ => None,
    }
}

fn text(document: &Document, name: &str) -> Option<String> {
    document.get_str(name).ok().map(str::to_owned)
}

impl Element {
    /// What identifies it in the database.
    pub fn id(&self) -> String {
        id_of(&self.chain, self.n)
    }

    fn unsigned(&self) -> Document {
        doc! {
            "_id": self.id(), "v": ELEMENT_VERSION, "trail": &self.trail, "chain": &self.chain, "n": count(self.n), "kind": self.body.word(),
            "at": self.at, "by": &self.by, "reason": self.reason.clone(), "prev": binary(self.prev), "body": self.body.document(),
            "kid": &self.kid,
        }
    }

    /// What is signed.
    pub fn message(&self) -> String {
        format!("{SIGNED}:{}", hex(&document_digest(&self.unsigned())))
    }

    /// As it is stored.
    pub fn document(&self) -> Document {
        let mut document = self.unsigned();
        document.insert("signature", &self.signature);
        document
    }

    /// What the next element names.
    pub fn digest(&self) -> Digest {
        document_digest(&self.document())
    }

    /// What a stored document is; whatever stands in it beside an element's fields makes it none.
    pub fn read(document: &Document) -> Read {
        match fields::get(document, "v") {
            Some(Bson::Int32(v)) if *v != ELEMENT_VERSION => return Read::Newer(*v),
            Some(Bson::Int64(v)) if *v != i64::from(ELEMENT_VERSION) => {
                return Read::Newer(i32::try_from(*v).unwrap_or(i32::MAX));
            }
            _ => {}
        }
        let element = || {
            Some(Self {
                chain: text(document, "chain")?,
                n: whole(document.get("n"))?,
                trail: text(document, "trail")?,
                at: document.get_datetime("at").copied().ok()?,
                by: text(document, "by")?,
                reason: match document.get("reason")? {
                    Bson::Null => None,
                    reason => Some(reason.as_str()?.to_owned()),
                },
                prev: digest(document.get("prev"))?,
                body: Body::read(document.get_str("kind").ok()?, document.get_document("body").ok()?)?,
                kid: text(document, "kid")?,
                signature: text(document, "signature")?,
            })
        };
        match element() {
            // Whatever was put beside its fields, or in another type, makes it another document.
            Some(element)
                if document_digest(&without_id(element.document()))
                    == document_digest(&without_id(document.clone())) =>
            {
                Read::Element(Box::new(element))
            }
            _ => Read::Broken("its fields are not those of a seal".to_owned()),
        }
    }
}

/// The identifier of a chain's element.
pub fn id_of(chain: &str, n: u64) -> String {
    format!("{chain}:{n}")
}

fn without_id(mut document: Document) -> Document {
    document.remove("_id");
    document
}

/// The chain of a tenant: of those that were begun for this value, the one of this ordinal.
pub fn chain_of(tenant: &Bson, ordinal: u64) -> String {
    hex(&document_digest(&doc! { "tenant": tenant.clone(), "ordinal": count(ordinal) })[..16])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn seal(n: u64, prev: Digest) -> Element {
        let at = DateTime::from_millis(1_700_000_000_000);
        let body = Body::Seal(Box::new(Seal {
            tenant: Bson::from("acme"),
            collection: "audit_logs".to_owned(),
            tenant_path: Some("customerId".to_owned()),
            time_path: "timestamp".to_owned(),
            omitted: Vec::new(),
            from: None,
            until: at,
            tolerance: 60_000,
            count: 2,
            untimed: 0,
            late: 0,
            accepted: 0,
            first: Some(at),
            last: Some(at),
            root: [3; 32],
            platform: None,
            run: "6b00e9cd6b491423ace46d96".to_owned(),
            blocks: vec![[1; 32], [2; 32]],
        }));
        Element {
            chain: chain_of(&Bson::from("acme"), 0),
            n,
            trail: "t".to_owned(),
            at,
            by: "anna".to_owned(),
            reason: None,
            prev,
            body,
            kid: "k".to_owned(),
            signature: "s".to_owned(),
        }
    }

    #[test]
    fn an_element_is_read_as_it_was_written_and_only_so() {
        let element = seal(1, [0; 32]);
        let document = element.document();
        assert_eq!(Element::read(&document), Read::Element(Box::new(element.clone())));
        for relaxed in [true, false] {
            let bson = Bson::Document(document.clone());
            let json = if relaxed { bson.into_relaxed_extjson() } else { bson.into_canonical_extjson() };
            let map: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&json.to_string()).unwrap();
            let Read::Element(read) = Element::read(&Document::try_from(map).unwrap()) else { panic!("{json}") };
            assert_eq!(read.digest(), element.digest());
            assert_eq!(read.message(), element.message());
        }
        let mut more = document.clone();
        more.insert("note", "all is well");
        assert!(matches!(Element::read(&more), Read::Broken(_)));
        let mut newer = document.clone();
        newer.insert("v", 2);
        assert_eq!(Element::read(&newer), Read::Newer(2));
        for name in document.keys().filter(|name| !["_id", "v"].contains(&name.as_str())) {
            let mut less = document.clone();
            less.remove(name);
            assert!(matches!(Element::read(&less), Read::Broken(_)), "{name}");
        }
    }

    #[test]
    fn whatever_changes_in_an_element_changes_what_is_signed() {
        let element = seal(1, [0; 32]);
        let other = [
            Element { n: 2, ..element.clone() },
            Element { chain: "x".to_owned(), ..element.clone() },
            Element { by: "eve".to_owned(), ..element.clone() },
            Element { reason: Some(String::new()), ..element.clone() },
            Element { prev: [1; 32], ..element.clone() },
            Element { trail: "u".to_owned(), ..element.clone() },
            Element { kid: "l".to_owned(), ..element.clone() },
            Element { at: DateTime::from_millis(0), ..element.clone() },
            Element { body: Body::Hold(Hold { name: "x".to_owned() }), ..element.clone() },
        ];
        for other in other {
            assert_ne!(other.message(), element.message(), "{other:?}");
        }
        assert_ne!(Element { signature: String::new(), ..element.clone() }.digest(), element.digest());
    }
}
