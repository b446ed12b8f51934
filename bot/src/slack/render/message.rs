//! A message that fits, whatever is said in it.

use slack_morphism::prelude::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockPlainText, SlackContextBlock,
    SlackMessageContent, SlackRichTextBlock, SlackRichTextElement, SlackRichTextInlineElement,
    SlackRichTextList, SlackRichTextListElement, SlackRichTextListStyle, SlackRichTextPreformatted,
    SlackRichTextSection, SlackRichTextText,
};

use super::buttons::Button;
use super::line::{Line, clean, clean_lines, cut};

/// Most characters that all strings of a message's blocks have together.
///
/// Slack documents no such limit for rich text, and answers `msg_blocks_too_long`: at about 13,200 characters
/// according to <https://github.com/slackapi/bolt-js/issues/2509>, at 11,341 of mere text according to
/// <https://github.com/slackapi/bolt-js/issues/2867>.
pub const MOST_TEXT: usize = 9_000;

/// Most bytes of the text beside the blocks, counted after escaping: chat.update refuses more than 4,000.
const MOST_FALLBACK: usize = 3_000;

/// Most buttons in a row; Slack allows 25, people do not read as many.
const MOST_BUTTONS: usize = 8;

/// A message: what a notification says, and the blocks. It fits by construction.
#[derive(Debug, Clone)]
pub struct Message {
    /// What a notification or a screen reader says. Not escaped yet.
    summary: String,
    blocks: Vec<SlackBlock>,
    /// Characters that may still be used.
    left: usize,
}

impl Message {
    /// A message that nothing has been said in. `summary` is what a phone's lock screen shows.
    pub fn new(summary: impl AsRef<str>) -> Self {
        Self {
            summary: clean_lines(summary.as_ref()),
            blocks: Vec::new(),
            left: MOST_TEXT,
        }
    }

    /// A message of a few lines.
    pub fn of(lines: Vec<Line>) -> Self {
        let summary = lines.iter().map(Line::plain).collect::<Vec<_>>().join("\n");
        Self::new(summary).lines(lines)
    }

    /// Lines below each other.
    #[must_use]
    pub fn lines(mut self, lines: Vec<Line>) -> Self {
        let section = self.section(lines);
        self.push_rich(section.into_iter().collect());
        self
    }

    /// A heading, lines and items under it; nothing where there are neither. Of more than `most` items, or more than
    /// fit, the rest is counted.
    #[must_use]
    pub fn list(mut self, heading: &str, lines: Vec<Line>, items: Vec<Line>, most: usize) -> Self {
        if lines.is_empty() && items.is_empty() {
            return self;
        }
        let all = items.len();
        let mut head = vec![Line::new().bold(heading)];
        head.extend(lines);
        let mut elements: Vec<SlackRichTextElement> = self.section(head).into_iter().collect();
        let mut shown = Vec::new();
        for item in items.into_iter().take(most) {
            // Room is kept for the line that counts the rest.
            if item.size() + 100 > self.left {
                break;
            }
            self.left = self.left.saturating_sub(item.size());
            shown.push(SlackRichTextListElement::Section(SlackRichTextSection::new(
                item.elements(),
            )));
        }
        let rest = all.saturating_sub(shown.len());
        if !shown.is_empty() {
            elements.push(SlackRichTextList::new(SlackRichTextListStyle::Bullet, shown).into());
        }
        if rest > 0 {
            elements.extend(self.section(vec![Line::new().text(format!("and {rest} more"))]));
        }
        self.push_rich(elements);
        self
    }

    /// Something to be copied or read as it is, of at most `most` characters, under a heading.
    #[must_use]
    pub fn block_of_text(mut self, heading: &str, text: &str, most: usize) -> Self {
        let text = cut(
            clean_lines(text).trim_end(),
            most.min(self.left.saturating_sub(heading.len() + 60)),
        );
        if text.trim_matches(['…', ' ', '\n']).is_empty() {
            return self;
        }
        let mut elements: Vec<SlackRichTextElement> = Vec::new();
        if !heading.is_empty() {
            elements.extend(self.section(vec![Line::new().bold(heading)]));
        }
        self.left = self.left.saturating_sub(text.chars().count() + 24);
        elements.push(SlackRichTextPreformatted::new(pieces(&text)).into());
        self.push_rich(elements);
        self
    }

