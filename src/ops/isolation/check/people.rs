//! Everybody who has an account: read once, before anything else, so that whatever refers to them can be judged as it
//! streams by.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Bson, Document};

use super::ident::{Ident, Maker, Table, text};
use super::tenants::{Raw, Tenants, raw, value};
use crate::domain::description::{AccountPlace, AccountShape};
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::{Element, at};
use crate::domain::template::Var;
use crate::error::Result;
use crate::ops::House;
use crate::ops::doctor::estate::Estate;
use crate::store::batches::Sweep;

/// Doubled e-mails that are remembered; more would tell nobody more.
const DOUBLES: usize = 10_000;

/// What accounts say that have one link.
#[derive(Debug, Clone, Default)]
pub(super) struct Heads {
    /// All.
    pub accounts: u64,
    /// With the administrator's role.
    pub admins: u64,
    /// In force.
    pub active: u64,
    /// One of them.
    pub one: Option<Bson>,
}

/// An e-mail, or an identifier, that came a second time.
#[derive(Debug)]
pub(super) struct Double {
    pub ns: Namespace,
    pub id: Bson,
    /// The e-mail, or the identifier, as it is there.
    pub what: Bson,
    pub owner: u32,
    /// Whose it was before.
    pub others: Vec<u32>,
    /// Whether another of the same tenant has it.
    pub same: bool,
}

/// What the accounts said.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Whose accounts are, by identifier.
    pub ids: Table,
    /// The same by e-mail.
    pub mails: Table,
    /// Accounts that are not in force.
    pub disabled: HashSet<u64>,
    /// By collection and link.
    pub heads: BTreeMap<Namespace, HashMap<Raw, Heads>>,
    pub doubled_mails: Vec<Double>,
    pub doubled_ids: Vec<Double>,
    pub read: BTreeMap<Namespace, u64>,
    /// Whether more e-mails came twice than are remembered.
    pub doubles_full: bool,
    /// How often an e-mail came again.
    told: HashMap<u64, u32>,
    /// Whether identifiers are other values than ObjectIds and UUIDs.
    pub odd_ids: bool,
}

/// Where accounts are read, and where things stand in them.
struct Desk<'p> {
    shape: &'p AccountShape,
    ns: Namespace,
    email: Option<&'p str>,
    id: Option<&'p str>,
    role: Option<&'p str>,
    link: Option<&'p str>,
    /// The tenant whose own database it is.
    fixed: Option<u32>,
}

impl People {
    /// Reads them.
    pub async fn load(house: &House<'_>, estate: &Estate, tenants: &Tenants, maker: &Maker) -> Result<Self> {
        let account = &house.platform.account;
        let mut people = Self::default();
        match account.place {
            AccountPlace::Master | AccountPlace::Organization => {
                let ns = house.master(&account.collection);
                people.read_at(house, tenants, maker, ns, None).await?;
            }
            AccountPlace::Store => {
                for (whose, org) in tenants.housed() {
                    if let Some((ns, _)) = house.accounts(org)
                        && estate.has(&ns)
                        && !people.read.contains_key(&ns)
                    {
                        people.read_at(house, tenants, maker, ns, Some(whose)).await?;
                    }
                }
            }
        }
        Ok(people)
    }

    async fn read_at(
        &mut self,
        house: &House<'_>,
        tenants: &Tenants,
        maker: &Maker,
        ns: Namespace,
        fixed: Option<u32>,
    ) -> Result<()> {
        let shape = &house.platform.account;
        let link = match shape.place {
            AccountPlace::Master => house.platform.account_link_path(),
            AccountPlace::Organization => house.platform.organization.as_ref().map(|shape| shape.id_path()),
            AccountPlace::Store => None,
        };
        let desk = Desk {
            shape,
            ns: ns.clone(),
            email: shape.fields.path_of(Var::Email),
            id: shape.fields.path_of(Var::AccountId).filter(|path| *path != "_id"),
            role: shape.fields.path_of(Var::Role),
            link,
            fixed,
        };
        let state = shape.state.as_ref().map(|state| state.field.as_str());
        let mut projection = Document::from_iter([("_id".to_owned(), Bson::Int32(1))]);
        let paths = [desk.email, desk.id, desk.role, desk.link, state];
        projection.extend(paths.into_iter().flatten().map(|path| (path.to_owned(), Bson::Int32(1))));
        let mut batches = house.store.sweep(&ns, Sweep { projection: Some(projection), ..Sweep::default() }).await?;
        let mut read = 0;
        while let Some(batch) = batches.next().await? {
            let mut documents = batch.documents()?;
            while let Ok(Some(document)) = documents.next() {
                self.meet(&desk, tenants, maker, document.value);
                read += 1;
            }
        }
        *self.read.entry(ns).or_default() += read;
        Ok(())
    }

