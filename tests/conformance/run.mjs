// Slack's own JavaScript Bolt against the local workspace, over Socket Mode and over signed HTTP: `make conformance`.
//
// A Bolt app of a few listeners is started against a workspace of its own, people act through the control API, and each
// promise is looked up in what they then see. It prints a table; its exit code is 1 when a promise is not kept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import bolt from '@slack/bolt';

const ROOT = new URL('../..', import.meta.url).pathname;
const PYTHON = process.env.PYTHON ?? join(ROOT, '.venv/bin/python');
const SECRET = 'conformance-signing-secret';
const AMELIE = { person: 'U0AMELIE01', dm: 'D0AMELIE01' };
const BRUNO = { person: 'U0BRUNO001', dm: 'D0BRUNO001' };
const SALES = 'C0VENTES01';
const PATIENCE = 20_000;

// The client would print the refusals that are asked for.
const silent = { setLevel() {}, getLevel: () => 'error', setName() {}, debug() {}, info() {}, warn() {}, error() {} };

const words = (text) => ({ type: 'plain_text', text });
const button = (action_id) => ({
  type: 'actions', elements: [{ type: 'button', action_id, value: 'P-12', text: words('Open') }],
});
const form = {
  type: 'modal', callback_id: 'form', title: words('Why?'), submit: words('Send'), notify_on_close: true,
  blocks: [{ type: 'input', block_id: 'why', label: words('Reason'), element: { type: 'plain_text_input', action_id: 'text' } }],
};

// ---- the app: what a developer would write with Bolt

