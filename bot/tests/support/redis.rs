//! A real Redis for one test: on a free loopback port, in a directory of its own, gone afterwards.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longest wait for a server to answer.
const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// A running `redis-server` with its append-only file on, written before anything is acknowledged: with
/// `everysec` Redis puts a write off while the disk is busy, and a crash then loses what it has accepted.
/// <https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/#latency-due-to-aof-and-disk-io>
#[derive(Debug)]
pub(crate) struct RedisServer {
    process: Option<Child>,
    directory: TempDir,
    port: u16,
}

impl RedisServer {
    /// Starts one and waits until it answers. The program is `redis-server`, or what `REDIS_SERVER` names.
    pub(crate) fn start() -> Self {
        // Somebody else may take the port between our looking and Redis's binding.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let mut server = Self {
                process: None,
                directory: tempfile::tempdir().unwrap(),
                port,
            };
            if server.launch() {
                return server;
            }
        }
        panic!("no redis-server could be started on any of five free ports");
    }

    /// What `REDIS_URL` would say.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Ends it as a crash does: SIGKILL, nothing flushed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again on the same port and the same files.
    pub(crate) fn restart(&mut self) {
        self.kill();
        assert!(
            self.launch(),
            "redis-server did not come back on port {}",
            self.port
        );
    }

    /// Stops it from answering while it keeps its port, until [`Self::thaw`].
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it answer again.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.as_ref().expect("a running server").id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn launch(&mut self) -> bool {
        let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
        let process = Command::new(&program)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--dir"])
            .arg(self.directory.path())
            .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot run `{program}`: {e}; install redis-server"));
        self.process = Some(process);
        self.answers()
    }

    fn answers(&mut self) -> bool {
        let until = Instant::now() + STARTS_WITHIN;
        while Instant::now() < until {
            if self
                .process
                .as_mut()
                .is_none_or(|process| process.try_wait().unwrap().is_some())
            {
                return false;
            }
            if ping(SocketAddr::from(([127, 0, 0, 1], self.port))) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A panic here would hide the test's own.
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A server that loads its files accepts connections and answers `-LOADING`.
fn ping(address: SocketAddr) -> bool {
    use std::io::{Read, Write};
    let pong = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG\r\n")
    };
    pong().unwrap_or(false)
}
