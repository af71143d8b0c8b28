// The Markdown of `markdown` blocks as DOM nodes: text only ever becomes text nodes.

import { link, make } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { tableFrame } from "./tables.js";

/** Markdown as nodes: headings, lists, quotes, code, tables, rules, links, emphasis. */
export function markdown(text) {
  const nodes = [];
  const lines = text.split("\n");
  while (lines.length) nodes.push(nextMarkdown(lines));
  return nodes.filter(Boolean);
}

function nextMarkdown(lines) {
  const line = lines.shift();
  if (/^\s*$/.test(line)) return null;
  if (/^\s*```/.test(line)) {
    const code = takeWhile(lines, (next) => !/^\s*```/.test(next));
    lines.shift();
    return make("pre", { text: code.join("\n") });
  }
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return make("p", { class: "heading" }, ...emphasis(heading[2]));
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return make("hr");
  if (/^\s*>/.test(line)) {
    const quote = [line, ...takeWhile(lines, (next) => /^\s*>/.test(next))];
    return make("blockquote", {}, ...markdown(quote.map((one) => one.replace(/^\s*> ?/, "")).join("\n")));
  }
  if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[0] ?? "")) return markdownTable(line, lines);
  if (LIST_ITEM.test(line)) return markdownList(line, lines);
  const more = takeWhile(lines, (next) => next.trim() && !/^\s*(```|#{1,6}\s|>|\|)/.test(next) && !LIST_ITEM.test(next));
  return make("p", {}, ...emphasis([line, ...more].join("\n")));
}

const LIST_ITEM = /^(\s*)(?:[-*+•]|(\d+)[.)])\s+(.*)$/;

function markdownList(first, lines) {
  const items = [first, ...takeWhile(lines, (next) => LIST_ITEM.test(next) || /^\s{2,}\S/.test(next))];
  const start = LIST_ITEM.exec(first)[2];
  const list = make(start ? "ol" : "ul", { start });
  for (const item of items) {
    const [, indent, , words] = LIST_ITEM.exec(item) ?? [];
    if (words === undefined) list.lastElementChild.append("\n", ...emphasis(item.trim()));
    else list.append(make("li", { class: indent.length > 1 ? "nested" : null }, ...emphasis(words)));
  }
  return list;
}

function markdownTable(head, lines) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const sides = cells(lines.shift()).map((mark) => (/^:-*:$/.test(mark) ? "center" : mark.endsWith(":") ? "right" : "left"));
  const row = (tag, line) => make("tr", {}, ...cells(line).map((cell, column) => make(tag, {
    scope: tag === "th" ? "col" : null, class: `align-${sides[column] ?? "left"}` }, ...emphasis(cell))));
  const body = takeWhile(lines, (next) => /^\s*\|/.test(next)).map((line) => row("td", line));
  return tableFrame("Table", make("thead", {}, row("th", head)), make("tbody", {}, ...body));
}

function takeWhile(lines, wanted) {
  const taken = [];
  while (lines.length && wanted(lines[0])) taken.push(lines.shift());
  return taken;
}

const EMPHASIS = new RegExp(
  [
    "`([^`\\n]+)`",
    "\\[([^\\]\\n]+)\\]\\(([^()\\s]+)\\)",
    "\\*\\*(?=\\S)(.+?)\\*\\*",
    "(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])([^*\\n]+)\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?=[^\\s_])([^_\\n]+)_(?![\\p{L}\\p{N}_])",
    "~~(?=\\S)(.+?)~~",
  ].join("|"),
  "gu",
);

function emphasis(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(EMPHASIS)) {
    const [all, code, label, address, bold, star, under, strike] = found;
    nodes.push(withEmoji(text.slice(end, found.index)));
    end = found.index + all.length;
    if (code !== undefined) nodes.push(make("code", { text: code }));
    else if (label !== undefined) nodes.push(link(address, label));
    else if (bold !== undefined) nodes.push(make("strong", {}, ...emphasis(bold)));
    else if (strike !== undefined) nodes.push(make("s", {}, ...emphasis(strike)));
    else nodes.push(make("em", {}, ...emphasis(star ?? under)));
  }
  nodes.push(withEmoji(text.slice(end)));
  return nodes.filter((node) => node !== "");
}
