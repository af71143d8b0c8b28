// What a person can do with a message: the small bar at its corner, its menu, quick reactions.

import { toast } from "./announce.js";
import { $, icon, make } from "./dom.js";
import { beginEdit, remove } from "./edit.js";
import { EMOJI, QUICK } from "./emoji.js";
import { inspect } from "./inspector.js";
import { go } from "./place.js";
import { send } from "./wire.js";
import { here, workspace } from "./workspace.js";

export function toolbar(message, inThread) {
  const tool = (name, label, onclick) => make("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick,
    "aria-haspopup": name === "reply" ? null : "menu", "data-key": name }, icon(name));
  const isGone = message.subtype === "tombstone";
  const canReply = !inThread && !message.is_ephemeral;
  return make("div", { class: "toolbar", role: "group", "aria-label": "Message" },
    !message.is_ephemeral && !isGone && tool("react", "Add reaction", (event) => openReactions(event.currentTarget, message)),
    canReply && tool("reply", "Reply in thread", () => go({ thread: message.ts })),
    tool("more", "More actions", (event) => openMenu(event.currentTarget, itemsOf(message, inThread))));
}

function itemsOf(message, inThread) {
  const isMine = message.user === here.person.id && !message.is_ephemeral && message.subtype !== "tombstone";
  const root = message.thread_ts ?? message.ts;
  const shortcuts = message.is_ephemeral || here.person.external ? [] : workspace.shortcuts.filter((one) => one.type === "message");
  return [
    !inThread && !message.is_ephemeral && { words: "Reply in thread", sign: "reply", run: () => go({ thread: message.ts }) },
    ...shortcuts.map((one) => ({ words: one.name, sign: "bolt", run: () => useShortcut(one, message) })),
    !message.is_ephemeral && { words: "Copy link", sign: "link", run: () => copy(`${location.origin}/#channel=${here.channel.id}&thread=${root}`, "Link copied") },
    isMine && { words: "Edit message", sign: "edit", run: () => beginEdit(message, inThread) },
    isMine && { words: "Delete message", sign: "trash", kind: "danger", run: () => remove(message) },
    { words: "Inspect events and calls", sign: "code", run: () => inspect(message) },
  ].filter(Boolean);
}

async function useShortcut(shortcut, message) {
  const answer = await send("shortcut", { callback_id: shortcut.callback_id, channel: here.channel.id, ts: message.ts });
  if (answer.notice ?? answer.error) toast(answer.notice ?? answer.error);
}

export async function copy(words, done) {
  try {
    await navigator.clipboard.writeText(words);
    toast(done);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    toast("The browser does not let this page copy.");
  }
}

// the menu itself

let opener = null;

function openReactions(button, message) {
  const react = (name) => send("react", { channel: here.channel.id, ts: message.ts, name, add: true }).then((answer) => answer.error && toast(answer.error));
  open(button, "Reactions", "quick", QUICK.map((name) => entry({ words: name.replaceAll("_", " "), emoji: EMOJI[name], run: () => react(name) })));
}

function openMenu(button, items) {
  open(button, "Message actions", "", items.map(entry));
}

function entry({ words, sign, emoji, kind, run }) {
  const choose = () => {
    close();
    run();
  };
  const shown = emoji ? [make("span", { "aria-hidden": "true", text: emoji })] : [icon(sign), words];
  return make("button", { type: "button", role: "menuitem", tabindex: "-1", class: kind, "aria-label": words, title: emoji ? words : null, onclick: choose }, ...shown);
}

function open(button, label, kind, entries) {
  const menu = $("message-menu");
  opener = button;
  button.setAttribute("aria-expanded", "true");
  button.closest("article")?.classList.add("menu-opened");
  menu.className = kind;
  menu.setAttribute("aria-label", label);
  menu.replaceChildren(...entries);
  menu.hidden = false;
  const at = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  const below = at.bottom + 4;
  menu.style.top = `${below + menu.offsetHeight < innerHeight - 8 ? below : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
  entries[0].focus();
}

function close() {
  $("message-menu").hidden = true;
  opener?.removeAttribute("aria-expanded");
  document.querySelector(".menu-opened")?.classList.remove("menu-opened");
  const back = opener;
  opener = null;
  back?.focus();
}

export function startMenu() {
  const menu = $("message-menu");
  menu.addEventListener("keydown", (event) => {
    const all = [...menu.children];
    const at = all.indexOf(document.activeElement);
    const places = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key in places) {
      event.preventDefault();
      all.at(places[event.key] % all.length).focus();
    }
  });
  addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !opener?.contains(event.target)) close();
  });
  addEventListener("keydown", (event) => {
    const isMenuKey = event.key === "ContextMenu" || (event.shiftKey && event.key === "F10") || event.key === "Enter";
    if (!isMenuKey || !event.target.matches("article")) return;
    event.preventDefault();
    event.target.querySelector(".toolbar [data-key=more]").click();
  });
}
