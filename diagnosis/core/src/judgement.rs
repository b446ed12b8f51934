//! What a rule says about one cause and one subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observed::{Fact, Missing};
use crate::remedy::Remedy;
use crate::stage::Stage;

/// What a judgement is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// What kind of thing it is.
    pub kind: SubjectKind,
    /// The thing: an ARN, an id, an image reference, a name.
    pub id: String,
}

/// Kinds of things a judgement can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An image reference.
    Image,
    /// An IAM role.
    Role,
    /// A subnet.
    Subnet,
    /// A VPC.
    Vpc,
    /// A VPC endpoint.
    Endpoint,
    /// A route table.
    RouteTable,
    /// A NAT gateway.
    NatGateway,
    /// A security group.
    SecurityGroup,
    /// A network ACL.
    NetworkAcl,
    /// Something that a route or a DHCP options set leads to and that cannot be looked into: a transit gateway, a
    /// firewall, a DNS server.
    Hop,
    /// A container instance.
    Instance,
    /// A task definition.
    TaskDefinition,
    /// A service.
    Service,
    /// A registry host.
    Registry,
    /// A secret.
    Secret,
    /// A KMS key.
    Key,
}

impl Subject {
    /// A subject.
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// An image reference.
    pub fn image(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Image, id)
    }

    /// A role.
    pub fn role(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Role, id)
    }

    /// A subnet.
    pub fn subnet(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Subnet, id)
    }

    /// A VPC.
    pub fn vpc(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Vpc, id)
    }

    /// A VPC endpoint.
    pub fn endpoint(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Endpoint, id)
    }

    /// A container instance.
    pub fn instance(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::Instance, id)
    }

    /// A task definition.
    pub fn task_definition(id: impl Into<String>) -> Self {
        Self::new(SubjectKind::TaskDefinition, id)
    }
}

/// What a rule says about one cause and one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// The state in AWS proves that the pull fails here, and the failure's proven stage, if known, agrees.
    Confirmed(Finding),
    /// The text says it, or a fitting state and timeline; nothing contradicts it.
    Likely(Finding),
    /// Consistent with what was seen, unproven.
    Possible(Finding),
    /// It is not this.
    RuledOut {
        /// Why not, as a sentence without a full stop.
        why: String,
        /// What that rests on.
        facts: Vec<Fact>,
    },
    /// It cannot be told.
    Unknown {
        /// What was not had.
        missing: Vec<Missing>,
    },
    /// The question does not arise.
    NotApplicable,
}

impl Judgement {
    /// With these facts as well, where something speaks for the cause.
    #[must_use]
    pub fn with_facts(self, facts: impl IntoIterator<Item = Fact>) -> Self {
        match self {
            Self::Confirmed(finding) => Self::Confirmed(finding.facts(facts)),
            Self::Likely(finding) => Self::Likely(finding.facts(facts)),
            Self::Possible(finding) => Self::Possible(finding.facts(facts)),
            other => other,
        }
    }

    /// With these remedies as well, where something speaks for the cause.
    #[must_use]
    pub fn with_remedies(self, remedies: impl IntoIterator<Item = Remedy>) -> Self {
        match self {
            Self::Confirmed(finding) => Self::Confirmed(finding.remedies(remedies)),
            Self::Likely(finding) => Self::Likely(finding.remedies(remedies)),
            Self::Possible(finding) => Self::Possible(finding.remedies(remedies)),
            other => other,
        }
    }
}

/// What speaks for a cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The cause in one sentence without a full stop: cause first, then the thing, then the number.
    pub summary: String,
    /// The stage at which it bites in this case.
    pub stage: Stage,
    /// How it relates to the failure that was seen.
    pub effect: Effect,
    /// What was seen.
    pub facts: Vec<Fact>,
    /// What would make it more certain.
    pub missing: Vec<Missing>,
    /// What would remove it.
    pub remedies: Vec<Remedy>,
}

impl Finding {
    /// A finding that explains the failure seen.
    pub fn observed(stage: Stage, summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            stage,
            effect: Effect::Observed,
            facts: Vec::new(),
            missing: Vec::new(),
            remedies: Vec::new(),
        }
    }

    /// With this effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// With these facts as well.
    #[must_use]
    pub fn facts(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        self.facts.extend(facts);
        self
    }

    /// With this missing as well.
    #[must_use]
    pub fn missing(mut self, missing: impl IntoIterator<Item = Missing>) -> Self {
        self.missing.extend(missing);
        self
    }

    /// With these remedies as well.
    #[must_use]
    pub fn remedies(mut self, remedies: impl IntoIterator<Item = Remedy>) -> Self {
        self.remedies.extend(remedies);
        self
    }
}

/// How a cause relates to the failure that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It explains the failure.
    Observed,
    /// It is true as well, and bites once the failure's cause is gone.
    Next,
    /// Broken at an earlier stage after the failure.
    Since,
}

/// How sure a cause is. `Ord`: surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Proved by the state in AWS.
    Confirmed,
    /// Said by the text, or a fitting state and timeline.
    Likely,
    /// Consistent, unproven.
    Possible,
}
