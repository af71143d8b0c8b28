// The page: one person's view of the workspace. It starts the parts and repaints what changed.

import { announceMessage } from "./announce.js";
import { showDrafts, startComposers } from "./composer.js";
import { $, icon } from "./dom.js";
import { paintHome, paintPrompts } from "./home.js";
import { closeInspector, isInspecting, startInspector } from "./inspector.js";
import { nodeOf, paintLists, startLists } from "./lists.js";
import { startMenu } from "./menu.js";
import { showModal } from "./modal.js";
import { paintChannels, paintHeader, paintSide } from "./people.js";
import { closeThread, countChange, fromAddress, go, markSide, onArrival, refresh } from "./place.js";
import { paintStatus, paintThreadHeader, startSession } from "./session.js";
import { listen, read } from "./wire.js";
import { here, keep, markRead, messages, workspace } from "./workspace.js";

function paint() {
  document.body.classList.remove("loading");
  markRead();
  paintSide();
  paintHeader();
  paintLists();
  paintThreadHeader();
  paintStatus();
  paintPrompts();
  paintHome();
  showDrafts();
  showModal(workspace.modal);
  showLink(workspace.connected ? "" : "Baton is not connected yet.");
}

function showLink(text) {
  $("link").textContent = text;
}

const threadOf = (change) => `${change.channel}:${change.thread_ts}`;
const TAKES = {
  message: takeMessage,
  deleted({ channel, ts }) {
    messages.get(channel)?.delete(ts);
    if (channel === here.channel.id) paintLists();
  },
  status(change) {
    workspace.statuses[threadOf(change)] = change;
    paintStatus();
  },
  session(change) {
    workspace.sessions[threadOf(change)] = change;
    paintThreadHeader();
    paintStatus();
  },
  title(change) {
    workspace.titles[threadOf(change)] = change.title;
    paintThreadHeader();
  },
  prompts(change) {
    workspace.prompts[change.channel] = change;
    paintPrompts();
  },
  home({ view }) {
    workspace.home = view;
    paintHome();
  },
  modal: ({ view }) => showModal(view),
  link: ({ connected }) => showLink(connected ? "" : "Baton is not connected."),
};

/** One change from the server. */
function take(change) {
  countChange();
  TAKES[change.type]?.(change);
}

function takeMessage({ channel, root, message }) {
  const before = messages.get(channel)?.get(message.ts)?.message;
  keep(channel, root, message);
  if (channel === here.channel.id) {
    paintLists();
    paintStatus();
    markRead();
    const node = nodeOf(message);
    const isNews = !before || before.streaming_state !== message.streaming_state;
    if (node && isNews && message.user !== here.person.id) announceMessage(message, node);
  } else if (message.user !== here.person.id && message.ts > (workspace.latest[channel] ?? "")) {
    workspace.latest[channel] = message.ts;
    paintChannels();
  }
}

function hear() {
  $("modal").close();
  listen({ onOpen: refresh, onChange: take, onLost: () => showLink("The workspace does not answer: trying again…") });
}

/** Escape closes the nearest thing that is open; dialogs and menus answer it themselves. */
function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("menu-open")) showSide(false);
  else if (isInspecting()) closeInspector();
  else if (here.thread) closeThread();
}

function showSide(open) {
  markSide(open);
  if (open) $("people").querySelector("[aria-pressed=true]")?.focus();
  else $("menu").focus();
}

async function start() {
  for (const button of document.querySelectorAll("[data-icon]")) button.prepend(icon(button.dataset.icon));
  startComposers();
  startMenu();
  startSession();
  startInspector();
  startLists();
  onArrival({ arrived: paint, personChanged: hear });
  $("close-thread").addEventListener("click", closeThread);
  $("menu").addEventListener("click", () => showSide(!document.body.classList.contains("menu-open")));
  $("shade").addEventListener("click", () => showSide(false));
  $("tab-messages").addEventListener("click", () => go({}));
  $("tab-home").addEventListener("click", () => go({ tab: "home" }));
  addEventListener("keydown", escape);
  Object.assign(workspace, await read("state"));
  $("team").textContent = workspace.team;
  addEventListener("popstate", fromAddress);
  fromAddress();
}

start();
