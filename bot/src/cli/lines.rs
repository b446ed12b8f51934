//! Commands that answer each line of their input with a line of output.

use std::io::{self, BufRead, Write};

use serde::Serialize;
use serde_json::json;

use super::Failure;

/// Answers every line of standard input. A line that cannot be answered gets `{"error": …}` in its place, and the exit
/// status is 2 at the end; the other lines are answered all the same.
///
/// # Errors
/// Where standard input cannot be read or standard output not be written.
pub(super) fn answer<T: Serialize>(mut answer: impl FnMut(&str) -> Result<T, String>) -> Result<u8, Failure> {
    let mut input = io::stdin().lock();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut status = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::internal(format!("cannot read standard input: {error}")))?;
        if read == 0 {
            break;
        }
        // Broken UTF-8 is one more kind of broken line.
        let text = String::from_utf8_lossy(&line);
        match answer(text.trim_end_matches(['\n', '\r'])) {
            Ok(object) => serde_json::to_writer(&mut out, &object).map_err(io::Error::from)?,
            Err(error) => {
                status = 2;
                serde_json::to_writer(&mut out, &json!({ "error": error })).map_err(io::Error::from)?;
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(status)
}
