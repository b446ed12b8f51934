//! What tests of this room share.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signing secret in tests.
pub(crate) const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// `X-Slack-Signature` of a body.
pub(crate) fn signature(body: &str, timestamp: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("v0=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}
