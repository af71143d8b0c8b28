// The page: one person's view of the workspace. It keeps what the server told it and repaints what changed.

import { inputValues, keepTyped, renderBlocks } from "./blocks.js";
import { EMOJI, make, mrkdwn } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const workspace = { people: [], channels: [], groups: [] };
const here = { person: null, channel: null, thread: null, tab: "messages" };
const messages = new Map(); // channel → ts → { root, message }
let socket = null;
let changes = 0;

// talking to the server

async function read(path, query = {}) {
  const response = await fetch(`/local/${path}?${new URLSearchParams(query)}`);
  return response.json();
}

async function send(path, body) {
  const response = await fetch(`/local/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: here.person.id, ...body }),
  });
  return response.json();
}

function listen() {
  socket?.close();
  const person = here.person;
  const mine = new WebSocket(`ws${location.protocol.slice(4)}//${location.host}/local/live?person=${person.id}`);
  socket = mine;
  mine.onopen = () => refresh();
  mine.onmessage = (frame) => mine === socket && take(JSON.parse(frame.data));
  mine.onclose = () => {
    if (mine !== socket) return;
    showLink("The workspace does not answer: trying again…");
    setTimeout(() => mine === socket && listen(), 1000);
  };
}

/** Reads everything that is on screen anew: when the person or the place changes, and after a lost connection. */
async function refresh() {
  const asked = place();
  let state, lists, seen;
  do {
    // What arrives while reading may be newer than what is read: then read again.
    seen = changes;
    const query = { person: here.person.id, channel: here.channel.id };
    const threads = here.thread ? [{ ...query, thread_ts: here.thread }] : [];
    state = await read("state", { person: here.person.id });
    lists = await Promise.all([query, ...threads].map((one) => read("messages", one)));
    if (asked !== place()) return;
  } while (seen !== changes);
  Object.assign(workspace, state);
  messages.set(here.channel.id, new Map());
  for (const message of lists.flatMap((list) => list.messages ?? [])) {
    keep(here.channel.id, message.thread_ts ?? message.ts, message);
  }
  showLink(workspace.connected ? "" : "Baton is not connected yet.");
  paint();
  showModal(workspace.modal);
}

function keep(channel, root, message) {
  if (!messages.has(channel)) messages.set(channel, new Map());
  messages.get(channel).set(message.ts, { root, message });
}

/** One change from the server. */
function take(change) {
  changes += 1;
  const thread = `${change.channel}:${change.thread_ts}`;
  const takes = {
    message: () => takeMessage(change),
    deleted: () => {
      messages.get(change.channel)?.delete(change.ts);
      paintLists();
    },
    status: () => {
      workspace.statuses[thread] = change;
      paintStatus();
    },
    session: () => (workspace.sessions[thread] = change),
    title: () => {
      workspace.titles[thread] = change.title;
      paintThreadHeader();
    },
    prompts: () => {
      workspace.prompts[change.channel] = change;
      paintPrompts();
    },
    home: () => {
      workspace.home = change.view;
      paintHome();
    },
    modal: () => showModal(change.view),
    link: () => showLink(change.connected ? "" : "Baton is not connected."),
  };
  takes[change.type]?.();
}

function takeMessage({ channel, root, message }) {
  const isNew = !messages.get(channel)?.has(message.ts);
  keep(channel, root, message);
  if (channel === here.channel.id) {
    paintLists();
    markRead();
  } else if (isNew && message.user !== here.person.id) {
    workspace.latest[channel] = message.ts;
    paintChannels();
  }
}

// where we are

function names(id) {
  const person = workspace.people.find((one) => one.id === id);
  const group = workspace.groups.find((one) => one.id === id);
  const channel = workspace.channels.find((one) => one.id === id);
  if (id === workspace.app.id) return `@${workspace.app.name}`;
  return person ? `@${person.name}` : group ? `@${group.handle}` : channel ? `#${channel.name}` : undefined;
}

function channelsOf(person) {
  return workspace.channels.filter((channel) => channel.members.includes(person.id));
}

/** The address of what is on screen. */
function place() {
  const thread = here.thread ? { thread: here.thread } : {};
  return `#${new URLSearchParams({ person: here.person.id, channel: here.channel.id, ...thread })}`;
}

function go({ person = here.person, channel = here.channel?.id, thread = null, tab = "messages" }) {
  const before = { ...here };
  const visible = channelsOf(person);
  const wanted = visible.find((one) => one.id === channel) ?? visible.find((one) => one.direct);
  Object.assign(here, { person, channel: wanted, thread: wanted.id === channel ? thread : null, tab });
  if (location.hash !== place()) history[before.person ? "pushState" : "replaceState"](null, "", place());
  document.body.classList.remove("menu-open");
  const personChanged = person.id !== before.person?.id;
  if (wanted.direct && (wanted.id !== before.channel?.id || tab !== before.tab)) send("open", { tab });
  if (!personChanged) return refresh();
  localStorage.setItem("person", person.id);
  messages.clear();
  $("modal").close();
  for (const area of document.querySelectorAll("textarea")) area.value = "";
  return listen();
}

function fromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const id = wanted.get("person") ?? here.person?.id ?? localStorage.getItem("person");
  const person = workspace.people.find((one) => one.id === id) ?? workspace.people[0];
  go({ person, channel: wanted.get("channel") ?? person.dm, thread: wanted.get("thread") });
}

