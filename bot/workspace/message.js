// One message: who, when, what they said, what hangs on it.

import { surfaceOf } from "./actions.js";
import { renderBlocks } from "./blocks.js";
import { clock } from "./dates.js";
import { icon, make } from "./dom.js";
import { editForm, isEdited } from "./edit.js";
import { withEmoji } from "./emoji.js";
import { fileCard } from "./files.js";
import { toolbar } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, marks } from "./people.js";
import { go } from "./place.js";
import { sessionWords } from "./session.js";
import { send } from "./wire.js";
import { authorName, here, names } from "./workspace.js";

export function article(message, inThread) {
  const name = authorName(message);
  const at = new Date(Number(message.ts) * 1000);
  const grows = message.streaming_state === "in_progress";
  const node = make("article", { "data-testid": message.is_ephemeral ? "ephemeral" : "message", "data-ts": message.ts, "data-key": message.ts,
    class: message.is_ephemeral ? "ephemeral" : null, "aria-label": `${name}, ${clock(at)}`, tabindex: "-1", "aria-busy": grows ? "true" : null });
  const content = make("div", { class: "content" });
  if (message.is_ephemeral) content.append(make("p", { class: "private" }, icon("eye"), " Only visible to you"));
  content.append(make("p", { class: "by" }, make("strong", { text: name }), ...marks(message.user),
    make("time", { datetime: at.toISOString(), title: at.toLocaleString(), text: clock(at) })));
  content.append(...body(message, inThread));
  if (!inThread && !message.is_ephemeral) content.append(repliesBar(message));
  node.append(avatar(message.user, name), content, toolbar(message, inThread));
  return node;
}

function body(message, inThread) {
  if (message.subtype === "tombstone") return [make("p", { class: "gone", text: "This message was deleted." })];
  if (isEdited(message, inThread)) return [editForm(message)];
  return [make("div", { class: "said" }, ...said(message)), ...(message.files ?? []).map(fileCard), ...streamState(message), ...reactions(message)];
}

function said(message) {
  const surface = surfaceOf({ channel: here.channel.id, ts: message.ts });
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

function streamState({ streaming_state: state }) {
  if (state === "in_progress") return [make("p", { class: "writing", "aria-hidden": "true" }, make("i"), make("i"), make("i"))];
  return state === "errored" ? [make("p", { class: "broken", text: "The answer broke off here." })] : [];
}

function reactions(message) {
  if (!message.reactions?.length) return [];
  return [make("p", { class: "reactions" }, ...message.reactions.map((one) => reaction(message, one)))];
}

function reaction(message, { name, users, count }) {
  const isMine = users.includes(here.person.id);
  const who = users.map((id) => (names(id) ?? id).replace("@", "")).join(", ");
  return make("button", { type: "button", class: "reaction", "data-key": name, "aria-pressed": String(isMine), title: who,
    "aria-label": `${name.replaceAll("_", " ")}, ${count}: ${who}`,
    onclick: () => send("react", { channel: here.channel.id, ts: message.ts, name, add: !isMine }) },
    withEmoji(`:${name}: ${count}`));
}

function repliesBar(message) {
  const count = message.reply_count ?? 0;
  const button = make("button", { type: "button", class: count ? "replies" : "replies quiet",
    text: count === 0 ? "Reply" : count === 1 ? "1 reply" : `${count} replies`, onclick: () => go({ thread: message.ts }) });
  const { words, kind } = sessionWords(message.ts);
  return make("p", { class: "replies-bar" }, button, make("span", { class: "busy", "data-root": message.ts, "data-kind": kind, text: words }));
}
