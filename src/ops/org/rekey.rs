//! Layout `shared`: another key for a tenant, in every document that carries it.

use bson::{Bson, Document, doc};

use super::Org;
use super::create::at_path;
use super::kept::Kept;
use super::relocate::Relocation;
use super::rename::{Ends, Estimate, MovedCollection};
use crate::domain::catalog::StoreStats;
use crate::domain::description::AccountPlace;
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::{Fence, Namespace, Rekey, Step, Twin};
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::layout::shared::{Rewritten, rewritten};
use crate::ops::House;
use crate::store::documents::carries;
use crate::store::fences::{FENCES, fence_id};

/// How much longer rewriting a key takes than reading the document.
const REKEY_FACTOR: f64 = 25.0;

/// Seconds between the moment that shuts writers with the old key out and the commit.
const LAST_MOMENT: f64 = 0.1;

/// BSON documents end here.
const LARGEST: u64 = 16 * 1024 * 1024;

/// So many accounts change with the commit; more, and they change before it, in batches.
const ACCOUNTS_IN_COMMIT: u64 = 5_000;

impl House<'_> {
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
        let rekeys = self.measure_shares(&changes, r).await?;
        let changed = || changes.iter().filter(|change| change.key.1 != change.key.2);
        let fence = |change: &Rewritten, value: &Bson| Fence {
            ns: self.master(&change.collection),
            path: change.key.0.clone(),
            value: value.clone(),
        };
        let mut opened: Vec<Fence> = changed().map(|change| fence(change, &change.key.2)).collect();
        // Many accounts change before the commit: then theirs is a key like the others.
        let in_batches = accounts.in_batches.iter();
        opened.extend(in_batches.map(|rekey| Fence {
            ns: rekey.ns.clone(),
            path: rekey.path.clone(),
            value: rekey.to.clone(),
        }));
        let mut closed: Vec<Fence> = changed().map(|change| fence(change, &change.key.1)).collect();
        closed.extend(accounts.fence.clone().filter(|fence| closed.iter().all(|known| known.ns != fence.ns)));
        for fence in &opened {
            let entry = doc! { "_id": fence_id(fence) };
            let older = self.store.find_one(&self.master(FENCES), entry, None).await?;
            r.plan.before.push(Step::Fence { fence: fence.clone(), until: None, older });
        }
        let all = || rekeys.iter().chain(&accounts.in_batches);
        r.plan.before.extend(all().cloned().map(Step::Rekey));
        for fence in &closed {
            r.plan.before.push(Step::Fence { fence: fence.clone(), until: Some(ends.until), older: None });
        }
        let last = all().filter(|rekey| rekey.within.is_empty());
        r.plan.before.extend(last.map(|rekey| Step::Rekey(Rekey { fenced: true, ..rekey.clone() })));
        if !opened.is_empty() {
            r.none.extend(closed.iter().map(|fence| (fence.ns.clone(), carries(&fence.path, &fence.value))));
            r.warnings.push(self.old_tokens(ends));
        }
        let own = vec![ends.op.0.clone()];
        r.after.extend(opened.into_iter().map(|fence| Step::Unfence { fence, ops: own.clone() }));
        // Accounts change with the commit, so nothing shuts the new key out before; an earlier rename may have.
        r.after.extend(accounts.reclaimed.map(|(fence, op)| Step::Unfence { fence, ops: vec![op] }));
        Ok(())
    }

    /// How much of each collection is the tenant's, and what has to be rewritten there.
    async fn measure_shares(&self, changes: &[Rewritten], r: &mut Relocation) -> Result<Vec<Rekey>> {
        let (mut all, mut rekeys) = (0, Vec::new());
        for change in changes {
            let ns = self.master(&change.collection);
            let (key, from, _) = &change.key;
            let (documents, bytes, largest) = self.store.share(&ns, carries(key, from)).await?;
            require_growth(&ns, largest, change)?;
            all += documents;
            let stats = StoreStats { documents, bytes, indexes: 0 };
            r.shares.push(MovedCollection { from: ns.coll.clone(), to: ns.coll.clone(), stats });
            rekeys.extend(rekeys_of(&ns, change));
            r.moved.push((ns.clone(), ns));
        }
        let seconds = self.expected_seconds(&r.moved, all, REKEY_FACTOR).await?;
        r.estimate = Some(Estimate { seconds, pause_seconds: LAST_MOMENT.min(seconds) });
        Ok(rekeys)
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
        let entry = self.store.find_one(&self.master(FENCES), doc! { "_id": fence_id(&taken_back) }, None).await?;
        let op = entry.and_then(|entry| entry.get_str("op").ok().map(str::to_owned));
        keys.reclaimed = op.map(|op| (taken_back, op));
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
    /// A fence that an earlier operation put before the new key.
    reclaimed: Option<(Fence, String)>,
}

/// The key with its twins; or the twins alone, where the key itself stays.
fn rekeys_of(ns: &Namespace, change: &Rewritten) -> Vec<Rekey> {
    let (path, from, to) = change.key.clone();
    let twin =
        |(path, from, to): &(String, Bson, bson::Bson)| Twin { path: path.clone(), from: from.clone(), to: to.clone() };
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
    let grows = |from: &Bson, to: &bson::Bson| length(to).saturating_sub(length(from));
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
