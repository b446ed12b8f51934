// Text as Slack shows it. Everything is escaped first; only then marks become markup.
// Rules: https://docs.slack.dev/messaging/formatting-message-text

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (one) => ENTITIES[one]);

const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

// Shortcodes that messages here use. A name that is not in the list stays as it is written, so that
// 14:03:11, ARNs and IPv6 addresses keep their colons.
const EMOJI = {
  red_circle: '🔴',
  large_yellow_circle: '🟡',
  yellow_circle: '🟡',
  white_circle: '⚪',
  large_green_circle: '🟢',
  green_circle: '🟢',
  large_orange_circle: '🟠',
  large_blue_circle: '🔵',
  black_circle: '⚫',
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  warning: '⚠️',
  x: '❌',
  no_entry: '⛔',
  hourglass_flowing_sand: '⏳',
  hourglass: '⌛',
  eyes: '👀',
  mag: '🔍',
  rotating_light: '🚨',
  fire: '🔥',
  rocket: '🚀',
  lock: '🔒',
  key: '🔑',
  bell: '🔔',
  information_source: 'ℹ️',
  question: '❓',
  '+1': '👍',
  '-1': '👎',
  tada: '🎉',
  wave: '👋',
  robot_face: '🤖',
  arrows_counterclockwise: '🔄',
  leftwards_arrow_with_hook: '↩️',
  bulb: '💡',
  link: '🔗',
  package: '📦',
};

// State marks are drawn, so that they look the same on machines without an emoji font.
const disc = (fill, edge) =>
  `<circle cx="10" cy="10" r="8" fill="${fill}" stroke="${edge}" stroke-width="1.2"/>`;
const stroke = 'fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"';
const DRAWN = {
  '🔴': disc('#e01e5a', '#b3123f'),
  '🟡': disc('#f2c744', '#d3a21b'),
  '🟢': disc('#2eb67d', '#1f8f60'),
  '⚪': disc('#f4f4f4', '#a9a9a9'),
  '🟠': disc('#f08a24', '#c96b0e'),
  '🔵': disc('#36a2eb', '#1d7fc2'),
  '⚫': disc('#3c3c3c', '#1d1c1d'),
  '✅': `<rect x="2" y="2" width="16" height="16" rx="3.5" fill="#2eb67d"/><path d="m5.8 10.3 2.9 2.9 5.6-6.2" ${stroke}/>`,
  '❌': '<path d="m4.5 4.5 11 11m0-11-11 11" fill="none" stroke="#e01e5a" stroke-width="3.4" stroke-linecap="round"/>',
  '⚠️': '<path d="M10 2.6 18.4 17H1.6Z" fill="#f2b01e" stroke="#d18f06" stroke-linejoin="round"/><path d="M10 7.6v4.2m0 2.6v.1" stroke="#3b2b00" stroke-width="2" stroke-linecap="round"/>',
  '⏳': '<path d="M5 2.5h10M5 17.5h10M6.3 3v3.2L10 10l3.7-3.8V3M6.3 17v-3.2L10 10l3.7 3.8V17" fill="#f7e3bd" stroke="#9a6b1f" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>',
  '👀': '<ellipse cx="6" cy="10" rx="4" ry="6" fill="#fff" stroke="#8d8d8d"/><ellipse cx="14" cy="10" rx="4" ry="6" fill="#fff" stroke="#8d8d8d"/><circle cx="7.2" cy="11" r="2" fill="#3c2a1e"/><circle cx="15.2" cy="11" r="2" fill="#3c2a1e"/>',
};
const MARKS = new RegExp(
  Object.keys(DRAWN)
    .map((mark) => mark.replace('️', '️?'))
    .join('|'),
  'gu',
);

const drawn = (mark) => {
  const shape = DRAWN[mark] ?? DRAWN[`${mark}️`];
  return shape
    ? `<span class="emoji" role="img" aria-label="${mark}"><svg viewBox="0 0 20 20">${shape}</svg></span>`
    : mark;
};

/** Emoji in text that is escaped already. */
const marks = (html) => html.replace(MARKS, drawn);

/** One emoji by name; unknown names stay shortcodes. */
export const emoji = (name) => (EMOJI[name] ? marks(EMOJI[name]) : `:${escape(name)}:`);

const shortcodes = (html) => html.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => EMOJI[name] ?? whole);

const breaks = (html) => html.replace(/\n/g, '<br>');

