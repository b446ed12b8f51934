//! What Slack refuses to show.
//!
//! The `slackblocks` crate judges blocks by limits that it traces to Slack's documentation and to recorded
//! answers of the live API. It shares no code with any Slack client, so client and judge cannot share a bug.
//! What it does not judge is in `extra` and `keys`.

mod dates;
mod extra;
mod keys;

use serde_json::{Map, Value, json};
use slackblocks::{ErrorCategory, MessagePayload, ModalView, ValidationError};

use crate::workspace::Content;

/// Characters of `text` beyond which chat.postMessage answers `msg_too_long`.
///
/// Source: <https://docs.slack.dev/changelog/2018-truncating-really-long-messages>
const MESSAGE_TEXT: usize = 40_000;
/// Bytes of `text`, after escaping `&`, `<` and `>`, beyond which chat.update answers `msg_too_long`.
const UPDATED_TEXT: usize = 4_000;

/// Why something was refused, in Slack's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Slack's error code.
    pub(crate) error: &'static str,
    /// Each thing that is wrong.
    pub(crate) faults: Vec<Fault>,
}

/// One thing that is wrong with a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// JSON pointer to it (`/blocks/0/text/text`).
    pub(crate) pointer: String,
    /// `failed_constraint` or `missing_field`, as blocks.validate names them.
    pub(crate) code: &'static str,
    /// What the rule says.
    pub(crate) message: String,
}

impl Fault {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: "failed_constraint",
            message: message.into(),
        }
    }

    /// As `response_metadata.messages` has it.
    pub(crate) fn to_line(&self) -> String {
        format!("[ERROR] {} [json-pointer:{}]", self.message, self.pointer)
    }

    /// As blocks.validate has it. Source: <https://docs.slack.dev/reference/methods/blocks.validate>
    pub(crate) fn to_wire(&self) -> Value {
        json!({ "pointer": self.pointer, "code": self.code, "message": self.message })
    }
}

impl Refused {
    fn because(error: &'static str, faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self { error, faults })
        }
    }
}

impl From<ValidationError> for Fault {
    fn from(error: ValidationError) -> Self {
        let code = match error.category() {
            ErrorCategory::MissingRequired => "missing_field",
            _ => "failed_constraint",
        };
        Self {
            pointer: pointer(error.path()),
            code,
            message: format!("{}: {}", error.category(), error.message()),
        }
    }
}

/// Judges a message as chat.postMessage does.
pub(crate) fn message(content: &Content) -> Result<(), Refused> {
    if content.text.chars().count() > MESSAGE_TEXT {
        return Err(too_long(format!(
            "must be no more than {MESSAGE_TEXT} characters"
        )));
    }
    if content.blocks.is_empty() && content.attachments.is_empty() {
        return Ok(());
    }
    let mut payload = Map::new();
    payload.insert("channel".to_owned(), json!("C0000000000"));
    if !content.text.is_empty() {
        payload.insert("text".to_owned(), json!(content.text));
    }
    if !content.blocks.is_empty() {
        payload.insert("blocks".to_owned(), json!(content.blocks));
    }
    if !content.attachments.is_empty() {
        payload.insert("attachments".to_owned(), json!(content.attachments));
    }
    let payload = Value::Object(payload);
    Refused::because("invalid_attachments", extra::tables(&payload))?;
    let mut faults = Vec::new();
    faults.extend(extra::faults(&payload));
    faults.extend(keys::faults(&payload));
    let (dates, payload) = dates::judged(&payload);
    faults.extend(dates);
    faults.extend(MessagePayload::try_from(payload).err().map(Fault::from));
    Refused::because("invalid_blocks", faults)
}

/// Judges an updated message, whose text may be much shorter.
pub(crate) fn update(content: &Content) -> Result<(), Refused> {
    let bytes = escaped_bytes(&content.text);
    if bytes > UPDATED_TEXT {
        return Err(too_long(format!(
            "is {bytes} bytes after escaping, must be no more than {UPDATED_TEXT}"
        )));
    }
    message(content)
}

/// Judges a modal as views.open does.
pub(crate) fn view(view: &Value) -> Result<(), Refused> {
    let mut faults = extra::faults(view);
    faults.extend(ModalView::try_from(view.clone()).err().map(Fault::from));
    Refused::because("invalid_arguments", faults)
}

fn too_long(message: String) -> Refused {
    Refused {
        error: "msg_too_long",
        faults: vec![Fault::new("/text", message)],
    }
}

