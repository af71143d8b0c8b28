// Where the page is: going to a person, channel, thread or tab, and the address of it.

import { $ } from "./dom.js";
import { read, send } from "./wire.js";
import { channelsOf, here, keep, messages, seenUntil, shownMessages, workspace } from "./workspace.js";

let changes = 0;
const told = { arrived: () => {}, personChanged: () => {} };

/** `arrived` is called when what is on screen was read anew, `personChanged` before another person's page is read. */
export function onArrival(listeners) {
  Object.assign(told, listeners);
}

/** Tells that something arrived while a reading may be under way. */
export function countChange() {
  changes += 1;
}

/** The address of what is on screen. */
export function place(thread = here.thread) {
  return `#${new URLSearchParams({ person: here.person.id, channel: here.channel.id, ...(thread ? { thread } : {}) })}`;
}

/** Reads everything that is on screen anew: when the person or the place changes, and after a lost connection. */
export async function refresh() {
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
  markFirstUnread();
  told.arrived();
}

/** Remembers the first message that the person had not seen when they came here. */
function markFirstUnread() {
  if (here.unreadFrom === null) return;
  const isNew = ({ root, message }) => root === message.ts && message.ts > here.unreadFrom && message.user !== here.person.id;
  here.firstUnread = here.unreadFrom ? shownMessages().find(isNew)?.message.ts : undefined;
  here.unreadFrom = null;
}

export function go({ person = here.person, channel = here.channel?.id, thread = null, tab = "messages" }) {
  const before = { ...here };
  const visible = channelsOf(person);
  const wanted = visible.find((one) => one.id === channel) ?? visible.find((one) => one.direct) ?? visible[0];
  Object.assign(here, { person, channel: wanted, thread: wanted.id === channel ? thread : null, tab });
  if (location.hash !== place()) history[before.person ? "pushState" : "replaceState"](null, "", place());
  markSide(false);
  const personChanged = person.id !== before.person?.id;
  if (personChanged || wanted.id !== before.channel?.id) here.unreadFrom = seenUntil(wanted.id);
  if (wanted.direct && (wanted.id !== before.channel?.id || tab !== before.tab)) send("open", { tab });
  if (!personChanged) return refresh();
  localStorage.setItem("person", person.id);
  document.body.dataset.locale = person.locale;
  messages.clear();
  return told.personChanged();
}

/** On a phone the column at the side opens over the messages. */
export function markSide(open) {
  document.body.classList.toggle("menu-open", open);
  $("menu").setAttribute("aria-expanded", String(open));
}

export function closeThread() {
  const root = here.thread;
  go({ tab: here.tab });
  const opener = $("list").querySelector(`article[data-ts="${root}"]`);
  if (opener?.offsetParent) opener.focus({ preventScroll: true });
}

export function fromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const id = wanted.get("person") ?? here.person?.id ?? localStorage.getItem("person");
  const person = workspace.people.find((one) => one.id === id) ?? workspace.people[0];
  go({ person, channel: wanted.get("channel") ?? person.dm, thread: wanted.get("thread") });
}