const seenKey = (channel) => `seen:${here.person.id}:${channel}`;

function markRead() {
  const newest = [...(messages.get(here.channel.id)?.keys() ?? [])].sort().at(-1);
  if (newest) localStorage.setItem(seenKey(here.channel.id), newest);
}

function isUnread(channel) {
  const latest = workspace.latest?.[channel.id];
  return channel.id !== here.channel.id && latest && latest > (localStorage.getItem(seenKey(channel.id)) ?? "");
}

// painting

function paint() {
  document.title = `${placeName(here.channel)} · ${workspace.team}`;
  markRead();
  paintPeople();
  paintChannels();
  paintHeader();
  paintLists();
  paintThreadHeader();
  paintStatus();
  paintPrompts();
  paintHome();
}

function showLink(text) {
  $("link").textContent = text;
}

function paintPeople() {
  $("you-are").replaceChildren("You are: ", make("strong", { text: here.person.name }), ` – ${here.person.title}`);
  $("menu").replaceChildren("☰", avatar(here.person.id, here.person.name));
  $("people").replaceChildren(...workspace.people.map((person) => {
    const button = make("button", { type: "button", "data-testid": `person-${person.id}`, "aria-label": person.name,
      "aria-pressed": String(person.id === here.person.id) },
      avatar(person.id, person.name),
      make("span", { class: "who" }, make("strong", { text: person.name }), make("small", { text: person.title })));
    button.addEventListener("click", () => go({ person, thread: here.thread }));
    return make("li", {}, button);
  }));
}

function paintChannels() {
  const visible = channelsOf(here.person);
  $("channels").replaceChildren(...visible.filter((one) => !one.direct).map(channelItem));
  $("direct").replaceChildren(...visible.filter((one) => one.direct).map(channelItem));
}

function channelItem(channel) {
  const unread = isUnread(channel);
  const name = channel.direct ? workspace.app.name : channel.name;
  const sign = channel.direct ? avatar(workspace.app.id, name) : make("span", { class: "sign", "aria-hidden": "true", text: channel.private ? "🔒" : "#" });
  const button = make("button", { type: "button", "data-testid": `channel-${channel.id}`, class: unread ? "unread" : null,
    "aria-label": unread ? `${name}, unread` : name, "aria-current": channel.id === here.channel.id ? "page" : null },
    sign, make("span", { text: name }), channel.direct ? badge() : null, unread ? make("span", { class: "dot" }) : null);
  button.addEventListener("click", () => go({ channel: channel.id }));
  return make("li", {}, button);
}

function placeName(channel) {
  return channel.direct ? workspace.app.name : `${channel.private ? "🔒 " : "#"}${channel.name}`;
}

function paintHeader() {
  $("place").replaceChildren(placeName(here.channel));
  if (here.channel.direct) $("place").append(" ", badge());
  $("topic").textContent = here.channel.direct ? "Only you and the app" : `${here.channel.topic} · ${here.channel.members.length} people`;
  $("tabs").hidden = !here.channel.direct;
  $("tab-messages").setAttribute("aria-pressed", String(here.tab === "messages"));
  $("tab-home").setAttribute("aria-pressed", String(here.tab === "home"));
  const area = $("compose").querySelector("textarea");
  area.placeholder = here.channel.direct ? "Message Baton" : `Ask @Baton in #${here.channel.name}`;
}

