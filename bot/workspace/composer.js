// Writing: a composer for the channel and one for the thread, with drafts for each place, files and completion.

import { toast } from "./announce.js";
import { attachments } from "./attachments.js";
import { complete } from "./completion.js";
import { $ } from "./dom.js";
import { go, place } from "./place.js";
import { send, upload } from "./wire.js";
import { here } from "./workspace.js";

const drafts = new Map(); // address of the place → what was typed there
const composers = [];

export function startComposers() {
  composers.push(composer($("compose"), $("main"), () => null), composer($("thread-compose"), $("thread"), () => here.thread));
}

/** Shows the draft of each place that is on screen now. */
export function showDrafts() {
  for (const one of composers) one.arrive();
}

/** Writes as the person; a question to the app opens its thread, unless they have gone elsewhere meanwhile. */
export async function say(text, thread, files = []) {
  const fields = { channel: here.channel.id, text, thread_ts: thread };
  const asksApp = here.channel.direct || /@baton\b/i.test(text);
  const asked = place();
  const answer = files.length ? await upload(fields, files) : await send("say", fields);
  if (answer.error) toast(`Not sent: ${answer.error}`);
  if (thread || !asksApp || !answer.ts || asked !== place()) return answer;
  await go({ thread: answer.ts });
  $("thread-compose").querySelector("textarea").focus();
  return answer;
}

/** A line that begins with `/` is a command, as in Slack; its answer comes as a message. */
async function write(line, thread, files) {
  if (!line.startsWith("/") || files.length) return say(line.trim(), thread, files);
  const answer = await send("command", { channel: here.channel.id, text: line.trim(), thread_ts: thread });
  if (answer.error) toast(`Not sent: ${answer.error}`);
  return answer;
}

function composer(form, pane, thread) {
  const area = form.querySelector("textarea");
  const button = form.querySelector("[type=submit]");
  const address = () => place(thread());
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 200)}px`;
    button.classList.toggle("ready", Boolean(area.value.trim() || files.count));
  };
  const files = attachments(form, pane, fit);
  let shows = null;
  area.addEventListener("input", () => {
    drafts.set(address(), area.value);
    fit();
  });
  complete(area, form, { commands: form === $("compose") });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.querySelector(".mention-button").addEventListener("click", () => {
    const space = /\S$/.test(area.value.slice(0, area.selectionStart)) ? " " : "";
    area.setRangeText(`${space}@`, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input"));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = area.value;
    if (!line.trim() && !files.count) return;
    const from = address();
    drafts.delete(from);
    area.value = "";
    const taken = files.take();
    if (taken.length) form.setAttribute("aria-busy", "true");
    const answer = await write(line, thread(), taken);
    form.removeAttribute("aria-busy");
    if (!answer.error || drafts.get(from)) return;
    drafts.set(from, line);
    if (from !== address()) return; // it shows again when they come back
    area.value = line;
    if (taken.length) files.put(taken);
    fit();
  });
  return {
    arrive() {
      if (shows === address()) return;
      if (shows !== null) files.take();
      shows = address();
      area.value = drafts.get(shows) ?? "";
    },
  };
}
