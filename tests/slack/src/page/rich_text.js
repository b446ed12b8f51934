// rich_text blocks. Nothing in a text element is markup: hostile text shows as it is.
// Elements: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { date, emoji, escape, link, verbatim } from './mrkdwn.js';

const STYLES = [
  ['code', 'code'],
  ['bold', 'b'],
  ['italic', 'i'],
  ['strike', 's'],
  ['underline', 'u'],
];

const styled = (html, style = {}) =>
  STYLES.reduce((inner, [name, tag]) => (style[name] ? `<${tag}>${inner}</${tag}>` : inner), html);

const fromCodePoints = (points) =>
  String.fromCodePoint(
    ...points
      .split('-')
      .map((point) => Number.parseInt(point, 16))
      .filter(Number.isFinite),
  );

const inline = (part, names) => {
  switch (part.type) {
    case 'text':
      return styled(verbatim(part.text), part.style);
    case 'link':
      return styled(link(part.url, part.text && verbatim(part.text)), part.style);
    case 'emoji': {
      const known = emoji(part.name);
      return known.startsWith(':') && part.unicode ? verbatim(fromCodePoints(part.unicode)) : known;
    }
    case 'user':
      return names.user(part.user_id);
    case 'channel':
      return names.channel(part.channel_id);
    case 'usergroup':
      return names.group(part.usergroup_id);
    case 'broadcast':
      return `<span class="mention loud">@${escape(part.range)}</span>`;
    case 'date':
      return date(part.timestamp, part.format, part.fallback);
    case 'color':
      return `<code><span class="swatch" style="background:${/^#[0-9a-f]{3,8}$/i.test(part.value) ? part.value : 'none'}"></span>${escape(part.value)}</code>`;
    default:
      return verbatim(part.text ?? '');
  }
};

const inlines = (part, names) => (part.elements ?? []).map((element) => inline(element, names)).join('');

const list = (part, names) => {
  const tag = part.style === 'ordered' ? 'ol' : 'ul';
  const start = tag === 'ol' && part.offset ? ` start="${Number(part.offset) + 1}"` : '';
  const indent = Math.min(Number(part.indent ?? 0), 8);
  const items = (part.elements ?? []).map((item) => `<li>${inlines(item, names)}</li>`).join('');
  return `<${tag}${start} class="indent-${indent}${part.border ? ' bordered' : ''}">${items}</${tag}>`;
};

const block = (part, names) => {
  switch (part.type) {
    case 'rich_text_list':
      return list(part, names);
    case 'rich_text_preformatted':
      return `<pre>${inlines(part, names)}</pre>`;
    case 'rich_text_quote':
      return `<blockquote>${inlines(part, names)}</blockquote>`;
    default:
      return `<div class="line">${inlines(part, names)}</div>`;
  }
};

export const richText = (value, names) =>
  `<div class="rich">${(value.elements ?? []).map((part) => block(part, names)).join('')}</div>`;
