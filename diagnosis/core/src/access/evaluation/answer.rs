//! The answer to a request.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::access::decision::{Effect, Relation};
use crate::access::policies::{Layer, PolicyKind};

/// What becomes of a request, and why.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// What becomes of it.
    pub effect: Effect,
    /// The statement that decided: the Deny, or the Allow that grants. None for an implicit deny (no statement decided) and
    /// for an unknown.
    pub decided_by: Option<DecidedBy>,
    /// The layer that denied, explicitly or by silence.
    pub layer: Option<Layer>,
    /// Every layer that would have to change before an implicitly denied request is allowed: an Allow added to one of several
    /// would not help.
    pub blocking: Vec<Layer>,
    /// The condition keys, as the policies spell them, whose values would change an unknown effect.
    pub missing_context: Vec<String>,
    /// The policies that could not be read and whose content could change an unknown effect.
    pub missing_policies: Vec<String>,
    /// The effect if the policies that could not be read said nothing.
    pub effect_as_read: Effect,
    /// How principal and resource stand to each other.
    pub relation: Relation,
    /// What each layer says.
    pub layers: Vec<LayerResult>,
    /// The conditions that keep an Allow, which covers action, resource and principal, from granting.
    pub unmet: Vec<UnmetCondition>,
    /// The decision in a sentence, lower-case and without full stop.
    pub reason: String,
}

impl Decision {
    /// What one layer says.
    pub fn layer_result(&self, layer: Layer) -> Option<&LayerResult> {
        self.layers.iter().find(|result| result.layer == layer)
    }
}

/// A statement, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DecidedBy {
    /// The policy's name.
    pub policy: String,
    /// The policy's kind.
    pub kind: PolicyKind,
    /// The layer in which it counts.
    pub layer: Layer,
    /// The statement's index, from zero.
    pub statement_index: usize,
    /// The statement's `Sid`, if it has one.
    pub sid: Option<String>,
    /// The statement, quoted as it was read.
    pub statement: Value,
}

impl std::fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.sid {
            Some(sid) => write!(
                f,
                "statement {} (`{sid}`) of {}",
                self.statement_index + 1,
                self.policy
            ),
            None => write!(f, "statement {} of {}", self.statement_index + 1, self.policy),
        }
    }
}

/// What one layer says about a request.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayerResult {
    /// The layer.
    pub layer: Layer,
    /// What it says.
    pub verdict: LayerVerdict,
    /// The statements that certainly deny.
    pub denied_by: Vec<DecidedBy>,
    /// The statements that certainly allow.
    pub allowed_by: Vec<DecidedBy>,
    /// The statements that may apply, depending on what is not known.
    pub open: Vec<DecidedBy>,
}

/// What a layer says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayerVerdict {
    /// There is no policy in this layer, or it does not bind this principal.
    NotPresent,
    /// It allows.
    Allows,
    /// A resource policy allows the principal's own account, which leaves the answer to identity policies.
    Delegates,
    /// Nothing in it allows, nothing denies.
    Silent,
    /// A statement denies.
    Denies,
    /// It depends on what is not known.
    Unknown,
}

/// A condition that keeps an Allow from granting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnmetCondition {
    /// The policy's name.
    pub policy: String,
    /// The layer in which it counts.
    pub layer: Layer,
    /// The statement's index, from zero.
    pub statement_index: usize,
    /// The operator, as the policy spells it.
    pub operator: String,
    /// The key, as the policy spells it.
    pub key: String,
    /// The values the policy wants.
    pub wanted: Vec<String>,
    /// What the request has.
    pub actual: Actual,
}

/// What a request has under a condition key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actual {
    /// These values; none means that the request does not carry the key.
    Known(Vec<String>),
    /// Nobody knows.
    Unknown,
}
