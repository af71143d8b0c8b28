// Rich text: Slack's own tree of words, lists, quotes and code.

import { slackDate } from "./dates.js";
import { link, make } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mention } from "./mrkdwn.js";

/** The parts of a rich_text block as nodes. */
export function richText(block, surface) {
  return block.elements.map((part) => richPart(part, surface));
}

const PARTS = {
  rich_text_list: richList,
  rich_text_preformatted: (part, surface) => make("pre", {}, ...richElements(part, surface)),
  rich_text_quote: (part, surface) => make("blockquote", {}, ...richElements(part, surface)),
  rich_text_section: (part, surface) => make("div", { class: "words" }, ...richElements(part, surface)),
};

function richPart(part, surface) {
  return (PARTS[part.type] ?? (() => make("span", { text: `[${part.type}]` })))(part, surface);
}

function richList(part, surface) {
  const list = make(part.style === "ordered" ? "ol" : "ul", { start: part.offset ? part.offset + 1 : null });
  list.append(...part.elements.map((item) => make("li", {}, richPart(item, surface))));
  list.style.setProperty("--indent", part.indent ?? 0);
  return list;
}

const richElements = (part, surface) => part.elements.map((element) => styled(richElement(element, surface), element.style));

function richElement(element, surface) {
  const named = (id) => mention(surface.names(id) ?? id);
  const words = (text) => document.createTextNode(text);
  switch (element.type) {
    case "text": return words(element.text);
    case "link": return link(element.url, element.text ?? element.url);
    case "user": return named(element.user_id);
    case "usergroup": return named(element.usergroup_id);
    case "channel": return named(element.channel_id);
    case "broadcast": return mention(`@${element.range}`);
    case "emoji": return words(withEmoji(`:${element.name}:`));
    case "color": return make("code", { text: element.value });
    case "date": return words(slackDate(element.timestamp, element.format, element.fallback));
    default: return words(`[${element.type}]`);
  }
}

function styled(node, style = {}) {
  const tags = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), node);
}
