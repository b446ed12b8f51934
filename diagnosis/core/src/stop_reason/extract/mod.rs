//! What a failure text names: image, hosts, address, and who was refused what.

pub(super) mod address;
pub(super) mod denial;
pub(super) mod hosts;
pub(super) mod image;
pub(super) mod truncation;
