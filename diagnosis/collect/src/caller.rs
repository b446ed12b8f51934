//! Who the credentials belong to: what is asked before anything is read.

use diagnosis::Outcome;

use crate::actions::STS_GET_CALLER_IDENTITY;
use crate::aws::Aws;
use crate::observe::{NotSeen, outcome};
use crate::unreadable::Unreadable;

/// Who the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account, twelve digits.
    pub account: String,
    /// ARN of the user or role session.
    pub arn: String,
}

/// Asks who the credentials belong to. Needs no permission.
///
/// # Errors
/// Why AWS cannot be asked: no credentials, a role that cannot be assumed, no connection.
pub async fn caller(aws: &Aws) -> Result<Caller, Unreadable> {
    let answer = aws_sdk_sts::Client::new(aws.config())
        .get_caller_identity()
        .send()
        .await
        .map_err(NotSeen::from)
        .and_then(|answer| match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(NotSeen::Failed("the answer names nobody".to_owned())),
        });
    match outcome(&STS_GET_CALLER_IDENTITY, answer) {
        (Outcome::Present(caller), _) => Ok(caller),
        (_, Some(trouble)) => Err(trouble.into()),
        (Outcome::Failed { error }, None) => Err(Unreadable::Failed { detail: error }),
        (_, None) => Err(Unreadable::Failed {
            detail: "no answer".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{self, Answer};

    #[tokio::test]
    async fn what_stands_in_the_way_is_told_apart() {
        let of = async |answer: Answer| caller(&fake::aws(move |_, _| answer.clone()).0).await;
        let who = Answer::Http(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>\
             <Arn>arn:aws:iam::111122223333:user/bot</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
                .to_owned(),
        );
        assert_eq!(of(who).await.unwrap().arn, "arn:aws:iam::111122223333:user/bot");
        for code in ["ExpiredToken", "InvalidClientTokenId"] {
            assert!(
                matches!(of(Answer::xml_error(code)).await, Err(Unreadable::Credentials { detail }) if detail.starts_with(code))
            );
        }
        assert!(matches!(
            of(Answer::Refused).await,
            Err(Unreadable::Unreachable { .. })
        ));
        // Without an ARN nobody is named.
        assert!(matches!(
            of(Answer::Http(404, String::new())).await,
            Err(Unreadable::Failed { .. })
        ));
    }
}
