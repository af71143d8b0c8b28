// Slack's mrkdwn and the Markdown of `markdown` blocks as DOM nodes: text only ever becomes text nodes.

export const EMOJI = {
  "+1": "👍", "-1": "👎", bell: "🔔", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈", clipboard: "📋",
  email: "✉️", eyes: "👀", factory: "🏭", file_folder: "📁", gear: "⚙️", hand: "✋", hammer_and_wrench: "🛠️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑", leftwards_arrow_with_hook: "↩️",
  link: "🔗", lock: "🔒", mag: "🔍", memo: "📝", moneybag: "💰", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑",
  ok: "🆗", package: "📦", page_facing_up: "📄", pencil2: "✏️", question: "❓", raised_hand: "✋", robot_face: "🤖",
  rocket: "🚀", shield: "🛡️", slightly_smiling_face: "🙂", smile: "😄", speech_balloon: "💬", tada: "🎉",
  thinking_face: "🤔", thumbsup: "👍", thumbsdown: "👎", truck: "🚚", warning: "⚠️", wave: "👋", wastebasket: "🗑️",
  white_check_mark: "✅", wrench: "🔧", x: "❌", zap: "⚡",
};

/** An element with text, classes and children; the one place where elements are made. */
export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  if (text !== undefined) element.append(String(text));
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
}

/** A link, if it leads where a link may lead; otherwise its words and its address as plain text. */
export function link(address, label) {
  if (!/^(https?:|mailto:)/i.test(address)) {
    return document.createTextNode(label === address ? label : `${label} (${address})`);
  }
  const target = address.startsWith(`${location.origin}/#`) ? null : "_blank";
  return make("a", { href: address, target, rel: "noopener noreferrer", text: label });
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

function angled(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  const id = /^(?:@|#|!subteam\^)(\w+)$/.exec(target)?.[1];
  if (id) return mention(names(id) ?? label ?? target);
  if (/^!(here|channel|everyone)$/.test(target)) return mention(`@${target.slice(1)}`);
  if (target.startsWith("!date^")) return document.createTextNode(unescaped(label ?? target));
  return link(unescaped(target), unescaped(label ?? target));
}

export function mention(words) {
  return make("span", { class: "mention", text: words });
}

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
  lines.shift();
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const row = (tag, line) => make("tr", {}, ...cells(line).map((cell) => make(tag, {}, ...emphasis(cell))));
  const body = takeWhile(lines, (next) => /^\s*\|/.test(next)).map((line) => row("td", line));
  return make("div", { class: "scroll" }, make("table", {}, row("th", head), ...body));
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
