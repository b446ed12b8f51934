//! What people see.

use axum::http::StatusCode;
use diagnosis::report::Outcome;
use ecs_pull_why::conversation::DiagnoseError;

use crate::office::{Office, alarm, eventually};
use crate::reports::{Comes, Oracle, report};

const HEADLINE: &str = "prod/payments cannot pull its image: tag 1.4.3 does not exist";
const ALARM: &str = "ECS Task stopped: service *service:payments* cluster *prod* CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3: not found";

fn one_cause() -> Oracle {
    Oracle::new(Comes::to(report(HEADLINE)))
}

#[tokio::test]
async fn a_command_is_answered_in_one_message_and_its_thread() {
    let office = Office::open(Oracle::slow(Comes::to(report(HEADLINE)))).await;
    let worker = office.hire();
    let said = office.types("U0ANA", "C0DEV", "prod payments").await;
    assert!(said.contains("Looking into prod/payments"), "{said}");

    eventually("the placeholders are there", async || {
        office
            .slack
            .channel("C0DEV")
            .first()
            .is_some_and(|top| office.slack.thread(&top.ts).len() == 1)
    })
    .await;
    let (top, below) = office.answer("C0DEV");
    assert!(
        top.text().contains("@U0ANA asks why prod/payments"),
        "{}",
        top.text()
    );
    assert!(below.text().contains("0 of 9 steps read"), "{}", below.text());

    office.oracle.may_end.add_permits(1);
    office.is_quiet().await;
    let (top, below) = office.answer("C0DEV");
    assert!(
        top.text().starts_with(&format!("🔴 {HEADLINE}")),
        "{}",
        top.text()
    );
    assert!(
        top.text().contains("0 of 2 tasks running · asked by @U0ANA"),
        "{}",
        top.text()
    );
    assert!(
        below.text().contains("What proves it") && below.text().contains("[ Back to payments:41 ]"),
        "{}",
        below.text()
    );
    assert_eq!(
        top.body["text"].as_str().unwrap().lines().next(),
        Some(&*format!("🔴 {HEADLINE}"))
    );
    drop(worker);
}

#[tokio::test]
async fn change_events_that_come_later_update_the_answer() {
    let later = format!("{HEADLINE}; ci-deploy deployed it at 13:02");
    let office = Office::open(Oracle::new(Comes::To(
        Box::new(report(HEADLINE)),
        Box::new(report(&later)),
    )))
    .await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (top, below) = office.answer("C0DEV");
    assert!(top.text().contains("ci-deploy deployed it"), "{}", top.text());
    assert!(!below.text().contains("still being read"), "{}", below.text());
}

#[tokio::test]
async fn mistakes_are_explained_to_the_person_and_start_nothing() {
    let office = Office::open(one_cause()).await;
    let said = office.types("U0ANA", "C0DEV", "prod").await;
    assert!(
        said.contains("For example: /ecs-pull-why prod payments"),
        "{said}"
    );
    assert!(
        office
            .types("U0ANA", "C0DEV", "help")
            .await
            .contains("CLUSTER TASK")
    );
    assert_eq!(office.queue.depth().await.unwrap().queued, 0);
}

#[tokio::test]
async fn where_the_bot_is_no_member_the_person_is_told_alone() {
    let office = Office::open(one_cause()).await;
    office.slack.close("C0SECRET");
    let _worker = office.hire();
    office.types("U0ANA", "C0SECRET", "prod payments").await;
    office.is_quiet().await;
    let whispers = office.slack.whispers();
    assert_eq!(whispers.len(), 1);
    let text = whispers[0].text();
    assert_eq!(whispers[0].channel, "U0ANA");
    assert!(
        text.contains("/invite @U0BOT") && text.contains(HEADLINE) && text.contains("What proves it"),
        "{text}"
    );
    assert!(office.slack.channel("C0SECRET").is_empty());
}

