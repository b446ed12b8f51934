//! `classify`: what failure texts say.

use diagnosis::stop_reason::classify_line;

use super::{Failure, lines};

pub(super) fn run() -> Result<u8, Failure> {
    lines::answer(|line| Ok(classify_line(line)))
}
