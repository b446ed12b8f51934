//! `explain`: what is known of a cause.

use std::io::{self, Write};

use diagnosis::{Cause, rules};

use super::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code of the cause, `tag_not_found`.
    cause: String,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let rule = Cause::from_code(&args.cause)
        .and_then(rules::rule)
        .ok_or_else(|| {
            let codes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.code()).collect();
            Failure::usage(format!(
                "there is no cause `{}`; the causes are: {}",
                args.cause,
                codes.join(", ")
            ))
        })?;
    io::stdout().lock().write_all(rule.page().markdown().as_bytes())?;
    Ok(0)
}
