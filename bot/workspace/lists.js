// The two lists of messages, the channel's and the thread's: painted in place, walked with the arrow keys.

import { $, make, morph } from "./dom.js";
import { article } from "./message.js";
import { here, shownMessages } from "./workspace.js";

const NEAR = 60; // pixels: who is this close to the end follows what comes

export function paintLists() {
  const all = shownMessages();
  paintList($("list"), all.filter(({ root, message }) => root === message.ts), false);
  paintList($("thread-list"), here.thread ? all.filter(({ root }) => root === here.thread) : [], true);
  $("thread").hidden = !here.thread;
  document.body.classList.toggle("thread-open", Boolean(here.thread));
}

/** The message as it is shown: in its open thread, else in the channel. */
export function nodeOf(message) {
  return document.querySelector(`#thread-list article[data-ts="${message.ts}"]`) ?? document.querySelector(`#list article[data-ts="${message.ts}"]`);
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
const latestOf = (list) => list.parentElement.querySelector(".latest");

/** Repaints only the messages that differ, in place, so that neither scroll nor focus jumps. */
function paintList(list, entries, inThread) {
  const follows = isAtEnd(list);
  const shows = `${here.person.id}:${here.channel.id}:${inThread ? here.thread : ""}`;
  const wasHere = list.dataset.shows === shows;
  if (!wasHere) list.replaceChildren();
  list.dataset.shows = shows;
  const shown = new Map([...list.querySelectorAll("article")].map((node) => [node.dataset.ts, node]));
  let previous = null;
  for (const { message } of entries) {
    const node = paintMessage(list, shown.get(message.ts), previous, message, inThread);
    node.classList.toggle("first-unread", !inThread && message.ts === here.firstUnread);
    shown.delete(message.ts);
    previous = node;
  }
  for (const gone of shown.values()) gone.remove();
  paintEmpty(list, entries.length === 0, inThread);
  if (follows || !wasHere) list.scrollTop = list.scrollHeight;
  latestOf(list).hidden = isAtEnd(list) || (latestOf(list).hidden && list.newest === newestOf(entries));
  list.newest = newestOf(entries);
}

const newestOf = (entries) => JSON.stringify(entries.at(-1)?.message ?? null);

function paintMessage(list, node, previous, message, inThread) {
  const source = JSON.stringify(message);
  if (node?.source === source) return node;
  const fresh = article(message, inThread);
  if (!node) {
    if (previous) previous.after(fresh);
    else list.prepend(fresh);
  }
  const painted = node ? morph(node, fresh) : fresh;
  painted.source = source;
  return painted;
}

/** Forgets how a message was painted, for what its text does not tell: that it is being edited. */
export function repaint(ts) {
  for (const node of document.querySelectorAll(`article[data-ts="${ts}"]`)) node.source = undefined;
  paintLists();
}

function paintEmpty(list, isEmpty, inThread) {
  list.querySelector(".empty")?.remove();
  if (!isEmpty || inThread) return;
  const words = here.channel.direct ? "Ask Baton something, in French or English." : "Nothing here yet. Write @Baton to ask something.";
  list.append(make("p", { class: "empty", text: words }));
}

export function startLists() {
  for (const list of [$("list"), $("thread-list")]) {
    walkWithArrows(list);
    const latest = latestOf(list);
    list.addEventListener("scroll", () => (latest.hidden ||= isAtEnd(list)));
    latest.addEventListener("click", () => {
      list.scrollTop = list.scrollHeight;
      list.focus({ preventScroll: true });
    });
  }
}

/** Up and down walk from message to message; the focused one shows what can be done with it. */
function walkWithArrows(list) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const isOnMessage = event.target === list || event.target.matches("article");
    if (!step || !isOnMessage) return;
    const all = [...list.querySelectorAll("article")];
    const at = all.indexOf(event.target);
    const next = at === -1 ? all.at(-1) : all[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });
}
