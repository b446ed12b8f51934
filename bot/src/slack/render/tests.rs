use insta::assert_snapshot;

use super::testing::{faults, json, proved, read, remedy};
use super::*;
use diagnosis::{Confidence, Remedy, Report};

fn controls() -> Controls {
    Controls {
        handle: "0123456789abcdef0123456789abcdef".to_owned(),
    }
}

fn ana() -> Asker {
    Asker::Person("U0ANA".to_owned())
}

#[test]
fn the_channel_sees_who_asked_and_then_the_verdict() {
    assert_snapshot!(read(root_placeholder("prod/payments", &ana())), @"@U0ANA asks why `prod/payments` cannot pull its image. Looking; the answer comes here, what proves it in the thread.");
    assert_snapshot!(read(root(&proved(), &ana())), @r"
        🔴 prod/payments cannot pull its image: tag 1.4.3 does not exist in repository payments; newest is 1.4.2, pushed 11:12 UTC
        Next after that: subnet-0a has no S3 endpoint, so layers would time out
        2 of 2 tasks running · revision `payments:41` still serves · also failing: web, api (same role) · failing since 13:03 UTC (13:03 UTC), 9 attempts · asked by @U0ANA
        ");
    assert_snapshot!(json(root(&proved(), &ana()))["text"].as_str().unwrap(), @r"
        🔴 prod/payments cannot pull its image: tag 1.4.3 does not exist in repository payments; newest is 1.4.2, pushed 11:12 UTC
        Next after that: subnet-0a has no S3 endpoint, so layers would time out
        2 of 2 tasks running · revision payments:41 still serves · also failing: web, api (same role) · failing since 13:03 UTC, 9 attempts
        ");
}

#[test]
fn the_thread_gets_the_findings() {
    assert_snapshot!(read(findings(&proved(), false, History::Read, Some(&controls()))), @r"
        What happened
        9 attempts failed alike, the last at 13:11 UTC (13:11 UTC), container `app`, image `111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3`
        • 13:02 UTC deployment of payments:42 began (IN_PROGRESS)
        • 13:03 UTC first failed pull that AWS still knows
        What proves it
        • stop reason of task 8f2c: manifest not found  13:12 UTC `ecs:DescribeTasks` open↗
        • no image with tag 1.4.3 in repository payments  13:12 UTC `ecr:DescribeImages` open↗
        Next after that
        • subnet-0a has no S3 endpoint, so layers would time out (likely) open↗
        Who else cannot pull
        • services: web, api
        • task definitions: web:7
        • all have the same role
        • tasks that run with it: 3
        Could not check
        • VPC endpoint policies: the bot lacks ec2:DescribeVpcEndpoints
        [ Back to payments:41 ] [ Use 1.4.2 instead ] [ Show everything ] [ Hand over ] [ Look again ]
        Checked 2 of 3 steps · ruled out 2 causes · 1 left unchecked · 27 AWS calls, 0.7 s
        ");
}

#[test]
fn an_alarms_thread_gets_the_verdict_on_top() {
    let text = read(findings(&proved(), true, History::Pending, Some(&controls())));
    assert!(text.starts_with("🔴 prod/payments cannot pull"), "{text}");
    assert!(text.contains("change events are still being read"));
}

#[test]
fn what_is_not_certain_is_yellow_and_offers_no_gamble() {
    let mut report = proved();
    report.headline = "prod/payments cannot pull its image: possibly no answer from the registry".to_owned();
    report.causes.truncate(1);
    report.causes[0].confidence = Confidence::Possible;
    assert_snapshot!(read(root(&report, &Asker::Alarm)), @r"
        🟡 prod/payments cannot pull its image: possibly no answer from the registry
        Could not check: VPC endpoint policies (the bot lacks ec2:DescribeVpcEndpoints)
        2 of 2 tasks running · revision `payments:41` still serves · also failing: web, api (same role) · failing since 13:03 UTC (13:03 UTC), 9 attempts
        ");
    let text = read(findings(&report, false, History::Read, Some(&controls())));
    assert!(!text.contains("Back to payments:41"), "{text}");
    assert!(text.contains("What fits it (possible, not proved)"), "{text}");
}

#[test]
fn a_rollback_under_way_means_wait() {
    let mut report = proved();
    report.impact.rollback_in_progress = true;
    let text = read(root(&report, &ana()));
    assert!(text.contains("ECS is rolling back by itself: wait"), "{text}");
    let json = json(findings(&report, false, History::Read, Some(&controls())));
    assert!(!json.to_string().contains("\"primary\""));
}

#[test]
fn everything_folds_out() {
    assert_snapshot!(read(details(&proved())), @r"
        The playbook, step by step
        • 1 Task definition and service health: fine. payments:42 is active
        • 5 Repository and tag: problem. payments has no such tag
        • 7 Network path: unknown. could not check VPC endpoint policies
        What ECS said last
        | CannotPullContainerError: pull image manifest has been retried 1 time(s): payments:1.4.3: not found
        Ruled out, and why
        • `auth_token_denied` the role may get a token
        • `disk_full` the pull stopped before unpacking
        The command line shows all of it: ecs-pull-why diagnose, or --output json for machines
        ");
}

#[test]
fn the_facts_can_be_handed_over() {
    assert_snapshot!(read(hand_over(&proved())), @r"
        Copy this to whoever can help
        | 🔴 prod/payments cannot pull its image: tag 1.4.3 does not exist in repository payments; newest is 1.4.2, pushed 11:12 UTC
        | Next after that: subnet-0a has no S3 endpoint, so layers would time out
        | 2 of 2 tasks running · revision payments:41 still serves · also failing: web, api (same role) · failing since 13:03 UTC, 9 attempts
        | Where: account 111122223333, region eu-west-1, cluster prod, task definition payments:42
        | Seen:
        | - stop reason of task 8f2c: manifest not found (ecs:DescribeTasks of payments, 13:12 UTC)
        | - no image with tag 1.4.3 in repository payments (ecr:DescribeImages of payments, 13:12 UTC)
        | - no S3 endpoint in vpc-1 (ec2:DescribeVpcEndpoints of payments, 13:12 UTC)
        | Could not be checked:
        | - VPC endpoint policies: the bot lacks ec2:DescribeVpcEndpoints
        | ECS said: CannotPullContainerError: pull image manifest has been retried 1 time(s): payments:1.4.3: not found
        ");
}

#[test]
fn steps_tick_off() {
    let mut steps = progress::Steps::default();
    steps[0] = progress::Step::Read(std::time::Duration::from_millis(340));
    steps[1] = progress::Step::Reading;
    assert_snapshot!(read(progress("prod/payments", &steps)), @r"
        Reading AWS
        Looking into `prod/payments`: 1 of 9 steps read.
        • task definition and service health ✓ 0.3 s
        • image references … reading
        • execution role
        • logs
        • repository and tag
        • task failures in the cluster
        • network path
        • repository pull count
        • recent changes
        ");
    assert_eq!(progress::status(&steps), "is reading: image references");
}

mod remedies {
    use jiff::Timestamp;

    use super::super::remedy::*;
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-02T{text}:00Z").parse().unwrap()
    }

    fn roll_back() -> Remedy {
        serde_json::from_value(remedy("roll_back", "Back to payments:41", "automatic", "low")).unwrap()
    }

    fn plan_view<'a>(remedy: &'a Remedy, apply: ApplyView<'a>) -> PlanView<'a> {
        PlanView {
            remedy,
            target: "prod/payments",
            account: "shop-prod",
            now: at("13:13"),
            copy: "h roll_back",
            apply,
        }
    }

    #[test]
    fn a_plan_shows_exactly_what_would_be_done() {
        let apply = ApplyView::Button {
            handle: "h",
            expires: at("13:33"),
            approvers: vec!["S0ONCALL".to_owned()],
        };
        assert_snapshot!(read(plan(&plan_view(&roll_back(), apply))), @r#"
            Plan: Back to payments:41  risk low · expires 13:33 UTC (13:33 UTC)
            `prod/payments` in account `shop-prod`
            Now: `task definition payments:42`
            Then: `task definition payments:41 (payments:1.4.2)`
            Not touched: desired count 2, network, load balancer.
            Exactly these calls
            | ecs:UpdateService  arn:aws:ecs:eu-west-1:111122223333:service/prod/payments
            | {
            |   "cluster": "prod",
            |   "taskDefinition": "payments:41"
            | }
            May be applied by @S0ONCALL
            [ Apply ] [ Cancel ] [ Copy as AWS CLI ] [ Copy as Terraform ]
            "#);
    }

    #[test]
    fn without_a_button_the_commands_are_shown() {
        let apply = ApplyView::Commands(NoButton::NoRole);
        assert_snapshot!(read(plan(&plan_view(&roll_back(), apply))), @r#"
            Plan: Back to payments:41  risk low
            `prod/payments` in account `shop-prod`
            Now: `task definition payments:42`
            Then: `task definition payments:41 (payments:1.4.2)`
            Not touched: desired count 2, network, load balancer.
            Exactly these calls
            | ecs:UpdateService  arn:aws:ecs:eu-west-1:111122223333:service/prod/payments
            | {
            |   "cluster": "prod",
            |   "taskDefinition": "payments:41"
            | }
            No button applies it: REMEDIATION_ROLE_ARN is not set for this account. By hand:
            AWS CLI
            | aws ecs update-service --cluster prod --service payments --task-definition payments:41
            Terraform
            | resource "aws_ecs_service" "payments" {}
            "#);
    }

    #[test]
    fn the_result_replaces_the_plan() {
        let view = |outcome| AppliedView {
            title: "Back to payments:41",
            target: "prod/payments",
            by: "U0BEN",
            at: at("13:14"),
            now: at("13:17"),
            outcome,
            undo: Some("h"),
            again: Some("h2"),
        };
        let works = OutcomeView::Works {
            since: at("13:15"),
            seen: "First task pulled 1.4.2; 2 of 2 run.",
        };
        assert_snapshot!(read(applied(&view(works))), @r"
            ✅ Applied by @U0BEN at 13:14 UTC (13:14 UTC). First task pulled 1.4.2; 2 of 2 run.
            Back to payments:41, `prod/payments`
            Runs since 13:15 UTC (13:15 UTC)
            [ Undo ] [ Look again ]
            ");
        assert_snapshot!(read(applied(&view(OutcomeView::StillFails("layers time out")))), @r"
            ⚠ Applied by @U0BEN at 13:14 UTC (13:14 UTC), and new tasks still fail: layers time out. Nothing else was changed.
            Back to payments:41, `prod/payments`
            [ Undo ] [ Look again ]
            ");
        assert_snapshot!(read(applied(&view(OutcomeView::Unknown("no answer within 10 s")))), @r"
            ⚠ Perhaps applied, pressed by @U0BEN at 13:14 UTC (13:14 UTC). AWS did not answer: no answer within 10 s. Look before pressing again.
            Back to payments:41, `prod/payments`
            [ Undo ] [ Look again ]
            ");
        assert_snapshot!(read(undone("Back to payments:41", "prod/payments", "U0BEN", at("13:20"), at("13:20"), "payments:42 is set again.")), @r"
            Undone by @U0BEN at 13:20 UTC (13:20 UTC). payments:42 is set again.
            It was: Back to payments:41, `prod/payments`
            ");
        assert_snapshot!(read(root_fixed("prod/payments", at("13:15"), at("13:17"), "Back to payments:41", "U0BEN", "tag 1.4.3 does not exist")), @r"
            🟢 prod/payments pulls again since 13:15 UTC (13:15 UTC) (Back to payments:41, by @U0BEN).
            It was: tag 1.4.3 does not exist
            ");
    }

    #[test]
    fn refusals_say_what_to_do() {
        let approvers = ["S0ONCALL".to_owned()];
        assert_snapshot!(read(refusal(&Refusal::NotApprover { account: "shop-prod", approvers: &approvers })), @"You are not an approver for account `shop-prod` (approvers: @S0ONCALL). The plan and the AWS CLI are above; ask one of them to press.");
        assert_snapshot!(read(refusal(&Refusal::NotApprover { account: "shop-prod", approvers: &[] })), @"You are not an approver for account `shop-prod`: nobody is. The plan and the AWS CLI are above; whoever runs the bot can set APPROVERS.");
        assert_snapshot!(read(refusal(&Refusal::Changed { what: "the role's policy, by frank at 13:52 UTC", again: Some("h") })), @r"
            Something has changed since this plan was made: the role's policy, by frank at 13:52 UTC. Nothing was applied; look again first.
            [ Look again ]
            ");
    }
}

mod limits;
