//! Deploy tools: CodePipeline, CodeDeploy, GitHub Actions, Jenkins, ecs-deploy. A deployment that failed is no alarm and has no state.

use super::{Family, Reported, is_named};
use crate::slack::alarms::view::View;

pub(super) const FAMILY: Family = Family {
    sender,
    state: |_| Reported::Nothing,
    labels_services: true,
};

fn sender(view: &View) -> Option<&'static str> {
    let linked = |part: &str| view.links.iter().any(|link| link.contains(part));
    [
        (is_named(view, "jenkins"), "Jenkins"),
        (is_named(view, "codedeploy"), "AWS CodeDeploy"),
        (is_named(view, "codepipeline"), "AWS CodePipeline"),
        (is_named(view, "ecs deploy"), "ecs-deploy"),
        (is_named(view, "terraform cloud"), "Terraform Cloud"),
        (is_named(view, "circleci"), "CircleCI"),
        (is_named(view, "gitlab"), "GitLab"),
        (linked("/actions/runs/"), "GitHub Actions"),
    ]
    .into_iter()
    .find_map(|(is_it, name)| is_it.then_some(name))
}