function listen(app, heard) {
  app.message('hello', async ({ message, say, context }) => {
    heard('context', { bot: context.botUserId, team: context.teamId });
    await say({ text: `hello <@${message.user}>`, thread_ts: message.ts });
  });
  app.event('app_mention', async ({ event, say }) => say({ text: `you said: ${event.text}`, thread_ts: event.ts }));
  app.message('stream', async ({ sayStream, setStatus, message, client }) => {
    await setStatus({ status: 'is thinking', loading_messages: ['one moment'] });
    const stream = sayStream({ buffer_size: 8 });
    for (const part of ['Once upon', ' a time there', ' was a **stream**.']) await stream.append({ markdown_text: part });
    await stream.append({ chunks: [{ type: 'task_update', id: '1', title: 'Looked it up', status: 'complete' }] });
    const stopped = await stream.stop({ blocks: [button('after-stream')], session_status: 'active' });
    heard('stream', { ts: stream.ts, stopped });
    const late = client.chat.appendStream({ channel: message.channel, ts: stream.ts, markdown_text: 'late' });
    await assert.rejects(late, (error) => error.data.error === 'message_not_in_streaming_state');
    heard('late', true);
  });
  app.message('session', async ({ message, client }) => {
    const thread = { channel_id: message.channel, thread_ts: message.ts };
    heard('session', [
      await client.agents.sessions.setStatus({ ...thread, status: 'processing', title: 'A long question' }),
      await client.agents.sessions.rename({ ...thread, title: 'A short one' }),
      await client.agents.sessions.setStatus({ ...thread, status: 'suspended' }),
    ]);
  });
  app.message('work', async ({ message, client }) => {
    await client.agents.sessions.setStatus({ channel_id: message.channel, thread_ts: message.ts, status: 'processing' });
    heard('working', message.ts);
  });
  app.event('agent_session_stopped', async ({ event }) => heard('stopped', event));
  app.message('card', async ({ say }) => say({ text: 'card', blocks: [button('open')] }));
  app.action('open', async ({ ack, body, client, action }) => {
    await ack();
    heard('action', action.value);
    await client.views.open({ trigger_id: body.trigger_id, view: { ...form, private_metadata: body.channel.id } });
    await client.views.open({ trigger_id: body.trigger_id, view: form }).catch((error) => heard('again', error.data));
  });
  app.view('form', async ({ ack, view, client, body }) => {
    const reason = view.state.values.why.text.value;
    if (reason.length < 5) return ack({ response_action: 'errors', errors: { why: 'Say more' } });
    await ack();
    return client.chat.postEphemeral({ channel: view.private_metadata, user: body.user.id, text: `because ${reason}` });
  });
  app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack, view }) => { await ack(); heard('closed', view.id); });
  app.message('respond', async ({ say }) => say({ text: 'respond', blocks: [button('respond')] }));
  app.action('respond', async ({ ack, respond }) => {
    await ack();
    await respond({ text: 'only for you', response_type: 'ephemeral', replace_original: false });
    await respond({ text: 'replaced', replace_original: true });
  });
  app.command('/baton', async ({ ack, command, respond }) => {
    await ack(`you wrote ${command.text}`);
    await respond({ text: 'and later this' });
  });
  app.shortcut({ callback_id: 'baton_ask_about', type: 'message_action' }, async ({ ack, shortcut, client }) => {
    await ack();
    await client.reactions.add({ channel: shortcut.channel.id, timestamp: shortcut.message.ts, name: 'eyes' });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    if (event.tab === 'messages') {
      const prompts = [{ title: 'Hello', message: 'hello' }];
      return client.assistant.threads.setSuggestedPrompts({ channel_id: event.channel, prompts });
    }
    return client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [button('home')] } });
  });
  app.message('upload', async ({ message, client }) => client.filesUploadV2({
    channel_id: message.channel, thread_ts: message.ts, filename: 'prices.csv', content: 'a;b\n1;2\n', initial_comment: 'here',
  }));
  app.event('reaction_added', async ({ event }) => heard('reaction', event));
  app.event('message', async ({ event }) => { if (event.subtype) heard(event.subtype, event); });
  app.message('update', async ({ say, client }) => {
    const said = await say('first');
    await client.chat.update({ channel: said.channel, ts: said.ts, text: 'second' });
    const { permalink } = await client.chat.getPermalink({ channel: said.channel, message_ts: said.ts });
    heard('permalink', permalink);
  });
  app.message('wrong', async ({ client, message }) => {
    const wrong = async (method, args) => client.apiCall(method, args).then(() => 'ok', (error) => error.data);
    heard('wrong', {
      blocks: await wrong('chat.postMessage', { channel: message.channel, text: 'x', blocks: [{ type: 'section' }] }),
      channel: await wrong('chat.postMessage', { channel: 'C0NOWHERE1', text: 'x' }),
      missing: await wrong('chat.postMessage', { text: 'x' }),
      unknown: await wrong('users.info', { user: message.user, colour: 'red' }),
    });
  });
  app.message('people', async ({ client, message }) => {
    const all = [];
    for await (const page of client.paginate('users.list', { limit: 2 })) all.push(...page.members.map((member) => member.id));
    const { user } = await client.users.info({ user: message.user, include_locale: true });
    const { usergroups } = await client.usergroups.list({ include_users: true });
    const { messages } = await client.conversations.replies({ channel: message.channel, ts: message.ts });
    heard('people', { all, locale: user.locale, groups: usergroups.map((group) => group.handle), replies: messages.length });
  });
}

// ---- the promises: a name, what a person does, and what must come of it

