//! What a preflight is asked about: a cluster, a task definition, and where the task would get its network.

use diagnosis::evidence::ecs::AwsvpcConfiguration;

use crate::ask::{Ask, AskError, What};

/// A task that is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightAsk {
    /// Account, where an ARN names one.
    pub account: Option<String>,
    /// Region, where an ARN names one.
    pub region: Option<String>,
    /// Name of the cluster.
    pub cluster: String,
    /// Family of the task definition.
    pub family: String,
    /// Its revision; `None` is the newest active one.
    pub revision: Option<u32>,
    /// The words for it, as typed.
    pub asked: String,
    /// Service whose network and launch type the task would have.
    pub service: Option<String>,
    /// The network that it would have, in place of a service's.
    pub network: Option<AwsvpcConfiguration>,
    /// `FARGATE`, `EC2`, `EXTERNAL` or `MANAGED_INSTANCES`, where it is said.
    pub launch_type: Option<String>,
}

impl PreflightAsk {
    /// Reads the words after the command: a cluster, and a family, `family:revision` or ARN.
    pub fn parse(words: &[String]) -> Result<Self, AskError> {
        let ask = Ask::parse(words)?;
        let (family, revision) = match ask.what {
            What::TaskDefinition(family, revision) => (family, revision),
            What::Name(family) => (family, None),
            What::Task(_) | What::Service(_) => return Err(AskError::NoDefinition { word: ask.asked }),
        };
        Ok(Self {
            account: ask.account,
            region: ask.region,
            cluster: ask.cluster,
            family,
            revision,
            asked: ask.asked,
            service: None,
            network: None,
            launch_type: None,
        })
    }

    /// What `DescribeTaskDefinition` takes: the family, with its revision where one is named.
    pub(super) fn definition(&self) -> String {
        match self.revision {
            Some(revision) => format!("{}:{revision}", self.family),
            None => self.family.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_a_family_a_revision_or_an_arn() {
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            PreflightAsk::parse(&words).map(|ask| (ask.cluster.clone(), ask.definition(), ask.region))
        };
        let of = |definition: &str, region: Option<&str>| {
            Ok((
                "prod".to_owned(),
                definition.to_owned(),
                region.map(str::to_owned),
            ))
        };
        assert_eq!(read(&["prod", "payments"]), of("payments", None));
        assert_eq!(read(&["prod", "payments:42"]), of("payments:42", None));
        assert_eq!(
            read(&[
                "prod",
                "arn:aws:ecs:eu-west-1:111122223333:task-definition/payments:42"
            ]),
            of("payments:42", Some("eu-west-1"))
        );
        for wrong in [
            &["prod", "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments"][..],
            &["prod", "payments:x"],
            &["prod"],
            &[],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