#[tokio::test]
async fn a_name_that_does_not_exist_leaves_nothing_in_the_channel() {
    let mut unknown = report("cluster prd does not exist; did you mean prod?");
    unknown.outcome = Outcome::TargetNotFound;
    unknown.causes.clear();
    let office = Office::open(Oracle::new(Comes::to(unknown))).await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prd payments").await;
    office.is_quiet().await;
    assert!(office.slack.channel("C0DEV").is_empty());
    assert!(office.slack.whispers()[0].text().contains("did you mean prod?"));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_its_reason() {
    let error = DiagnoseError::Cannot("the AWS credentials are expired; renew them".to_owned());
    let office = Office::open(Oracle::new(Comes::ToNothing(error))).await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.alarm("Ev1", ALARM).await;
    office.is_quiet().await;
    assert!(
        office.slack.whispers()[0]
            .text()
            .contains("the AWS credentials are expired")
    );
    let top = office.slack.channel("C0ALARMS");
    let thread = office.slack.thread(&top[0].ts);
    assert!(
        thread[0].text().contains("the AWS credentials are expired"),
        "{}",
        thread[0].text()
    );
}

#[tokio::test]
async fn an_alarm_is_answered_in_its_own_thread_and_talk_is_not() {
    let office = Office::open(one_cause()).await;
    let _worker = office.hire();
    let ts = office.alarm("Ev1", ALARM).await;
    let talk = alarm("18.1", "lunch?");
    assert_eq!(office.delivers("Ev2", talk).await, StatusCode::OK);
    let mut own = alarm("18.2", ALARM);
    own["app_id"] = "A0BOT".into();
    assert_eq!(office.delivers("Ev3", own).await, StatusCode::OK);
    let mut elsewhere = alarm("18.3", ALARM);
    elsewhere["channel"] = "C0OTHER".into();
    assert_eq!(office.delivers("Ev4", elsewhere).await, StatusCode::OK);
    office.is_quiet().await;
    let thread = office.slack.thread(&ts);
    assert_eq!(thread.len(), 1);
    assert!(
        thread[0].text().starts_with(&format!("🔴 {HEADLINE}")),
        "{}",
        thread[0].text()
    );
    assert_eq!(office.oracle.asked(), 1);
}

#[tokio::test]
async fn an_alarm_that_names_no_cluster_gets_one_line() {
    let office = Office::open(one_cause()).await;
    let _worker = office.hire();
    let ts = office.alarm("Ev1", "ECS Task stopped: CannotPullContainerError: pull image manifest has been retried 1 time(s): not found").await;
    office.is_quiet().await;
    let thread = office.slack.thread(&ts);
    assert_eq!(thread.len(), 1);
    assert!(
        thread[0].text().contains("names no cluster"),
        "{}",
        thread[0].text()
    );
    assert_eq!(office.oracle.asked(), 0);
}

#[tokio::test]
async fn buttons_answer_the_person_who_presses() {
    let office = Office::open(one_cause()).await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (_, below) = office.answer("C0DEV");
    assert_eq!(
        office.presses("U0BEN", &below, "Show everything").await,
        StatusCode::OK
    );
    office.is_quiet().await;
    let whispers = office.slack.whispers();
    assert_eq!(whispers[0].channel, "U0BEN");
    assert!(
        whispers[0].text().contains("5 Repository and tag: problem"),
        "{}",
        whispers[0].text()
    );
}

#[tokio::test]
async fn a_plan_is_posted_once_for_a_double_press() {
    let office = Office::open(one_cause()).await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (top, below) = office.answer("C0DEV");
    office.presses("U0ANA", &below, "Back to payments:41").await;
    office.presses("U0BEN", &below, "Back to payments:41").await;
    office.is_quiet().await;
    let thread = office.slack.thread(&top.ts);
    assert_eq!(thread.len(), 2);
    assert!(
        thread[1].text().contains("Plan: Back to payments:41"),
        "{}",
        thread[1].text()
    );
}

#[tokio::test]
async fn looking_again_updates_the_same_messages_from_fresh_evidence() {
    let office = Office::open(one_cause()).await;
    let _worker = office.hire();
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (_, below) = office.answer("C0DEV");
    office.presses("U0BEN", &below, "Look again").await;
    office.is_quiet().await;
    let (top, _) = office.answer("C0DEV");
    assert!(top.text().contains("(fresh)"), "{}", top.text());
    assert!(top.text().contains("asked by @U0ANA"), "{}", top.text());
}

#[tokio::test]
async fn a_storm_of_alarms_makes_one_diagnosis() {
    let office = Office::open(Oracle::slow(Comes::to(report(HEADLINE)))).await;
    let first = office.alarm("Ev0", ALARM).await;
    let mut others = Vec::new();
    for number in 1..8 {
        others.push(office.alarm(&format!("Ev{number}"), ALARM).await);
    }
    let _worker = office.hire();
    office.oracle.may_end.add_permits(1);
    office.is_quiet().await;
    assert_eq!(office.oracle.asked(), 1);
    assert!(office.slack.thread(&first)[0].text().contains(HEADLINE));
    for other in &others[..5] {
        let thread = office.slack.thread(other);
        assert_eq!(thread.len(), 1);
        assert!(
            thread[0].text().contains("Same as this thread"),
            "{}",
            thread[0].text()
        );
    }
    assert_eq!(office.slack.reactions(), others[5..]);
}
