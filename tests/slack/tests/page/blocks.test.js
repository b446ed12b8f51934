// The renderer's promises about blocks.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { attachment, render } from '../../src/page/blocks.js';

const names = { user: (id) => `@${id}`, channel: (id) => `#${id}`, group: (id) => `@${id}` };
const html = (block) => render(block, names, (id, byDefault) => byDefault);
const words = (text) => ({ type: 'plain_text', text });
const HOSTILE = '*b* <!channel> :tada: <script>';

test('rich text shows hostile text as it is', () => {
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text: HOSTILE }] };
  const shown = html({ type: 'rich_text', elements: [section] });
  assert.ok(shown.includes('*b* &lt;!channel&gt; :tada: &lt;script&gt;'), shown);
});

test('rich text has lists, preformatted text, quotes, links and styles', () => {
  const item = (text) => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] });
  const shown = html({
    type: 'rich_text',
    elements: [
      { type: 'rich_text_list', style: 'ordered', indent: 1, elements: [item('one'), item('two')] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a\nb' }] },
      { type: 'rich_text_quote', elements: [{ type: 'link', url: 'https://x.test', text: 'open' }] },
      {
        type: 'rich_text_section',
        elements: [{ type: 'text', text: 'x', style: { bold: true, code: true } }],
      },
    ],
  });
  assert.match(shown, /<ol class="indent-1"><li>one<\/li><li>two<\/li><\/ol>/);
  assert.match(shown, /<pre>a<br>b<\/pre>/);
  assert.match(shown, /<blockquote><a href="https:\/\/x\.test"[^>]*>open<\/a><\/blockquote>/);
  assert.match(shown, /<b><code>x<\/code><\/b>/);
});

test('controls name their block and action, and styles are only those that Slack has', () => {
  const button = (style) => ({ type: 'button', action_id: 'a"b', text: words('Apply'), style });
  const shown = html({
    type: 'actions',
    block_id: 'plan',
    elements: [button('primary'), button('x" onclick="y')],
  });
  assert.match(
    shown,
    /<button class="control primary" data-block="plan" data-action="a&quot;b">Apply<\/button>/,
  );
  assert.doesNotMatch(shown, /onclick/);
});

test('tables align and escape', () => {
  const cell = (text) => ({ type: 'raw_text', text });
  const shown = html({
    type: 'table',
    column_settings: [{ align: 'right' }],
    rows: [[cell('a')], [cell('<b>')]],
  });
  assert.match(shown, /<th class="right" nowrap>a<\/th>/);
  assert.match(shown, /<td class="right" nowrap>&lt;b&gt;<\/td>/);
});

test('containers fold', () => {
  const block = {
    type: 'container',
    block_id: 'c',
    title: words('Ruled out'),
    child_blocks: [{ type: 'divider' }],
  };
  assert.match(
    html({ ...block, default_collapsed: true }),
    /<details class="container" data-fold="c"><summary>/,
  );
  assert.match(html(block), /<details class="container" data-fold="c" open>/);
  assert.doesNotMatch(html({ ...block, is_collapsible: false }), /<details/);
});

test('attachments take colours and nothing else into their style', () => {
  assert.match(attachment({ color: 'danger', title: 'Alarm' }, names), /border-color:#e01e5a/);
  assert.match(attachment({ color: 'red;background:url(x)' }, names), /border-color:#dddddd/);
});

test('an unknown block says what it is', () => {
  assert.equal(html({ type: '<x>' }), '<div class="unknown">&lt;x&gt; block</div>');
});
