//! One way to talk to Redis: commands that answer or fail within a second, and connections of their
//! own for reads that block.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, ScriptInvocation,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::JobsError;

/// Slack waits three seconds for an acknowledgement; a Redis that is away must be known well before.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Leaves room for a second try within [`ANSWER_WITHIN`] when connecting hangs.
const CONNECT_WITHIN: Duration = Duration::from_millis(500);

/// A handle on one Redis. Cheap to clone; reconnects by itself.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    commands: ConnectionManager,
    address: String,
}

impl Redis {
    /// A handle on the Redis at `url`. Connects with the first command, so it succeeds while Redis is
    /// down. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`JobsError::Address`] where `url` is none.
    pub fn open(url: &SecretString) -> Result<Self, JobsError> {
        let address_error = |e: RedisError| JobsError::Address { reason: reason(&e) };
        // For `rediss://`: the client takes the process's TLS provider, and panics without one. Refused
        // where one is installed already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(url.expose_secret()).map_err(address_error)?;
        let address = client.get_connection_info().addr().to_string();
        // No retries inside the manager: they would outlast our callers. `run` tries twice.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let commands = client
            .get_connection_manager_lazy(config)
            .map_err(address_error)?;
        Ok(Self {
            client,
            commands,
            address,
        })
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends a command that may be repeated.
    pub(super) async fn command<T: FromRedisValue>(
        &self,
        doing: &'static str,
        cmd: &Cmd,
    ) -> Result<T, JobsError> {
        self.twice(
            doing,
            |mut redis| async move { cmd.query_async(&mut redis).await },
        )
        .await
    }

    /// Runs a script that may be repeated.
    pub(super) async fn script<T: FromRedisValue>(
        &self,
        doing: &'static str,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, JobsError> {
        self.twice(
            doing,
            |mut redis| async move { script.invoke_async(&mut redis).await },
        )
        .await
    }

    /// Runs a transaction that may be repeated.
    pub(super) async fn transaction(&self, doing: &'static str, pipe: &Pipeline) -> Result<(), JobsError> {
        self.twice(
            doing,
            |mut redis| async move { pipe.exec_async(&mut redis).await },
        )
        .await
    }

    /// After a restart of Redis the manager answers the next command with the error of the old
    /// connection and reconnects behind it, so a dropped connection deserves a second try at once.
    async fn twice<T, F>(
        &self,
        doing: &'static str,
        attempt: impl Fn(ConnectionManager) -> F,
    ) -> Result<T, JobsError>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        let both = async {
            match attempt(self.commands.clone()).await {
                Err(e) if e.is_connection_dropped() => attempt(self.commands.clone()).await,
                answer => answer,
            }
        };
        match timeout(ANSWER_WITHIN, both).await {
            Ok(answer) => answer.map_err(|e| self.error(doing, &e)),
            Err(_) => Err(JobsError::RedisUnavailable {
                address: self.address.clone(),
                doing,
                reason: format!("no answer within {} ms", ANSWER_WITHIN.as_millis()),
            }),
        }
    }

    /// A connection for reads that block on the server: on a shared one they would hold up everybody,
    /// and the usual response timeout would break them off.
    pub(super) async fn dedicated(&self) -> Result<MultiplexedConnection, JobsError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(None);
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|e| self.error("connecting to read jobs", &e))
    }

    /// Sorts what the client library reports.
    pub(super) fn error(&self, doing: &'static str, error: &RedisError) -> JobsError {
        let address = self.address.clone();
        // Codes of a server that is there but cannot serve for the moment:
        // <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>
        let away = matches!(
            error.code(),
            Some("LOADING" | "MASTERDOWN" | "READONLY" | "TRYAGAIN" | "BUSY")
        );
        match error.kind() {
            ErrorKind::Io => JobsError::RedisUnavailable {
                address,
                doing,
                reason: reason(error),
            },
            _ if away => JobsError::RedisUnavailable {
                address,
                doing,
                reason: reason(error),
            },
            _ if error.code() == Some("OOM") => JobsError::OutOfMemory { address, doing },
            _ => JobsError::Refused {
                address,
                doing,
                reason: reason(error),
            },
        }
    }
}

/// Shows the address only: the client's own form would show the user name.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The library's words on one line, without a full stop at the end.
fn reason(error: &RedisError) -> String {
    let text = error.to_string().replace(['\r', '\n'], " ");
    text.trim_end_matches(['.', ' ']).to_owned()
}
