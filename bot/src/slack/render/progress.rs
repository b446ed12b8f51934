//! The message that shows how far a diagnosis is.

use std::time::Duration;

use super::line::Line;
use super::message::Message;

/// The playbook's nine steps, as short as a list of them needs.
pub const STEPS: [&str; 9] = [
    "task definition and service health",
    "image references",
    "execution role",
    "logs",
    "repository and tag",
    "task failures in the cluster",
    "network path",
    "repository pull count",
    "recent changes",
];

/// How far one step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// Nothing of it has begun.
    #[default]
    Waiting,
    /// Something of it is being read.
    Reading,
    /// All of it was read, after this long.
    Read(Duration),
}

/// How far all nine are.
pub type Steps = [Step; 9];

/// The nine steps, ticking off.
pub fn progress(target: &str, steps: &Steps) -> Message {
    let items = STEPS
        .iter()
        .zip(steps)
        .map(|(name, step)| match step {
            Step::Waiting => Line::new().text(*name),
            Step::Reading => Line::new().bold(*name).text(" … reading"),
            Step::Read(took) => Line::new().text(*name).text(format!(" ✓ {}", seconds(*took))),
        })
        .collect();
    let head = Line::new()
        .text("Looking into ")
        .code(target)
        .text(format!(": {}.", done(steps)));
    Message::new(format!("Looking into {target}: {}", done(steps))).list("Reading AWS", vec![head], items, 9)
}

/// What the line under the thread's input says meanwhile: at most 50 characters are shown.
pub fn status(steps: &Steps) -> String {
    let reading = STEPS.iter().zip(steps).find(|(_, step)| **step == Step::Reading);
    match reading {
        Some((name, _)) => format!("is reading: {name}"),
        None => "is looking".to_owned(),
    }
}

fn done(steps: &Steps) -> String {
    let done = steps.iter().filter(|step| matches!(step, Step::Read(_))).count();
    format!("{done} of {} steps read", steps.len())
}

fn seconds(took: Duration) -> String {
    format!("{}.{} s", took.as_secs(), took.subsec_millis() / 100)
}
