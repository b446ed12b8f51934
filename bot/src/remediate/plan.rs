//! What is kept of a plan, and of what was done.

use std::time::Duration;

use diagnosis::Remedy;
use diagnosis::remedy::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::conversation::Kept;
use crate::work::Press;

/// How long plans and what was done are kept: longer than a plan can be applied, so that late presses are answered.
pub(super) const KEPT_FOR: Duration = Duration::from_hours(24);

/// A remedy that somebody chose, with all it takes to apply it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What would be done.
    pub remedy: Remedy,
    /// Alias of the account; `None`: the one that the process's credentials belong to.
    pub account: Option<String>,
    /// Alias of the account, or its number.
    pub account_name: String,
    /// Region.
    pub region: String,
    /// What it is done to, as people call it: `prod/payments`.
    pub target: String,
    /// Cluster name.
    pub cluster: String,
    /// Service name, where there is one to watch.
    pub service: Option<String>,
    /// Channel of the thread.
    pub channel: String,
    /// The channel's message, to be turned green.
    pub root: Option<String>,
    /// What the diagnosis said.
    pub was: String,
    /// Handle of the diagnosis: to look again with.
    pub diagnosis: String,
    /// Who chose it, by Slack id.
    pub chosen_by: String,
    /// When it was made.
    pub made: Timestamp,
    /// After this it can no longer be applied.
    pub expires: Timestamp,
}

impl Plan {
    pub(super) fn new(press: &Press, kept: &Kept, remedy: &Remedy, now: Timestamp, lives: Duration) -> Self {
        let target = &kept.report.target;
        Self {
            remedy: remedy.clone(),
            account: kept.account.clone(),
            account_name: kept.account_name().to_owned(),
            region: target.region.clone(),
            target: kept.target_name(),
            cluster: target.cluster.clone(),
            service: target.service.clone(),
            channel: kept.channel.clone(),
            root: kept.root.clone(),
            was: kept.report.headline.clone(),
            diagnosis: press.handle.clone(),
            chosen_by: press.user.clone(),
            made: now,
            expires: now.checked_add(lives).unwrap_or(now),
        }
    }

    /// What a button applies; nothing for a manual remedy.
    pub(super) fn action(&self) -> Option<&Action> {
        self.remedy.action.as_ref()
    }

    /// Whether it is too old to be applied.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    /// SHA-256 of what it would do, and where, in hexadecimal: says in the audit log that what was shown, pressed and
    /// carried out is one and the same.
    pub(super) fn hash(&self) -> String {
        let does = json!({
            "account": self.account_name,
            "region": self.region,
            "calls": self.remedy.calls,
            "action": self.remedy.action,
        });
        Sha256::digest(does.to_string())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What was done, and how to take it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// The plan.
    pub plan: Plan,
    /// What was there before, byte for byte, where it was a document.
    pub before: Before,
}

/// What was there before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "was")]
pub enum Before {
    /// The role's inline policy of the plan's name: its text, or none.
    RolePolicy {
        /// The text, byte for byte; `None` where there was no such policy.
        text: Option<String>,
    },
    /// The service's task definition.
    TaskDefinition {
        /// Its ARN.
        arn: String,
    },
}

#[cfg(test)]
pub(super) mod tests {
    use diagnosis::remedy::{Call, Mode, Risk};

    use super::*;

    /// A plan to roll `prod/payments` back, made at the beginning of 2026 and good for half an hour.
    pub(in super::super) fn plan() -> Plan {
        let made: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let service = "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments".to_owned();
        Plan {
            remedy: Remedy {
                id: "roll_back".to_owned(),
                title: "Back to payments:41".to_owned(),
                risk: Risk::Low,
                mode: Mode::Automatic,
                calls: vec![Call {
                    action: "ecs:UpdateService".to_owned(),
                    resource: service.clone(),
                    parameters: json!({ "cluster": "prod", "service": "payments", "taskDefinition": "payments:41" }),
                }],
                before: None,
                after: None,
                notes: Vec::new(),
                cli: String::new(),
                terraform: None,
                action: Some(Action::RollBack {
                    cluster_arn: "arn:aws:ecs:eu-west-1:111122223333:cluster/prod".to_owned(),
                    service: "payments".to_owned(),
                    service_arn: service,
                    from: "payments:42".to_owned(),
                    to: "payments:41".to_owned(),
                }),
            },
            account: None,
            account_name: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            target: "prod/payments".to_owned(),
            cluster: "prod".to_owned(),
            service: Some("payments".to_owned()),
            channel: "C1".to_owned(),
            root: None,
            was: "tag 1.4.3 does not exist".to_owned(),
            diagnosis: "0".repeat(32),
            chosen_by: "U1".to_owned(),
            made,
            expires: made.checked_add(Duration::from_mins(30)).unwrap(),
        }
    }

    #[test]
    fn a_plan_lives_until_its_last_second() {
        let plan = plan();
        let second = Duration::from_secs(1);
        assert!(!plan.has_expired(plan.made));
        assert!(!plan.has_expired(plan.expires.checked_sub(second).unwrap()));
        assert!(plan.has_expired(plan.expires));
        assert!(plan.has_expired(plan.expires.checked_add(second).unwrap()));
    }

    #[test]
    fn the_hash_is_of_what_is_done_and_where() {
        let hash = plan().hash();
        assert_eq!(hash.len(), 64);
        let stored: Plan = serde_json::from_str(&serde_json::to_string(&plan()).unwrap()).unwrap();
        assert_eq!(stored.hash(), hash);
        let changed = |change: &dyn Fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            plan.hash()
        };
        assert_eq!(changed(&|plan| plan.chosen_by = "U2".to_owned()), hash);
        for other in [
            changed(&|plan| plan.account_name = "444455556666".to_owned()),
            changed(&|plan| plan.region = "us-east-1".to_owned()),
            changed(&|plan| plan.remedy.calls[0].resource.push('2')),
            changed(&|plan| plan.remedy.calls[0].parameters["service"] = json!("web")),
            changed(&|plan| plan.remedy.action = None),
        ] {
            assert_ne!(other, hash);
        }
    }
}
