// The agent's session in a thread: its title, what it does right now, Stop, and that it waits for a decision.

import { toast } from "./announce.js";
import { $ } from "./dom.js";
import { send } from "./wire.js";
import { here, placeName, workspace } from "./workspace.js";

const WAITS = "Waiting for a decision";
const placeOf = (thread) => `${here.channel.id}:${thread}`;
const sessionOf = (thread) => workspace.sessions[placeOf(thread)] ?? {};

/** What the app says that it is doing there; empty when it says nothing. */
function statusWords(thread) {
  const given = workspace.statuses[placeOf(thread)];
  const isOver = !given?.status || given.until * 1000 < Date.now();
  if (isOver || sessionOf(thread).status === "suspended") return "";
  const loading = given.loading_messages ?? [];
  const words = loading.length ? loading[Math.floor(Date.now() / 3000) % loading.length] : given.status;
  return loading.length || words.startsWith(workspace.app.name) ? words : `${workspace.app.name} ${words}`;
}

/** For the line under a message: what goes on in its thread, in words and as a kind. */
export function sessionWords(thread) {
  const words = statusWords(thread);
  if (words) return { words, kind: "processing" };
  const { status } = sessionOf(thread);
  if (status === "suspended") return { words: WAITS, kind: "suspended" };
  return status === "processing" ? { words: `${workspace.app.name} is working…`, kind: "processing" } : { words: "", kind: "active" };
}

export function paintThreadHeader() {
  $("thread-title").textContent = workspace.titles[placeOf(here.thread)] ?? sessionOf(here.thread).title ?? "Thread";
  $("thread-place").textContent = placeName(here.channel);
}

export function paintStatus() {
  say($("status"), here.thread ? statusWords(here.thread) : "");
  const waits = here.thread && sessionOf(here.thread).status === "suspended";
  say($("session-state"), waits ? WAITS : "");
  const works = Boolean(here.thread) && sessionOf(here.thread).status === "processing";
  if (!works) $("stop").removeAttribute("aria-busy");
  if ($("stop").hidden === works) moveFocusFromStop();
  $("stop").hidden = !works;
  for (const hint of document.querySelectorAll(".busy")) {
    const { words, kind } = sessionWords(hint.dataset.root);
    say(hint, words);
    hint.dataset.kind = kind;
  }
}

function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

/** The button goes away when the work ends; who had pressed it goes on in the composer. */
function moveFocusFromStop() {
  if (document.activeElement === $("stop")) $("thread-compose").querySelector("textarea").focus();
}

export function startSession() {
  $("stop").addEventListener("click", async () => {
    if ($("stop").hasAttribute("aria-busy")) return;
    $("stop").setAttribute("aria-busy", "true");
    const answer = await send("stop", { channel: here.channel.id, thread_ts: here.thread });
    if (!answer.error) return;
    $("stop").removeAttribute("aria-busy");
    toast(answer.error);
  });
  setInterval(paintStatus, 1000);
}
