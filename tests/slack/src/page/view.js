// What is on the screen, as HTML, from what the stand-in says and what this reader has open.

import { ICON, attachment, render, text } from './blocks.js';
import { emoji, escape, mrkdwn } from './mrkdwn.js';

const two = (number) => String(number).padStart(2, '0');
const at = (ts) => new Date(Number(ts) * 1000);
const clock = (ts) => `${two(at(ts).getHours())}:${two(at(ts).getMinutes())}`;
const utc = (ts) =>
  at(ts)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, ' UTC');
const dayOf = (ts) => at(ts).toDateString();
const day = (ts) => {
  if (dayOf(ts) === new Date().toDateString()) return 'Today';
  return at(ts).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
};

/** Names behind ids, as mentions show them. */
export const namesOf = (state, me) => ({
  user: (id) => {
    const user = state.users.find((one) => one.id === id);
    return `<span class="mention${id === me ? ' mine' : ''}">@${escape(user?.name ?? id)}</span>`;
  },
  channel: (id, label) =>
    `<span class="mention">#${escape(state.channels.find((one) => one.id === id)?.name ?? label ?? id)}</span>`,
  group: (id, label) =>
    `<span class="mention">${escape(label || `@${state.groups.find((one) => one.id === id)?.handle ?? id}`)}</span>`,
});

const COLOURS = ['#4a6fa5', '#b0623b', '#6b8e4e', '#8a5a97', '#3f8f8a', '#a04b5f'];
const BOT =
  '<svg viewBox="0 0 36 36"><path d="M6 12.5 17 7l11 5.5v11L17 29 6 23.5Zm0 0 11 5.5m0 0 11-5.5M17 18v11" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round" opacity=".75"/><circle cx="23" cy="22" r="6" fill="#12304f" stroke="#ffd166" stroke-width="2.2"/><path d="m27.3 26.3 4 4" stroke="#ffd166" stroke-width="2.8" stroke-linecap="round"/></svg>';

/** Who wrote a message: name, picture, whether it is an app. */
const author = (state, message) => {
  const user = state.users.find((one) => one.id === message.user);
  if (user)
    return {
      id: user.id,
      name: user.is_bot ? user.name : user.real_name,
      app: user.is_bot,
      bot: user.is_bot,
    };
  if (message.user === 'USLACKBOT') return { id: 'USLACKBOT', name: 'Slackbot', app: false };
  const name = message.username ?? message.bot_profile?.name ?? message.bot_id ?? 'app';
  return { id: name, name, app: true };
};

const picture = (who, size = '') => {
  if (who.bot) return `<span class="avatar ${size}" style="background:#1f4b77">${BOT}</span>`;
  const sum = [...who.name].reduce((total, letter, index) => total + letter.codePointAt(0) * (index + 1), 0);
  const colour = who.id === 'USLACKBOT' ? '#4a154b' : who.app ? '#c2631a' : COLOURS[sum % COLOURS.length];
  const initials = who.name
    .split(/[\s-]+/)
    .slice(0, 2)
    .map((part) => part[0] ?? '')
    .join('')
    .toUpperCase();
  return `<span class="avatar ${size}" style="background:${colour}">${escape(initials)}</span>`;
};

const reactions = (message) =>
  (message.reactions ?? [])
    .map((one) => `<span class="reaction">${emoji(one.name)}<span>${one.count}</span></span>`)
    .join('');

const summary = (state, message) => {
  const faces = (message.reply_users ?? [])
    .slice(0, 3)
    .map((id) => picture(author(state, { user: id }), 'tiny'))
    .join('');
  const count = message.reply_count === 1 ? '1 reply' : `${message.reply_count} replies`;
  return `<button class="replies" data-thread="${escape(message.ts)}">${faces}<b>${count}</b><span>Last reply at ${clock(message.latest_reply)}</span></button>`;
};

const body = (view, message) => {
  const { names, open } = view;
  const fold = (id, byDefault) => open(`${message.ts}/${id}`, byDefault);
  const words = message.blocks?.length
    ? message.blocks.map((block) => render(block, names, fold)).join('')
    : `<div>${mrkdwn(message.text, names)}</div>`;
  const more = (message.attachments ?? []).map((one) => attachment(one, names, fold)).join('');
  const edited = message.edited
    ? `<span class="edited" title="${escape(utc(message.edited.ts))}">(edited)</span>`
    : '';
  return `${message.text || message.blocks ? words : ''}${more}${edited}`;
};

const message = (view, one, before, inThread) => {
  const { state } = view;
  const who = author(state, one);
  const joined = one.subtype === 'channel_join';
  const follows =
    before &&
    !joined &&
    !one.only_for &&
    !before.only_for &&
    before.subtype !== 'channel_join' &&
    author(state, before).id === who.id &&
    Number(one.ts) - Number(before.ts) < 300 &&
    dayOf(one.ts) === dayOf(before.ts);
  const time = `<time title="${escape(utc(one.ts))}">${clock(one.ts)}</time>`;
  const warning = view.warnings.get(one.ts);
  const only = one.only_for ? `<div class="only">${ICON.eye}Only visible to you</div>` : '';
  const head = follows
    ? ''
    : `<div class="by"><b>${escape(who.name)}</b>${who.app ? '<span class="app">APP</span>' : ''}${time}</div>`;
  const chips = reactions(one);
  const tools =
    inThread || one.only_for
      ? ''
      : `<button class="reply" data-thread="${escape(one.ts)}" title="Reply in thread">${ICON.thread}</button>`;
  return `<article class="message${one.only_for ? ' private' : ''}${follows ? ' follows' : ''}" data-ts="${escape(one.ts)}">
    <div class="left">${follows ? time : picture(who)}</div>
    <div class="right">${only}${head}<div class="body">${joined ? '<span class="edited">was added to the channel</span>' : body(view, one)}</div>
    ${warning ? `<div class="warning">${emoji('warning')} ${escape(warning)}</div>` : ''}
    ${chips ? `<div class="reactions">${chips}</div>` : ''}${!inThread && one.reply_count ? summary(state, one) : ''}</div>${tools}</article>`;
};