function paintLists() {
  const all = [...(messages.get(here.channel.id)?.values() ?? [])].sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
  const top = all.filter(({ root, message }) => root === message.ts);
  paintList($("list"), top, false);
  paintList($("thread-list"), here.thread ? all.filter(({ root }) => root === here.thread) : [], true);
  $("thread").hidden = !here.thread;
  document.body.classList.toggle("thread-open", Boolean(here.thread));
}

/** Repaints only the messages that differ, in place, so that neither scroll nor focus jumps. */
function paintList(list, entries, inThread) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const shows = `${here.person.id}:${here.channel.id}:${inThread ? here.thread : ""}`;
  const wasHere = list.dataset.shows === shows;
  if (!wasHere) list.replaceChildren();
  list.dataset.shows = shows;
  const shown = new Map([...list.querySelectorAll("article")].map((node) => [node.dataset.ts, node]));
  let previous = null;
  for (const { message } of entries) {
    const text = JSON.stringify(message);
    let node = shown.get(message.ts);
    shown.delete(message.ts);
    if (!node || node.source !== text) {
      const fresh = article(message, inThread);
      fresh.source = text;
      if (node) replaceKeepingFocus(node, fresh);
      else if (previous) previous.after(fresh);
      else list.prepend(fresh);
      node = fresh;
    }
    previous = node;
  }
  for (const gone of shown.values()) gone.remove();
  paintEmpty(list, entries.length === 0, inThread);
  if (atEnd || !wasHere) list.scrollTop = list.scrollHeight;
}

function paintEmpty(list, isEmpty, inThread) {
  list.querySelector(".empty")?.remove();
  if (!isEmpty || inThread) return;
  const words = here.channel.direct ? "Ask Baton something, in French or English." : "Nothing here yet. Write @Baton to ask something.";
  list.append(make("p", { class: "empty", text: words }));
}

function replaceKeepingFocus(old, fresh) {
  const action = old.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  old.replaceWith(fresh);
  if (action) fresh.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus();
}

function article(message, inThread) {
  const isApp = Boolean(message.bot_id);
  const name = isApp ? workspace.app.name : workspace.people.find((one) => one.id === message.user)?.name ?? "Slackbot";
  const at = new Date(Number(message.ts) * 1000);
  const node = make("article", { "data-testid": message.is_ephemeral ? "ephemeral" : "message", "data-ts": message.ts,
    class: message.is_ephemeral ? "ephemeral" : null, "aria-label": `${name}, ${clock(at)}` });
  const content = make("div", { class: "content" });
  if (message.is_ephemeral) content.append(make("p", { class: "private", text: "👁 Only visible to you" }));
  content.append(make("p", { class: "by" }, make("strong", { text: name }), isApp ? badge() : null,
    make("time", { datetime: at.toISOString(), title: at.toLocaleString(), text: clock(at) })));
  content.append(...said(message), ...(message.files ?? []).map(file), ...reactions(message));
  if (!inThread && !message.is_ephemeral) content.append(repliesBar(message));
  node.append(avatar(message.user, name), content);
  return node;
}

function clock(at) {
  const today = at.toDateString() === new Date().toDateString();
  const time = { hour: "2-digit", minute: "2-digit" };
  return at.toLocaleString(here.person.locale, today ? time : { day: "numeric", month: "short", ...time });
}

function said(message) {
  const surface = { names, use: (element, choice, button) => click(message, element, choice, button) };
  const nodes = [];
  if (message.blocks?.length) nodes.push(...renderBlocks(message.blocks, surface));
  else if (message.text) nodes.push(make("div", { class: "words" }, ...mrkdwn(message.text, names)));
  for (const attachment of message.attachments ?? []) nodes.push(attached(attachment, surface));
  if (message.edited) nodes.push(make("small", { class: "edited", text: "(edited)" }));
  return nodes;
}

function attached(attachment, surface) {
  const inside = attachment.blocks ? renderBlocks(attachment.blocks, surface) : mrkdwn(attachment.text ?? attachment.fallback ?? "", names);
  return make("div", { class: "attached" }, ...inside);
}

