//! How a tenant's data gets to where its new name says: copied into another database, or given another key.

use std::time::Duration;

use bson::{Document, doc};

use super::Org;
use super::find::{date, require_movable};
use super::kept::{database_entry, store_entry};
use super::rename::{Ends, Estimate, MovedCollection};
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::naming::NAMESPACE_BYTES;
use crate::domain::plan::{Copy, Move, Namespace, Plan, Sentry, Step};
use crate::error::{Error, Result, code};
use crate::layout::{Owned, owned};
use crate::ops::{House, Pace};

/// How much longer a copy takes than reading: on a server with two cores, inserting costs it eight times as much.
const COPY_FACTOR: f64 = 9.0;

/// Documents that are read to see how fast this server is now.
const SAMPLE: u64 = 20_000;

/// A change of place, as it comes together.
pub(super) struct Relocation {
    pub(super) plan: Plan,
    /// Steps after the commit that belong to the change of place.
    pub(super) after: Vec<Step>,
    /// Documents of which there must be none in the end.
    pub(super) none: Vec<(Namespace, Document)>,
    /// Collections before and after.
    pub(super) moved: Vec<(Namespace, Namespace)>,
    pub(super) reserves: Vec<String>,
    /// What the plan depends on.
    pub(super) seen: Document,
    pub(super) warnings: Vec<String>,
    pub(super) how: &'static str,
    pub(super) estimate: Option<Estimate>,
    /// How much of each shared collection is the tenant's.
    pub(super) shares: Vec<MovedCollection>,
}

impl Relocation {
    pub(super) fn new(seen: Document) -> Self {
        Self {
            plan: Plan::default(),
            after: Vec::new(),
            none: Vec::new(),
            moved: Vec::new(),
            reserves: Vec::new(),
            seen,
            warnings: Vec::new(),
            how: "stays",
            estimate: None,
            shares: Vec::new(),
        }
    }
}

