// How people, the app and channels are shown: the column at the side, pictures, marks.

import { $, icon, make, morph } from "./dom.js";
import { go } from "./place.js";
import { channelsOf, here, isUnread, outsiders, personOf, placeName, workspace } from "./workspace.js";

export function avatar(id, name) {
  const isApp = id === workspace.app.id;
  const initials = name.split(" ").map((part) => part[0]).join("").slice(0, 2);
  const node = make("span", { class: isApp ? "avatar app" : "avatar", "aria-hidden": "true", text: isApp ? "╱" : initials });
  node.dataset.hue = workspace.people.findIndex((one) => one.id === id) % 7;
  return node;
}

/** The marks that Slack puts after a name: app, another company, guest. */
export function marks(id) {
  if (id === workspace.app.id) return [make("span", { class: "badge", text: "APP" })];
  const person = personOf(id);
  if (person?.external) return [make("span", { class: "badge outside", title: "From another company", text: "EXTERNAL" })];
  return person?.guest ? [make("span", { class: "badge outside", title: "Sees only the channels they were invited to", text: "GUEST" })] : [];
}

export function paintSide() {
  $("you-are").replaceChildren("You are: ", make("strong", { text: here.person.name }), ` – ${here.person.title}`);
  $("menu").replaceChildren(icon("menu"), avatar(here.person.id, here.person.name));
  fill($("people"), workspace.people.map(personItem));
  paintChannels();
}

export function paintChannels() {
  const visible = channelsOf(here.person);
  fill($("channels"), visible.filter((one) => !one.direct).map(channelItem));
  fill($("direct"), visible.filter((one) => one.direct).map(channelItem));
}

function fill(list, items) {
  morph(list, make("ul", { id: list.id }, ...items));
}

function personItem(person) {
  const [mark] = marks(person.id);
  const label = mark ? `${person.name}, ${mark.textContent.toLowerCase()}` : person.name;
  return make("li", { "data-key": person.id }, make("button", { type: "button", "data-testid": `person-${person.id}`, "aria-label": label,
    "aria-pressed": String(person.id === here.person.id), onclick: () => go({ person, thread: here.thread }) },
    avatar(person.id, person.name),
    make("span", { class: "who" }, make("strong", { text: person.name }), mark && " ", mark, make("small", { text: person.title }))));
}

/** `#`, or a lock before a private channel. */
export function channelSign(channel) {
  return make("span", { class: "sign", "aria-hidden": "true" }, channel.private ? icon("lock") : "#");
}

function channelItem(channel) {
  const unread = isUnread(channel);
  const name = channel.direct ? workspace.app.name : channel.name;
  const sign = channel.direct ? avatar(workspace.app.id, name) : channelSign(channel);
  return make("li", { "data-key": channel.id }, make("button", { type: "button", "data-testid": `channel-${channel.id}`, class: unread ? "unread" : null,
    "aria-label": unread ? `${name}, unread` : name, "aria-current": channel.id === here.channel.id ? "page" : null, onclick: () => go({ channel: channel.id }) },
    sign, make("span", { class: "name", text: name }), ...(channel.direct ? marks(workspace.app.id) : []), unread && make("span", { class: "dot" })));
}

export function paintHeader() {
  document.title = `${placeName(here.channel)} · ${workspace.team}`;
  $("place").replaceChildren(...(here.channel.private ? [icon("lock"), " "] : []), placeName(here.channel));
  if (here.channel.direct) $("place").append(" ", ...marks(workspace.app.id));
  const shared = outsiders().length ? " · shared with another company" : "";
  $("topic").textContent = here.channel.direct ? "Only you and the app" : `${here.channel.topic} · ${here.channel.members.length} people${shared}`;
  $("tabs").hidden = !here.channel.direct;
  $("tab-messages").setAttribute("aria-pressed", String(here.tab === "messages"));
  $("tab-home").setAttribute("aria-pressed", String(here.tab === "home"));
  const area = $("compose").querySelector("textarea");
  area.placeholder = here.channel.direct ? "Message Baton" : `Ask @Baton in #${here.channel.name}`;
}
