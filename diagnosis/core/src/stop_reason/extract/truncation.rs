//! Whether an agent cut the text off before its end.

use crate::stop_reason::text::{Text, patterns};

/// Lengths, in characters, at which agents are known to cut a reason:
/// <https://github.com/aws/containers-roadmap/issues/1133>, <https://github.com/aws/containers-roadmap/issues/1332>.
const CUTS: [usize; 2] = [255, 1024];

patterns! {
    /// Ends that no program writes: an ellipsis, or a sentence that had more to say.
    CUT_END = r"(?:\.\.\.|…|because|because no|because no \S+|is not|is not authorized|is not authorized to|is not authorized to perform:|on resource:|allows the|with an explicit|dial|dial tcp|dia|caused by:|unable to retrieve|failed to|(?:get|head|post) )$";
    /// A URL that is being requested, and nothing after it: its outcome is missing.
    OPEN_REQUEST = r#"(?:get|head|post) "?https?://[^\s"]*$"#;
}

/// True where the end of the text is missing.
pub(in crate::stop_reason) fn is_truncated(text: &Text) -> bool {
    CUTS.contains(&text.written_chars) || text.matches(&CUT_END) || text.matches(&OPEN_REQUEST)
}

#[cfg(test)]
mod tests {
    use super::{Text, is_truncated};

    #[test]
    fn cut_texts_are_seen() {
        for text in [
            "is not authorized to perform: ecr:BatchGetImage on resource: x because no",
            "send request failed caused by: Post https://api.ecr....",
            "Get \"https://r.example/v2/a/blobs/sha256:00?X-Amz-Algor",
            &"x".repeat(255),
        ] {
            assert!(is_truncated(&Text::new(text)), "{text}");
        }
        for text in [
            "dial tcp 10.0.0.1:443: i/o timeout",
            "Get \"https://r.example/v2/\": EOF",
            "x",
        ] {
            assert!(!is_truncated(&Text::new(text)), "{text}");
        }
    }
}
