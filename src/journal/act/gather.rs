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
            return Err(Halt::Stuck(format!("the collection that {} belongs to is gone", stray.at)));
        };
        let aside = Namespace::new(&db, aside.name);
        if aside != stray.at {
            // Recorded, and interrupted before it was put aside: settling has ended without it in the way.
            return self.append(Happening::Gathered { uuid: stray.uuid }).await;
        }
        let merged = self.pen().merge_missing(&aside, stray.uuid, &Namespace::new(&db, &home.name), LIMIT).await;
        let clash = matches!(&merged, Err(failure) if failure.is(server::DUPLICATE_KEY) || failure.is(server::DOCUMENT_VALIDATION));
        match merged {
            Err(failure) if look_again(&failure) => {
                return Err(Halt::Stuck(format!("{aside} changed while it was being gathered; resume")));
            }
            Err(failure) if !clash => return Err(failure.into()),
            _ => {}
        }
        let differing = self.store().count_differing(&aside, &home.name, LIMIT).await?;
        if differing > 0 {
            return self.append(Happening::Differs { uuid: stray.uuid, documents: differing }).await;
        }
        match self.pen().drop_collection(stray.uuid, &aside).await {
            Err(failure) if !look_again(&failure) => return Err(failure.into()),
            _ => {}
        }
        self.append(Happening::Gathered { uuid: stray.uuid }).await
    }
}
