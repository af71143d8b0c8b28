// The inspector: the raw events and Web API calls behind a message, and the latest of the whole workspace.

import { precisely } from "./dates.js";
import { $, icon, make } from "./dom.js";
import { json } from "./json.js";
import { copy } from "./menu.js";
import { read } from "./wire.js";
import { authorName, here } from "./workspace.js";

const TABS = { message: "This message", calls: "All calls", events: "All events" };
const shows = { tab: "calls", message: null, channel: null, opener: null };

/** Opens the drawer for a message; without one, for the whole workspace. */
export function inspect(message = null) {
  const drawer = $("inspector");
  if (drawer.hidden) shows.opener = document.activeElement;
  Object.assign(shows, { message, channel: here.channel.id, tab: message ? "message" : "calls" });
  drawer.hidden = false;
  document.body.classList.add("inspecting");
  $("inspect-filter").value = "";
  load();
  $("inspector-title").focus();
}

export function closeInspector() {
  $("inspector").hidden = true;
  document.body.classList.remove("inspecting");
  if (shows.opener?.isConnected) shows.opener.focus();
}

export const isInspecting = () => !$("inspector").hidden;

async function load() {
  paintTabs();
  const asked = `${shows.tab}:${shows.message?.ts}`;
  const entries = await LISTS[shows.tab]();
  if (asked !== `${shows.tab}:${shows.message?.ts}`) return;
  const list = $("inspected");
  list.replaceChildren(...entries.map(entry));
  $("inspect-empty").hidden = entries.length > 0;
  filter();
}

const LISTS = {
  async message() {
    const query = { person: here.person.id, channel: shows.channel, ts: shows.message.ts };
    const { events = [], calls = [] } = await read("inspect", query);
    return [...events.map(eventEntry), ...calls.map(callEntry)].sort((a, b) => a.at - b.at);
  },
  async calls() {
    const { calls } = await read("calls");
    return calls.map(callEntry).reverse();
  },
  async events() {
    const { events } = await read("events");
    return events.map(eventEntry);
  },
};

function callEntry(call) {
  const error = call.answer?.ok === false ? call.answer.error : null;
  return { at: call.at, way: "call", name: call.method, about: gist(call.args), fate: error ?? "ok", isWrong: Boolean(error), parts: { Arguments: call.args, Answer: call.answer } };
}

function eventEntry(event) {
  const { payload } = event;
  const inner = payload.event ?? payload;
  const again = event.sends > 1 ? `, sent ${event.sends} times` : "";
  return { at: event.at ?? Number(inner.event_ts ?? payload.event_time), way: "event", name: [inner.type, inner.subtype].filter(Boolean).join(" · "), about: gist(inner),
    fate: event.state ? `${event.state}${again}` : "", isWrong: event.state === "given up", parts: { Event: payload } };
}

/** A few words by which one call or event is told from the next. */
function gist(given) {
  const words = given.text ?? given.status ?? given.name ?? given.reaction ?? given.actions?.[0]?.action_id ?? "";
  return String(words).replace(/\s+/g, " ").slice(0, 80);
}

function entry({ at, way, name, about, fate, isWrong, parts }) {
  const details = make("details", { class: `inspected ${way}` },
    make("summary", {}, make("span", { class: "way", title: way === "call" ? "Baton called the Web API" : "The workspace sent an event", text: way === "call" ? "→" : "←" }),
      make("strong", { text: name }), make("small", { text: about }), make("span", { class: isWrong ? "fate wrong" : "fate", text: fate }), make("time", { text: precisely(at) })));
  // Painted when it is opened and read when it is looked for: a thousand calls are a lot of JSON.
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(...Object.entries(parts).map(([label, value]) => part(label, value, name)));
  });
  const item = make("li", {}, details);
  item.words = () => `${name} ${fate} ${JSON.stringify(parts)}`.toLowerCase();
  return item;
}

function part(label, value, name) {
  const text = JSON.stringify(value, null, 2);
  return make("section", {}, make("header", {}, make("h3", { text: label }),
    make("button", { type: "button", class: "tool", "aria-label": `Copy ${label.toLowerCase()} of ${name}`, title: "Copy", onclick: () => copy(text, `${label} copied`) }, icon("copy"))),
    make("pre", { tabindex: "0", "aria-label": label }, ...json(text)));
}

function paintTabs() {
  const tabs = Object.entries(TABS).filter(([tab]) => tab !== "message" || shows.message).map(([tab, words]) =>
    make("button", { type: "button", text: words, "aria-pressed": String(tab === shows.tab), onclick: () => {
      shows.tab = tab;
      load();
      [...$("inspect-tabs").children].find((one) => one.textContent === words).focus();
    } }));
  $("inspect-tabs").replaceChildren(...tabs);
  const about = shows.tab === "message" ? `${authorName(shows.message)} · ${precisely(Number(shows.message.ts))}` : "The whole workspace, the latest first";
  $("inspect-about").textContent = about;
}

function filter() {
  const wanted = $("inspect-filter").value.trim().toLowerCase();
  for (const one of $("inspected").children) one.hidden = wanted !== "" && !one.words().includes(wanted);
}

export function startInspector() {
  $("open-inspector").addEventListener("click", () => inspect());
  $("close-inspector").addEventListener("click", closeInspector);
  $("inspect-again").addEventListener("click", load);
  $("inspect-filter").addEventListener("input", filter);
}
