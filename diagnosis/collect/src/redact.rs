//! Takes credentials out of texts that AWS hands on from elsewhere.

/// The text without the query strings of presigned addresses.
pub(crate) fn outside(text: &str) -> String {
    if !text.contains("X-Amz-") && !text.contains("x-amz-") {
        return text.to_owned();
    }
    text.split_inclusive(char::is_whitespace)
        .map(|word| match word.split_once('?') {
            Some((address, query)) if query.to_ascii_lowercase().contains("x-amz-") => {
                let end: String = word.chars().rev().take_while(|c| c.is_whitespace()).collect();
                format!("{address}?[redacted]{end}")
            }
            _ => word.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::outside;

    #[test]
    fn presigned_addresses_lose_their_signature() {
        let text = "failed to copy: https://bucket.s3.eu-west-1.amazonaws.com/a?X-Amz-Security-Token=abc&X-Amz-Signature=def: 403";
        assert_eq!(
            outside(text),
            "failed to copy: https://bucket.s3.eu-west-1.amazonaws.com/a?[redacted] 403"
        );
    }
}
