//! Every scenario, from AWS's answers to the report: `cargo test -p end-to-end --test scenarios [NAME]`.
//!
//! Writes `target/scenarios.md`: expected, got, confidence, calls and time of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, ensure};
use diagnosis::judgement::{Confidence, Effect};
use diagnosis::{Cause, Report};
use end_to_end::aws::Aws;
use end_to_end::expectation::{Expectation, word};
use end_to_end::{mutation, paths, product};
use libtest_mimic::{Arguments, Failed, Trial};

/// One line of the table.
struct Row {
    expected: String,
    got: String,
    confidence: String,
    right: bool,
    /// Place of the first expected cause in the report, from 0; 0 where none is expected and all else is right.
    place: Option<usize>,
    /// Whether a cause is confirmed that is not expected.
    wrong_with_confidence: bool,
    calls: u32,
    elapsed_ms: u64,
}

type Table = Arc<Mutex<BTreeMap<String, Row>>>;

fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::from_args();
    // The worlds live in one process; two at a time keep the machine's two cores busy.
    arguments.test_threads.get_or_insert(2);
    let listing = arguments.list;
    let aws = if listing {
        None
    } else {
        Some(Arc::new(Aws::start()?))
    };
    let runtime = Arc::new(tokio::runtime::Runtime::new()?);
    let table = Table::default();
    let mut trials = Vec::new();
    for name in names()? {
        let (aws, runtime, table) = (aws.clone(), Arc::clone(&runtime), Arc::clone(&table));
        trials.push(Trial::test(name.clone(), move || {
            let aws = aws.ok_or("the AWS stand-in was not started")?;
            runtime
                .block_on(scenario(&aws, &name, &table))
                .map_err(|error| Failed::from(format!("{error:#}")))
        }));
    }
    trials.push(Trial::test("every cause has a scenario", || {
        every_cause_has_a_scenario().map_err(|error| Failed::from(format!("{error:#}")))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !listing {
        write_table(&table, &paths::root().join("target/scenarios.md"))?;
    }
    // The stand-in is stopped before the process ends.
    drop(aws);
    conclusion.exit_if_failed();
    Ok(())
}

fn names() -> anyhow::Result<Vec<String>> {
    let folder = paths::root().join("tests/scenarios");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn every_cause_has_a_scenario() -> anyhow::Result<()> {
    let folder = paths::root().join("tests/scenarios");
    let mut all = String::new();
    for name in names()? {
        all.push_str(&std::fs::read_to_string(folder.join(format!("{name}.toml")))?);
    }
    let without: Vec<&str> = Cause::ALL
        .iter()
        .map(|cause| cause.code())
        .filter(|code| !all.contains(&format!("cause = \"{code}\"")))
        .collect();
    ensure!(without.is_empty(), "no scenario expects {}", without.join(", "));
    Ok(())
}

async fn scenario(aws: &Aws, name: &str, table: &Table) -> anyhow::Result<()> {
    let world = aws.load(name).await?;
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("diagnosis.json");
    let diagnosed = product::diagnose(aws, &world, &saved)?;
    ensure!(
        diagnosed.status == 0,
        "diagnose ended with {}: {}",
        diagnosed.status,
        diagnosed.stderr
    );
    let differences = world.expect.differences(&diagnosed.report);
    let row = row(&world.expect, &diagnosed.report, differences.is_empty());
    let wrong_with_confidence = row.wrong_with_confidence;
    if let Ok(mut table) = table.lock() {
        table.insert(name.to_owned(), row);
    }
    ensure!(
        differences.is_empty(),
        "{}\n{}\nsaid: {}\n{}",
        name,
        differences.join("\n"),
        diagnosed.report.headline,
        causes(&diagnosed.report)
    );
    ensure!(
        !wrong_with_confidence,
        "{name} confirms what it does not expect\n{}",
        causes(&diagnosed.report)
    );
    ensure!(
        product::replay(&saved)? == diagnosed.json,
        "the saved diagnosis replays to another report"
    );
    let text = std::fs::read_to_string(&saved)?;
    ensure!(
        !text.contains("X-Amz-Signature="),
        "the saved diagnosis holds a credential"
    );
    let idle = mutation::idle(&text, &world.expect)?;
    ensure!(
        idle.is_empty(),
        "{name} holds as well without the rule of {}",
        idle.join(", ")
    );
    let overreach = mutation::overreach(&text)?;
    ensure!(overreach.is_empty(), "{name}\n{}", overreach.join("\n"));
    Ok(())
}

fn causes(report: &Report) -> String {
    let causes = report.causes.iter().map(|cause| {
        let (confidence, effect) = (word(&cause.confidence), word(&cause.effect));
        format!(
            "  {} {confidence} {effect} {}: {}",
            cause.cause.code(),
            cause.subject.id,
            cause.summary
        )
    });
    causes.collect::<Vec<_>>().join("\n")
}

fn row(expected: &Expectation, report: &Report, right: bool) -> Row {
    let named = |causes: &mut dyn Iterator<Item = String>| causes.collect::<Vec<_>>().join(", ");
    let wanted = named(&mut expected.causes.iter().map(|cause| cause.cause.clone()));
    let got = named(
        &mut report
            .causes
            .iter()
            .take(expected.causes.len().max(1))
            .map(|cause| cause.cause.code().to_owned()),
    );
    Row {
        expected: if wanted.is_empty() {
            expected.outcome.clone()
        } else {
            wanted
        },
        got: if got.is_empty() {
            word(&report.outcome)
        } else {
            got
        },
        confidence: report
            .causes
            .first()
            .map(|cause| word(&cause.confidence))
            .unwrap_or_default(),
        right,
        place: match expected.causes.first() {
            Some(first) => report.causes.iter().position(|cause| first.names(cause)),
            // A recovered target may be told what it was.
            None => right.then_some(0),
        },
        wrong_with_confidence: report
            .causes
            .iter()
            .filter(|cause| cause.confidence == Confidence::Confirmed && cause.effect == Effect::Observed)
            .any(|cause| !expected.causes.is_empty() && !expected.expects(cause)),
        calls: report.cost.aws_calls,
        elapsed_ms: report.cost.elapsed_ms,
    }
}

fn write_table(table: &Table, path: &Path) -> anyhow::Result<()> {
    let Ok(table) = table.lock() else { return Ok(()) };
    let mut text = String::from(
        "| scenario | expected | got | confidence | right | AWS calls | ms |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, row) in table.iter() {
        let right = if row.right { "yes" } else { "**no**" };
        let (expected, got, confidence) = (&row.expected, &row.got, &row.confidence);
        let (calls, elapsed) = (row.calls, row.elapsed_ms);
        writeln!(
            text,
            "| {name} | {expected} | {got} | {confidence} | {right} | {calls} | {elapsed} |"
        )?;
    }
    let count = |holds: &dyn Fn(&Row) -> bool| table.values().filter(|row| holds(row)).count();
    writeln!(
        text,
        "\n{} scenarios: top-1 {}, top-2 {}, all that is expected {}, wrong with confidence {}; at most {} AWS calls",
        table.len(),
        count(&|row| row.place == Some(0)),
        count(&|row| row.place.is_some_and(|place| place < 2)),
        count(&|row| row.right),
        count(&|row| row.wrong_with_confidence),
        table.values().map(|row| row.calls).max().unwrap_or_default(),
    )?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
