//! Remedies that a person carries out.

use super::{Mode, Remedy, Risk};

/// A remedy that is only shown: what to do, and the commands for it.
pub fn manual(id: &str, title: &str, risk: Risk, cli: String, terraform: Option<String>) -> Remedy {
    Remedy {
        id: id.to_owned(),
        title: title.to_owned(),
        risk,
        mode: Mode::Manual,
        calls: Vec::new(),
        before: None,
        after: None,
        notes: Vec::new(),
        cli,
        terraform,
        action: None,
    }
}

/// A remedy that needs a new revision of task definition `name`: `edit` says what to change in it.
///
/// The fields to remove are those that `RegisterTaskDefinition` does not take
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>).
pub fn revise(id: &str, title: &str, risk: Risk, name: &str, edit: &str, terraform: Option<&str>) -> Remedy {
    let cli = format!(
        "aws ecs describe-task-definition --task-definition {name} --include TAGS --query taskDefinition > task-definition.json\n\
         # {edit}; remove taskDefinitionArn, revision, status, requiresAttributes, compatibilities, registeredAt, registeredBy\n\
         aws ecs register-task-definition --cli-input-json file://task-definition.json"
    );
    manual(id, title, risk, cli, terraform.map(str::to_owned))
}
