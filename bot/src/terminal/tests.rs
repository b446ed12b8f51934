//! What a person reads at a terminal.

use diagnosis::judgement::{Confidence, Effect, Subject};
use diagnosis::report::{
    BlastRadius, CauseReport, Check, CheckStatus, Cost, Evidence, Failure, Impact, Outcome, REPORT_VERSION,
    Report, ReportTarget,
};
use diagnosis::stop_reason::StopClass;
use diagnosis::{Cause, Stage};
use jiff::Timestamp;

use super::{Look, write};

fn report() -> Report {
    let at: Timestamp = "2026-03-03T12:00:00Z".parse().unwrap();
    Report {
        schema_version: REPORT_VERSION,
        observed_at: at,
        target: ReportTarget {
            account: Some("444455556666".to_owned()),
            region: "eu-central-1".to_owned(),
            cluster: "shop".to_owned(),
            service: Some("cart".to_owned()),
            task: None,
            task_definition: Some("cart:8".to_owned()),
        },
        outcome: Outcome::PullFailure,
        headline: "shop/cart cannot pull its image: tag 2.0.1 does not exist in repository shop/cart"
            .to_owned(),
        impact: Impact {
            running: Some(0),
            desired: Some(2),
            serving_revision: None,
            rollback_in_progress: false,
        },
        failure: Some(Failure {
            class: StopClass::TagNotFound,
            message: "CannotPullContainerError: not found".to_owned(),
            image: None,
            container: Some("cart".to_owned()),
            first_seen: Some(at),
            last_seen: Some(at),
            count: 2,
        }),
        failures: Vec::new(),
        causes: vec![CauseReport {
            cause: Cause::TagNotFound,
            subject: Subject::image("shop/cart:2.0.1"),
            stage: Stage::Manifest,
            effect: Effect::Observed,
            confidence: Confidence::Confirmed,
            summary: "tag 2.0.1 does not exist in repository shop/cart".to_owned(),
            evidence: vec![Evidence {
                fact: "no image with tag 2.0.1 in 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart"
                    .to_owned(),
                source: "shop/cart".to_owned(),
                call: "ecr:DescribeImages".to_owned(),
                observed_at: at,
                link: Some("https://eu-central-1.console.aws.amazon.com/ecr".to_owned()),
            }],
            missing: Vec::new(),
            remedies: Vec::new(),
        }],
        ruled_out: Vec::new(),
        unknown: Vec::new(),
        checks: vec![Check {
            step: 5,
            title: "Repository and tag".to_owned(),
            status: CheckStatus::Problem,
            detail: "shop/cart has no such tag".to_owned(),
        }],
        timeline: Vec::new(),
        blast_radius: BlastRadius::default(),
        remedies: Vec::new(),
        cost: Cost {
            aws_calls: 31,
            elapsed_ms: 1_240,
        },
    }
}

fn shown(look: Look) -> String {
    let mut out = Vec::new();
    write(&mut out, &report(), look).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn names_stay_whole_and_nothing_is_coloured_where_nobody_watches() {
    insta::assert_snapshot!(shown(Look::PLAIN), @r#"
    ✗ shop/cart cannot pull its image: tag 2.0.1 does not exist in repository
      shop/cart
      0 of 2 tasks running · failing since 12:00 UTC · 2 attempts seen ·
      444455556666 · eu-central-1

    What happened
      • container cart: "CannotPullContainerError: not found"

    What proves it
      • no image with tag 2.0.1 in
        444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart
          12:00 UTC ecr:DescribeImages

    Checked
      5 problem Repository and tag: shop/cart has no such tag

      1 of 1 steps · ruled out 0 causes · nothing left unchecked · 31 AWS calls,
      1.2 s
    "#);
}

#[test]
fn a_terminal_gets_colours_and_links() {
    let shown = shown(Look {
        width: 100,
        rich: true,
    });
    assert!(
        shown.contains("\u{1b}]8;;https://eu-central-1.console.aws.amazon.com/ecr\u{1b}\\ecr:DescribeImages")
    );
    assert!(shown.contains("\u{1b}[1m"));
}
