//! Slack's text as people read it: <https://docs.slack.dev/messaging/formatting-message-text>.

use regex::Captures;

use super::pattern::patterns;

patterns! {
    /// Asterisks around words.
    BOLD = r"\*{1,2}([^*\n]+?)\*{1,2}";
    /// A link, a mention, a date: whatever Slack writes in angle brackets.
    ANGLE = r"<([^<>|\n]+)(?:\|([^<>\n]*))?>";
}

/// Text with its links set apart.
#[derive(Debug, Default, Clone)]
pub(super) struct Decoded {
    /// What a reader sees: labels for links, entities undone, line ends as `\n`.
    pub(super) text: String,
    /// The addresses of the links.
    pub(super) links: Vec<String>,
}

/// Decodes mrkdwn. An angle bracket that was typed arrives as an entity, so what is left in brackets is Slack's.
pub(super) fn decode(written: &str) -> Decoded {
    let mut links = Vec::new();
    let text = ANGLE.replace_all(written, |found: &Captures<'_>| {
        let inner = found.get(1).map_or("", |part| part.as_str());
        let label = found.get(2).map(|part| part.as_str());
        if inner.contains("://") || inner.starts_with("mailto:") {
            links.push(entities(inner));
            return label
                .filter(|label| !label.is_empty())
                .unwrap_or(inner)
                .to_owned();
        }
        match inner.chars().next() {
            // `<!date^…|fallback>`, `<@U…>`, `<#C…|name>`, `<!channel>`: their label, or nothing that reads as a value.
            Some('!' | '@' | '#') => label.unwrap_or_default().to_owned(),
            // Not Slack's after all: a placeholder in a text that was never escaped.
            _ => found.get(0).map_or("", |part| part.as_str()).to_owned(),
        }
    });
    Decoded {
        text: entities(&text).replace("\r\n", "\n").replace('\r', "\n"),
        links,
    }
}

/// Undoes the three escapes that Slack makes, ampersand last.
fn entities(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Takes off what only styles: code marks, and asterisks that stand in pairs around words.
pub(super) fn unstyled(line: &str) -> String {
    let plain = line.replace('`', "");
    BOLD.replace_all(&plain, "$1").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{decode, unstyled};

    #[test]
    fn links_become_labels_and_entities_characters() {
        let decoded = decode(
            "<https://x.example/a?b=1&amp;c=2|the &lt;label&gt;> and <http://h/r:1|h/r:1>: OK -&gt; ALARM <!channel>",
        );
        assert_eq!(decoded.text, "the <label> and h/r:1: OK -> ALARM ");
        assert_eq!(decoded.links, ["https://x.example/a?b=1&c=2", "http://h/r:1"]);
    }

    #[test]
    fn styles_go_and_values_stay() {
        assert_eq!(unstyled("*Cluster:* `prod`  **x**"), "Cluster: prod  x");
        assert_eq!(unstyled("\"Action\": \"ecr:*\""), "\"Action\": \"ecr:*\"");
    }
}
