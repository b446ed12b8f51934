//! Tasks as they were last seen: AWS forgets a stopped task about an hour after it stopped.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>

use diagnosis::evidence::ecs::Task;
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed};
use futures::future::join_all;

use crate::reader::{CacheKey, Kind};
use crate::session::Session;

/// Tasks that are kept of one diagnosis, the newest.
const MOST: usize = 20;

async fn key(session: &Session<'_>, cluster: &str, id: &str) -> Option<CacheKey> {
    let account = session.account().await;
    (!account.is_empty()).then(|| CacheKey {
        account,
        region: session.region.clone(),
        kind: Kind::SeenTask,
        resource: format!("{cluster}/{}", short(id)),
    })
}

/// Keeps the stopped ones among these tasks.
pub(crate) async fn remember(session: &Session<'_>, cluster: &str, tasks: &Observed<Listing<Task>>) {
    let Some(listing) = tasks.value() else { return };
    let mut stopped: Vec<&Task> = listing.items.iter().filter(|task| task.is_stopped()).collect();
    stopped.sort_by_key(|task| std::cmp::Reverse(task.failed_at()));
    let writes = stopped.into_iter().take(MOST).map(|task| async move {
        let item = Observed::present(tasks.source.clone(), tasks.at, task.clone());
        if let Some(key) = key(session, cluster, &task.arn).await
            && let Ok(json) = serde_json::to_string(&item)
        {
            session.reader.store(&key, json).await;
        }
    });
    join_all(writes).await;
}

/// The task as it was last seen, with the time when it was.
pub(crate) async fn recall(session: &Session<'_>, cluster: &str, id: &str) -> Option<Observed<Task>> {
    let key = key(session, cluster, id).await?;
    let json = session.reader.cached(&key).await?;
    serde_json::from_str(&json).ok()
}
