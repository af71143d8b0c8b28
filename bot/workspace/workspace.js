// What the page knows: the workspace as the server told it, whose page it is and what it shows.

/** `GET /local/state` of the person; what is theirs alone comes later than the first changes may. */
export const workspace = { people: [], channels: [], groups: [], commands: [], shortcuts: [],
  statuses: {}, sessions: {}, titles: {}, prompts: {}, latest: {} };

export const here = { person: null, channel: null, thread: null, tab: "messages" };

/** channel → ts → { root, message } */
export const messages = new Map();

export function keep(channel, root, message) {
  if (!messages.has(channel)) messages.set(channel, new Map());
  messages.get(channel).set(message.ts, { root, message });
}

/** The messages of the channel on screen, oldest first. */
export function shownMessages() {
  return [...(messages.get(here.channel.id)?.values() ?? [])].sort((a, b) => (a.message.ts < b.message.ts ? -1 : 1));
}

export const personOf = (id) => workspace.people.find((one) => one.id === id);

/** What people call a person, a group, a channel or the app; undefined when nobody knows the id. */
export function names(id) {
  if (id === workspace.app.id) return `@${workspace.app.name}`;
  const person = personOf(id);
  const group = workspace.groups.find((one) => one.id === id);
  const channel = workspace.channels.find((one) => one.id === id);
  return person ? `@${person.name}` : group ? `@${group.handle}` : channel ? `#${channel.name}` : undefined;
}

export function authorName(message) {
  return message.bot_id ? workspace.app.name : personOf(message.user)?.name ?? "Slackbot";
}

export function channelsOf(person) {
  return workspace.channels.filter((channel) => channel.members.includes(person.id));
}

export function placeName(channel) {
  return channel.direct ? workspace.app.name : `${channel.private ? "" : "#"}${channel.name}`;
}

/** The people of the channel on screen who are not of this company. */
export function outsiders() {
  return here.channel.members.map(personOf).filter((person) => person?.external);
}

// what was read

const seenKey = (channel) => `seen:${here.person.id}:${channel}`;

export const seenUntil = (channel) => localStorage.getItem(seenKey(channel)) ?? "";

/** Whoever is in the channel has seen all of it, replies in threads that are not open too. */
export function markRead() {
  const newest = shownMessages().at(-1)?.message.ts ?? "";
  const latest = workspace.latest[here.channel.id] ?? "";
  if (newest || latest) localStorage.setItem(seenKey(here.channel.id), newest > latest ? newest : latest);
}

export function isUnread(channel) {
  const latest = workspace.latest[channel.id];
  return channel.id !== here.channel.id && Boolean(latest) && latest > seenUntil(channel.id);
}
