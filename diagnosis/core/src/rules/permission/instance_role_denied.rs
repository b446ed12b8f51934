//! On EC2 capacity without an execution role, the instance's role may not pull.
//!
//! # What fails
//! On EC2 capacity the agent pulls, and where the task definition does not make it use an execution role it does so with the
//! role of its instance. That role's own policies do not allow one of the pull actions.
//!
//! # What the pull says
//! "CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::…:assumed-role/ecsInstanceRole/i-… is not
//! authorized to perform: ecr:GetAuthorizationToken …", or "… pull access denied … ecr:BatchGetImage …".
//!
//! # What proves it
//! The container instance is an EC2 instance, its instance profile holds a role, and that role's policies, all of them read,
//! do not allow the action.
//!
//! # What rules it out
//! `ecs.capability.execution-role-ecr-pull` among the definition's `requiresAttributes`: then the execution role pulls and
//! the instance's role does not matter. Policies that allow the actions.
//!
//! # What cannot be known
//! The instance's role, where the instance or its profile may not be read. An agent keeps a token for hours: a pull that gets
//! further does not prove that the token is still allowed.
//!
//! # Remedies
//! An inline policy on the instance's role with the actions that lack, or `AmazonEC2ContainerServiceforEC2Role`; or an
//! execution role in the task definition.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>

use super::own_policies;
use super::refused::ALL;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    own_policies::judge(case, ALL, true)
}