const PROMISES = {
  'message → say in the thread': async (slack) => {
    const ts = await slack.say(AMELIE, 'hello');
    assert.equal((await slack.reply(AMELIE, ts)).text, 'hello <@U0AMELIE01>');
    assert.deepEqual(await slack.heard('context'), { bot: 'UBATON01', team: 'T0VALMONT1' });
  },
  'app_mention → say in the thread': async (slack) => {
    const ts = await slack.say(AMELIE, '@Baton how much?', SALES);
    assert.equal((await slack.reply(AMELIE, ts, SALES)).text, 'you said: <@UBATON01> how much?');
  },
  'action, modal, errors, submission, ephemeral': async (slack) => {
    await slack.say(BRUNO, 'card');
    await slack.click(BRUNO, 'open');
    assert.equal(await slack.heard('action'), 'P-12');
    assert.equal((await slack.heard('again')).error, 'exchanged_trigger_id');
    const view = await slack.until(async () => (await slack.state(BRUNO)).modal);
    const submit = (why) => slack.post('submit', { ...BRUNO, view_id: view.id, values: { why } });
    assert.deepEqual((await submit('no')).errors, { why: 'Say more' });
    assert.deepEqual((await submit('too dear')).errors, {});
    await slack.shown(BRUNO, (message) => message.is_ephemeral && message.text === 'because too dear');
  },
  'view_closed': async (slack) => {
    await slack.click(BRUNO, 'open');
    const view = await slack.until(async () => (await slack.state(BRUNO)).modal);
    await slack.post('dismiss', { ...BRUNO, view_id: view.id });
    assert.equal(await slack.heard('closed'), view.id);
  },
  'response_url: ephemeral answer and replacement': async (slack) => {
    await slack.say(AMELIE, 'respond');
    await slack.click(AMELIE, 'respond');
    await slack.shown(AMELIE, (message) => message.is_ephemeral && message.text === 'only for you');
    await slack.shown(AMELIE, (message) => message.text === 'replaced');
  },
  'slash command, answered at once and later': async (slack) => {
    const answer = await slack.post('command', { ...AMELIE, channel: AMELIE.dm, text: '/baton help me' });
    assert.equal(answer.message.text, 'you wrote help me');
    await slack.shown(AMELIE, (message) => message.text === 'and later this');
  },
  'message shortcut, reactions.add': async (slack) => {
    const ts = await slack.say(AMELIE, 'what about this?', SALES);
    const used = await slack.post('shortcut', { ...AMELIE, channel: SALES, ts, callback_id: 'baton_ask_about' });
    assert.equal(used.delivered, true);
    await slack.shown(AMELIE, (message) => message.ts === ts && message.reactions?.[0]?.name === 'eyes', SALES);
  },
  'Home: opened, published': async (slack) => {
    await slack.post('open', { ...AMELIE, tab: 'home' });
    const home = await slack.until(async () => (await slack.state(AMELIE)).home);
    assert.equal(home.blocks[0].elements[0].action_id, 'home');
  },
  'suggested prompts': async (slack) => {
    await slack.post('open', { ...AMELIE, tab: 'messages' });
    await slack.until(async () => (await slack.state(AMELIE)).prompts[AMELIE.dm]);
  },
  'files.uploadV2': async (slack) => {
    const ts = await slack.say(AMELIE, 'upload');
    const shared = await slack.reply(AMELIE, ts);
    assert.deepEqual([shared.text, shared.files[0].name, shared.files[0].size], ['here', 'prices.csv', 8]);
  },
  'chatStream: status, appends, task, stop': async (slack) => {
    const ts = await slack.say(AMELIE, 'stream');
    const { ts: streamed } = await slack.heard('stream');
    const said = await slack.until(async () => (await slack.thread(AMELIE, ts)).find((message) => message.ts === streamed));
    assert.equal(said.text, 'Once upon a time there was a **stream**.');
    assert.ok(said.blocks.some((block) => block.type === 'actions'));
    assert.equal(await slack.heard('late'), true);
  },
  'agents.sessions: status, title': async (slack) => {
    const ts = await slack.say(AMELIE, 'session');
    const answers = await slack.heard('session');
    assert.deepEqual(answers.map((answer) => answer.ok), [true, true, true]);
    const session = await slack.until(async () => (await slack.state(AMELIE)).sessions[`${AMELIE.dm}:${ts}`]);
    assert.deepEqual([session.status, session.title], ['suspended', 'A short one']);
  },
  'the Stop button': async (slack) => {
    await slack.say(AMELIE, 'work');
    const thread_ts = await slack.heard('working');
    await slack.post('stop', { ...AMELIE, channel: AMELIE.dm, thread_ts });
    const stopped = await slack.heard('stopped');
    assert.deepEqual([stopped.thread_ts, stopped.user], [thread_ts, AMELIE.person]);
  },
  'reaction_added': async (slack) => {
    const ts = await slack.say(AMELIE, 'look', SALES);
    await slack.post('react', { ...AMELIE, channel: SALES, ts, name: 'tada', add: true });
    assert.equal((await slack.heard('reaction', (event) => event.user === AMELIE.person)).reaction, 'tada');
  },
  'message_changed, message_deleted': async (slack) => {
    const ts = await slack.say(AMELIE, 'a typo', SALES);
    await slack.post('edit', { ...AMELIE, channel: SALES, ts, text: 'no typo' });
    assert.equal((await slack.heard('message_changed', (event) => event.message.ts === ts)).message.text, 'no typo');
    await slack.post('delete', { ...AMELIE, channel: SALES, ts });
    assert.equal((await slack.heard('message_deleted', (event) => event.deleted_ts === ts)).deleted_ts, ts);
  },
  'file_share': async (slack) => {
    const body = new FormData();
    Object.entries({ person: AMELIE.person, channel: SALES, text: 'see' }).forEach(([name, value]) => body.set(name, value));
    body.set('file', new Blob(['a;b']), 'a.csv');
    assert.equal((await fetch(`${slack.url}local/upload`, { method: 'POST', body })).status, 200);
    assert.equal((await slack.heard('file_share')).files[0].name, 'a.csv');
  },
  'chat.update, chat.getPermalink': async (slack) => {
    await slack.say(AMELIE, 'update');
    await slack.shown(AMELIE, (message) => message.text === 'second');
    assert.match(await slack.heard('permalink'), /^http/);
  },
  'users.list by pages, usergroups, replies': async (slack) => {
    await slack.say(AMELIE, 'people');
    const people = await slack.heard('people');
    assert.ok(people.all.length > 2 && new Set(people.all).size === people.all.length);
    assert.deepEqual([people.locale, people.replies, people.groups.includes('finance')], ['fr-FR', 1, true]);
  },
  "refusals in Slack's words": async (slack) => {
    await slack.say(AMELIE, 'wrong');
    const { blocks, channel, missing, unknown } = await slack.heard('wrong');
    assert.deepEqual([blocks.error, channel.error, missing.error, unknown.error],
      ['invalid_blocks', 'channel_not_found', 'invalid_arguments', 'invalid_arguments']);
    assert.deepEqual(blocks.response_metadata.messages,
      ['[ERROR] must define either `text` or `fields` [json-pointer:/blocks/0/type]']);
  },
};

