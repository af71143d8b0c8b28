// What a screen reader is told, once and at a quiet moment: who wrote what, and when a long answer is complete.

import { $ } from "./dom.js";
import { authorName } from "./workspace.js";

const LONGEST = 600;

export function announce(words) {
  $("announcer").textContent = words;
}

/** A message came or ended in front of the person; one that still grows is only said to be under way. */
export function announceMessage(message, node) {
  const who = authorName(message);
  if (message.streaming_state === "in_progress") return announce(`${who} is writing.`);
  const words = node?.querySelector(".said")?.innerText.replace(/\s+/g, " ").trim() ?? message.text;
  announce(`${who}: ${words.length > LONGEST ? `${words.slice(0, LONGEST)}… The rest is in the message.` : words}`);
}

let fading = 0;

/** Shows a short sentence for a moment. */
export function toast(words) {
  clearTimeout(fading);
  $("toast").textContent = words;
  $("toast").hidden = false;
  fading = setTimeout(() => ($("toast").hidden = true), 4000);
}
