//! Documents that somebody wrote under the old name while the collection was on its way: brought to where they belong.

use std::time::Duration;

use super::{Halt, Scene, look_again};
use crate::domain::plan::Namespace;
use crate::domain::record::{Happening, Stray};
use crate::store::failure::server;

const LIMIT: Duration = Duration::from_secs(600);

impl Scene<'_> {
    /// Brings every collection that was put aside home. One whose documents contradict those at home stays and is named.
    pub async fn gather(&mut self) -> Result<(), Halt> {
        for stray in self.held.record.folded().strays {
            if stray.differs.is_none() {
                self.gather_one(&stray).await?;
            }
        }
        Ok(())
    }

    async fn gather_one(&mut self, stray: &Stray) -> Result<(), Halt> {
        let db = stray.at.db.clone();
        let Some(aside) = self.store().by_uuid(&db, stray.uuid).await? else {
            return self.append(Happening::Gathered { uuid: stray.uuid }).await;
        };
        let Some(home) = self.store().by_uuid(&db, stray.belongs).await? else {
            let note = format!("the collection that the documents in {} belong to is gone; they stay there", stray.at);
            self.append(Happening::Noted { note }).await?;
            let documents = self.store().count(&stray.at, bson::Document::new()).await?;
            let documents = i64::try_from(documents).unwrap_or(i64::MAX);
            return self.append(Happening::Differs { uuid: stray.uuid, documents }).await;
        };
        let aside = Namespace::new(&db, aside.name);
        if aside != stray.at {
            // Recorded, and interrupted before it was put aside: settling has ended without it in the way.
            return self.append(Happening::Gathered { uuid: stray.uuid }).await;
        }
        // Compared before, not after: what is brought home can be changed there at once, and that is no contradiction.
        let contradicting = self.store().count_contradicting(&aside, &home.name, LIMIT).await?;
        let into = Namespace::new(&db, &home.name);
        let kept = match self.pen().merge_missing(&aside, stray.uuid, &into, LIMIT).await {
            Ok(()) => contradicting,
            // A unique index or a validator of the collection refuses one of them.
            Err(failure) if failure.is(server::DUPLICATE_KEY) || failure.is(server::DOCUMENT_VALIDATION) => {
                self.store().count_differing(&aside, &home.name, LIMIT).await?
            }
            Err(failure) if look_again(&failure) => {
                return Err(Halt::Stuck(format!("{aside} changed while it was being gathered; resume")));
            }
            Err(failure) => return Err(failure.into()),
        };
        if kept > 0 {
            return self.append(Happening::Differs { uuid: stray.uuid, documents: kept }).await;
        }
        match self.pen().drop_collection(stray.uuid, &aside).await {
            Err(failure) if !look_again(&failure) => return Err(failure.into()),
            _ => {}
        }
        self.append(Happening::Gathered { uuid: stray.uuid }).await
    }
}