export const channelView = (view, channel) => {
  const shown = view.state.messages.filter(
    (one) =>
      one.channel === channel.id &&
      (!one.thread_ts || one.thread_ts === one.ts || one.subtype === 'thread_broadcast'),
  );
  const parts = [
    `<div class="start"><h2>${channel.direct ? '' : '#'} ${escape(channel.direct ? 'ecs-pull-why' : channel.name)}</h2><p>${
      channel.bot_member
        ? 'This is the very beginning of the channel.'
        : 'This is the very beginning of the channel. <b>ecs-pull-why</b> has not been invited.'
    }</p></div>`,
  ];
  shown.forEach((one, index) => {
    const before = shown[index - 1];
    if (!before || dayOf(before.ts) !== dayOf(one.ts))
      parts.push(`<div class="day"><span>${day(one.ts)}</span></div>`);
    parts.push(message(view, one, before, false));
  });
  return parts.join('');
};

export const threadView = (view, channel, ts) => {
  const here = view.state.messages.filter((one) => one.channel === channel.id);
  const parent = here.find((one) => one.ts === ts);
  if (!parent) return '<p class="gone">This thread is gone.</p>';
  const replies = here.filter((one) => one.thread_ts === ts && one.ts !== ts);
  const counted = replies.filter((one) => !one.only_for).length;
  const count = counted === 1 ? '1 reply' : `${counted} replies`;
  const status = view.state.statuses.find((one) => one.channel === channel.id && one.thread_ts === ts);
  return `${message(view, parent, null, true)}${counted ? `<div class="count"><span>${count}</span></div>` : ''}${replies
    .map((one, index) => message(view, one, replies[index - 1], true))
    .join('')}${
    status
      ? `<div class="status-line"><span class="dots"><i></i><i></i><i></i></span><b>ecs-pull-why</b> ${escape(status.text)}</div>`
      : ''
  }`;
};

export const sideView = (view, current, unread) => {
  const { state } = view;
  const sign = (one) =>
    one.direct
      ? picture({ id: 'bot', name: 'ecs-pull-why', bot: true }, 'tiny')
      : one.is_private
        ? ICON.lock
        : ICON.hash;
  const entry = (one) =>
    `<button class="entry${one.id === current ? ' current' : ''}${unread(one.id) ? ' unread' : ''}" data-channel="${escape(one.id)}">${sign(one)}<span>${escape(one.direct ? 'ecs-pull-why' : one.name)}</span></button>`;
  const direct = state.channels.filter((one) => one.direct);
  return `<h1>${escape(state.team)}</h1><h2>Channels</h2>${state.channels
    .filter((one) => !one.direct)
    .map(entry)
    .join('')}${direct.length ? `<h2>Direct messages</h2>${direct.map(entry).join('')}` : ''}`;
};

export const meView = (state, me) => {
  const user = state.users.find((one) => one.id === me);
  return `<button id="switch" aria-haspopup="menu" title="Switch person"><span>You are <b>${escape(user?.real_name ?? '')}</b></span>${picture({ id: user?.id ?? '', name: user?.real_name ?? '' }, 'mid')}${ICON.down}</button>`;
};

export const standinView = (state) => {
  const way = state.socket_mode
    ? `Socket Mode, ${state.connections} connected`
    : `HTTP to ${state.bot_url.replace('http://', '')}`;
  const refused = state.refusals ? `<b class="bad">${state.refusals} refused by Slack's limits</b>` : '';
  return `<span class="badge">Slack stand-in</span><span>${escape(way)}</span>${refused}`;
};

export const channelBar = (state, channel) =>
  `<h2>${channel.direct ? '' : channel.is_private ? ICON.lock : ICON.hash}${escape(channel.direct ? 'ecs-pull-why' : channel.name)}</h2>${
    state.samples.length
      ? `<button class="quiet" id="samples" aria-haspopup="menu">${ICON.bell}Post sample alarm${ICON.down}</button>`
      : ''
  }`;

export const threadBar = (channel) =>
  `<h2>Thread</h2><span class="where">${channel.direct ? '' : '#'}${escape(channel.direct ? 'ecs-pull-why' : channel.name)}</span><button class="quiet round" id="close-thread" aria-label="Close thread">${ICON.close}</button>`;

/** People to be, with what they are for. */
export const peopleMenu = (state, me) =>
  state.users
    .filter((one) => !one.is_bot)
    .map((one) => ({
      value: one.id,
      html: `${picture({ id: one.id, name: one.real_name }, 'mid')}<span><b>${escape(one.real_name)}</b><small>${escape(one.title || `@${one.name}`)}</small></span>`,
      current: one.id === me,
    }));

export const confirmView = (
  dialog,
  names,
) => `<form method="dialog"><h2>${text(dialog.title, names)}</h2><div class="words">${text(dialog.text, names)}</div>
  <menu><button class="control" value="no">${text(dialog.deny, names) || 'Cancel'}</button><button class="control ${dialog.style === 'danger' ? 'danger' : 'primary'}" value="yes" autofocus>${text(dialog.confirm, names) || 'Yes'}</button></menu></form>`;
