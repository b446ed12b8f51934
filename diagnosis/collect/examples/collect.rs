//! Reads one target and prints its evidence as JSON: `cargo run -p collect --example collect -- prod payments`.
//!
//! Calls and cost go to standard error. `--history` awaits CloudTrail as well, `--report` prints what the core
//! makes of it instead, `--brief` prints neither. `--assume-role=ARN` and `--external-id=ID` read with that role.

use std::process::ExitCode;

use collect::{Ask, AssumeRole, Aws, CollectOptions, Direct, Profile, collect, history};

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints what it has read"
)]
async fn main() -> ExitCode {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let ask = match Ask::parse(&words) {
        Ok(ask) => ask,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let value = |flag: &str| {
        flags
            .iter()
            .find_map(|given| given.strip_prefix(flag))
            .map(str::to_owned)
    };
    let profile = Profile {
        assume_role: value("--assume-role=").map(|arn| AssumeRole {
            arn,
            external_id: value("--external-id="),
            session_name: "example".to_owned(),
        }),
        ..Profile::default()
    };
    let aws = match Aws::load(profile).await {
        Ok(aws) => aws,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let reader = Direct::default();
    let options = CollectOptions::default();
    let collected = match collect(&aws, &ask, &options, &reader, &|_| {}).await {
        Ok(collected) => collected,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(3);
        }
    };
    for call in &collected.calls {
        eprintln!(
            "{:>5} +{:>4} ms  {:<14} {} {}",
            call.started.as_millis(),
            call.took.as_millis(),
            call.result,
            call.call,
            call.resource
        );
    }
    eprintln!("{:?}", collected.cost);
    let mut evidence = collected.evidence;
    if has("--history") {
        let past = history(&aws, &reader, &collected.history).await;
        for call in &past.calls {
            eprintln!("history: {} {} {}", call.result, call.call, call.resource);
        }
        eprintln!("history: {:?}", past.cost);
        evidence.changes = past.changes;
    }
    if has("--report") {
        let report = diagnosis::diagnose(&evidence, &diagnosis::Options::default());
        if let Ok(json) = serde_json::to_string_pretty(&report) {
            println!("{json}");
        }
    } else if !has("--brief")
        && let Ok(json) = serde_json::to_string_pretty(&evidence)
    {
        println!("{json}");
    }
    ExitCode::SUCCESS
}
