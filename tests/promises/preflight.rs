//! A gate for deployments: what it promises, what it refuses, and its exit status.

use std::path::PathBuf;
use std::process::{Command, Output};

use diagnosis::SavedDiagnosis;
use diagnosis::report::Outcome;
use end_to_end::aws::World;
use end_to_end::product::Diagnosed;
use end_to_end::{mutation, paths, product};
use serde_json::json;

use crate::stack::{Run, Stack, aws};

/// A preflight in the world of a scenario, and what it saved.
struct Checked {
    said: Diagnosed,
    world: World,
    saved: PathBuf,
    _folder: tempfile::TempDir,
}

impl Checked {
    fn saved(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(&self.saved)?)
    }
}

async fn checked(scenario: &str, words: &[&str]) -> anyhow::Result<Checked> {
    checked_in(aws().load(scenario).await?, words)
}

/// Runs the gate, and checks what holds of every one: the exit status is the outcome's, the JSON is the report, nothing
/// else; saved evidence gives the same report; no more than forty calls; and less evidence promises no more.
fn checked_in(world: World, words: &[&str]) -> anyhow::Result<Checked> {
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("preflight.json");
    let said = product::preflight(aws(), &world, words, &saved)?;
    let report = &said.report;
    let status = match report.outcome {
        Outcome::WouldPull => 0,
        Outcome::WouldFail | Outcome::TargetNotFound => 1,
        Outcome::Inconclusive => 4,
        other => panic!("a preflight ends with {other:?}"),
    };
    assert_eq!(said.status, status, "{}", report.headline);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&said.json)?,
        serde_json::to_value(report)?
    );
    assert!(report.cost.aws_calls <= 40, "{} calls", report.cost.aws_calls);
    assert_eq!(product::replay(&saved)?, said.json);
    let overreach = mutation::overreach(&std::fs::read_to_string(&saved)?)?;
    assert!(overreach.is_empty(), "{}", overreach.join("\n"));
    Ok(Checked {
        said,
        world,
        saved,
        _folder: folder,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn where_everything_is_in_place_the_pull_is_promised() -> anyhow::Result<()> {
    let checked = checked("healthy-steady", &["prod", "payments:42"]).await?;
    let report = &checked.said.report;
    assert_eq!(report.outcome, Outcome::WouldPull, "{}", report.headline);
    assert!(
        report
            .headline
            .starts_with("prod/payments:42 would pull its image from subnet-"),
        "{}",
        report.headline
    );
    assert!(
        report.checks[6]
            .detail
            .ends_with("service payments, the only one of the cluster that runs payments")
    );
    let writes: serde_json::Value = aws()
        .control(
            "calls",
            json!({ "account": checked.world.account, "writes": true }),
        )
        .await?;
    assert_eq!(writes["calls"].as_array().map(Vec::len), Some(0), "{writes}");
    Ok(())
}

/// What a promise rests on is everything but this: look at a change of the list with suspicion.
#[tokio::test(flavor = "multi_thread")]
async fn a_promise_rests_on_everything_that_a_pull_takes() -> anyhow::Result<()> {
    let checked = checked("healthy-steady", &["prod", "payments"]).await?;
    let unneeded = mutation::unneeded_for_promise(&checked.saved()?)?;
    let names: Vec<&str> = unneeded
        .iter()
        .map(|place| place.trim_start_matches("/evidence/"))
        .collect();
    assert_eq!(
        names,
        [
            "changes/0",
            // The service that was found is in it.
            "cluster",
            "cluster_names",
            "health",
            // The image is there: nothing has to be fetched, and no other is asked for.
            "images/0/ecr/cache_rules",
            "images/0/ecr/cache_validation",
            "images/0/ecr/images",
            "images/0/ecr/layers",
            "images/0/ecr/lifecycle",
            // The registry has no policy.
            "images/0/ecr/registry_policy_scope",
            "images/0/ecr/repository_names",
            "images/0/ecr/scan",
            "logs",
            // Of endpoints, of which there are none.
            "network/dns_hostnames",
            "network/endpoint_addresses",
            "network/nat_port_errors",
            "network/other_subnets",
            // No route and no rule names one.
            "network/prefix_lists",
            // Its subnets and their tables decide.
            "network/vpc",
            // IAM's simulation stands in for it.
            "organization",
            "preflight/container_instances",
            "preflight/families",
            "preflight/newest",
            "service_names",
            "siblings",
            "tasks",
        ]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_would_fail_and_is_named() -> anyhow::Result<()> {
    for (scenario, words, cause, headline) in [
        (
            "tag_not_found-typo",
            &["prod", "payments:42"][..],
            "tag_not_found",
            "prod/payments:42 would not pull its image: tag 1.4.3 does not exist",
        ),
        (
            "tag_not_found-typo",
            &["prod", "payments:42", "--service", "web"],
            "tag_not_found",
            "prod/payments:42 would not pull its image: tag 1.4.3",
        ),
        (
            "pull_actions_denied-other_repository",
            &["prod", "payments"],
            "pull_actions_denied",
            "would not pull its image: role ",
        ),
        (
            "endpoint_missing_ecr_api-isolated",
            &["prod", "payments"],
            "endpoint_missing_ecr_api",
            "would not pull its image: ",
        ),
        (
            "public_subnet_without_public_ip-one_subnet",
            &["prod", "payments"],
            "public_subnet_without_public_ip",
            "would not pull its image",
        ),
        (
            "platform_mismatch-arm64_only",
            &["prod", "payments"],
            "platform_mismatch",
            "would not pull its image: ",
        ),
        (
            "instance_role_denied-no_ecr",
            &["prod", "payments"],
            "instance_role_denied",
            "would not pull its image: role ",
        ),
        (
            "execution_role_not_found-deleted",
            &["prod", "payments"],
            "execution_role_not_found",
            "would not pull its image: ",
        ),
    ] {
        let checked = checked(scenario, words).await?;
        let report = &checked.said.report;
        assert_eq!(
            report.outcome,
            Outcome::WouldFail,
            "{scenario}: {}",
            report.headline
        );
        assert_eq!(report.causes[0].cause.code(), cause, "{scenario}");
        assert!(
            report.headline.contains(headline),
            "{scenario}: {}",
            report.headline
        );
        assert!(
            report
                .remedies
                .iter()
                .all(|remedy| remedy.action.is_none() && remedy.id != "roll_back"),
            "{scenario}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_looked_at_is_inconclusive_and_says_what_is_missing() -> anyhow::Result<()> {
    for (action, expected) in [
        ("iam:*", "iam:"),
        ("ecr:DescribeImages", "ecr:DescribeImages"),
        ("ec2:DescribeRouteTables", "ec2:DescribeRouteTables"),
        ("ecs:DescribeServices", "ecs:DescribeServices"),
        ("ecs:DescribeTaskDefinition", "ecs:DescribeTaskDefinition"),
    ] {
        let world = aws().load("healthy-steady").await?;
        let faults = json!({ "account": world.account, "faults": [{ "kind": "deny", "action": action }] });
        let _: serde_json::Value = aws().control("faults", faults).await?;
        let checked = checked_in(world, &["prod", "payments"])?;
        let report = &checked.said.report;
        assert_eq!(
            report.outcome,
            Outcome::Inconclusive,
            "{action}: {}",
            report.headline
        );
        let said = serde_json::to_string(&report.unknown)?;
        assert!(
            said.contains(expected),
            "{action} is not said to be missing: {said}"
        );
    }
    let checked = checked("third_party_image_not_found-tag", &["prod", "payments"]).await?;
    assert_eq!(checked.said.report.outcome, Outcome::Inconclusive);
    assert!(
        checked
            .said
            .report
            .headline
            .contains("only private ECR registries are asked"),
        "{}",
        checked.said.report.headline
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_that_is_given_counts() -> anyhow::Result<()> {
    let checked = checked("public_subnet_without_public_ip-service", &["prod", "payments"]).await?;
    assert_eq!(checked.said.report.outcome, Outcome::WouldFail);
    let saved: SavedDiagnosis = serde_json::from_str(&checked.saved()?)?;
    let network = saved
        .evidence
        .service
        .value()
        .and_then(|service| service.network.clone())
        .unwrap();
    let subnets = network.subnets.join(",");
    let groups = network.security_groups.join(",");
    let given = [
        "prod",
        "payments",
        "--subnets",
        &subnets,
        "--security-groups",
        &groups,
    ];
    let world = || checked.world.clone();
    let without = checked_in(world(), &given)?;
    assert_eq!(without.said.report.outcome, Outcome::WouldFail);
    let with = checked_in(world(), &[&given[..], &["--assign-public-ip"]].concat())?;
    assert_eq!(
        with.said.report.outcome,
        Outcome::WouldPull,
        "{}",
        with.said.report.headline
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_cannot_be_started_and_the_nearest_is_named() -> anyhow::Result<()> {
    let world = aws().load("healthy-steady").await?;
    for (words, headline) in [
        (&["prod", "paymnts"][..], "did you mean payments?"),
        (
            &["prod", "payments:99"],
            "the newest active revision is payments:42",
        ),
        (&["prd", "payments"], "did you mean prod?"),
        (&["prod", "payments", "--service", "wb"], "did you mean web?"),
    ] {
        let checked = checked_in(world.clone(), words)?;
        assert_eq!(checked.said.report.outcome, Outcome::TargetNotFound, "{words:?}");
        assert!(
            checked.said.report.headline.contains(headline),
            "{words:?}: {}",
            checked.said.report.headline
        );
    }
    Ok(())
}

fn run(world: &World, words: &[&str], set: &[(&str, &str)]) -> anyhow::Result<(i32, String)> {
    let mut command = Command::new(paths::product()?);
    world.set_environment(aws(), &mut command);
    command
        .env_remove("GITHUB_ACTIONS")
        .arg("preflight")
        .args(words)
        .envs(set.iter().copied());
    let Output { status, stdout, .. } = command.output()?;
    Ok((status.code().unwrap_or(-1), String::from_utf8(stdout)?))
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_read_the_report_is_printed_all_the_same() -> anyhow::Result<()> {
    let world = aws().load("healthy-steady").await?;
    let nowhere = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ];
    let words = ["prod", "payments", "--output", "json"];
    let (status, said) = run(&world, &words, &nowhere)?;
    assert_eq!(status, 3, "{said}");
    let report: diagnosis::Report = serde_json::from_str(&said)?;
    assert_eq!(report.outcome, Outcome::Inconclusive);
    for wrong in [
        &["prod"][..],
        &["prod", "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments"],
        &["prod", "payments", "--assign-public-ip"],
        &["prod", "payments", "--service", "web", "--subnets", "subnet-1"],
    ] {
        assert_eq!(run(&world, wrong, &[])?.0, 2, "{wrong:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn github_gets_annotations() -> anyhow::Result<()> {
    let world = aws().load("tag_not_found-typo").await?;
    let error =
        "::error title=Image pull%3A would fail::prod/payments:42 would not pull its image: tag 1.4.3";
    let (status, said) = run(&world, &["prod", "payments", "--output", "github"], &[])?;
    assert_eq!(status, 1);
    assert!(said.starts_with(error), "{said}");
    let in_actions = [("GITHUB_ACTIONS", "true")];
    let (_, said) = run(&world, &["prod", "payments"], &in_actions)?;
    assert!(said.starts_with("::stop-commands::"), "{said}");
    assert!(
        said.contains("Checked") && said.contains(&format!("\n{error}")),
        "{said}"
    );
    let (_, said) = run(&world, &["prod", "payments", "--output", "json"], &in_actions)?;
    serde_json::from_str::<diagnosis::Report>(&said)?;
    let (_, said) = run(&world, &["prod", "payments"], &[])?;
    assert!(!said.contains("::"), "{said}");
    let healthy = aws().load("healthy-steady").await?;
    let (status, said) = run(&healthy, &["prod", "payments", "--output", "github"], &[])?;
    assert_eq!((status, said.lines().count()), (0, 1), "{said}");
    assert!(
        said.starts_with("::notice title=Image pull%3A would succeed::"),
        "{said}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_can_be_asked_in_slack() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let told = stack
        .slack
        .types("ana", "payments", "preflight prod payments:41")
        .await?;
    assert!(
        told.contains("Checking whether prod/payments:41 would pull its images"),
        "{told}"
    );
    stack
        .slack
        .sees("payments", "prod/payments:41 would pull its image from")
        .await?;
    stack
        .slack
        .types("ana", "payments", "preflight prod payments:42 --service payments")
        .await?;
    let root = stack
        .slack
        .sees(
            "payments",
            "prod/payments:42 would not pull its image: tag 1.4.3 does not exist",
        )
        .await?;
    let findings = stack.slack.sees_in_thread(&root, "What proves it").await?;
    assert!(
        !findings
            .buttons
            .iter()
            .any(|button| button.starts_with("Back to")),
        "{:?}",
        findings.buttons
    );
    let told = stack.slack.types("ana", "payments", "preflight prod").await?;
    assert!(told.contains("preflight prod payments:42"), "{told}");
    assert_eq!(stack.slack.refusals().await?, [] as [serde_json::Value; 0]);
    Ok(())
}
