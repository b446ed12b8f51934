//! `check-access`: the policy evaluator by itself.

use diagnosis::access::check_line;

use super::{Failure, lines};

pub(super) fn run() -> Result<u8, Failure> {
    lines::answer(|line| check_line(line).map_err(|error| error.to_string()))
}
