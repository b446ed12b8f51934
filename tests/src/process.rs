//! Processes that end with the test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};

/// How long a program may take to say that it listens.
const START: Duration = Duration::from_mins(1);

/// A program that was started, and is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts a program and waits for its line `listening on URL`; returns it with that URL.
    ///
    /// # Errors
    /// Where it cannot be started, ends, or does not say so in time.
    pub fn listening(mut command: Command) -> anyhow::Result<(Self, String)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            // Held open as long as the child is: its end tells that nobody is left to kill it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let process = Self { child, name };
        let (told, url) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("listening on ") {
                    // The receiver may have given up; the pipe is read to its end all the same.
                    let _ = told.send(url.trim().to_owned());
                }
            }
        });
        match url.recv_timeout(START) {
            Ok(url) => Ok((process, url)),
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("{} did not listen within {START:?}", process.name),
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("{} ended before it listened", process.name),
        }
    }

    /// Starts a program and does not wait.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn started(mut command: Command) -> anyhow::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    /// Where it cannot be killed.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .with_context(|| format!("cannot kill {}", self.name))?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
