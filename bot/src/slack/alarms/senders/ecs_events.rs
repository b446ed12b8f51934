//! ECS events posted as they are: EventBridge rules, and the modules that render them. An event is no alarm and has no state.

use super::{Family, Reported, is_named};
use crate::slack::alarms::view::View;

pub(super) const FAMILY: Family = Family {
    sender,
    state: |_| Reported::Nothing,
    labels_services: true,
};

fn sender(view: &View) -> Option<&'static str> {
    let head = |start: &str| {
        view.heads
            .iter()
            .any(|head| head.trim_start_matches([':', '*', ' ']).starts_with(start))
    };
    if is_named(view, "amazon q") || is_named(view, "aws chatbot") {
        return None;
    }
    if is_named(view, "amazon ecs - ") {
        return Some("aws-to-slack");
    }
    if view
        .lines
        .iter()
        .any(|line| line.starts_with("detail-type: ECS "))
    {
        return Some("Amazon EventBridge");
    }
    if head("ECS Task State Change") || head("ECS Service Action") || head("ECS Deployment State Change") {
        return Some("Amazon ECS event");
    }
    None
}
