// Blocks that frame others or stand out: card, carousel, container, alert.

import { make } from "./dom.js";
import { renderElement } from "./elements.js";
import { picture } from "./pictures.js";
import { richText } from "./rich.js";
import { words } from "./words.js";

export function card(block, surface) {
  const about = [block.title && make("div", { class: "card-title" }, words(block.title, surface)),
    block.subtitle && make("div", { class: "card-subtitle" }, words(block.subtitle, surface))].filter(Boolean);
  return make("div", { role: "group", "aria-label": block.title?.text ?? "Card" },
    block.hero_image && make("div", { class: "hero" }, picture(block.hero_image, surface)),
    (block.icon || about.length > 0) && make("div", { class: "card-head" }, block.icon && picture(block.icon, surface, "small"), make("div", {}, ...about)),
    block.body && make("div", { class: "card-body" }, words(block.body, surface)),
    block.actions?.length > 0 && make("div", { class: "card-actions" }, ...block.actions.map((element) => renderElement(element, surface))));
}

export function carousel(block, surface) {
  const cards = block.elements.map((one) => {
    const item = card(one, surface);
    item.classList.add("block-card");
    return make("li", {}, item);
  });
  return make("div", {}, make("ul", { class: "carousel", tabindex: "0", "aria-label": `${cards.length} cards` }, ...cards));
}

export function container(block, surface, renderBlocks) {
  const title = block.rich_text_title ? richText(block.rich_text_title, surface) : [words(block.title, surface)];
  const head = [block.icon && picture(block.icon, surface, "small"),
    make("div", {}, make("div", { class: "container-title" }, ...title),
      block.subtitle && make("div", { class: "container-subtitle" }, words(block.subtitle, surface)))];
  const inside = make("div", { class: "container-body" }, ...renderBlocks(block.child_blocks, surface));
  const attributes = { "data-width": block.width ?? "standard", "data-ruled": block.has_header_divider ? "" : null };
  if (!block.is_collapsible) {
    return make("div", { ...attributes, role: "group" }, make("div", { class: "container-head" }, ...head), inside);
  }
  return make("div", attributes, make("details", { open: !block.default_collapsed }, make("summary", { class: "container-head" }, ...head), inside));
}

const LEVELS = { info: "Note", warning: "Warning", error: "Error", success: "Success" };

export function alert(block, surface) {
  return make("div", { role: "note", "data-level": block.level ?? "default", "aria-label": LEVELS[block.level] }, words(block.text, surface));
}
