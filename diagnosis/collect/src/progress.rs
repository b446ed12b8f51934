//! How far reading has got, in the steps of the playbook.

use std::time::Duration;

use tokio::time::Instant;

/// Something began or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Step of the playbook, 1 to 9.
    pub step: u8,
    /// Where it is.
    pub state: State,
    /// How long it took so far.
    pub took: Duration,
}

/// Where a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being read.
    Started,
    /// It was read, as far as it could be.
    Done,
}

/// Told of progress.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Reports the step's beginning and end around `work`.
///
/// The work is boxed: futures of futures of the SDK's are large, and their types deep.
pub(crate) fn step<'w, T>(
    listener: Listener<'w>,
    step: u8,
    work: impl Future<Output = T> + 'w,
) -> impl Future<Output = T> + 'w
where
    T: 'w,
{
    let work = Box::pin(work);
    async move {
        let began = Instant::now();
        let tell = |state| {
            listener(Progress {
                step,
                state,
                took: began.elapsed(),
            });
        };
        tell(State::Started);
        let value = work.await;
        tell(State::Done);
        value
    }
}
