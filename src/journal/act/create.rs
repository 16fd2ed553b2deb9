//! New collections: made under a name of the operation's own, so that it is certain whose they are, then published.

use bson::{Document, Uuid, doc};

use super::{Halt, Scene, look_again};
use crate::domain::plan::Namespace;
use crate::domain::record::Happening;
use crate::store::failure::server;

impl Scene<'_> {
    pub(super) async fn create(
        &mut self,
        number: i32,
        name: &Namespace,
        staging: &Namespace,
        indexes: &[Document],
    ) -> Result<(), Halt> {
        for _ in 0..20 {
            let Some(uuid) = self.made(number, staging).await? else {
                match self.pen().create_collection(staging).await {
                    Err(failure) if !failure.is(server::NAMESPACE_EXISTS) => return Err(failure.into()),
                    _ => continue,
                }
            };
            let Some(info) = self.store().by_uuid_near(&[name, staging], uuid).await? else {
                return Err(Halt::Stuck(format!("the new collection for {name} is gone; somebody dropped it")));
            };
            if info.name == name.coll {
                return Ok(());
            }
            if !indexes.is_empty() {
                self.pen().create_indexes(staging, indexes).await?;
            }
            match self.pen().rename(uuid, staging, name).await {
                Err(failure) if failure.is(server::NAMESPACE_EXISTS) => {
                    return Err(Halt::Occupied(format!(
                        "somebody made a collection named {name} in the meantime; it was left alone"
                    )));
                }
                Err(failure) if look_again(&failure) => {}
                other => return Ok(other?),
            }
        }
        Err(Halt::Stuck(format!("{staging} and {name} change faster than they can be put in order")))
    }

    pub(super) async fn uncreate(&mut self, number: i32, name: &Namespace, staging: &Namespace) -> Result<(), Halt> {
        for _ in 0..20 {
            let Some(uuid) = self.made(number, staging).await? else { return Ok(()) };
            let Some(info) = self.store().by_uuid_near(&[name, staging], uuid).await? else { return Ok(()) };
            if info.name == name.coll {
                // Out of sight first, so that nobody writes between the look and the drop.
                match self.pen().rename(uuid, name, staging).await {
                    Err(failure) if look_again(&failure) => continue,
                    other => other?,
                }
            }
            if self.store().exists(staging, doc! {}).await? {
                let note = format!("{staging} is kept: somebody wrote documents into {name} before it was taken back");
                return self.append(Happening::Noted { note }).await;
            }
            match self.pen().drop_collection(uuid, staging).await {
                Err(failure) if look_again(&failure) => {}
                other => return Ok(other?),
            }
        }
        Err(Halt::Stuck(format!("{staging} and {name} change faster than they can be put in order")))
    }

    /// The identity of the collection that this step made: from the record, or from the name only this operation uses.
    async fn made(&mut self, number: i32, staging: &Namespace) -> Result<Option<Uuid>, Halt> {
        if let Some(uuid) = self.held.record.folded().made.get(&number) {
            return Ok(Some(*uuid));
        }
        let Some(uuid) = self.store().at(staging).await?.and_then(|info| info.uuid) else { return Ok(None) };
        self.append(Happening::Made { step: number, uuid }).await?;
        Ok(Some(uuid))
    }
}
