//! What the end-to-end tests run against, in the words of the people who use the product: the AWS stand-in, the Slack
//! stand-in, Redis and the product's own program, each a process that ends with the test.
//!
//! `tests/all` builds and installs all of it.

pub mod aws;
pub mod expectation;
pub mod mutation;
pub mod paths;
pub mod process;
pub mod product;
