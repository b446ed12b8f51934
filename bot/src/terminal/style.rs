//! How the terminal's output looks.

use anstyle::{AnsiColor, Style};

/// What the output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Width in columns.
    pub width: usize,
    /// Whether colours and links are shown.
    pub rich: bool,
}

impl Look {
    /// What every output can show.
    pub const PLAIN: Self = Self {
        width: 80,
        rich: false,
    };

    /// `text` in `style`, where styles are shown.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.rich {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// `text` as a link, where links are shown.
    pub(super) fn link(self, text: &str, url: Option<&str>) -> String {
        match url.filter(|_| self.rich) {
            // OSC 8: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
            Some(url) => format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
            None => text.to_owned(),
        }
    }
}

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