    /// A row of buttons.
    #[must_use]
    pub fn buttons(mut self, buttons: Vec<Button>) -> Self {
        let mut elements: Vec<SlackActionBlockElement> = Vec::new();
        for (at, button) in buttons.into_iter().take(MOST_BUTTONS).enumerate() {
            if button.size() > self.left {
                break;
            }
            self.left = self.left.saturating_sub(button.size());
            elements.push(button.element(at));
        }
        if !elements.is_empty() {
            self.blocks.push(SlackActionsBlock::new(elements).into());
        }
        self
    }

    /// Small print of our own words and numbers. Nothing from outside belongs here.
    #[must_use]
    pub fn footer(mut self, text: &str) -> Self {
        let text = cut(&clean(text), 300.min(self.left));
        if !text.is_empty() {
            self.left = self.left.saturating_sub(text.chars().count() + 24);
            let plain = SlackBlockPlainText::new(text).with_emoji(false);
            self.blocks
                .push(SlackContextBlock::new(vec![plain.into()]).into());
        }
        self
    }

    /// The same with a line above everything. There is always room for one.
    #[must_use]
    pub fn under(mut self, line: &Line) -> Self {
        let section = SlackRichTextSection::new(line.elements());
        self.blocks
            .insert(0, SlackRichTextBlock::new(vec![section.into()]).into());
        self
    }

    /// What it says on a lock screen.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// As Slack's methods take it.
    pub fn content(self) -> SlackMessageContent {
        SlackMessageContent::new()
            .with_text(fallback(&self.summary))
            .with_blocks(self.blocks)
    }

    fn section(&mut self, lines: Vec<Line>) -> Option<SlackRichTextElement> {
        let mut elements: Vec<SlackRichTextInlineElement> = Vec::new();
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            let size = line.size() + 14;
            if size > self.left {
                break;
            }
            self.left = self.left.saturating_sub(size);
            if !elements.is_empty() {
                elements.push("\n".into());
            }
            elements.extend(line.elements());
        }
        (!elements.is_empty()).then(|| SlackRichTextSection::new(elements).into())
    }

    fn push_rich(&mut self, elements: Vec<SlackRichTextElement>) {
        if !elements.is_empty() {
            // Slack's own mark-up costs as well; the numbers above count strings only.
            self.left = self.left.saturating_sub(20 * (elements.len() + 1));
            self.blocks.push(SlackRichTextBlock::new(elements).into());
        }
    }
}

/// A long text as several elements: each may have 3,000 characters, as any text object.
fn pieces(text: &str) -> Vec<SlackRichTextInlineElement> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(2_900)
        .map(|piece| SlackRichTextText::new(piece.iter().collect()).into())
        .collect()
}

/// The text beside the blocks, escaped: `<!channel>` and its kind must stay words.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn fallback(summary: &str) -> String {
    let mut text = String::new();
    for c in summary.chars() {
        let entity = match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            _ => None,
        };
        if text.len() + entity.map_or(c.len_utf8(), str::len) > MOST_FALLBACK - '…'.len_utf8() {
            text.push('…');
            break;
        }
        match entity {
            Some(entity) => text.push_str(entity),
            None => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_is_escaped_and_cut_by_bytes() {
        assert_eq!(fallback("a <!channel> & b"), "a &lt;!channel&gt; &amp; b");
        let long = fallback(&"<é".repeat(3_000));
        assert!(long.len() <= 3_000 && long.ends_with('…'), "{}", long.len());
        assert_eq!(fallback(&"x".repeat(2_990)).len(), 2_990);
    }
}
