//! The pulling role may not call `ecr:GetAuthorizationToken`.
//!
//! # What fails
//! A pull from private ECR begins with an authorization token. The pulling role's own policies do not allow
//! `ecr:GetAuthorizationToken`, so that nothing else is even tried.
//!
//! # What the pull says
//! "ResourceInitializationError: unable to pull secrets or registry auth: … AccessDeniedException: User: … is not
//! authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows …".
//!
//! # What proves it
//! The role's inline and attached policies, all of them read, do not allow the action on `*`. The action has no
//! resource: allowing it on a repository's ARN does nothing.
//!
//! # What rules it out
//! Policies that allow it; on Fargate, a failure that proves that the manifest was reached.
//!
//! # What cannot be known
//! Whether it is allowed, where one of the role's policies may not be read or an Allow hangs on a condition whose key
//! has no value before the call. On EC2 capacity the agent keeps a token for hours: a pull that gets further does not
//! prove that the action is still allowed.
//!
//! # Remedies
//! An inline policy that allows the action on `*`.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>

use super::own_policies;
use crate::case::Case;
use crate::case::permission::GET_TOKEN;
use crate::judgement::{Judgement, Subject};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    own_policies::judge(case, &[GET_TOKEN], false)
}