/// Bytes of a text once `&`, `<` and `>` are written as entities; entities that stand there already count once.
fn escaped_bytes(text: &str) -> usize {
    let entities = ["&amp;", "&lt;", "&gt;"];
    text.char_indices()
        .map(|(at, character)| match character {
            '&' if entities
                .iter()
                .any(|entity| text.get(at..).is_some_and(|rest| rest.starts_with(entity))) =>
            {
                1
            }
            '&' => 5,
            '<' | '>' => 4,
            other => other.len_utf8(),
        })
        .sum()
}

/// `MessagePayload.blocks[0].text` as `/blocks/0/text`.
fn pointer(path: &str) -> String {
    let inner = path
        .find(['.', '['])
        .and_then(|at| path.get(at..))
        .unwrap_or_default();
    let mut pointer = String::new();
    for part in inner
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'))
        .filter(|part| !part.is_empty())
    {
        pointer.push('/');
        pointer.push_str(part);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Content, escaped_bytes, message, update};

    fn judged(blocks: &Value) -> String {
        let content = Content {
            text: "x".to_owned(),
            blocks: blocks.as_array().cloned().unwrap(),
            attachments: Vec::new(),
        };
        match message(&content) {
            Ok(()) => "fine".to_owned(),
            Err(refused) => format!("{}: {}", refused.error, refused.faults[0].pointer),
        }
    }

    fn button(id: &str) -> Value {
        json!({ "type": "button", "action_id": id, "text": { "type": "plain_text", "text": "Go" } })
    }

    #[test]
    fn slacks_limits_hold() {
        let cell = |text: &str| json!({ "type": "raw_text", "text": text });
        let table = json!({ "type": "table", "rows": [[cell("a")]] });
        let header = |text: &str| json!({ "type": "header", "text": { "type": "plain_text", "text": text } });
        let divider = json!({ "type": "divider", "block_id": "same" });
        let cases = [
            ("a header of 150", json!([header(&"x".repeat(150))]), "fine"),
            (
                "a header of 151",
                json!([header(&"x".repeat(151))]),
                "invalid_blocks: /blocks/0/text",
            ),
            ("50 blocks", json!(vec![json!({ "type": "divider" }); 50]), "fine"),
            (
                "51 blocks",
                json!(vec![json!({ "type": "divider" }); 51]),
                "invalid_blocks: /blocks",
            ),
            (
                "one block_id twice",
                json!([divider, divider]),
                "invalid_blocks: /blocks/1/block_id",
            ),
            (
                "one action_id twice in a block",
                json!([{ "type": "actions", "elements": [button("a"), button("a")] }]),
                "invalid_blocks: /blocks/0/elements/1/action_id",
            ),
            ("a table", json!([table]), "fine"),
            (
                "two tables",
                json!([table, table]),
                "invalid_attachments: /blocks/1",
            ),
            (
                "an empty cell",
                json!([{ "type": "table", "rows": [[cell("a"), cell("")]] }]),
                "invalid_blocks: /blocks/0/rows/0/1/text",
            ),
            (
                "a key that Slack does not know",
                json!([{ "type": "divider", "colour": "red" }]),
                "invalid_blocks: /blocks/0/colour",
            ),
            (
                "an unknown key deep inside",
                json!([{ "type": "actions", "elements": [
                    { "type": "button", "action_id": "a", "colour": 1, "text": { "type": "plain_text", "text": "Go" } }]}]),
                "invalid_blocks: /blocks/0/elements/0/colour",
            ),
            (
                "an alert, which belongs into modals",
                json!([{ "type": "alert", "text": { "type": "plain_text", "text": "x" } }]),
                "invalid_blocks: /blocks/0",
            ),
        ];
        for (what, blocks, expected) in cases {
            let judged = judged(&blocks);
            assert!(
                judged.starts_with(expected),
                "{what}: {judged}, expected {expected}"
            );
        }
    }

    #[test]
    fn text_has_two_limits() {
        assert!(message(&Content::text("x".repeat(40_000))).is_ok());
        assert_eq!(
            message(&Content::text("x".repeat(40_001))).unwrap_err().error,
            "msg_too_long"
        );
        assert!(update(&Content::text("é".repeat(2_000))).is_ok());
        assert_eq!(
            update(&Content::text("é".repeat(2_001))).unwrap_err().error,
            "msg_too_long"
        );
        assert_eq!(
            update(&Content::text("<".repeat(1_001))).unwrap_err().error,
            "msg_too_long"
        );
    }

    #[test]
    fn entities_count_once() {
        assert_eq!(escaped_bytes("a&lt;b"), 6);
        assert_eq!(escaped_bytes("a<b"), 6);
        assert_eq!(escaped_bytes("&x"), 6);
    }
}
