//! Members that Slack does not know: it refuses a block that has one, the parser of `slackblocks` keeps it.
//!
//! Source: <https://docs.slack.dev/reference/block-kit>, a page per block, element and composition object.

use serde_json::Value;

use super::Fault;
use super::extra::{kind, walk};

/// Every member of a known block, element or text object that its page does not list.
pub(super) fn faults(payload: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(payload, &mut String::new(), &mut |pointer, value| {
        let Some(known) = known(pointer, kind(value)) else {
            return;
        };
        for key in value.as_object().into_iter().flatten().map(|(key, _)| key) {
            if key != "type" && !known.split(' ').any(|known| known == key) {
                faults.push(Fault::new(
                    format!("{pointer}/{key}"),
                    format!("invalid additional property: {key}"),
                ));
            }
        }
    });
    faults
}

/// The members of an object by its type, or by its place where it has no type; `None` where neither tells.
fn known(pointer: &str, kind: &str) -> Option<&'static str> {
    let mut places = pointer.rsplit('/');
    let last = places.next().unwrap_or_default();
    let holder = places.next().unwrap_or_default();
    Some(match (kind, last, holder) {
        ("", "confirm", _) => "title text confirm deny style",
        ("", _, "options" | "option_groups") => "text value description url label options",
        ("actions" | "context" | "context_actions" | "rich_text", ..) => "elements block_id",
        ("container", ..) => {
            "title rich_text_title subtitle width icon is_collapsible default_collapsed has_header_divider \
             child_blocks block_id"
        }
        ("divider", ..) => "block_id",
        ("header", ..) => "text level block_id",
        ("markdown", ..) => "text block_id",
        // A block and an element share this name.
        ("image", ..) => "image_url slack_file alt_text title block_id",
        ("section", ..) => "text fields accessory expand block_id",
        ("table", ..) => "rows column_settings block_id",
        ("task_card", ..) => "task_id title details output sources status block_id",
        ("plan", ..) => "title tasks block_id",
        ("button", ..) => {
            "text action_id url value style confirm accessibility_label agent_prompt agent_prompt_display"
        }
        ("overflow", ..) => "action_id options confirm",
        ("static_select", ..) => {
            "action_id options option_groups initial_option confirm focus_on_load placeholder"
        }
        ("mrkdwn", ..) => "text verbatim",
        ("plain_text", ..) => "text emoji",
        ("raw_text", ..) => "text",
        ("rich_text_section", ..) => "elements",
        ("rich_text_preformatted", ..) => "elements border language",
        ("rich_text_quote", ..) => "elements border",
        ("rich_text_list", ..) => "elements style indent offset border",
        ("text", ..) => "text style",
        ("link", ..) => "url text style unsafe",
        ("emoji", ..) => "name unicode skin_tone style url",
        _ => return None,
    })
}
