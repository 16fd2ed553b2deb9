//! How a tenant's data gets to where its new name says: copied into another database, or given another key.

use std::time::Duration;

use bson::{Document, doc};

use super::find::{date, require_movable};
use super::kept::{Kept, database_entry, store_entry};
use super::rename::{Ends, Estimate, MovedCollection};
use super::{Org, create::at_path};
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::description::AccountPlace;
use crate::domain::naming::{NAMESPACE_BYTES, OrgName, Slug};
use crate::domain::plan::{Copy, Fence, Move, Namespace, Plan, Rekey, Sentry, Step, Twin};
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::layout::shared::{Rewritten, rewritten};
use crate::layout::{Owned, owned};
use crate::ops::{House, Pace};
use crate::store::documents::carries;
use crate::store::fences::{FENCES, fence_id};

/// How much longer a copy takes than reading: on a server with two cores, inserting costs it eight times as much.
const COPY_FACTOR: f64 = 9.0;

/// And rewriting a key in place.
const REKEY_FACTOR: f64 = 25.0;

/// Documents that are read to see how fast this server is now.
const SAMPLE: u64 = 20_000;

/// BSON documents end here.
const LARGEST: u64 = 16 * 1024 * 1024;

/// So many accounts change with the commit; more, and they change before it, in batches.
const ACCOUNTS_IN_COMMIT: u64 = 5_000;

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
        let text = format!(
            "organization {} is named {} since {}; its data moved to database {new} (flowbit operation {})",
            org.name,
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
        let steps = &mut r.plan.before;
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

    async fn expected_seconds(&self, moved: &[(Namespace, Namespace)], documents: u64, factor: f64) -> Result<f64> {
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

    /// Layout `shared`: the key, and everything that repeats it, in every document of the tenant.
    ///
    /// The new key is shut out first, so that every document that has it later is the tenant's; the documents follow
    /// while the platform writes on under the old key; then that is shut out too, and the rest follows.
    pub(super) async fn rewrite_keys(&self, ends: &Ends<'_>, r: &mut Relocation) -> Result<()> {
        let (old, new) = (ends.before(self), ends.after(self));
        let changes = rewritten(self.platform, &old, &new);
        let accounts = self.account_keys(&old, &new).await?;
        if changes.is_empty() {
            return Ok(());
        }
        self.require_transactions()?;
        r.how = "rewritten";
        let (mut documents, mut rekeys) = (0, Vec::new());
        for change in &changes {
            let ns = self.master(&change.collection);
            let (key, from, _) = &change.key;
            let (n, bytes, largest) = self.store.measure(&ns, carries(key, from)).await?;
            require_growth(&ns, largest, change)?;
            documents += n;
            r.seen.insert(format!("{}#{}", ns.coll, plain(from)), bytes.min(1).cast_signed());
            r.moved.push((ns.clone(), ns.clone()));
            let stats = StoreStats { documents: n, bytes, indexes: 0 };
            r.shares.push(MovedCollection { from: ns.coll.clone(), to: ns.coll.clone(), stats });
            rekeys.extend(rekeys_of(&ns, change));
        }
        let mut places: Vec<Fence> = Vec::new();
        for change in changes.iter().filter(|change| change.key.1 != change.key.2) {
            let (path, _, value) = change.key.clone();
            places.push(Fence { ns: self.master(&change.collection), path, value });
        }
        let keyed = !places.is_empty();
        for fence in &places {
            let fences = self.master(FENCES);
            let older = self.store.find_one(&fences, doc! { "_id": fence_id(fence) }, None).await?;
            r.plan.before.push(Step::Fence { fence: fence.clone(), until: None, older });
        }
        r.plan.before.extend(rekeys.iter().cloned().map(Step::Rekey));
        r.plan.before.extend(accounts.in_batches.iter().cloned().map(Step::Rekey));
        let mut closed: Vec<Fence> = changes
            .iter()
            .filter(|change| change.key.1 != change.key.2)
            .map(|change| Fence {
                ns: self.master(&change.collection),
                path: change.key.0.clone(),
                value: change.key.1.clone(),
            })
            .collect();
        closed.extend(accounts.fence.clone().filter(|fence| closed.iter().all(|known| known.ns != fence.ns)));
        for fence in &closed {
            r.plan.before.push(Step::Fence { fence: fence.clone(), until: Some(ends.until), older: None });
        }
        let last = rekeys.iter().chain(&accounts.in_batches);
        let last = last.filter(|rekey| rekey.within.is_empty()).map(|rekey| Rekey { fenced: true, ..rekey.clone() });
        r.plan.before.extend(last.map(Step::Rekey));
        // Accounts change with the commit, so nothing shuts the new key out before; an earlier rename may have.
        places.extend(accounts.reclaimed);
        for fence in places {
            r.after.push(Step::Unfence { fence });
        }
        for fence in closed.iter().filter(|_| keyed) {
            r.none.push((fence.ns.clone(), carries(&fence.path, &fence.value)));
        }
        let seconds = self.expected_seconds(&r.moved, documents, REKEY_FACTOR).await?;
        r.estimate = Some(Estimate { seconds, pause_seconds: 0.1_f64.min(seconds) });
        if keyed {
            r.warnings.push(self.old_tokens(ends));
        }
        Ok(())
    }

    /// What the platform itself will show afterwards (B15).
    fn old_tokens(&self, ends: &Ends<'_>) -> String {
        let lifetime = self.platform.token.as_ref().map(|token| token.expires);
        let until =
            lifetime.map_or_else(|| "until they run out".to_owned(), |s| format!("for up to {} minutes", s / 60));
        format!(
            "tokens that the backend gave out before still name {} {until}: they see no documents and what they write is refused, until their users log in again",
            ends.org.name
        )
    }

    /// What brings documents under an old name's key to the tenant's present one.
    pub(crate) fn rekeys_from(&self, kept: &Kept, org: &Org) -> Vec<Rekey> {
        let name = OrgName::stored(kept.name.clone());
        let slug = match (self.platform.tenant_key(), &kept.key) {
            (Some(Var::Slug), Some(key)) => Slug::stored(key.clone()),
            _ => self.platform.naming.slug_of(name.as_str()),
        };
        let old = self.vars(&kept.org, &name, &slug, &org.home);
        let new = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let keyed = rewritten(self.platform, &old, &new).into_iter().filter(|change| change.key.1 != change.key.2);
        let rekeys = keyed.flat_map(|change| rekeys_of(&self.master(&change.collection), &change));
        rekeys.map(|rekey| Rekey { fenced: true, ..rekey }).collect()
    }

    /// Accounts that carry the key: with the commit, or, where they are many, before it.
    async fn account_keys(&self, old: &Vars, new: &Vars) -> Result<AccountKeys> {
        let mut keys = AccountKeys::default();
        let shape = &self.platform.account;
        let Some(link) = self.platform.account_link_path().filter(|_| shape.place == AccountPlace::Master) else {
            return Ok(keys);
        };
        let (Some(from), Some(to)) = (shape.fields.value_at(link, old), shape.fields.value_at(link, new)) else {
            return Ok(keys);
        };
        if from == to {
            return Ok(keys);
        }
        let ns = self.master(&shape.collection);
        if self.store.exists(&ns, carries(link, &to)).await? {
            return Err(Error::new(
                &code::STORE_TAKEN,
                format!("accounts in {} carry {link} = {} already; they were left alone", ns.coll, plain(&to)),
            )
            .next("choose another name"));
        }
        keys.fence = Some(Fence { ns: ns.clone(), path: link.to_owned(), value: from.clone() });
        let taken_back = Fence { ns: ns.clone(), path: link.to_owned(), value: to.clone() };
        let entry = doc! { "_id": fence_id(&taken_back) };
        if self.store.exists(&self.master(FENCES), entry).await? {
            keys.reclaimed = Some(taken_back);
        }
        if self.store.count(&ns, carries(link, &from)).await? > ACCOUNTS_IN_COMMIT {
            let twins = shape.fields.differences(old, new).into_iter().filter(|(path, _, _)| path != link);
            let twins = twins.map(|(path, from, to)| Twin { path, from, to }).collect();
            let path = link.to_owned();
            keys.in_batches.push(Rekey { ns, path, from, to, twins, within: Document::new(), fenced: false });
        }
        Ok(keys)
    }
}

#[derive(Default)]
struct AccountKeys {
    in_batches: Vec<Rekey>,
    fence: Option<Fence>,
    reclaimed: Option<Fence>,
}

/// The key with its twins; or the twins alone, where the key itself stays.
fn rekeys_of(ns: &Namespace, change: &Rewritten) -> Vec<Rekey> {
    let (path, from, to) = change.key.clone();
    let twin = |(path, from, to): &(String, bson::Bson, bson::Bson)| Twin {
        path: path.clone(),
        from: from.clone(),
        to: to.clone(),
    };
    if from != to {
        let twins = change.twins.iter().map(twin).collect();
        return vec![Rekey { ns: ns.clone(), path, from, to, twins, within: Document::new(), fenced: false }];
    }
    let within = at_path(&path, from);
    let alone = |t: Twin| Rekey {
        ns: ns.clone(),
        path: t.path,
        from: t.from,
        to: t.to,
        twins: Vec::new(),
        within: within.clone(),
        fenced: false,
    };
    change.twins.iter().map(twin).map(alone).collect()
}

/// A document that is nearly as large as documents can be has no room for a longer key.
fn require_growth(ns: &Namespace, largest: u64, change: &Rewritten) -> Result<()> {
    let length = |value: &bson::Bson| plain(value).len() as u64;
    let grows = |from: &bson::Bson, to: &bson::Bson| length(to).saturating_sub(length(from));
    let more =
        grows(&change.key.1, &change.key.2) + change.twins.iter().map(|(_, from, to)| grows(from, to)).sum::<u64>();
    if largest + more <= LARGEST {
        return Ok(());
    }
    Err(Error::new(
        &code::ORG_STATE,
        format!(
            "a document in {} has {largest} bytes; with a key that is {more} bytes longer it would be too large",
            ns.coll
        ),
    )
    .next("choose a name that is not longer, or make that document smaller"))
}
