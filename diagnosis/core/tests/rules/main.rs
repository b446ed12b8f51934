//! What the core says of small worlds: one thing broken, taken away, or changed since.

#[cfg(test)]
mod network;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod pitfalls;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod registries;
#[cfg(test)]
mod world;

#[cfg(test)]
mod tests {
    use diagnosis::evidence::Evidence;
    use diagnosis::evidence::changes::Change;
    use diagnosis::evidence::ecs::Task;
    use diagnosis::evidence::image::Image;
    use diagnosis::evidence::logs::HealthEvent;
    use diagnosis::evidence::role::NamedDocument;
    use diagnosis::judgement::{Confidence, Effect};
    use diagnosis::report::Outcome;
    use diagnosis::{Cause, Listing, Observed, Report, Window};
    use serde_json::json;

    use crate::world::{
        IMAGE, absent, causes, change, denied, failed_task, failing, healthy, minutes_ago, report, role_with,
        running_task, seen,
    };

    const TAG_MISSING: &str = "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: not found";
    const TOKEN_DENIED: &str = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";
    const NO_SPACE: &str = "CannotPullContainerError: failed to register layer: Error processing tar file(exit status 1): write /usr/lib/x: no space left on device";

    fn without_tag(mut evidence: Evidence) -> Evidence {
        let ecr = evidence.images[0].ecr.as_mut().unwrap();
        ecr.image = absent("ecr:DescribeImages", "shop/cart");
        let others = ecr
            .images
            .items()
            .iter()
            .filter(|image| image.tags != ["2.0.1"])
            .cloned()
            .collect();
        ecr.images = seen("ecr:DescribeImages", "shop/cart", Listing::complete(others));
        evidence
    }

    fn set_tasks(evidence: &mut Evidence, tasks: Vec<Task>) {
        evidence.tasks = seen("ecs:DescribeTasks", "shop", Listing::complete(tasks));
    }

    #[test]
    fn a_missing_tag_is_proved_by_the_registry() {
        let report = report(&without_tag(failing(TAG_MISSING)));
        assert_eq!(causes(&report), ["tag_not_found Confirmed Observed"]);
        insta::assert_snapshot!(report.headline, @"shop/cart cannot pull its image: tag 2.0.1 does not exist in repository shop/cart; newest is 2.0.0, pushed 25 Feb, 06:00 UTC");
    }

    #[test]
    fn a_tag_that_may_not_be_looked_for_is_likely_missing_and_never_proved() {
        let mut evidence = failing(TAG_MISSING);
        evidence.images[0].ecr.as_mut().unwrap().image = denied("ecr:DescribeImages", "shop/cart");
        let report = report(&evidence);
        assert_eq!(causes(&report), ["tag_not_found Likely Observed"]);
        assert_eq!(
            report.causes[0].missing[0].action.as_deref(),
            Some("ecr:DescribeImages")
        );
    }

    #[test]
    fn a_tag_in_a_repository_that_may_not_be_looked_for_is_not_called_missing() {
        let mut evidence = without_tag(failing(TAG_MISSING));
        evidence.images[0].ecr.as_mut().unwrap().repository = denied("ecr:DescribeRepositories", "shop/cart");
        assert!(
            report(&evidence)
                .causes
                .iter()
                .all(|cause| cause.confidence != Confidence::Confirmed)
        );
    }

