// The renderer's promises about text. Node's own test runner; no packages.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mrkdwn, plain, verbatim } from '../../src/page/mrkdwn.js';

const names = { user: (id) => `@${id}`, channel: (id) => `#${id}`, group: (id, label) => label || `@${id}` };
const shown = (text) => mrkdwn(text, names);

test('times, ARNs and addresses keep their colons', () => {
  for (const text of [
    'failing since 14:03:11',
    'arn:aws:ecs:eu-west-1:111122223333:task/prod/8f2c0c7d',
    '[2001:db8::1]:443 and ::1',
    'payments:41 then payments:42',
    'snake_case_name and a*b*c and 2 * 3 * 4',
    'sha256:0a1b2c3d',
  ]) {
    assert.equal(shown(text), text);
    assert.equal(plain(text), text);
    assert.equal(verbatim(text), text);
  }
});

test('marks become markup at word boundaries only', () => {
  for (const [text, html] of [
    ['*bold* _slanted_ ~gone~', '<b>bold</b> <i>slanted</i> <s>gone</s>'],
    ['*bold `code`*', '<b>bold <code>code</code></b>'],
    ['(*bold*), *two words*.', '(<b>bold</b>), <b>two words</b>.'],
    ['`*not bold* &lt;b&gt;`', '<code>*not bold* &lt;b&gt;</code>'],
    ['before ```a\n*b*``` after', 'before <pre>a\n*b*</pre> after'],
    ['one\ntwo', 'one<br>two'],
    ['&gt; quoted\nnot', '<blockquote>quoted</blockquote>not'],
    ['* not bold *', '* not bold *'],
  ]) {
    assert.equal(shown(text), html, text);
  }
});

test('control sequences are resolved', () => {
  for (const [text, html] of [
    ['<@U1> <#C1|x> <!subteam^S1|@sre>', '@U1 #C1 @sre'],
    ['<!channel>', '<span class="mention loud">@channel</span>'],
    [
      '<https://x.test/a_b_c?d=1&amp;e=2|open>',
      '<a href="https://x.test/a_b_c?d=1&amp;e=2" target="_blank" rel="noreferrer">open</a>',
    ],
    ['<javascript:alert(1)|open>', '<a href="#" target="_blank" rel="noreferrer">open</a>'],
  ]) {
    assert.equal(shown(text), html, text);
  }
  const bare = shown('see https://x.test/a_b_c.');
  assert.match(bare, /href="https:\/\/x\.test\/a_b_c"/);
  assert.ok(bare.endsWith('</a>.'), bare);
});

test('nothing that is written becomes HTML', () => {
  const hostile = '<script>alert(1)</script> "><img src=x onerror=alert(1)> &lt;b&gt;';
  for (const html of [shown(hostile), plain(hostile), verbatim(hostile)]) {
    assert.doesNotMatch(html, /<(?!\/?a\b|span)[a-z]/i, html);
    assert.doesNotMatch(html, /href="(?!https?:|mailto:|#)/, html);
  }
  assert.equal(shown('\uE0000\uE001'), '0');
});

test('shortcodes become emoji where text may have them, and never in rich text', () => {
  assert.match(shown(':white_check_mark: done'), /^<span class="emoji" role="img" aria-label="✅">/);
  assert.equal(shown(':no_such_name: :tada:'), ':no_such_name: 🎉');
  assert.equal(plain(':tada:', { emoji: false }), ':tada:');
  assert.equal(verbatim(':tada:'), ':tada:');
});