function file(one) {
  return make("figure", { class: "file" },
    make("figcaption", {}, make("a", { href: `/files/${one.id}?person=${here.person.id}`, target: "_blank", rel: "noopener", text: `📄 ${one.title}` })),
    one.preview === undefined ? null : make("pre", { text: one.preview }));
}

function reactions(message) {
  if (!message.reactions?.length) return [];
  const chips = message.reactions.map((one) =>
    make("span", { class: "reaction", title: one.users.map((id) => names(id) ?? id).join(", "), text: `${EMOJI[one.name] ?? `:${one.name}:`} ${one.count}` }));
  return [make("p", { class: "reactions" }, ...chips)];
}

function repliesBar(message) {
  const count = message.reply_count ?? 0;
  const status = currentStatus(here.channel.id, message.ts);
  const button = make("button", { type: "button", class: count ? "replies" : "replies quiet",
    text: count === 0 ? "Reply" : count === 1 ? "1 reply" : `${count} replies` });
  button.addEventListener("click", () => go({ thread: message.ts }));
  return make("p", { class: "replies-bar" }, button, make("span", { class: "busy", "data-root": message.ts, text: status }));
}

function badge() {
  return make("span", { class: "badge", text: "APP" });
}

function avatar(id, name) {
  const isApp = id === workspace.app.id;
  const initials = name.split(" ").map((part) => part[0]).join("").slice(0, 2);
  const node = make("span", { class: isApp ? "avatar app" : "avatar", "aria-hidden": "true", text: isApp ? "╱" : initials });
  node.dataset.hue = workspace.people.findIndex((one) => one.id === id);
  return node;
}

function paintThreadHeader() {
  const title = workspace.titles?.[`${here.channel.id}:${here.thread}`];
  $("thread-title").textContent = title ?? "Thread";
  $("thread-place").textContent = placeName(here.channel);
}

// the assistant's status

function currentStatus(channel, thread) {
  const given = workspace.statuses?.[`${channel}:${thread}`];
  if (!given?.status || given.until * 1000 < Date.now()) return "";
  const loading = given.loading_messages ?? [];
  const words = loading.length ? loading[Math.floor(Date.now() / 3000) % loading.length] : given.status;
  return loading.length || words.startsWith(workspace.app.name) ? words : `${workspace.app.name} ${words}`;
}

function paintStatus() {
  const words = here.thread ? currentStatus(here.channel.id, here.thread) : "";
  if ($("status").textContent !== words) $("status").textContent = words;
  for (const hint of document.querySelectorAll(".busy")) {
    const text = currentStatus(here.channel.id, hint.dataset.root);
    if (hint.textContent !== text) hint.textContent = text;
  }
}

// prompts, home, modals

function paintPrompts() {
  const given = here.channel.direct && here.tab === "messages" ? workspace.prompts?.[here.channel.id] : null;
  $("prompts").hidden = !given;
  if (!given) return;
  $("prompts").replaceChildren(
    given.title ? make("p", { text: given.title }) : "",
    ...given.prompts.map((prompt) => {
      const button = make("button", { type: "button", text: prompt.title, title: prompt.message });
      button.addEventListener("click", () => say(prompt.message, null));
      return button;
    }),
  );
}

function paintHome() {
  const isHome = here.tab === "home";
  $("home").hidden = !isHome;
  $("list").hidden = $("compose").hidden = isHome;
  if (!isHome) return;
  const surface = { names, use: (element, choice, button) => act({ view_id: workspace.home.id }, element, choice, button) };
  const nodes = workspace.home ? renderBlocks(workspace.home.blocks, surface) : [make("p", { class: "empty", text: "Baton has published nothing here." })];
  $("home").replaceChildren(...nodes);
}