    #[test]
    fn a_refused_token_and_a_missing_tag_are_told_in_the_order_of_a_pull() {
        let mut evidence = without_tag(failing(TOKEN_DENIED));
        evidence.roles = vec![role_with(&json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*" },
        ]}))];
        let report = report(&evidence);
        assert_eq!(
            causes(&report),
            [
                "auth_token_denied Confirmed Observed",
                "tag_not_found Confirmed Next"
            ]
        );
        let grant = report
            .remedies
            .iter()
            .find(|remedy| remedy.id == "grant_pull")
            .unwrap();
        insta::assert_snapshot!(grant.calls[0].parameters["PolicyDocument"], @r#"{"Statement":[{"Action":["ecr:GetAuthorizationToken"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#);
    }

    #[test]
    fn what_was_granted_for_another_repository_stays() {
        let mut evidence = failing(TOKEN_DENIED);
        let granted = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["ecr:BatchGetImage"], "Resource": "arn:aws:ecr:eu-west-1:444455556666:repository/other" },
        ]});
        let mut role = role_with(&granted);
        role.inline = vec![seen(
            "iam:GetRolePolicy",
            "ecs-pull-why-image-pull",
            NamedDocument {
                name: "ecs-pull-why-image-pull".to_owned(),
                document: granted,
            },
        )];
        evidence.roles = vec![role];
        let report = report(&evidence);
        let grant = report
            .remedies
            .iter()
            .find(|remedy| remedy.id == "grant_pull")
            .unwrap();
        let statements = grant.calls[0].parameters["PolicyDocument"]["Statement"]
            .as_array()
            .unwrap();
        assert_eq!(
            statements[0]["Resource"],
            "arn:aws:ecr:eu-west-1:444455556666:repository/other"
        );
        assert_eq!(statements.len(), 3);
    }

    #[test]
    fn a_role_that_was_allowed_meanwhile_is_not_called_refused() {
        let report = report(&failing(TOKEN_DENIED));
        assert_eq!(causes(&report), ["auth_token_denied Possible Observed"]);
    }

    #[test]
    fn a_policy_that_may_not_be_read_settles_nothing() {
        let mut evidence = failing(TAG_MISSING);
        evidence.roles[0].inline = vec![denied("iam:GetRolePolicy", "pull")];
        let report = report(&evidence);
        assert!(
            report
                .causes
                .iter()
                .all(|cause| cause.cause != Cause::PullActionsDenied)
        );
        assert!(
            report
                .unknown
                .iter()
                .any(|unknown| unknown.cause == Cause::PullActionsDenied)
        );
        assert!(
            report
                .ruled_out
                .iter()
                .all(|ruled| ruled.cause != Cause::PullActionsDenied)
        );
    }

    #[test]
    fn a_disk_that_is_full_says_so_in_the_text_alone() {
        let report = report(&failing(NO_SPACE));
        assert_eq!(causes(&report), ["disk_full Likely Observed"]);
        assert_eq!(report.causes[0].effect, Effect::Observed);
    }

    #[test]
    fn a_service_that_runs_is_healthy_and_one_that_ran_since_has_recovered() {
        let steady = report(&healthy());
        assert_eq!(steady.outcome, Outcome::NoFailure);
        let mut evidence = healthy();
        set_tasks(
            &mut evidence,
            vec![
                failed_task("f1", TAG_MISSING, 30),
                running_task("r1", 10),
                running_task("r2", 9),
            ],
        );
        let recovered = report(&evidence);
        assert_eq!(recovered.outcome, Outcome::NoFailure);
        assert!(recovered.remedies.is_empty());
        insta::assert_snapshot!(recovered.headline, @"shop/cart pulls again since 11:50 UTC; the last failed pull was at 11:30 UTC");
    }

    #[test]
    fn tasks_that_stop_for_another_reason_are_no_pull_failure() {
        let mut evidence = failing("OutOfMemoryError: Container killed due to memory usage");
        let killed = failed_task("f1", "OutOfMemoryError: Container killed due to memory usage", 5);
        set_tasks(&mut evidence, vec![killed]);
        let report = report(&evidence);
        assert_eq!(report.outcome, Outcome::OtherFailure);
        assert!(report.causes.is_empty());
    }

    #[test]
    fn nothing_read_is_inconclusive() {
        let mut evidence = healthy();
        evidence.service = denied("ecs:DescribeServices", "shop/cart");
        evidence.tasks = denied("ecs:ListTasks", "shop");
        let report = report(&evidence);
        assert_eq!(report.outcome, Outcome::Inconclusive);
        insta::assert_snapshot!(report.headline, @"why shop/cart fails cannot be told: could not check the service (the bot lacks ecs:DescribeServices)");
    }

    #[test]
    fn the_same_evidence_gives_the_same_report() {
        let evidence = without_tag(failing(TAG_MISSING));
        let text = |report: &Report| serde_json::to_string(report).unwrap();
        assert_eq!(text(&report(&evidence)), text(&report(&evidence)));
        let again: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        assert_eq!(text(&report(&again)), text(&report(&evidence)));
    }

    #[test]
    fn a_namesakes_change_is_no_suspect() {
        for (name, source, suspected) in [
            ("DetachRolePolicy", "iam.amazonaws.com", true),
            ("SetRepositoryPolicy", "ecr.amazonaws.com", false),
            ("UpdateService", "ecs.amazonaws.com", false),
        ] {
            let mut evidence = with_change(failing(TOKEN_DENIED), 8);
            evidence.roles = vec![role_with(&json!({ "Statement": [] }))];
            if let diagnosis::Outcome::Present(listing) = &mut evidence.changes[0].outcome {
                listing.items[0].name = name.to_owned();
                listing.items[0].event_source = source.to_owned();
            }
            let report = report(&evidence);
            assert_eq!(report.headline.contains(name), suspected, "{}", report.headline);
        }
    }

    #[test]
    fn a_new_revision_keeps_its_tags_and_is_deployed() {
        let report = report(&without_tag(failing(TAG_MISSING)));
        let remedy = report
            .remedies
            .iter()
            .find(|remedy| remedy.id == "use_existing_tag")
            .unwrap();
        assert!(remedy.cli.contains("+ {tags}"), "{}", remedy.cli);
        assert!(
            remedy.cli.contains("aws ecs update-service --cluster shop"),
            "{}",
            remedy.cli
        );
    }

    #[test]
    fn of_what_does_not_exist_nothing_is_checked() {
        let mut evidence = healthy();
        evidence.target.kind = diagnosis::TargetKind::NotFound;
        let report = report(&evidence);
        assert!(
            report
                .checks
                .iter()
                .all(|check| check.detail == "there is no such target")
        );
    }

    const RESET: &str = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: failed to do request: Head \"https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/cart/manifests/2.0.1\": read tcp 10.0.1.7:41522->3.120.4.9:443: read: connection reset by peer";

    /// A world with one change of the role, so many minutes ago, out of two days that were read.
    fn with_change(mut evidence: Evidence, minutes: i64) -> Evidence {
        let change = Change {
            id: "e-1".to_owned(),
            at: minutes_ago(minutes),
            name: "PutRolePolicy".to_owned(),
            event_source: "iam.amazonaws.com".to_owned(),
            actor: Some("ci".to_owned()),
            actor_arn: None,
            error_code: None,
            error_message: None,
            resources: vec!["shop-pull".to_owned()],
            request: json!(null),
            response: json!(null),
        };
        let mut listing = Listing::complete(vec![change]);
        listing.window = Some(Window {
            from: minutes_ago(48 * 60),
            to: minutes_ago(0),
        });
        evidence.changes = vec![seen("cloudtrail:LookupEvents", "shop-pull", listing)];
        evidence
    }

    fn recent_changes(report: &Report) -> String {
        report
            .checks
            .iter()
            .find(|check| check.step == 9)
            .unwrap()
            .detail
            .clone()
    }

    #[test]
    fn what_nothing_explains_is_looked_for_in_two_days_and_the_report_says_so() {
        let report = report(&with_change(failing(RESET), 30 * 60));
        assert_eq!(causes(&report), Vec::<String>::new());
        insta::assert_snapshot!(recent_changes(&report), @"nothing within 24 hours correlates with the failure, so 48 hours were looked at: 1 recorded; newest: PutRolePolicy of shop-pull by ci at 2 Mar, 06:00 UTC");
        assert!(
            report
                .timeline
                .iter()
                .any(|entry| entry.what.contains("PutRolePolicy"))
        );
    }

    #[test]
    fn what_is_explained_is_told_with_the_changes_of_one_day() {
        let report = report(&with_change(without_tag(failing(TAG_MISSING)), 30 * 60));
        insta::assert_snapshot!(recent_changes(&report), @"no change of these resources was recorded");
        assert!(
            report
                .timeline
                .iter()
                .all(|entry| !entry.what.contains("PutRolePolicy"))
        );
    }

    #[test]
    fn a_push_after_the_failure_is_told_as_such() {
        let mut evidence = failing(TAG_MISSING);
        let ecr = evidence.images[0].ecr.as_mut().unwrap();
        let mut image = ecr.image.value().unwrap().clone();
        image.pushed_at = Some(minutes_ago(2));
        ecr.image = Observed::present(ecr.image.source.clone(), ecr.image.at, image);
        let report = report(&evidence);
        assert_eq!(causes(&report), ["pushed_after_failure Confirmed Observed"]);
        assert!(
            report.headline.contains("it was pushed at 11:58 UTC"),
            "{}",
            report.headline
        );
        assert_eq!(report.remedies[0].id, "force_new_deployment");
        assert_eq!(report.causes[0].subject.id, IMAGE);
    }

    const PINNED: &str = "sha256:1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f";

    #[test]
    fn a_puller_that_takes_a_reference_for_none_is_not_contradicted() {
        let invalid = failing("CannotPullContainerError: invalid reference format");
        assert_eq!(causes(&report(&invalid)), ["invalid_reference Likely Observed"]);
    }

    #[test]
    fn a_tag_that_is_there_now_may_have_been_put_on_an_old_image() {
        let untold = report(&failing(TAG_MISSING));
        assert_eq!(causes(&untold), ["pushed_after_failure Possible Observed"]);
        assert!(!untold.causes[0].missing.is_empty());
        let mut evidence = with_change(failing(TAG_MISSING), 1);
        change(&mut evidence.changes[0], |changes| {
            let put = &mut changes.items[0];
            put.name = "PutImage".to_owned();
            put.event_source = "ecr.amazonaws.com".to_owned();
            put.resources = vec!["shop/cart".to_owned()];
            put.request = json!({ "repositoryName": "shop/cart", "imageTag": "2.0.1" });
        });
        let told = report(&evidence);
        assert_eq!(causes(&told), ["pushed_after_failure Likely Observed"]);
        insta::assert_snapshot!(told.headline, @"shop/cart cannot pull its image: tag 2.0.1 was not in repository shop/cart when the pull failed at 11:55 UTC; it was put on an image at 11:59 UTC");
    }

    fn with_pinned(outcome: fn(&str, &str) -> Observed<Image>) -> Evidence {
        let text = format!(
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart@{PINNED}: not found"
        );
        let mut evidence = failing(&text);
        let ecr = evidence.images[0].ecr.as_mut().unwrap();
        ecr.pinned = vec![outcome("ecr:DescribeImages", &format!("shop/cart@{PINNED}"))];
        evidence
    }

    #[test]
    fn a_pinned_digest_is_called_gone_only_where_it_was_looked_for() {
        let gone = report(&with_pinned(absent));
        assert_eq!(causes(&gone), ["pinned_digest_gone Confirmed Observed"]);
        let unread = report(&with_pinned(denied));
        assert_eq!(causes(&unread), ["tag_moved Likely Observed"]);
        assert_eq!(
            unread.causes[0].missing[0].action.as_deref(),
            Some("ecr:DescribeImages")
        );
    }

    #[test]
    fn a_tag_that_may_have_been_deleted_is_not_proved_never_to_have_been() {
        let mut evidence = without_tag(failing(TAG_MISSING));
        evidence.changes = vec![denied("cloudtrail:LookupEvents", "BatchDeleteImage")];
        assert_eq!(causes(&report(&evidence)), ["tag_not_found Likely Observed"]);
    }

    #[test]
    fn an_event_of_aws_counts_at_the_time_of_the_failure_only() {
        const SERVER_ERROR: &str = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: unexpected status from HEAD request to https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/cart/manifests/2.0.1: 500 Internal Server Error";
        let event = |code: &str, from: i64, to: Option<i64>| HealthEvent {
            arn: "arn:aws:health:eu-central-1::event/ECR/1".to_owned(),
            service: "ECR".to_owned(),
            type_code: code.to_owned(),
            region: "eu-central-1".to_owned(),
            status: if to.is_some() { "closed" } else { "open" }.to_owned(),
            from: Some(minutes_ago(from)),
            to: to.map(minutes_ago),
        };
        let told = |event: HealthEvent| {
            let mut evidence = failing(SERVER_ERROR);
            evidence.health = seen("health:DescribeEvents", "ECR", Listing::complete(vec![event]));
            let report = report(&evidence);
            let ruled_out = report
                .ruled_out
                .iter()
                .any(|item| item.cause == Cause::AwsServiceEvent);
            (causes(&report), ruled_out)
        };
        let issue = "AWS_ECR_OPERATIONAL_ISSUE";
        assert_eq!(
            told(event(issue, 30, None)),
            (vec!["aws_service_event Likely Observed".to_owned()], false)
        );
        assert_eq!(
            told(event(issue, 2, None)),
            (Vec::new(), true),
            "it began after the failure"
        );
        assert_eq!(
            told(event(issue, 600, Some(500))),
            (Vec::new(), true),
            "it was over"
        );
        assert_eq!(
            told(event("AWS_ECR_PLANNED_MAINTENANCE", 30, None)),
            (Vec::new(), true)
        );
    }
}
