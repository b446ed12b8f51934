// Block Kit as HTML. https://docs.slack.dev/reference/block-kit
// Controls carry data-block and data-action; the page looks them up in the message when they are pressed.

import { escape, link, mrkdwn, plain } from './mrkdwn.js';
import { richText } from './rich_text.js';

/** A text object, a rich text, or bare text. */
export const text = (value, names) => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return mrkdwn(value, names);
  if (value.type === 'rich_text') return richText(value, names);
  return value.type === 'mrkdwn'
    ? mrkdwn(value.text, names)
    : plain(value.text, { emoji: value.emoji !== false });
};

const picture = (image, kind) =>
  `<img class="${kind}" src="${escape(image.image_url ?? '')}" alt="${escape(image.alt_text ?? '')}">`;

const control = (element, blockId, names) => {
  const place = `data-block="${escape(blockId)}" data-action="${escape(element.action_id ?? '')}"`;
  switch (element.type) {
    case 'button': {
      const style = ['primary', 'danger'].includes(element.style) ? element.style : '';
      const label = element.accessibility_label ? ` aria-label="${escape(element.accessibility_label)}"` : '';
      return `<button class="control ${style}" ${place}${label}>${text(element.text, names)}${element.url ? ICON.out : ''}</button>`;
    }
    case 'overflow':
      return `<button class="control more" aria-label="More actions" aria-haspopup="menu" ${place}>${ICON.more}</button>`;
    case 'static_select': {
      const shown = element.initial_option?.text ?? element.placeholder;
      return `<button class="control select" aria-haspopup="menu" ${place}>${text(shown, names)}${ICON.down}</button>`;
    }
    case 'image':
      return picture(element, 'accessory');
    default:
      return `<button class="control" disabled>${escape(element.type)}</button>`;
  }
};

const section = (block, names) => {
  const fields = (block.fields ?? []).map((field) => `<div>${text(field, names)}</div>`).join('');
  return `<div class="section"><div class="words">${text(block.text, names)}${fields && `<div class="fields">${fields}</div>`}</div>${
    block.accessory ? control(block.accessory, block.block_id, names) : ''
  }</div>`;
};

const context = (block, names) => {
  const parts = (block.elements ?? []).map((part) =>
    part.type === 'image' ? picture(part, 'small') : `<span>${text(part, names)}</span>`,
  );
  return `<div class="context">${parts.join('')}</div>`;
};

const actions = (block, names) =>
  `<div class="actions">${(block.elements ?? []).map((element) => control(element, block.block_id, names)).join('')}</div>`;

const cell = (value, names) =>
  value?.type === 'rich_text' ? richText(value, names) : plain(value?.text ?? '', { emoji: false });

