// The page's behaviour: what this reader has open, presses, the composer, live updates.

import { ICON, text } from './blocks.js';
import { escape } from './mrkdwn.js';
import {
  channelBar,
  channelView,
  confirmView,
  meView,
  namesOf,
  peopleMenu,
  sideView,
  standinView,
  threadBar,
  threadView,
} from './view.js';

const $ = (id) => document.getElementById(id);
const HINTS = {
  '/ecs-pull-why': [
    'CLUSTER TASK',
    'Why can it not pull its image? TASK: a task id, a service, or a task definition',
  ],
  '/invite': ['@ecs-pull-why', 'Add the app to this channel'],
};

const asked = new URLSearchParams(location.search);
const here = {
  me: asked.get('user'),
  channel: null,
  thread: asked.get('thread') ?? asked.get('thread_ts'),
  folds: new Map(),
  warnings: new Map(),
};
let state = null;

const get = async (path) => (await fetch(path)).json();
const post = async (path, body) => {
  const answer = await fetch(`/control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error ?? answer.statusText);
  return value;
};

// What has been read, per person and channel.
const readKey = (channel) => `read/${here.me}/${channel}`;
const newest = (channel) => state.messages.filter((one) => one.channel === channel).at(-1)?.ts ?? '0';
const unread = (channel) =>
  channel !== here.channel && Number(newest(channel)) > Number(localStorage.getItem(readKey(channel)) ?? 0);

const set = (id, html) => {
  const place = $(id);
  if (place.shown === html) return false;
  place.shown = html;
  place.innerHTML = html;
  return true;
};

/** Shows a list, staying at its end if the reader is there; a message taller than the list starts at its top. */
const setList = (id, html, key) => {
  const list = $(id);
  const fresh = list.key !== key;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const before = list.querySelectorAll('.message').length;
  if (!set(id, html) && !fresh) return;
  list.key = key;
  const messages = list.querySelectorAll('.message');
  const last = messages[messages.length - 1];
  if (!fresh && !atEnd) return;
  if (last && (fresh || messages.length > before) && last.offsetHeight > list.clientHeight) {
    list.scrollTop = last.offsetTop - list.offsetTop - 8;
  } else if (fresh || atEnd) {
    list.scrollTop = list.scrollHeight;
  }
};

const show = () => {
  const channel = state.channels.find((one) => one.id === here.channel) ?? state.channels[0];
  here.channel = channel.id;
  localStorage.setItem(readKey(channel.id), newest(channel.id));
  const view = {
    state,
    names: namesOf(state, here.me),
    warnings: here.warnings,
    open: (key, byDefault) => here.folds.get(key) ?? byDefault,
  };
  set('standin', standinView(state));
  set('me', meView(state, here.me));
  set('side', sideView(view, channel.id, unread));
  set('channel-bar', channelBar(state, channel));
  setList('messages', channelView(view, channel), channel.id);
  $('thread').hidden = !here.thread;
  $('divider').hidden = !here.thread;
  if (here.thread) {
    set('thread-bar', threadBar(channel));
    setList('replies', threadView(view, channel, here.thread), here.thread);
  }
  composer('composer', channel.direct ? 'Message ecs-pull-why' : `Message #${channel.name}`, false);
  composer('thread-composer', 'Reply…', true);
};

const refresh = async () => {
  state = await get(`/page/state?user=${encodeURIComponent(here.me ?? '')}`);
  if (!here.me || !state.users.some((one) => one.id === here.me)) {
    const named = state.users.find((one) => one.name === here.me) ?? state.users.find((one) => !one.is_bot);
    here.me = named.id;
    return refresh();
  }
  show();
};

// A composer keeps its text over refreshes: it is made once.
const composer = (id, placeholder, inThread) => {
  const place = $(id);
  if (!place.firstChild) {
    place.innerHTML = `<div class="hint" hidden></div><form><textarea rows="1"></textarea><div class="tools"><span><b>B</b><i>I</i><s>S</s></span><button aria-label="Send" disabled>${ICON.send}</button></div></form>`;
    const [area, form] = [place.querySelector('textarea'), place.querySelector('form')];
    area.addEventListener('input', () => typing(place));
    area.addEventListener('keydown', (event) => {
      const hint = place.querySelector('.hint [data-command]');
      if (event.key === 'Tab' && hint && !area.value.includes(' ')) {
        event.preventDefault();
        area.value = `${hint.dataset.command} `;
        typing(place);
      }
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const written = area.value.trim();
      area.value = '';
      typing(place);
      if (written) send(written, inThread).catch((error) => warn(place, error.message));
    });
  }
  place.querySelector('textarea').placeholder = placeholder;
};

const typing = (place) => {
  const area = place.querySelector('textarea');
  area.style.height = 'auto';
  area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
  place.querySelector('form button').disabled = !area.value.trim();
  const word = area.value.split(/\s/)[0];
  const known = [...new Set([...(state?.commands ?? []), '/invite'])];
  const fitting = word.startsWith('/') ? known.filter((one) => one.startsWith(word)) : [];
  const hint = place.querySelector('.hint');
  hint.hidden = !fitting.length;
  hint.innerHTML = fitting
    .map(
      (one) =>
        `<div data-command="${escape(one)}"><b>${escape(one)}</b> <span>${escape(HINTS[one]?.[0] ?? '')}</span><small>${escape(HINTS[one]?.[1] ?? '')}</small></div>`,
    )
    .join('');
};

const warn = (place, words) => {
  const hint = place.querySelector('.hint');
  hint.hidden = false;
  hint.innerHTML = `<div class="bad">${escape(words)}</div>`;
};

const send = (written, inThread) => {
  const [command] = written.split(/\s+/);
  const where = { user: here.me, channel: here.channel };
  if (command === '/invite') return post('invite', where);
  if (command.startsWith('/') && !inThread)
    return post('command', { ...where, command, text: written.slice(command.length).trim() });
  if (command.startsWith('/')) return Promise.reject(new Error(`${command} cannot be used in a thread`));
  return post('message', {
    ...where,
    text: escapeControl(written),
    ...(inThread ? { thread_ts: here.thread } : {}),
  });
};

// What people type is escaped, but names become mentions, as in Slack.
const escapeControl = (written) =>
  written
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@([\w-]+)/g, (whole, name) => {
      const user = state.users.find((one) => one.name === name);
      return user ? `<@${user.id}>` : whole;
    });

