//! Where an obvious answer is wrong, or an honest one is easily forgotten: `docs/pitfalls.md` names each.

use diagnosis::evidence::Evidence;
use diagnosis::evidence::ecs::Task;
use diagnosis::judgement::Confidence;
use diagnosis::remedy::Risk;
use diagnosis::report::{CheckStatus, Outcome as ReportOutcome};
use diagnosis::stop_reason::StopClass;
use diagnosis::{Cause, Listing, Outcome};
use serde_json::json;

use crate::world::{
    DEFINITION, IMAGE, ROLE, absent, causes, definition, denied, failed_task, failing, image,
    on_ec2_without_a_role, report, role, role_with, running_task, seen,
};

const MISSING: &str = "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: not found";
const RESET: &str = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: failed to do request: Head \"https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/cart/manifests/2.0.1\": read tcp 10.0.1.7:41522->3.120.4.9:443: read: connection reset by peer";
const TOKEN: &str = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";
const ASSUME: &str = "ECS was unable to assume the role 'arn:aws:iam::444455556666:role/shop-pull' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.";

fn set_tasks(evidence: &mut Evidence, tasks: Vec<Task>) {
    evidence.tasks = seen("ecs:DescribeTasks", "shop", Listing::complete(tasks));
}

fn only_s3() -> serde_json::Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
    ]})
}

#[test]
fn the_revision_that_failed_is_diagnosed_and_not_the_one_that_serves() {
    let next_definition = DEFINITION.replace(":8", ":9");
    let next_image = IMAGE.replace("2.0.1", "2.0.2");
    let mut evidence = failing(MISSING);
    let mut failed = failed_task("f1", &MISSING.replace("2.0.1", "2.0.2"), 5);
    failed.task_definition.clone_from(&next_definition);
    failed.containers[0].image = Some(next_image.clone());
    set_tasks(&mut evidence, vec![failed, running_task("r1", 590)]);
    let mut next = definition();
    next.arn.clone_from(&next_definition);
    next.revision = 9;
    next.containers[0].image.clone_from(&next_image);
    evidence
        .task_definitions
        .insert(0, seen("ecs:DescribeTaskDefinition", &next_definition, next));
    let mut missing = image();
    missing.reference = next_image;
    missing.ecr.as_mut().unwrap().image = absent("ecr:DescribeImages", "shop/cart");
    evidence.images.push(missing);
    let report = report(&evidence);
    assert_eq!(report.target.task_definition.as_deref(), Some("cart:9"));
    assert_eq!(causes(&report), ["tag_not_found Confirmed Observed"]);
    assert!(report.causes[0].subject.id.ends_with("shop/cart:2.0.2"));
}

#[test]
fn on_ec2_an_execution_role_is_not_asked_for() {
    let mut evidence = failing(TOKEN);
    on_ec2_without_a_role(&mut evidence);
    let named = report(&evidence).causes;
    assert!(
        named
            .iter()
            .all(|cause| cause.cause != Cause::ExecutionRoleMissing)
    );
}

#[test]
fn an_image_that_exists_is_no_all_clear() {
    let report = report(&failing(RESET));
    assert_eq!(report.outcome, ReportOutcome::PullFailure);
    assert!(report.causes.is_empty(), "{:?}", causes(&report));
    assert!(
        report.headline.contains("could not be settled"),
        "{}",
        report.headline
    );
    assert!(!report.unknown.is_empty());
    let network = report.checks.iter().find(|check| check.step == 7).unwrap();
    assert_ne!(network.status, CheckStatus::Ok, "{}", network.detail);
}

#[test]
fn words_at_the_task_count_as_words_at_the_container() {
    let mut evidence = failing(TOKEN);
    evidence.roles = vec![role_with(&only_s3())];
    let at_container = report(&evidence);
    if let Outcome::Present(tasks) = &mut evidence.tasks.outcome {
        for task in &mut tasks.items {
            task.stopped_reason = task.containers[0].reason.take();
        }
    }
    let at_task = report(&evidence);
    assert_eq!(causes(&at_task)[0], "auth_token_denied Confirmed Observed");
    assert_eq!(causes(&at_task), causes(&at_container));
}

#[test]
fn a_deny_in_the_trust_policy_keeps_ecs_out() {
    let mut evidence = failing(ASSUME);
    if let Outcome::Present(role) = &mut evidence.roles[0].role.outcome {
        role.trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] },
              "Action": ["sts:AssumeRole", "sts:TagSession"] },
            { "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" },
        ]});
    }
    assert_eq!(
        causes(&report(&evidence)),
        ["execution_role_trust Confirmed Observed"]
    );
}

