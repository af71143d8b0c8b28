// Changing one's own message where it stands, and taking it back.

import { toast } from "./announce.js";
import { confirmed } from "./actions.js";
import { make } from "./dom.js";
import { nodeOf, repaint } from "./lists.js";
import { mentionedIn, unescaped } from "./mrkdwn.js";
import { send } from "./wire.js";
import { here, names } from "./workspace.js";

let edited = null; // { ts, inThread }

export const isEdited = (message, inThread) => edited?.ts === message.ts && edited.inThread === inThread;

export function beginEdit(message, inThread) {
  edited = { ts: message.ts, inThread };
  repaint(message.ts);
  const area = document.querySelector(`${inThread ? "#thread-list" : "#list"} .editing textarea`);
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

export function editForm(message) {
  const area = make("textarea", { rows: 2, "aria-label": "Edit message", text: asTyped(message.text) });
  const form = make("form", { class: "editing", onsubmit: (event) => {
    event.preventDefault();
    save(message, event.currentTarget.querySelector("textarea").value);
  }, onkeydown: (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      end(message);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea")) {
      event.preventDefault();
      event.currentTarget.requestSubmit();
    }
  } }, area, make("p", { class: "buttons" },
    make("button", { type: "button", text: "Cancel", onclick: () => end(message) }), make("button", { type: "submit", class: "primary", text: "Save" })));
  return form;
}

async function save(message, text) {
  if (text.trim() && text !== asTyped(message.text)) {
    const answer = await send("edit", { channel: here.channel.id, ts: message.ts, text: text.trim() });
    if (answer.error) return toast(`Not saved: ${answer.error}`);
  }
  return end(message);
}

function end(message) {
  edited = null;
  repaint(message.ts);
  nodeOf(message)?.focus();
}

/** A stored text as somebody would have typed it. */
function asTyped(text) {
  const plain = text.replace(/<([^<>\n]+)>/g, (_, inside) => {
    const [target, label] = inside.split("|");
    const id = mentionedIn(target);
    if (id) return names(id) ?? label ?? target;
    return target.startsWith("!") ? `@${target.slice(1)}` : target.replace(/^mailto:/, "");
  });
  return unescaped(plain);
}

export async function remove(message) {
  const asked = { title: { text: "Delete message" }, text: { type: "plain_text", text: "This message will be gone for everybody. Baton is told." },
    confirm: { text: "Delete" }, deny: { text: "Cancel" }, style: "danger" };
  if (!(await confirmed(asked))) return;
  const answer = await send("delete", { channel: here.channel.id, ts: message.ts });
  if (answer.error) toast(`Not deleted: ${answer.error}`);
}
