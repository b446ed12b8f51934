//! The stages a pull goes through, in the order in which it meets them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stage of an image pull, in the order in which a pull meets them (`Ord` follows that order).
///
/// A failure text that proves a stage was *reached* rules out what comes before it, for that task at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before any task starts: the service, its task definition, placement.
    Service,
    /// ECS assumes the execution role, the image reference is parsed.
    Role,
    /// Reaching the ECR API (`api.ecr`), or the API that holds registry credentials.
    TokenNetwork,
    /// Being given an authorization token or registry credentials.
    Token,
    /// Reaching the registry host (`dkr.ecr`, Docker Hub, any other).
    RegistryNetwork,
    /// Resolving the reference to a manifest.
    Manifest,
    /// Reaching the layer store (for ECR: S3).
    LayerNetwork,
    /// Downloading layers.
    Layers,
    /// Extracting layers to disk.
    Unpack,
}

impl Stage {
    /// Words for a sentence: "the pull failed while {}".
    pub fn doing(self) -> &'static str {
        match self {
            Self::Service => "preparing the service",
            Self::Role => "preparing the task and its role",
            Self::TokenNetwork => "connecting to the ECR API",
            Self::Token => "getting registry credentials",
            Self::RegistryNetwork => "connecting to the registry",
            Self::Manifest => "reading the image manifest",
            Self::LayerNetwork => "connecting to the layer store",
            Self::Layers => "downloading layers",
            Self::Unpack => "unpacking layers",
        }
    }
}
