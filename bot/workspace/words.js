// Slack's text objects.

import { make } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn, unescaped } from "./mrkdwn.js";

/** A text object, plain or mrkdwn, as an element. */
export function words(object, surface) {
  const nodes = object.type === "mrkdwn" ? mrkdwn(object.text, surface.names) : [plainWords(object)];
  return make("div", { class: "words" }, ...nodes);
}

/** The characters of a plain text object. */
export function plainWords(object) {
  return withEmoji(unescaped(object.text));
}