const table = (block, names) => {
  const settings = block.column_settings ?? [];
  const row = (cells, tag) =>
    `<tr>${cells
      .map((value, at) => {
        const align = ['center', 'right'].includes(settings[at]?.align)
          ? ` class="${settings[at].align}"`
          : '';
        const wide = settings[at]?.is_wrapped ? '' : ' nowrap';
        return `<${tag}${align}${wide}>${cell(value, names)}</${tag}>`;
      })
      .join('')}</tr>`;
  const [head = [], ...body] = block.rows ?? [];
  const caption = block.caption ? `<caption>${escape(block.caption)}</caption>` : '';
  return `<div class="table"><table>${caption}<thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
};

const container = (block, names, open) => {
  const title = block.rich_text_title
    ? richText(block.rich_text_title, names)
    : `<b>${text(block.title, names)}</b>`;
  const subtitle = block.subtitle ? `<span class="subtitle">${text(block.subtitle, names)}</span>` : '';
  const inside = (block.child_blocks ?? []).map((child) => render(child, names, open)).join('');
  if (block.is_collapsible === false)
    return `<div class="container"><div class="title">${title}${subtitle}</div><div class="inside">${inside}</div></div>`;
  const shown = open(block.block_id, !block.default_collapsed) ? ' open' : '';
  return `<details class="container" data-fold="${escape(block.block_id)}"${shown}><summary>${ICON.fold}<span class="title">${title}${subtitle}</span></summary><div class="inside">${inside}</div></details>`;
};

// Headings, bold, code and links are what our own use of it needs.
const markdown = (source, names) =>
  mrkdwn(
    String(source ?? '')
      .replace(/^#{1,6} +(.*)$/gm, '*$1*')
      .replace(/\*\*([^*\n]+)\*\*/g, '*$1*')
      .replace(/^[-*] /gm, '• ')
      .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>'),
    names,
  );

const STATUS = { pending: '○', in_progress: '◌', complete: '✓', error: '✕' };

const task = (block, names) =>
  `<div class="task ${escape(block.status ?? '')}"><span class="status">${STATUS[block.status] ?? '○'}</span><div><b>${text(block.title, names)}</b>${
    block.details ? text(block.details, names) : ''
  }${block.output ? text(block.output, names) : ''}</div></div>`;

/** One block. `open(id, byDefault)` says whether a container is unfolded. */
export const render = (block, names, open) => {
  switch (block.type) {
    case 'header':
      return `<h3 class="header level-${Number(block.level) || 1}">${text(block.text, names)}</h3>`;
    case 'section':
      return section(block, names);
    case 'context':
      return context(block, names);
    case 'divider':
      return '<hr>';
    case 'rich_text':
      return richText(block, names);
    case 'actions':
    case 'context_actions':
      return actions(block, names);
    case 'table':
    case 'data_table':
      return table(block, names);
    case 'markdown':
      return `<div>${markdown(block.text, names)}</div>`;
    case 'image':
      return `<figure>${block.title ? `<figcaption>${text(block.title, names)}</figcaption>` : ''}${picture(block, 'large')}</figure>`;
    case 'container':
      return container(block, names, open);
    case 'task_card':
      return task(block, names);
    case 'plan':
      return `<div class="container"><div class="title"><b>${text(block.title, names)}</b></div><div class="inside">${(block.tasks ?? []).map((one) => task(one, names)).join('')}</div></div>`;
    default:
      return `<div class="unknown">${escape(block.type)} block</div>`;
  }
};

const COLOURS = { good: '#2eb67d', warning: '#daa038', danger: '#e01e5a' };

/** A legacy attachment, as other apps' alarms use them. */
export const attachment = (value, names, open) => {
  const given =
    COLOURS[value.color] ?? (value.color ? `#${String(value.color).replace('#', '')}` : '#dddddd');
  const colour = /^#[0-9a-f]{3,8}$/i.test(given) ? given : '#dddddd';
  const title =
    value.title && (value.title_link ? link(value.title_link, plain(value.title)) : plain(value.title));
  const fields = (value.fields ?? []).map(
    (field) =>
      `<div class="${field.short ? 'short' : ''}"><b>${plain(field.title)}</b><div>${mrkdwn(field.value, names)}</div></div>`,
  );
  const line = (html, kind) => (html ? `<div class="${kind}">${html}</div>` : '');
  const blocks = (value.blocks ?? []).map((block) => render(block, names, open)).join('');
  return `${line(value.pretext && mrkdwn(value.pretext, names), '')}<div class="attachment" style="border-color:${colour}">${line(
    plain(value.author_name ?? ''),
    'author',
  )}${line(title, 'title')}${line(value.text && mrkdwn(value.text, names), '')}${line(
    fields.join(''),
    'fields',
  )}${blocks}${line(plain(value.footer ?? ''), 'footer')}</div>`;
};

const icon = (paths) => `<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">${paths}</svg>`;
export const ICON = {
  more: icon(
    '<circle cx="4.5" cy="10" r="1.5"/><circle cx="10" cy="10" r="1.5"/><circle cx="15.5" cy="10" r="1.5"/>',
  ),
  down: icon('<path class="line" d="m5.5 7.5 4.5 4.5 4.5-4.5"/>'),
  fold: icon('<path class="line" d="m7.5 5 5 5-5 5"/>'),
  out: icon('<path class="line" d="M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-6.5 6.5"/>'),
  eye: icon(
    '<path class="line" d="M1.8 10S4.8 4.8 10 4.8 18.2 10 18.2 10 15.2 15.2 10 15.2 1.8 10 1.8 10Z"/><circle class="line" cx="10" cy="10" r="2.4"/>',
  ),
  close: icon('<path class="line" d="m5 5 10 10M15 5 5 15"/>'),
  send: icon('<path d="M2.6 3.1 17.8 10 2.6 16.9l1.6-5.6L11 10 4.2 8.7Z"/>'),
  thread: icon('<path class="line" d="M3 4.5h14v9H8l-3.5 3v-3H3Z"/>'),
  hash: icon('<path class="line" d="M8 3 6 17M14 3l-2 14M3.5 7.5h14M2.5 12.5h14"/>'),
  lock: icon(
    '<rect class="line" x="4.5" y="9" width="11" height="7.5" rx="1.5"/><path class="line" d="M7 9V6.5a3 3 0 0 1 6 0V9"/>',
  ),
  bell: icon('<path class="line" d="M5 13.5V9a5 5 0 0 1 10 0v4.5l1.2 1.5H3.8ZM8.5 17h3"/>'),
};
