//! Many accounts from a file: each row is judged by itself, and those that are good are made in operations of some
//! hundreds. A row that is there already is nothing to do, so a file can be taken again after a kill.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::create::Newcomer;
use super::hash::HashFacts;
use super::realm::{Realm, Whose};
use super::values::accept_value;
use crate::domain::record::OpId;
use crate::error::{Error, Result, code};
use crate::ops::org::create::accept_email;
use crate::ops::{Consent, House, password};
use crate::store::Secret;

/// Accounts that are made in one transaction.
const AT_ONCE: usize = 500;

/// E-mails that are looked up at a time.
const LOOKED_UP: usize = 5000;

/// How often somebody may take an e-mail of a batch between the look and the operation.
const ATTEMPTS: usize = 3;

/// One row of a file.
#[derive(Debug)]
pub struct Entry {
    /// Its line.
    pub line: u64,
    /// The e-mail as it stands there.
    pub email: String,
    /// The role, where one is given.
    pub role: Option<String>,
    /// The password, where one is given.
    pub password: Option<Secret>,
    /// The hash, where one is given.
    pub hash: Option<Secret>,
    /// Further fields.
    pub sets: Vec<(String, String)>,
    /// What was wrong when it was read.
    pub broken: Option<Error>,
}

/// What becomes of a row.
#[derive(Debug)]
pub enum Fate {
    /// It can be made.
    Ready(Box<Ready>),
    /// It was made.
    Created,
    /// It is there already and was left as it is.
    Exists,
    /// It cannot be made.
    Refused(Error),
    /// It is in an operation that waits.
    Waiting(OpId),
}

impl Fate {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Fate::Ready(_) => "ready",
            Fate::Created => "created",
            Fate::Exists => "exists",
            Fate::Refused(_) => "refused",
            Fate::Waiting(_) => "waiting",
        }
    }
}

/// A row that can be made.
#[derive(Debug)]
pub struct Ready {
    newcomer: Newcomer,
    key: Key,
}

/// Where the hash comes from.
#[derive(Debug)]
enum Key {
    Password(Secret),
    Hash(Secret),
    ToGenerate,
}

/// One row with what becomes of it.
#[derive(Debug)]
pub struct Judged {
    /// Its line.
    pub line: u64,
    /// The e-mail, as the platform stores it where it is one.
    pub email: String,
    /// The role.
    pub role: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// All rows, judged.
#[derive(Debug, Default)]
pub struct Survey {
    /// The rows, in the order of the file.
    pub rows: Vec<Judged>,
    /// Things to know.
    pub warnings: Vec<String>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Imported {
    /// The operations.
    pub operations: Vec<OpId>,
    /// What kept the rest from being done.
    pub stopped: Option<Error>,
    /// How long it took.
    pub took: Duration,
}

impl Survey {
    /// How many rows have this fate.
    pub fn count(&self, word: &str) -> usize {
        self.rows.iter().filter(|row| row.fate.word() == word).count()
    }

    /// How many passwords have to be generated.
    pub fn to_generate(&self) -> usize {
        let lacks = |row: &&Judged| matches!(&row.fate, Fate::Ready(ready) if matches!(ready.key, Key::ToGenerate));
        self.rows.iter().filter(lacks).count()
    }

    /// Generates the passwords that are missing, and gives them with the e-mails they are for.
    pub fn generate(&mut self) -> Vec<(String, Secret)> {
        let mut generated = Vec::new();
        for row in &mut self.rows {
            if let Fate::Ready(ready) = &mut row.fate
                && matches!(ready.key, Key::ToGenerate)
            {
                let password = password::generate();
                generated.push((row.email.clone(), password.clone()));
                ready.key = Key::Password(password);
            }
        }
        generated
    }

