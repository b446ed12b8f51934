//! Finding a control in a message by what a person would say of it.

use serde_json::{Map, Value, json};

use crate::workspace::Content;

/// How a control is named: by its `action_id`, by what is written on it, or both.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) action_id: Option<String>,
    pub(crate) block_id: Option<String>,
    pub(crate) text: Option<String>,
    /// Of a button or a menu's option.
    pub(crate) value: Option<String>,
}

/// A button, or a menu with the option that is chosen.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    element: Map<String, Value>,
    block_id: String,
    option: Option<Value>,
}

impl Control {
    /// Its confirm dialog, if it has one.
    pub(crate) fn confirm(&self) -> Option<&Value> {
        self.element.get("confirm")
    }

    /// The entry of `actions` for a press at `action_ts`.
    pub(crate) fn action(&self, action_ts: &str) -> Value {
        let mut action = Map::new();
        for key in ["type", "action_id", "text", "value", "style"] {
            if let Some(value) = self.element.get(key) {
                action.insert(key.to_owned(), value.clone());
            }
        }
        action.insert("block_id".to_owned(), json!(self.block_id));
        if let Some(option) = &self.option {
            action.insert("selected_option".to_owned(), option.clone());
        }
        action.insert("action_ts".to_owned(), json!(action_ts));
        Value::Object(action)
    }

    fn label(&self) -> &str {
        let labelled = self.option.as_ref().or_else(|| self.element.get("text"));
        let text = labelled.and_then(|labelled| labelled.get("text"));
        text.and_then(|text| text.get("text").unwrap_or(text).as_str())
            .unwrap_or_default()
    }

    fn fits(&self, wanted: &Wanted) -> bool {
        let held = |key: &str| self.element.get(key).and_then(Value::as_str);
        let option_value = self
            .option
            .as_ref()
            .and_then(|option| option.get("value"))
            .and_then(Value::as_str);
        let fits =
            |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|want| is == Some(want));
        fits(&wanted.action_id, held("action_id"))
            && fits(&wanted.block_id, Some(&self.block_id))
            && fits(&wanted.text, Some(self.label()))
            && fits(&wanted.value, option_value.or_else(|| held("value")))
    }
}

/// The first control that fits. The error lists those that are there.
pub(crate) fn find(content: &Content, wanted: &Wanted) -> Result<Control, String> {
    let mut found = Vec::new();
    let attached = content
        .attachments
        .iter()
        .filter_map(|attachment| attachment.get("blocks")?.as_array())
        .flatten();
    for block in content.blocks.iter().chain(attached) {
        collect(block, "", &mut found);
    }
    if let Some(control) = found.iter().find(|control| control.fits(wanted)) {
        return Ok(control.clone());
    }
    let there: Vec<&str> = found.iter().map(Control::label).collect();
    Err(format!("no such control in the message; there are: {there:?}"))
}

fn collect(value: &Value, block_id: &str, found: &mut Vec<Control>) {
    match value {
        Value::Object(members) => {
            let block_id = members
                .get("block_id")
                .and_then(Value::as_str)
                .unwrap_or(block_id);
            if members.contains_key("action_id") {
                let control = |option| Control {
                    element: members.clone(),
                    block_id: block_id.to_owned(),
                    option,
                };
                match members.get("options").and_then(Value::as_array) {
                    Some(options) => found.extend(options.iter().map(|option| control(Some(option.clone())))),
                    None => found.push(control(None)),
                }
                return;
            }
            for child in members.values() {
                collect(child, block_id, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, block_id, found);
            }
        }
        _ => {}
    }
}
