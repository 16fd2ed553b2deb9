//! Who works on an operation: a lease on the server's clock, with a token that rises at every change of hands.

use std::time::{Duration, Instant};

use bson::{DateTime, doc};

use super::{Held, Journal, parse};
use crate::domain::record::{Event, Happening, Record, Runner};
use crate::error::{Error, Result, code};
use crate::store::failure::server;
use crate::store::{Failure, machine};

/// How an operation is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Only from a runner that is known to be dead or whose lease ran out.
    WhenFree,
    /// The same, waiting for the lease to run out. There is no way to hurry: a runner that is only paused may have a
    /// command on its way until then.
    Wait,
}

impl Journal<'_> {
    /// Takes an open operation over: the token rises, commands of the earlier runner that still run are ended.
    ///
    /// # Errors
    /// `E0305` while another runner may be alive, `E0307` for a closed operation.
    pub async fn take(&self, record: Record, me: &Runner, how: Take) -> Result<Held> {
        if !record.open {
            return Err(Error::new(
                &code::OP_STATE,
                format!("operation {} is {}; there is nothing to do", record.id, record.state.word()),
            ));
        }
        let record = self.wait_until_free(record, how).await?;
        self.store.fault().at("take:before").await;
        if let Some(session) = &record.lease.session {
            self.store.end_session(session).await?;
        }
        let session = self.store.session_id().await?;
        let start = Instant::now();
        let event =
            Event { at: DateTime::now(), token: record.lease.token + 1, what: Happening::Taken { runner: me.clone() } };
        let to_bson = |e: bson::error::Error| Error::new(&code::INTERNAL, e.to_string());
        let event = bson::serialize_to_document(&event).map_err(to_bson)?;
        let runner = bson::serialize_to_document(me).map_err(to_bson)?;
        let millis = i64::try_from(self.lease.as_millis()).unwrap_or(60_000);
        let update = vec![doc! { "$set": {
            "lease.runner": { "$literal": runner },
            "lease.token": { "$add": ["$lease.token", 1_i64] },
            "lease.until": { "$add": ["$$NOW", millis] },
            "lease.session": { "$literal": session },
            "events": { "$concatArrays": ["$events", [{ "$literal": event }]] },
        } }];
        let filter = doc! { "_id": record.id.as_str(), "lease.token": record.lease.token, "open": true };
        let pen = crate::store::Pen::free(self.store);
        let matched = pen.update_one(&self.ns(), filter, update).await;
        self.store.fault().at("take:after").await;
        let taken = self.store.find_one(&self.ns(), doc! { "_id": record.id.as_str() }, None).await?;
        let Some(taken) = taken else {
            return Err(Error::new(&code::OP_NOT_FOUND, format!("operation {} is gone", record.id)));
        };
        let taken = parse(&taken)?;
        let mine = taken.lease.token == record.lease.token + 1 && taken.lease.runner == *me;
        match matched {
            Err(failure) if !mine => return Err(failure.into_error("taking the operation over")),
            _ if !mine => {
                return Err(Error::new(
                    &code::LEASE_HELD,
                    format!("operation {} was just taken by {}", record.id, taken.lease.runner),
                ));
            }
            _ => {}
        }
        self.end_commands_before(&taken).await?;
        let warrant = self.warrant(&taken, start);
        Ok(Held { record: taken, warrant, pending: Vec::new(), in_doubt: false })
    }

    async fn wait_until_free(&self, mut record: Record, how: Take) -> Result<Record> {
        loop {
            let now = self.store.server_time().await?;
            let left = record.lease.until.timestamp_millis() - now.timestamp_millis();
            if left <= 0 || machine::is_dead(&record.lease.runner) == Some(true) {
                return Ok(record);
            }
            if how == Take::WhenFree {
                return Err(Error::new(
                    &code::LEASE_HELD,
                    format!(
                        "operation {} is in the hands of {}; its lease runs for another {} s",
                        record.id,
                        record.lease.runner,
                        left / 1000 + 1
                    ),
                )
                .next(format!("flowbit op show {}", record.id))
                .next(format!("flowbit op resume {} --wait   # waits for the lease to run out", record.id)));
            }
            tokio::time::sleep(Duration::from_millis(u64::try_from(left.min(1000)).unwrap_or(1000) + 5)).await;
            let stored = self.store.find_one(&self.ns(), doc! { "_id": record.id.as_str() }, None).await?;
            let Some(stored) = stored else {
                return Err(Error::new(&code::OP_NOT_FOUND, format!("operation {} is gone", record.id)));
            };
            record = parse(&stored)?;
            if !record.open {
                return Err(Error::new(
                    &code::OP_STATE,
                    format!("operation {} is {} by now", record.id, record.state.word()),
                ));
            }
        }
    }

    /// Ends what earlier runners have running on the server: a dead client does not stop its command.
    async fn end_commands_before(&self, record: &Record) -> Result<(), Failure> {
        let prefix = format!("flowbit:{}:", record.id);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let running = match self.store.commands_of(&prefix).await {
                Ok(running) => running,
                // Not allowed to look: the UUID guards still hold, and the lease was over.
                Err(failure) if failure.is(server::UNAUTHORIZED) => return Ok(()),
                Err(failure) => return Err(failure),
            };
            let older: Vec<_> =
                running.into_iter().filter(|(_, comment)| token_of(comment) < Some(record.lease.token)).collect();
            if older.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Failure::reported(
                    server::MAX_TIME_EXPIRED,
                    "a command of the earlier runner does not end",
                ));
            }
            for (opid, _) in older {
                match self.store.kill(opid).await {
                    Err(failure) if failure.is(server::UNAUTHORIZED) => return Ok(()),
                    other => other?,
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn token_of(comment: &str) -> Option<i64> {
    comment.rsplit_once(':')?.1.parse().ok()
}

/// Until when something is kept that is left behind for this many days.
pub fn days_from(now: DateTime, days: u32) -> DateTime {
    DateTime::from_millis(now.timestamp_millis() + i64::from(days) * 86_400_000)
}