#[test]
fn an_execution_role_that_a_task_overrides_is_who_pulls() {
    let other = ROLE.replace("shop-pull", "other-pull");
    let mut evidence = failing(TOKEN);
    if let Outcome::Present(tasks) = &mut evidence.tasks.outcome {
        for task in &mut tasks.items {
            task.execution_role_override = Some(other.clone());
        }
    }
    let mut refused = role_with(&only_s3());
    refused.arn.clone_from(&other);
    if let Outcome::Present(found) = &mut refused.role.outcome {
        found.arn.clone_from(&other);
        "other-pull".clone_into(&mut found.name);
    }
    evidence.roles = vec![role(), refused];
    let report = report(&evidence);
    assert_eq!(causes(&report)[0], "auth_token_denied Confirmed Observed");
    assert_eq!(report.causes[0].subject.id, other);
}

#[test]
fn no_button_for_a_service_that_another_controller_deploys() {
    let mut evidence = failing(MISSING);
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    if let Outcome::Present(image) = &mut ecr.image.outcome {
        image.pushed_at = Some(crate::world::minutes_ago(2));
    }
    let automatic = |evidence: &Evidence| {
        let remedies = report(evidence).remedies;
        remedies.iter().any(|remedy| remedy.action.is_some())
    };
    assert!(automatic(&evidence));
    for controller in ["CODE_DEPLOY", "EXTERNAL"] {
        if let Outcome::Present(service) = &mut evidence.service.outcome {
            controller.clone_into(&mut service.deployment_controller);
        }
        assert!(!automatic(&evidence), "{controller}");
    }
}

#[test]
fn sidecars_that_aws_adds_are_not_blamed() {
    for name in ["aws-guardduty-agent-x1", "ecs-service-connect-x1"] {
        let mut evidence = failing(MISSING);
        if let Outcome::Present(tasks) = &mut evidence.tasks.outcome {
            for task in &mut tasks.items {
                name.clone_into(&mut task.containers[0].name);
            }
        }
        let report = report(&evidence);
        assert_eq!(
            report.outcome,
            ReportOutcome::OtherFailure,
            "{name}: {}",
            report.headline
        );
        assert!(report.causes.is_empty(), "{:?}", causes(&report));
    }
}

#[test]
fn a_program_for_another_processor_is_no_failed_pull() {
    let report = report(&failing("exec /app/server: exec format error"));
    assert_eq!(report.outcome, ReportOutcome::OtherFailure);
    assert!(report.causes.is_empty(), "{:?}", causes(&report));
}

#[test]
fn a_text_that_was_cut_confirms_nothing_by_its_first_words() {
    let report = report(&failing(
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to res",
    ));
    assert_eq!(report.outcome, ReportOutcome::PullFailure);
    assert_eq!(
        report.failure.as_ref().map(|failure| failure.class),
        Some(StopClass::OtherPull)
    );
    assert!(
        report
            .causes
            .iter()
            .all(|cause| cause.confidence == Confidence::Possible)
    );
}

#[test]
fn a_new_deployment_that_ships_something_else_says_so() {
    let pinned = "sha256:2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e";
    let mut evidence = failing(&format!(
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart@{pinned}: not found"
    ));
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    ecr.pinned = vec![absent("ecr:DescribeImages", &format!("shop/cart@{pinned}"))];
    let report = report(&evidence);
    assert_eq!(causes(&report), ["pinned_digest_gone Confirmed Observed"]);
    let again = report
        .remedies
        .iter()
        .find(|remedy| remedy.id == "force_new_deployment")
        .unwrap();
    assert_ne!(again.risk, Risk::Low);
    assert!(
        again
            .notes
            .iter()
            .any(|note| note.contains("Tags are resolved again"))
    );
}

#[test]
fn what_the_bot_may_not_read_is_named_with_the_permission_it_lacks() {
    let mut evidence = failing(MISSING);
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    ecr.image = denied("ecr:DescribeImages", "shop/cart");
    ecr.repository = denied("ecr:DescribeRepositories", "shop/cart");
    evidence.roles[0].inline = vec![denied("iam:GetRolePolicy", "pull")];
    let report = report(&evidence);
    let missing: Vec<&str> = report
        .causes
        .iter()
        .flat_map(|cause| &cause.missing)
        .chain(report.unknown.iter().flat_map(|unknown| &unknown.missing))
        .filter_map(|missing| missing.action.as_deref())
        .collect();
    for action in ["ecr:DescribeImages", "iam:GetRolePolicy"] {
        assert!(missing.contains(&action), "{action}: {missing:?}");
    }
    assert!(
        report
            .causes
            .iter()
            .all(|cause| cause.confidence != Confidence::Confirmed)
    );
}
