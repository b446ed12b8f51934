//! The pulling role's own policies do not allow the pull actions on this repository.
//!
//! # What fails
//! With a token in hand the puller reads the manifest (`ecr:BatchGetImage`) and then each layer
//! (`ecr:GetDownloadUrlForLayer`). The role's own policies do not allow one of them on the image's repository.
//!
//! # What the pull says
//! "CannotPullContainerError: … pull access denied … denied: User: … is not authorized to perform: ecr:BatchGetImage on
//! resource: arn:aws:ecr:… because no identity-based policy allows …", or a bare 403 on a manifest or layer.
//!
//! # What proves it
//! The role's inline and attached policies, all of them read, do not allow the action on the repository's ARN, and the
//! repository is in the role's own account with no policy that allows it instead. The stage is that of the first action
//! refused. `ecr:BatchCheckLayerAvailability` is not needed to pull.
//!
//! # What rules it out
//! Policies that allow both actions; in the same account a repository policy that allows the role.
//!
//! # What cannot be known
//! Whether they are allowed, where one of the role's policies may not be read or an Allow hangs on a condition whose key
//! has no value before the call.
//!
//! # Remedies
//! An inline policy with the actions that lack, on this repository alone.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>

use super::own_policies;
use super::refused::PULL;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    own_policies::judge(case, PULL, false)
}