impl House<'_> {
    /// Layout `database`: every collection is copied into the new database and the contents compared; the old ones stay
    /// behind, out of the way, until the alias ends.
    pub(super) async fn copy_database(&self, ends: &Ends<'_>, orgs: &[Org], r: &mut Relocation) -> Result<()> {
        let org = ends.org;
        let old = org.home.database(self.store.master()).to_owned();
        let new = ends.home.database(self.store.master()).to_owned();
        let catalog = self.home_catalog(&org.home).await?;
        let target = self.home_catalog(&ends.home).await?;
        let names = self.covered(&org.home, Some(&org.id), orgs).await?;
        let owned = owned(&catalog, &names);
        require_movable(&owned)?;
        self.require_unclaimed(&ends.home, &self.covered(&ends.home, Some(&org.id), orgs).await?, &target)?;
        r.reserves.extend([database_entry(&old), database_entry(&new)]);
        let mut total = StoreStats::default();
        for info in &owned.collections {
            let from = Namespace::new(&old, &info.name);
            total += self.store.stats(&from).await?;
            r.seen.insert(&info.name, info.uuid);
            r.moved.push((from, Namespace::new(&new, &info.name)));
        }
        if owned.collections.is_empty() {
            return self.create_missing(ends, &target, r).await;
        }
        self.require_room(&old, total).await?;
        let seconds = self.expected_seconds(&r.moved, total.documents, COPY_FACTOR).await?;
        let online = self.is_online(seconds);
        if self.pace == Pace::Online && !online {
            r.warnings.push(
                "a standalone keeps no log of changes to follow: the copy is made with writes refused, not online"
                    .to_owned(),
            );
        }
        r.how = if online { "copied online" } else { "copied" };
        let pause_seconds = if online { 0.5_f64.min(seconds) } else { seconds };
        r.estimate = Some(Estimate { seconds: if online { seconds * 1.5 } else { seconds }, pause_seconds });
        let (mut moves, mut copies) = (Vec::new(), Vec::new());
        for info in &owned.collections {
            let Some(uuid) = info.uuid else { continue };
            let from = Namespace::new(&old, &info.name);
            r.reserves.push(store_entry(self.store.master(), &from));
            r.reserves.push(store_entry(self.store.master(), &Namespace::new(&new, &info.name)));
            moves.push(self.freeze(ends, uuid, &from));
            copies.push(self.a_copy(info, &old, &new, online).await?);
        }
        let sole = Step::Sole {
            db: old.clone(),
            names,
            known: owned.collections.iter().filter_map(|info| info.uuid).collect(),
        };
        self.order_copies(ends, (&old, &target, online), (moves, copies, sole), r).await?;
        self.copy_views(ends, &owned, &target, r).await?;
        self.move_rights((&old, &new), &owned, r).await;
        leave_notices(ends, &new, r);
        r.after.push(Step::Gather);
        let copies = r.plan.before.iter().filter_map(|step| match step {
            Step::Publish { copy, name, .. } => Some((*copy, name.clone())),
            _ => None,
        });
        r.after.push(Step::Standing { copies: copies.collect() });
        Ok(())
    }

    /// The steps in their order: writers are shut out before the copy, or after it and before its last part.
    async fn order_copies(
        &self,
        ends: &Ends<'_>,
        (old, target, online): (&str, &[CollectionInfo], bool),
        (moves, copies, sole): (Vec<Step>, Vec<Copy>, Step),
        r: &mut Relocation,
    ) -> Result<()> {
        let (steps, again) = (&mut r.plan.before, sole.clone());
        let names: Vec<Namespace> = copies.iter().map(|copy| Namespace::new(&copy.into, &copy.name)).collect();
        let mut numbers = Vec::new();
        if online {
            steps.push(Step::Watch { db: old.to_owned() });
        } else {
            steps.extend(moves.iter().cloned());
            steps.extend([Step::Gather, sole.clone()]);
        }
        for copy in copies {
            numbers.push(i32::try_from(steps.len()).unwrap_or(i32::MAX));
            steps.push(Step::Copy(copy));
        }
        if online {
            let follow = |last| Step::Follow { db: old.to_owned(), copies: numbers.clone(), last };
            steps.push(follow(false));
            steps.extend(moves);
            steps.extend([Step::Gather, sole, follow(true)]);
        }
        for (copy, name) in numbers.into_iter().zip(names) {
            let was_of = self.require_vacant(&name, target, Some(&ends.org.id)).await?;
            let was = target.iter().find(|info| info.name == name.coll).and_then(CollectionInfo::view);
            r.plan.before.push(Step::Publish { copy, name, was, was_of });
        }
        // Copying takes its time, and a backend may make a collection of another kind meanwhile.
        r.plan.before.push(again);
        Ok(())
    }

    fn is_online(&self, seconds: f64) -> bool {
        let can = self.store.has_transactions();
        match self.pace {
            Pace::Frozen => false,
            Pace::Online => can,
            Pace::Within(most) => can && seconds > most.as_secs_f64(),
        }
    }

    /// Reads go on through a view at the old name, writes are refused: the collection itself is out of their way.
    fn freeze(&self, ends: &Ends<'_>, uuid: bson::Uuid, from: &Namespace) -> Step {
        let op = &ends.op;
        let mut name = format!("fb_src_{op}_{}", from.coll);
        if from.db.len() + 1 + name.len() > NAMESPACE_BYTES {
            name = format!("fb_src_{op}_{uuid}");
        }
        Step::Move(Move {
            uuid,
            from: from.clone(),
            to: Namespace::new(&from.db, name),
            at_from: Sentry { op: op.0.clone(), notice: None, latch: false },
            at_to: Sentry { op: op.0.clone(), notice: None, latch: true },
            may_drop: Vec::new(),
        })
    }

    async fn a_copy(&self, info: &CollectionInfo, old: &str, new: &str, live: bool) -> Result<Copy> {
        let indexes = self.store.indexes(&Namespace::new(old, &info.name)).await?;
        let ordinary = |index: &Document| {
            index.get_str("name").ok() != Some("_id_") && !index.get_bool("clustered").unwrap_or(false)
        };
        let indexes = indexes.into_iter().filter(ordinary).map(|mut index| {
            index.remove("ns");
            if info.options.contains_key("collation") && !index.contains_key("collation") {
                // Told without one, the server would give it the collection's.
                index.insert("collation", doc! { "locale": "simple" });
            }
            index
        });
        Ok(Copy {
            uuid: info.uuid.unwrap_or_else(|| bson::Uuid::from_bytes([0; 16])),
            db: old.to_owned(),
            name: info.name.clone(),
            into: new.to_owned(),
            options: info.options.clone(),
            indexes: indexes.collect(),
            live,
        })
    }

    /// Views of the tenant's own read the copies by the names they know.
    async fn copy_views(
        &self,
        ends: &Ends<'_>,
        owned: &Owned<'_>,
        target: &[CollectionInfo],
        r: &mut Relocation,
    ) -> Result<()> {
        for info in &owned.views {
            let Some(view) = info.view() else { continue };
            let name = self.at_home(&ends.home, &info.name);
            self.require_vacant(&name, target, None).await?;
            r.plan.before.push(Step::CopyView { name, view: view.clone() });
            r.after.push(Step::DropView { name: self.at_home(&ends.org.home, &info.name), view });
        }
        Ok(())
    }

    /// Rights follow the tenant; what else is worth knowing is said.
    async fn move_rights(&self, (old, new): (&str, &str), owned: &Owned<'_>, r: &mut Relocation) {
        if owned.collections.iter().any(|info| info.name.ends_with(".chunks")) {
            r.warnings
                .push("the tenant keeps files (GridFS); their two collections are copied like the others".to_owned());
        }
        match self.store.rights_on(old).await {
            Ok(rights) if rights.holders.is_empty() && rights.roles.is_empty() => {}
            Ok(rights) => {
                r.after.push(Step::Rights { db: new.to_owned(), like: Some(old.to_owned()) });
                r.warnings.push(format!(
                    "database users and roles with rights on {old} get the same on {new}: {}",
                    rights.names().join(", ")
                ));
            }
            Err(_) => r.warnings.push(format!(
                "whether database users have rights on {old} could not be looked up; they do not follow by themselves"
            )),
        }
    }

    async fn require_room(&self, db: &str, total: StoreStats) -> Result<()> {
        let Some(free) = self.store.free_bytes(db).await? else { return Ok(()) };
        if free > total.bytes.saturating_mul(2) {
            return Ok(());
        }
        Err(Error::new(
            &code::NO_ROOM,
            format!(
                "the copy needs about {} MiB on the server's disk, which has {} MiB left; a full disk ends mongod",
                total.bytes / 1_048_576 + 1,
                free / 1_048_576
            ),
        )
        .next("free space on the server, then repeat"))
    }

    pub(super) async fn expected_seconds(
        &self,
        moved: &[(Namespace, Namespace)],
        documents: u64,
        factor: f64,
    ) -> Result<f64> {
        let mut best = None;
        for (from, _) in moved {
            if let Some((read, took)) = self.store.read_rate(from, SAMPLE).await?
                && best.is_none_or(|(most, _)| read > most)
            {
                best = Some((read, took));
            }
        }
        let (read, took) = best.unwrap_or((1, Duration::from_micros(1)));
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let seconds = took.as_secs_f64() / read as f64 * documents as f64 * factor;
        Ok(seconds + 0.05)
    }
}

/// Once the organization is elsewhere, the views at the old names say so: what they could be read for grows old.
fn leave_notices(ends: &Ends<'_>, new: &str, r: &mut Relocation) {
    let text = format!(
        "organization {} is named {} since {}; its data moved to database {new} (flowbit operation {})",
        ends.org.name,
        ends.name,
        date(ends.now),
        ends.op
    );
    for step in &r.plan.before {
        if let Step::Move(m) = step {
            let sentry = Sentry { op: ends.op.0.clone(), notice: Some(text.clone()), latch: false };
            r.after.push(Step::Notice { name: m.from.clone(), on: m.to.coll.clone(), sentry });
        }
    }
}
