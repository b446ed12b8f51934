//! One answer, whatever happens on the way.

use axum::http::StatusCode;

use crate::office::{Office, alarm, eventually};
use crate::reports::{Comes, Oracle, report};
use crate::slack::Fault;

const HEADLINE: &str = "prod/payments cannot pull its image: tag 1.4.3 does not exist";
const ALARM: &str = "ECS Task stopped: service *service:payments* cluster *prod* CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3: not found";

#[tokio::test]
async fn an_event_delivered_three_times_gets_one_answer() {
    let office = Office::open(Oracle::new(Comes::to(report(HEADLINE)))).await;
    let _worker = office.hire();
    let ts = office.alarm("Ev1", ALARM).await;
    office.is_quiet().await;
    for _ in 0..2 {
        assert_eq!(office.delivers("Ev1", alarm(&ts, ALARM)).await, StatusCode::OK);
    }
    office.is_quiet().await;
    assert_eq!(office.slack.thread(&ts).len(), 1);
    assert_eq!(office.oracle.asked(), 1);
}

#[tokio::test]
async fn posts_whose_answers_are_lost_are_found_again() {
    let office = Office::open(Oracle::new(Comes::to(report(HEADLINE)))).await;
    office
        .slack
        .fail("chat.postMessage", &[Fault::DoneUnheard, Fault::DoneUnheard]);
    let _worker = office.hire_hasty(5);
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (top, below) = office.answer("C0DEV");
    assert!(top.text().contains(HEADLINE) && below.text().contains("What proves it"));
}

#[tokio::test]
async fn posts_that_were_not_made_are_made_again() {
    let office = Office::open(Oracle::new(Comes::to(report(HEADLINE)))).await;
    office
        .slack
        .fail("chat.postMessage", &[Fault::NotDone, Fault::Limited]);
    let _worker = office.hire_hasty(5);
    office.types("U0ANA", "C0DEV", "prod payments").await;
    office.is_quiet().await;
    let (top, _) = office.answer("C0DEV");
    assert!(top.text().contains(HEADLINE));
}

#[tokio::test]
async fn an_answer_survives_the_death_of_its_worker() {
    let office = Office::open(Oracle::slow(Comes::to(report(HEADLINE)))).await;
    let first = office.hire_leasing(std::time::Duration::from_millis(600));
    office.types("U0ANA", "C0DEV", "prod payments").await;
    eventually("a diagnosis is under way", async || office.oracle.asked() == 1).await;
    first.dies();
    let _second = office.hire_leasing(std::time::Duration::from_millis(600));
    office.oracle.may_end.add_permits(10);
    office.is_quiet().await;
    assert_eq!(office.oracle.asked(), 2);
    let (top, below) = office.answer("C0DEV");
    assert!(top.text().contains(HEADLINE) && below.text().contains("What proves it"));
}