/** plain_text, and text that is nothing but text. */
export const plain = (text, { emoji: named = true } = {}) => {
  const html = escape(unescape(String(text ?? '')));
  return breaks(marks(named ? shortcodes(html) : html));
};

/** Text of a rich_text element: no markup at all is read in it. */
export const verbatim = (text) => breaks(marks(escape(text)));

export const link = (url, label) => {
  const safe = /^(https?:|mailto:)/i.test(url) ? escape(url) : '#';
  return `<a href="${safe}" target="_blank" rel="noreferrer">${label || escape(url)}</a>`;
};

const two = (number) => String(number).padStart(2, '0');

/** A date as <!date> and rich_text dates format it, in the reader's zone. */
export const date = (seconds, format, fallback) => {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return escape(fallback);
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  const short = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const values = {
    date_num: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    date: day,
    date_long: day,
    date_short: short,
    date_pretty: day,
    date_short_pretty: short,
    date_long_pretty: day,
    time,
    time_secs: `${time}:${two(at.getSeconds())}`,
    ago: ago(at),
  };
  const shown = String(format ?? '{date} {time}').replace(
    /\{(\w+)\}/g,
    (whole, name) => values[name] ?? whole,
  );
  return `<time title="${escape(at.toISOString())}">${escape(shown)}</time>`;
};

const ago = (at) => {
  const minutes = Math.round((Date.now() - at.getTime()) / 60000);
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
};

/** A control sequence: what stands between < and >. */
const control = (inside, names) => {
  const bar = inside.indexOf('|');
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? '' : inside.slice(bar + 1);
  if (target.startsWith('@')) return names.user(target.slice(1));
  if (target.startsWith('#')) return names.channel(target.slice(1), label);
  if (target.startsWith('!subteam^')) return names.group(target.slice(9), label);
  if (target.startsWith('!date^')) {
    const [, seconds, format] = target.split('^');
    return date(seconds, format, label);
  }
  if (target.startsWith('!')) return `<span class="mention loud">@${escape(target.slice(1))}</span>`;
  return link(unescape(target), label && plain(label));
};

/** mrkdwn. `names` resolves ids: user(id), channel(id, label), group(id, label). */
export const mrkdwn = (text, names) => {
  // Finished pieces wait outside the text, behind marks that no text can hold.
  const done = [];
  const keep = (html) => `\uE000${done.push(html) - 1}\uE001`;
  let rest = String(text ?? '').replace(/[\uE000\uE001]/g, '');
  const code = (source) =>
    escape(unescape(source.replace(/<([^<>|\n]+)(?:\|([^<>\n]*))?>/g, (_, url, label) => label || url)));
  rest = rest.replace(/```\n?([\s\S]+?)\n?```/g, (_, source) => keep(`<pre>${code(source)}</pre>`));
  rest = rest.replace(/`([^`\n]+)`/g, (_, source) => keep(`<code>${code(source)}</code>`));
  rest = rest.replace(/<([^<>\n]+)>/g, (_, inside) => keep(control(inside, names)));
  rest = escape(unescape(rest));
  rest = rest.replace(/\bhttps?:\/\/[^\s\uE000\uE001]*[^\s\uE000\uE001.,;:!?)&]/g, (url) =>
    keep(link(url.replace(/&amp;/g, '&'))),
  );
  const style = (mark, tag) => {
    const around = `[\\p{L}\\p{N}${mark}]`;
    const pattern = new RegExp(
      `(?<!${around})[${mark}](?!\\s)([^${mark}\\n]+?)(?<!\\s)[${mark}](?!${around})`,
      'gu',
    );
    rest = rest.replace(pattern, `<${tag}>$1</${tag}>`);
  };
  style('*', 'b');
  style('_', 'i');
  style('~', 's');
  rest = shortcodes(rest);
  rest = rest.replace(/(^|\n)((?:&gt; ?[^\n]*(?:\n|$))+)/g, (_, before, lines) => {
    const quoted = lines.replace(/\n$/, '').replace(/^&gt; ?/gm, '');
    return `${before}<blockquote>${quoted}</blockquote>`;
  });
  rest = breaks(marks(rest)).replace(/<\/blockquote><br>/g, '</blockquote>');
  return rest.replace(/\uE000(\d+)\uE001/g, (_, at) => done[Number(at)]).replace(/<\/pre><br>/g, '</pre>');
};