/** A menu under `anchor`; resolves to what was chosen, or to nothing. */
const choose = (anchor, entries) =>
  new Promise((resolve) => {
    const menu = $('menu');
    menu.innerHTML = entries
      .map(
        (one, at) => `<button data-at="${at}" class="${one.current ? 'current' : ''}">${one.html}</button>`,
      )
      .join('');
    menu.hidden = false;
    const box = anchor.getBoundingClientRect();
    const below = box.bottom + menu.offsetHeight + 8 < innerHeight;
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - menu.offsetHeight - 4)}px`;
    menu.querySelector('button')?.focus();
    const close = (event) => {
      const chosen = event.type === 'click' && event.target.closest('#menu button');
      if (event.type === 'keydown' && event.key !== 'Escape') return;
      menu.hidden = true;
      removeEventListener('click', close, true);
      removeEventListener('keydown', close, true);
      if (chosen) event.stopPropagation();
      resolve(chosen ? entries[Number(chosen.dataset.at)].value : undefined);
    };
    // The click that opened the menu must not close it.
    setTimeout(() => {
      addEventListener('click', close, true);
      addEventListener('keydown', close, true);
    });
  });

const confirmed = (dialog) =>
  new Promise((resolve) => {
    const box = $('confirm');
    box.innerHTML = confirmView(dialog, namesOf(state, here.me));
    box.returnValue = 'no';
    box.onclose = () => resolve(box.returnValue === 'yes');
    box.showModal();
  });

const find = (value, test) => {
  if (Array.isArray(value)) return value.reduce((found, one) => found ?? find(one, test), undefined);
  if (!value || typeof value !== 'object') return undefined;
  return test(value)
    ? value
    : Object.values(value).reduce((found, one) => found ?? find(one, test), undefined);
};

const press = async (button) => {
  const ts = button.closest('.message').dataset.ts;
  const message = state.messages.find((one) => one.ts === ts && one.channel === here.channel);
  const block = find([message.blocks, message.attachments], (one) => one.block_id === button.dataset.block);
  const element = find(block, (one) => one.action_id === button.dataset.action);
  const wanted = {
    user: here.me,
    channel: here.channel,
    ts,
    block_id: button.dataset.block,
    action_id: button.dataset.action,
  };
  if (element.options) {
    const options = element.options.map((one) => ({
      value: one,
      html: `<span>${text(one.text, namesOf(state, here.me))}</span>`,
    }));
    const option = await choose(button, options);
    if (!option) return;
    wanted.value = option.value;
    if (option.url) open(option.url, '_blank', 'noreferrer');
  }
  if (element.confirm && !(await confirmed(element.confirm))) return;
  if (element.url) open(element.url, '_blank', 'noreferrer');
  button.classList.add('busy');
  here.warnings.delete(ts);
  const { presses } = await post('press', wanted).catch((error) => ({ presses: [{ error: error.message }] }));
  button.classList.remove('busy');
  const [{ error }] = presses;
  if (error)
    here.warnings.set(
      ts,
      error === 'operation_timeout'
        ? 'The app did not answer in time (operation_timeout). Try again.'
        : `This did not work: ${error}`,
    );
  show();
};

const openThread = (ts) => {
  here.thread = ts;
  show();
};

addEventListener('click', async (event) => {
  const at = (selector) => event.target.closest(selector);
  const [entry, thread, control] = [
    at('[data-channel]'),
    at('[data-thread]'),
    at('button.control[data-action]'),
  ];
  if (control && !control.disabled) await press(control);
  else if (thread) openThread(thread.dataset.thread);
  else if (entry) {
    here.channel = entry.dataset.channel;
    here.thread = null;
    show();
  } else if (at('#close-thread')) openThread(null);
  else if (at('#switch')) {
    const chosen = await choose(at('#switch'), peopleMenu(state, here.me));
    if (chosen) {
      here.me = chosen;
      await refresh();
    }
  } else if (at('#samples')) {
    const entries = state.samples.map((one) => ({ value: one, html: `<span>${escape(one.name)}</span>` }));
    const sample = await choose(at('#samples'), entries);
    if (sample) {
      await post('message', { channel: sample.channel, event: sample.event });
      here.channel = sample.channel;
      here.thread = null;
      show();
    }
  }
});

// Folds stay as the reader left them when the message is drawn again.
addEventListener(
  'toggle',
  (event) => {
    const fold = event.target.closest?.('details[data-fold]');
    const message = fold?.closest('.message');
    if (message) here.folds.set(`${message.dataset.ts}/${fold.dataset.fold}`, fold.open);
  },
  true,
);

$('divider').addEventListener('pointerdown', (event) => {
  const move = (moved) =>
    document.documentElement.style.setProperty('--thread', `${Math.max(340, innerWidth - moved.clientX)}px`);
  event.target.setPointerCapture(event.pointerId);
  event.target.addEventListener('pointermove', move);
  event.target.addEventListener('pointerup', () => event.target.removeEventListener('pointermove', move), {
    once: true,
  });
});

// A permalink names channel and message; the query of the page itself may name a channel.
const place = location.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/);
await refresh();
const named = place?.[1] ?? asked.get('channel');
here.channel = state.channels.find((one) => one.id === named || one.name === named)?.id ?? here.channel;
if (place && !here.thread) here.thread = `${place[2]}.${place[3]}`;
if (here.thread === 'latest')
  here.thread =
    state.messages.filter((one) => one.channel === here.channel && one.reply_count).at(-1)?.ts ?? null;
show();

// Changes come in bursts: one refresh at a time, and one more when there was news meanwhile.
let [busy, again] = [false, false];
const news = async () => {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  do {
    again = false;
    await refresh().catch(() => undefined);
  } while (again);
  busy = false;
};
new EventSource('/page/changes').onmessage = news;
