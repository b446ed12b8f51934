//! Image references: what they name, where that lives, and what is wrong with those that name nothing.

pub mod host;
mod mistake;
pub mod reference;

pub use host::Registry;
pub use mistake::{Mistake, ReferenceError};
pub use reference::ImageReference;
