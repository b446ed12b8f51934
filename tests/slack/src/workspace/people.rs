//! Users, channels and user groups, and how Slack writes them.

use serde_json::{Value, json};

use super::seeds::{BOT_ID, BOT_USER, TEAM_ID};

/// A member of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// `U…`
    pub(crate) id: String,
    /// Handle, as in `@ana`.
    pub(crate) name: String,
    /// Name as shown.
    pub(crate) real_name: String,
    /// What this person is for in tests and demos ("requester"): shown on the page only.
    pub(crate) title: String,
    /// Whether this is the bot.
    pub(crate) is_bot: bool,
}

impl User {
    /// The user object of `users.info`. Source: <https://docs.slack.dev/reference/objects/user-object>
    pub(crate) fn to_wire(&self) -> Value {
        let mut profile = json!({
            "real_name": self.real_name, "display_name": self.name, "title": self.title,
            "real_name_normalized": self.real_name, "display_name_normalized": self.name, "team": TEAM_ID,
        });
        if let (true, Some(profile)) = (self.is_bot, profile.as_object_mut()) {
            profile.insert("bot_id".to_owned(), json!(BOT_ID));
        }
        json!({
            "id": self.id, "team_id": TEAM_ID, "name": self.name, "real_name": self.real_name, "deleted": false,
            "tz": "Europe/Madrid", "tz_label": "Central European Time", "tz_offset": 3600, "profile": profile,
            "is_admin": false, "is_bot": self.is_bot, "is_app_user": false, "updated": 1_700_000_000,
        })
    }
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    /// `C…`, or `D…` for direct messages.
    pub(crate) id: String,
    /// Name without `#`.
    pub(crate) name: String,
    /// Whether the bot has been invited.
    pub(crate) bot_member: bool,
    /// Private channels do not exist for bots that are not members.
    pub(crate) is_private: bool,
    /// The other side of a direct message.
    pub(crate) direct_with: Option<String>,
}

impl Channel {
    /// A direct message between the bot and `user`.
    pub(crate) fn direct(id: String, user: &str) -> Self {
        Self {
            name: id.clone(),
            id,
            bot_member: true,
            is_private: true,
            direct_with: Some(user.to_owned()),
        }
    }

    /// What `channel_name` in a slash command says.
    ///
    /// Source: <https://docs.slack.dev/interactivity/implementing-slash-commands>
    pub(crate) fn name_for_commands(&self) -> &str {
        match (&self.direct_with, self.is_private) {
            (Some(_), _) => "directmessage",
            (None, true) => "privategroup",
            (None, false) => &self.name,
        }
    }

    /// `channel_type` of a message event.
    pub(crate) fn kind(&self) -> &'static str {
        match (&self.direct_with, self.is_private) {
            (Some(_), _) => "im",
            (None, true) => "group",
            (None, false) => "channel",
        }
    }

    /// The channel object. Source: <https://docs.slack.dev/reference/objects/conversation-object>
    pub(crate) fn to_wire(&self) -> Value {
        if let Some(user) = &self.direct_with {
            return json!({ "id": self.id, "is_im": true, "user": user, "created": 1_700_000_000, "is_open": true });
        }
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": !self.is_private,
            "is_group": self.is_private, "is_im": false, "is_mpim": false, "is_private": self.is_private,
            "is_archived": false, "is_general": false, "is_shared": false, "is_member": self.bot_member,
            "created": 1_700_000_000, "context_team_id": TEAM_ID,
            "topic": { "value": "", "creator": "", "last_set": 0 },
            "purpose": { "value": "", "creator": "", "last_set": 0 },
        })
    }
}

/// A user group.
#[derive(Debug, Clone)]
pub(crate) struct UserGroup {
    /// `S…`
    pub(crate) id: String,
    /// Handle without `@`.
    pub(crate) handle: String,
    /// Ids of its members.
    pub(crate) users: Vec<String>,
}

impl UserGroup {
    /// The group object of `usergroups.list`. Source: <https://docs.slack.dev/reference/objects/usergroup-object>
    pub(crate) fn to_wire(&self, with_users: bool) -> Value {
        let mut group = json!({
            "id": self.id, "team_id": TEAM_ID, "is_usergroup": true, "name": self.handle, "handle": self.handle,
            "description": "", "is_external": false, "date_create": 1_700_000_000, "date_update": 1_700_000_000,
            "date_delete": 0, "auto_type": null, "created_by": BOT_USER, "updated_by": BOT_USER, "deleted_by": null,
            "prefs": { "channels": [], "groups": [] }, "user_count": self.users.len(),
        });
        if let (true, Some(group)) = (with_users, group.as_object_mut()) {
            group.insert("users".to_owned(), json!(self.users));
        }
        group
    }
}