    fn meet(&mut self, desk: &Desk<'_>, tenants: &Tenants, maker: &Maker, account: &[u8]) {
        let Some(id) = at(account, "_id") else { return };
        let active = !desk.shape.state.as_ref().is_some_and(|state| {
            let (kind, bytes) = raw(&state.inactive);
            at(account, &state.field).is_some_and(|is| is.kind == kind && is.value == bytes)
        });
        let link = desk.link.and_then(|path| at(account, path));
        let owner = desk.fixed.or_else(|| link.and_then(|link| tenants.by_link_or_id(link.kind, link.value)));
        let of_link = link.map_or((0, Vec::new()), |link| (link.kind, link.value.to_vec()));
        let heads = self.heads.entry(desk.ns.clone()).or_default().entry(of_link).or_default();
        heads.accounts += 1;
        heads.active += u64::from(active);
        let is = |element: Element<'_>, word: &str| element.kind == 2 && text(element.value) == Some(word.as_bytes());
        let appointed = desk.role.is_none_or(|path| at(account, path).is_some_and(|r| is(r, &desk.shape.admin_role)));
        heads.admins += u64::from(appointed && active);
        if heads.one.is_none() {
            heads.one = Some(value(id.kind, id.value));
        }
        let idents = [Some(id), desk.id.and_then(|path| at(account, path))].into_iter().flatten();
        let idents: Vec<(Ident, Element<'_>)> =
            idents.map(|element| (maker.value(element.kind, element.value), element)).collect();
        self.odd_ids |= idents.iter().any(|(ident, _)| ident.shown().is_none());
        if !active {
            self.disabled.extend(idents.iter().map(|(ident, _)| ident.number()));
        }
        let Some(owner) = owner else { return };
        for (ident, element) in idents {
            let before: Vec<u32> = self.ids.get(&ident).map(|whose| self.ids.all(&whose).to_vec()).unwrap_or_default();
            // A number, or a word, is an account's in each tenant.
            if self.ids.add(ident, owner) && ident.shown().is_some() && self.doubled_ids.len() < DOUBLES {
                self.doubled_ids.push(double(desk, id, element, owner, before));
            }
        }
        let Some(email) = desk.email.and_then(|path| at(account, path)).filter(|email| email.kind == 2) else { return };
        let Some(bytes) = text(email.value).filter(|bytes| !bytes.is_empty()) else { return };
        let ident = maker.mail(bytes);
        let before: Vec<u32> = self.mails.get(&ident).map(|whose| self.mails.all(&whose).to_vec()).unwrap_or_default();
        self.mails.add(ident, owner);
        let again = before.contains(&owner);
        if !again && before.is_empty() {
            return;
        }
        // Two of them tell it; a third tells nothing more.
        let told = self.told.entry(ident.number()).or_default();
        *told += 1;
        if *told > 2 && !again {
            return;
        }
        if self.doubled_mails.len() >= DOUBLES {
            self.doubles_full = true;
        } else {
            let mut double = double(desk, id, email, owner, before);
            double.same = again;
            self.doubled_mails.push(double);
        }
    }

    /// All accounts of a link, wherever they are.
    pub fn heads_of(&self) -> HashMap<Raw, Heads> {
        let mut all: HashMap<Raw, Heads> = HashMap::new();
        for (link, heads) in self.heads.values().flatten() {
            let sum = all.entry(link.clone()).or_default();
            sum.accounts += heads.accounts;
            sum.admins += heads.admins;
            sum.active += heads.active;
        }
        all
    }
}

fn double(desk: &Desk<'_>, id: Element<'_>, what: Element<'_>, owner: u32, others: Vec<u32>) -> Double {
    Double {
        ns: desk.ns.clone(),
        id: value(id.kind, id.value),
        what: value(what.kind, what.value),
        owner,
        others,
        same: false,
    }
}