function showModal(view) {
  const dialog = $("modal");
  if (!view) return dialog.open && dialog.close();
  const shows = `${view.id}:${view.hash}`;
  if (dialog.open && dialog.dataset.shows === shows) return;
  const form = make("form", { method: "dialog", novalidate: true });
  const surface = { names, use: (element, choice, button) => act({ view_id: view.id }, element, choice, button) };
  const cancel = make("button", { type: "button", text: view.close?.text ?? "Cancel" });
  const submit = view.submit && make("button", { type: "submit", class: "primary", text: view.submit.text });
  form.append(make("h2", { id: "modal-title", text: view.title.text }),
    make("div", { class: "view", tabindex: "-1" }, ...renderBlocks(view.blocks, surface)),
    make("p", { class: "error", role: "alert" }), make("p", { class: "buttons" }, cancel, submit));
  const dismiss = () => send("dismiss", { view_id: view.id });
  cancel.addEventListener("click", () => dialog.close() ?? dismiss());
  dialog.oncancel = dismiss;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitModal(view, form, submit);
  });
  dialog.setAttribute("aria-labelledby", "modal-title");
  if (dialog.dataset.shows?.startsWith(`${view.id}:`)) keepTyped(dialog, form);
  dialog.dataset.shows = shows;
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  (form.querySelector("[data-block-id]:not(fieldset)") ?? form.querySelector(".view")).focus();
}

async function submitModal(view, form, button) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await send("submit", { view_id: view.id, values: inputValues(form) });
  button.removeAttribute("aria-busy");
  for (const error of form.querySelectorAll(".error")) {
    const block = error.closest(".block");
    error.textContent = block ? answer.errors?.[block.dataset.block] ?? "" : answer.notice ?? answer.error ?? "";
    block?.querySelector("[data-block-id]").setAttribute("aria-invalid", String(Boolean(error.textContent)));
  }
  form.querySelector("[aria-invalid=true]")?.focus();
}

function confirmed(confirm) {
  const dialog = $("confirm");
  const deny = make("button", { type: "submit", value: "no", text: confirm.deny.text });
  const agree = make("button", { type: "submit", value: "yes", class: confirm.style ?? "primary", text: confirm.confirm.text });
  const words = confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, names) : [confirm.text.text];
  dialog.replaceChildren(make("form", { method: "dialog" }, make("h2", { id: "confirm-title", text: confirm.title.text }),
    make("div", { class: "words" }, ...words), make("p", { class: "buttons" }, deny, agree)));
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => (dialog.onclose = () => resolve(dialog.returnValue === "yes")));
}

// doing

function click(message, element, choice, button) {
  return act({ channel: here.channel.id, ts: message.ts }, element, choice, button);
}

async function act(where, element, choice, button) {
  if (element.confirm && !(await confirmed(element.confirm))) return;
  button.setAttribute("aria-busy", "true");
  const chosen = element.type === "feedback_buttons" || element.options ? { selected: choice } : { value: element.value };
  const answer = await send("click", { ...where, action_id: element.action_id, ...chosen });
  button.removeAttribute("aria-busy");
  const holder = button.closest("article, dialog, #home");
  holder?.querySelector(".notice")?.remove();
  if (answer.notice ?? answer.error) {
    (button.closest(".block") ?? button).after(make("p", { class: "notice", role: "alert", text: answer.notice ?? answer.error }));
  }
}

/** A line that begins with `/` is a command, as in Slack; its answer comes as a message. */
async function write(line, thread) {
  if (!line.startsWith("/")) return say(line.trim(), thread);
  const answer = await send("command", { channel: here.channel.id, text: line.trim(), thread_ts: thread });
  if (answer.error) showLink(answer.error);
}

async function say(text, thread) {
  const { ts } = await send("say", { channel: here.channel.id, text, thread_ts: thread });
  const asksApp = here.channel.direct || /@baton\b/i.test(text);
  if (thread || !asksApp || !ts) return;
  await go({ thread: ts });
  $("thread-compose").querySelector("textarea").focus();
}

function composer(form, thread) {
  const area = form.querySelector("textarea");
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 200)}px`;
  };
  area.addEventListener("input", fit);
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = area.value;
    if (!line.trim()) return;
    area.value = "";
    fit();
    write(line, thread());
  });
}

async function start() {
  composer($("compose"), () => null);
  composer($("thread-compose"), () => here.thread);
  $("close-thread").addEventListener("click", () => go({ tab: here.tab }));
  $("menu").addEventListener("click", () => document.body.classList.toggle("menu-open"));
  $("tab-messages").addEventListener("click", () => go({}));
  $("tab-home").addEventListener("click", () => go({ tab: "home" }));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && here.thread && !document.querySelector("dialog[open]")) go({ tab: here.tab });
  });
  Object.assign(workspace, await read("state"));
  $("team").textContent = workspace.team;
  addEventListener("popstate", fromAddress);
  fromAddress();
  setInterval(paintStatus, 1000);
}

start();
