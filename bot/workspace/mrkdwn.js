// Slack's mrkdwn as DOM nodes: text only ever becomes text nodes.

import { slackDate } from "./dates.js";
import { link, make } from "./dom.js";
import { withEmoji } from "./emoji.js";

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Slack's mrkdwn as nodes; `names(id)` gives the words for a person, group or channel. */
export function mrkdwn(text, names) {
  const parts = text.split(/```([\s\S]+?)```/);
  return parts.flatMap((part, place) => (place % 2 ? [fenced(unescaped(part))] : paragraphs(part, names)));
}

function fenced(code) {
  return make("pre", { text: code.replace(/^\n|\n$/g, "") });
}

function paragraphs(text, names) {
  const nodes = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (plain.length) nodes.push(make("span", { class: "words" }, ...inline(plain.join("\n"), names)));
    if (quoted.length) nodes.push(make("blockquote", {}, ...inline(quoted.join("\n"), names)));
    plain = [];
    quoted = [];
  };
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (Boolean(quote) !== quoted.length > 0) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return text === "" ? [] : nodes;
}

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])([^*\\n]*[^\\s*])\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?=[^\\s_])([^\\n]*?[^\\s])_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(?=[^\\s~])([^~\\n]*[^\\s~])~(?![\\p{L}\\p{N}~])",
  ].join("|"),
  "gu",
);

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, code, angle, bold, italic, strike] = found;
    nodes.push(withEmoji(unescaped(text.slice(end, found.index))));
    end = found.index + all.length;
    if (code !== undefined) nodes.push(make("code", { text: unescaped(code) }));
    else if (angle !== undefined) nodes.push(angled(angle, names));
    else if (bold !== undefined) nodes.push(make("strong", {}, ...inline(bold, names)));
    else if (italic !== undefined) nodes.push(make("em", {}, ...inline(italic, names)));
    else nodes.push(make("s", {}, ...inline(strike, names)));
  }
  nodes.push(withEmoji(unescaped(text.slice(end))));
  return nodes.filter((node) => node !== "");
}

/** The id of the person, channel or group that is meant by what stands in angle brackets. */
export const mentionedIn = (target) => /^(?:@|#|!subteam\^)(\w+)$/.exec(target)?.[1];

function angled(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  const id = mentionedIn(target);
  if (id) return mention(names(id) ?? label ?? target);
  if (/^!(here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`);
  if (target.startsWith("!date^")) return date(unescaped(target), unescaped(label ?? ""));
  return link(unescaped(target), unescaped(label ?? target));
}

function date(target, fallback) {
  const [, timestamp, format, address] = target.split("^");
  const words = slackDate(timestamp, format, fallback);
  return address ? link(address, words) : document.createTextNode(words);
}

export function mention(words) {
  return make("span", { class: "mention", text: words });
}
