//! What an SDK error says, for a person.

use std::error::Error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// `Code: message` where AWS answered; otherwise what happened on the way, without the SDK's own types.
pub fn said<E: Error + ProvideErrorMetadata>(error: &E) -> String {
    if let (Some(code), Some(message)) = (error.code(), error.message()) {
        return format!("{code}: {message}");
    }
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        source = cause.source();
    }
    parts.join(": ")
}
