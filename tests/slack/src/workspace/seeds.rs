//! The workspace everybody starts with.

use super::{Channel, User, UserGroup, Workspace};

/// Id of the workspace.
pub(crate) const TEAM_ID: &str = "T0SHOPTEAM1";
/// Its subdomain.
pub(crate) const TEAM_DOMAIN: &str = "shop";
/// Its name.
pub(crate) const TEAM_NAME: &str = "Shop";
/// Id of the app under test.
pub(crate) const APP_ID: &str = "A0PULLWHY01";
/// Its bot user.
pub(crate) const BOT_USER: &str = "U0BOTPULL01";
/// Its bot.
pub(crate) const BOT_ID: &str = "B0BOTPULL01";

impl Workspace {
    /// Ana asks, Ben approves (through `@sre-oncall`), Cleo does neither; the bot is in two of three channels.
    pub(crate) fn seeded() -> Self {
        let person = |id: &str, name: &str, real_name: &str, title: &str, is_bot| User {
            id: id.to_owned(),
            name: name.to_owned(),
            real_name: real_name.to_owned(),
            title: title.to_owned(),
            is_bot,
        };
        let channel = |id: &str, name: &str, bot_member| Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            bot_member,
            is_private: false,
            direct_with: None,
        };
        Self {
            users: vec![
                person("U0ANA000001", "ana", "Ana Ruiz", "on call, asks", false),
                person(
                    "U0BEN000001",
                    "ben",
                    "Ben Okafor",
                    "approver, in @sre-oncall",
                    false,
                ),
                person("U0CLEO00001", "cleo", "Cleo Lindqvist", "developer", false),
                person(BOT_USER, "ecs-pull-why", "ecs-pull-why", "", true),
            ],
            channels: vec![
                channel("C0PAYMENTS1", "payments", true),
                channel("C0ALARMS001", "alarms", true),
                channel("C0RANDOM001", "random", false),
            ],
            usergroups: vec![UserGroup {
                id: "S0SREONCALL".to_owned(),
                handle: "sre-oncall".to_owned(),
                users: vec!["U0BEN000001".to_owned()],
            }],
            ..Self::default()
        }
    }
}