    /// The first refusal.
    pub fn first_refusal(&self) -> Option<&Error> {
        self.rows.iter().find_map(|row| if let Fate::Refused(error) = &row.fate { Some(error) } else { None })
    }
}

impl House<'_> {
    /// Judges all rows. Nothing is changed.
    ///
    /// # Errors
    /// `E0201`, `E0317`; what is wrong with a row is its fate.
    pub async fn survey_users(&self, whose: &Whose, entries: Vec<Entry>) -> Result<Survey> {
        let realm = self.realm(whose).await?;
        self.require_addable(&realm)?;
        let normal = |email: &str| accept_email(email, realm.shape.lower_case_email);
        let emails: Vec<String> = entries.iter().filter_map(|entry| normal(&entry.email).ok()).collect();
        let mut taken = HashMap::new();
        for some in emails.chunks(LOOKED_UP) {
            for found in self.taken(&realm, some).await? {
                // One of their own and one of somebody else's: their own is what was asked about.
                let known = taken.entry(found.email.clone()).or_insert_with(|| found.clone());
                if found.mine {
                    *known = found;
                }
            }
        }
        let mut survey = Survey::default();
        let mut seen: HashMap<String, u64> = HashMap::new();
        for mut entry in entries {
            let email = normal(&entry.email).unwrap_or_else(|_| entry.email.trim().to_owned());
            let role = entry.role.as_deref().map(|role| role.trim().to_owned());
            let key = email.to_lowercase();
            let (line, first) = (entry.line, seen.get(&key).copied());
            let fate = match (first, entry.broken.take()) {
                (Some(first), _) => {
                    Fate::Refused(Error::new(&code::ADMIN_TAKEN, format!("the e-mail stands in line {first} already")))
                }
                (None, Some(broken)) => Fate::Refused(broken),
                (None, None) => match (normal(&entry.email), taken.get(&key)) {
                    (Err(error), _) => Fate::Refused(error),
                    (Ok(_), Some(there)) if there.mine => Fate::Exists,
                    (Ok(_), Some(there)) => Fate::Refused(there.refused(&realm)),
                    (Ok(_), None) => judge(&realm, entry, &mut survey.warnings).unwrap_or_else(Fate::Refused),
                },
            };
            seen.entry(key).or_insert(line);
            survey.rows.push(Judged { line, email, role, fate });
        }
        Ok(survey)
    }

