//! When something is away.

use axum::http::StatusCode;
use ecs_pull_why::conversation::DiagnoseError;

use crate::office::{Office, alarm};
use crate::reports::{Comes, Oracle, report};

const ALARM: &str = "ECS Task stopped: service *service:payments* cluster *prod* CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3: not found";

#[tokio::test]
async fn without_redis_a_command_says_so_and_an_event_is_to_be_delivered_again() {
    let mut office = Office::open(Oracle::new(Comes::to(report("x")))).await;
    office.redis.kill();
    let said = office.types("U0ANA", "C0DEV", "prod payments").await;
    assert!(said.contains("its Redis does not answer"), "{said}");
    assert_eq!(
        office.delivers("Ev1", alarm("17.1", ALARM)).await,
        StatusCode::SERVICE_UNAVAILABLE
    );

    office.redis.restart();
    assert_eq!(office.delivers("Ev1", alarm("17.1", ALARM)).await, StatusCode::OK);
    assert_eq!(office.queue.depth().await.unwrap().queued, 1);
}

#[tokio::test]
async fn a_redis_that_hangs_does_not_hold_up_the_acknowledgement() {
    let office = Office::open(Oracle::new(Comes::to(report("x")))).await;
    office.redis.freeze();
    let answered = tokio::time::timeout(
        std::time::Duration::from_secs(3),
        office.types("U0ANA", "C0DEV", "prod payments"),
    )
    .await;
    office.redis.thaw();
    assert!(answered.unwrap().contains("its Redis does not answer"));
}

#[tokio::test]
async fn a_job_that_fails_for_good_is_told_in_its_place() {
    let error = DiagnoseError::Passing("AWS did not answer".to_owned());
    let office = Office::open(Oracle::new(Comes::ToNothing(error))).await;
    let _worker = office.hire_hasty(2);
    office.types("U0ANA", "C0DEV", "prod payments").await;
    let ts = office.alarm("Ev1", ALARM).await;
    office.is_quiet().await;
    let (top, below) = office.answer("C0DEV");
    for text in [top.text(), below.text(), office.slack.thread(&ts)[0].text()] {
        assert!(
            text.contains("gave up after 2 attempts") && text.contains("AWS did not answer"),
            "{text}"
        );
    }
    assert_eq!(office.queue.dead_letters(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_second_look_that_fails_leaves_the_first_answer() {
    for error in [
        DiagnoseError::Cannot("the AWS credentials are expired".to_owned()),
        DiagnoseError::Passing("AWS did not answer".to_owned()),
    ] {
        let oracle = Oracle::new(Comes::to(report("prod/payments cannot pull its image")));
        let office = Office::open(oracle.failing_when_fresh(error.clone())).await;
        let _worker = office.hire_hasty(2);
        office.types("U0ANA", "C0DEV", "prod payments").await;
        office.is_quiet().await;
        let (_, below) = office.answer("C0DEV");
        office.presses("U0BEN", &below, "Look again").await;
        office.is_quiet().await;
        let (top, below) = office.answer("C0DEV");
        assert!(
            top.text().starts_with("🔴 prod/payments cannot pull"),
            "{}",
            top.text()
        );
        assert!(below.text().contains("What proves it"), "{}", below.text());
        let whispers = office.slack.whispers();
        assert_eq!(whispers.last().unwrap().channel, "U0BEN");
        assert!(whispers.last().unwrap().text().contains(&error.to_string()));
    }
}