const OVER_HTTP = {
  'a forged signature is refused': async (slack) => {
    const forged = { 'Content-Type': 'application/json', 'X-Slack-Signature': 'v0=00', 'X-Slack-Request-Timestamp': `${Math.floor(Date.now() / 1000)}` };
    const answer = await fetch(slack.events, { method: 'POST', headers: forged, body: '{"type":"event_callback"}' });
    assert.equal(answer.status, 401);
  },
};

// ---- the workspace

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function startWorkspace(options) {
  const home = mkdtempSync(join(tmpdir(), 'baton-conformance-'));
  const child = spawn(PYTHON, ['-m', 'bot.workspace', '--home', home, ...options], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => { throw new Error('the workspace did not start'); }),
  ]);
  const stop = async () => {
    child.kill();
    await once(child, 'exit');
    rmSync(home, { recursive: true });
  };
  return { url: line.replace('workspace: ', '').trim(), stop };
}

function people(url, told, events) {
  const get = async (path, query) => (await fetch(`${url}local/${path}?${new URLSearchParams(query)}`)).json();
  const slack = {
    url,
    events,
    post: async (path, body) => {
      const answer = await fetch(`${url}local/${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
      assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
      return answer.json();
    },
    until: async (look) => {
      for (const end = Date.now() + PATIENCE; ;) {
        const found = await look();
        if (found) return found;
        assert.ok(Date.now() < end, `waited in vain for ${look}`);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
    },
    state: ({ person }) => get('state', { person }),
    say: async (who, text, channel = who.dm) => (await slack.post('say', { ...who, channel, text })).ts,
    thread: async ({ person, dm }, thread_ts, channel = dm) => (await get('messages', { person, channel, thread_ts })).messages,
    messages: async ({ person, dm }, channel = dm) => (await get('messages', { person, channel })).messages,
    reply: (who, ts, channel = who.dm) => slack.until(async () => (await slack.thread(who, ts, channel))[1]),
    shown: (who, wanted, channel = who.dm) => slack.until(async () => (await slack.messages(who, channel)).find(wanted)),
    click: async (who, action_id) => {
      const has = (message) => message.blocks?.some((block) => block.elements?.some((element) => element.action_id === action_id));
      const { ts } = await slack.shown(who, has);
      assert.equal((await slack.post('click', { ...who, channel: who.dm, ts, action_id })).delivered, true);
    },
    heard: (name, wanted = () => true) => slack.until(() => told.findLast((one) => one.name === name && wanted(one.value))?.value),
  };
  return slack;
}

async function judge(mode, promises) {
  const port = await freePort();
  const events = `http://127.0.0.1:${port}/slack/events`;
  const isHttp = mode === 'HTTP';
  const workspace = await startWorkspace(isHttp ? ['--events-url', events, '--signing-secret', SECRET] : []);
  const told = [];
  const failures = [];
  const app = new bolt.App({
    token: 'xoxb-local-baton',
    clientOptions: { slackApiUrl: `${workspace.url}api/`, retryConfig: { retries: 0 }, logger: silent },
    logLevel: bolt.LogLevel.ERROR,
    ...(isHttp ? { signingSecret: SECRET } : { socketMode: true, appToken: 'xapp-local-baton' }),
  });
  app.error(async (error) => { failures.push(error.original ?? error); });
  listen(app, (name, value) => told.push({ name, value }));
  await app.start(isHttp ? { port, host: '127.0.0.1' } : undefined);
  const slack = people(workspace.url, told, events);
  const kept = {};
  for (const [name, promise] of Object.entries(promises)) {
    if (Object.values(kept).filter(Boolean).length > 2) break;
    kept[name] = await promise(slack).then(() => '', (error) => `${error.message}`.split('\n').slice(0, 6).join(' '));
  }
  await app.stop();
  await workspace.stop();
  if (failures.length) kept['no listener failed'] = failures.map((error) => error.message).join('; ');
  return kept;
}

const socket = await judge('Socket Mode', PROMISES);
const http = await judge('HTTP', { ...PROMISES, ...OVER_HTTP });
const mark = (kept, name) => (!(name in kept) ? '–' : kept[name] === '' ? 'kept' : 'BROKEN');
const names = [...new Set([...Object.keys(socket), ...Object.keys(http)])];
const wide = Math.max(...names.map((name) => name.length));
console.log(`${'promise'.padEnd(wide)}  Socket Mode  HTTP`);
for (const name of names) console.log(`${name.padEnd(wide)}  ${mark(socket, name).padEnd(11)}  ${mark(http, name)}`);
const broken = [['Socket Mode', socket], ['HTTP', http]].flatMap(([mode, kept]) => Object.entries(kept).filter(([, why]) => why).map(([name, why]) => `${mode}: ${name}: ${why}`));
console.log(broken.length ? `\n${broken.join('\n')}` : `\nall ${Object.keys(socket).length + Object.keys(http).length} kept`);
process.exit(broken.length ? 1 : 0);