    /// Makes what can be made; what becomes of each row is written beside it.
    ///
    /// # Errors
    /// What stops it before anything is made; later it is part of what was done.
    pub async fn import_users(
        &self,
        whose: &Whose,
        survey: &mut Survey,
        jobs: usize,
        consent: &Consent,
    ) -> Result<Imported> {
        let start = Instant::now();
        let realm = self.realm(whose).await?;
        self.ensure_owners().await?;
        let mut done = Imported::default();
        let ready: Vec<usize> =
            (0..survey.rows.len()).filter(|at| matches!(survey.rows[*at].fate, Fate::Ready(_))).collect();
        let of = ready.len().div_ceil(AT_ONCE);
        for (number, batch) in ready.chunks(AT_ONCE).enumerate() {
            self.watch.step(number + 1, of, &format!("create {} accounts", batch.len()));
            if let Err(error) = self.import_batch(whose, &realm, survey, batch, jobs, consent, &mut done).await {
                if done.operations.is_empty() && !error.changed() {
                    return Err(error);
                }
                done.stopped = Some(error);
                break;
            }
        }
        done.took = start.elapsed();
        Ok(done)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one import, in one place")]
    async fn import_batch(
        &self,
        whose: &Whose,
        realm: &Realm<'_>,
        survey: &mut Survey,
        batch: &[usize],
        jobs: usize,
        consent: &Consent,
        done: &mut Imported,
    ) -> Result<()> {
        let (mut rows, mut newcomers, mut hashes) = self.hashed(realm, survey, batch, jobs).await?;
        for attempt in 1.. {
            if newcomers.is_empty() {
                return Ok(());
            }
            self.still_wanted()?;
            let words = ("user.import", "user.imported");
            let both = (newcomers.as_slice(), hashes.as_slice());
            let outcome = match self.plan_newcomers(whose, both, words, None).await {
                Ok(prepared) => {
                    let op = prepared.record.id.clone();
                    let again = async |id: &OpId| self.plan_newcomers(whose, both, words, Some(id)).await;
                    let outcome = self.execute(prepared, consent, again).await;
                    let outcome = self.settle_refusal(whose, &newcomers, outcome).await;
                    if let Err(error) = &outcome
                        && error.changed()
                    {
                        rows.iter().for_each(|at| survey.rows[*at].fate = Fate::Waiting(op.clone()));
                    }
                    outcome
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(outcome) => {
                    if let Some(turned) = outcome.turned {
                        return Err(turned);
                    }
                    rows.iter().for_each(|at| survey.rows[*at].fate = Fate::Created);
                    done.operations.push(outcome.record.id);
                    return Ok(());
                }
                // Somebody took one of the e-mails meanwhile: the others are made without it.
                Err(error) if error.code() == &code::ADMIN_TAKEN && attempt < ATTEMPTS => {
                    let emails: Vec<String> = newcomers.iter().map(|newcomer| newcomer.email.clone()).collect();
                    for taken in self.taken(realm, &emails).await? {
                        let Some(at) = newcomers.iter().position(|n| n.email.to_lowercase() == taken.email) else {
                            continue;
                        };
                        let fate = if taken.mine { Fate::Exists } else { Fate::Refused(taken.refused(realm)) };
                        survey.rows[rows.remove(at)].fate = fate;
                        newcomers.remove(at);
                        hashes.remove(at);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The accounts of a batch with their hashes.
    async fn hashed(
        &self,
        realm: &Realm<'_>,
        survey: &Survey,
        batch: &[usize],
        jobs: usize,
    ) -> Result<(Vec<usize>, Vec<Newcomer>, Vec<Secret>)> {
        let ready: Vec<(usize, &Ready)> = batch
            .iter()
            .filter_map(|at| if let Fate::Ready(ready) = &survey.rows[*at].fate { Some((*at, &**ready)) } else { None })
            .collect();
        let passwords: Vec<Secret> = ready
            .iter()
            .filter_map(
                |(_, ready)| if let Key::Password(password) = &ready.key { Some(password.clone()) } else { None },
            )
            .collect();
        let mut computed = self.hash_all(realm, passwords, jobs).await?.into_iter();
        let (mut rows, mut newcomers, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for (at, ready) in ready {
            let hash = match &ready.key {
                Key::Hash(hash) => Some(hash.clone()),
                Key::Password(_) => computed.next(),
                Key::ToGenerate => None,
            };
            let missing = || Error::new(&code::INTERNAL, "an account was to be made without a password");
            hashes.push(hash.ok_or_else(missing)?);
            newcomers.push(ready.newcomer.clone());
            rows.push(at);
        }
        Ok((rows, newcomers, hashes))
    }

    /// Hashes on all cores, telling how far it is, until somebody wants to stop.
    async fn hash_all(&self, realm: &Realm<'_>, passwords: Vec<Secret>, jobs: usize) -> Result<Vec<Secret>> {
        let stint = Arc::new(password::Stint::default());
        let all = u64::try_from(passwords.len()).ok();
        let mut work = std::pin::pin!(password::hash_many(passwords, realm.shape.hash, jobs, Arc::clone(&stint)));
        loop {
            tokio::select! {
                hashes = &mut work => return hashes,
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    if self.interrupt.is_asked() {
                        stint.stop.store(true, Ordering::Relaxed);
                    }
                    let done = stint.done.load(Ordering::Relaxed);
                    self.watch.progress(u64::try_from(done).unwrap_or_default(), all);
                }
            }
        }
    }

    fn still_wanted(&self) -> Result<()> {
        if self.interrupt.is_asked() {
            return Err(Error::new(&code::CANCELLED, "interrupted; nothing was changed"));
        }
        Ok(())
    }
}

/// What becomes of a row whose e-mail is free.
fn judge(realm: &Realm<'_>, entry: Entry, warnings: &mut Vec<String>) -> Result<Fate> {
    let mut sets = Vec::new();
    for (path, text) in &entry.sets {
        sets.push((path.clone(), accept_value(realm.shape, path, text)?));
    }
    let (newcomer, warning) = Newcomer::new(realm, &entry.email, entry.role.as_deref(), sets)?;
    if let Some(warning) = warning
        && !warnings.contains(&warning)
    {
        warnings.push(warning);
    }
    let key = match (entry.password, entry.hash) {
        (Some(_), Some(_)) => {
            return Err(Error::new(&code::BAD_PASSWORD, "there is a password and a hash; give one of them"));
        }
        (Some(password), None) => Key::Password(password::accept(password.reveal(), realm.shape.hash)?),
        (None, Some(hash)) => {
            let facts = HashFacts::of(Some(&bson::Bson::from(hash.reveal())), realm.shape.hash);
            if let Some(why) = facts.why {
                return Err(Error::new(&code::BAD_PASSWORD, format!("the platform does not take this hash: {why}")));
            }
            Key::Hash(hash)
        }
        (None, None) => Key::ToGenerate,
    };
    Ok(Fate::Ready(Box::new(Ready { newcomer, key })))
}
