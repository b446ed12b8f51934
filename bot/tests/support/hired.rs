//! A worker on threads of its own, as a process has them.

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A worker.
pub(crate) struct Hired {
    stop: CancellationToken,
    threads: Option<Runtime>,
}

impl Hired {
    /// Starts what `work` makes of the token that stops it.
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Self {
        let stop = CancellationToken::new();
        let threads = Runtime::new().unwrap();
        threads.spawn(work(stop.clone()));
        Self {
            stop,
            threads: Some(threads),
        }
    }

    /// Dies: whatever it was doing is cut off.
    pub(crate) fn dies(mut self) {
        self.threads.take().unwrap().shutdown_background();
    }
}

impl Drop for Hired {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}
