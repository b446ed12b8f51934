//! reactions.add and reactions.remove.

use std::sync::Arc;

use serde_json::json;

use super::answer::{Failure, Given, ok};
use super::args::Args;
use super::conversations::member_channel;
use crate::Standin;
use crate::workspace::{BOT_USER, Reaction};

/// <https://docs.slack.dev/reference/methods/reactions.add>
pub(super) fn add(standin: &Arc<Standin>, args: &Args) -> Given {
    change(standin, args, |reactions, name| {
        if let Some(reaction) = reactions.iter_mut().find(|reaction| reaction.name == name) {
            if reaction.users.iter().any(|user| user == BOT_USER) {
                return Err("already_reacted");
            }
            reaction.users.push(BOT_USER.to_owned());
        } else {
            reactions.push(Reaction {
                name: name.to_owned(),
                users: vec![BOT_USER.to_owned()],
            });
        }
        Ok(())
    })
}

/// <https://docs.slack.dev/reference/methods/reactions.remove>
pub(super) fn remove(standin: &Arc<Standin>, args: &Args) -> Given {
    change(standin, args, |reactions, name| {
        let reaction = reactions
            .iter_mut()
            .find(|reaction| reaction.name == name)
            .ok_or("no_reaction")?;
        let own = reaction
            .users
            .iter()
            .position(|user| user == BOT_USER)
            .ok_or("no_reaction")?;
        reaction.users.remove(own);
        reactions.retain(|reaction| !reaction.users.is_empty());
        Ok(())
    })
}

fn change(
    standin: &Standin,
    args: &Args,
    change: impl FnOnce(&mut Vec<Reaction>, &str) -> Result<(), &'static str>,
) -> Given {
    let channel = member_channel(standin, &args.required("channel")?)?;
    let ts = args.required("timestamp")?;
    let name = args.required("name")?;
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-+'".contains(character);
    if !name.chars().all(allowed) {
        return Err(Failure::new("invalid_name"));
    }
    standin
        .change(|state| {
            let message = state
                .workspace
                .message_mut(&channel.id, &ts)
                .ok_or("message_not_found")?;
            change(&mut message.reactions, &name)
        })
        .map_err(Failure::new)?;
    Ok(ok(json!({})))
}
