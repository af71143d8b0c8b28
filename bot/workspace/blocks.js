// Block Kit as DOM nodes: which block is drawn where. What a click does is told by the surface.

import { alert, card, carousel, container } from "./cards.js";
import { chart } from "./chart.js";
import { make } from "./dom.js";
import { renderElement } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { markdown } from "./markdown.js";
import { imageBlock, picture } from "./pictures.js";
import { richText } from "./rich.js";
import { dataTable, table } from "./tables.js";
import { plan, taskCard } from "./tasks.js";
import { words } from "./words.js";

/**
 * The blocks of a message or view. `surface` has `names(id)`, `pictureAt(image)`, `chosen(element)` (what the person
 * chose there before) and `use(element, choice, button)`.
 */
export function renderBlocks(blocks, surface) {
  const counts = {};
  return blocks.map((block) => {
    counts[block.type] = (counts[block.type] ?? 0) + 1;
    const node = (BLOCKS[block.type] ?? unknown)(block, surface);
    node.classList.add("block", `block-${block.type}`);
    node.dataset.block = block.block_id ?? "";
    // Slack gives new block_ids with each update: what a block becomes is told by its kind and its turn.
    node.dataset.key = block.task_id ?? `${block.type}-${counts[block.type]}`;
    return node;
  });
}

const BLOCKS = {
  actions: elements,
  alert,
  card,
  carousel,
  container: (block, surface) => container(block, surface, renderBlocks),
  context: (block, surface) =>
    make("div", {}, ...block.elements.map((part) => (part.type === "image" ? picture(part, surface, "small") : words(part, surface)))),
  context_actions: elements,
  data_table: dataTable,
  data_visualization: chart,
  divider: () => make("hr"),
  header: (block, surface) => make("h3", {}, ...words(block.text, surface).childNodes),
  image: imageBlock,
  input: inputBlock,
  markdown: (block) => make("div", {}, ...markdown(block.text)),
  plan,
  rich_text: (block, surface) => make("div", {}, ...richText(block, surface)),
  section,
  table,
  task_card: taskCard,
};

function elements(block, surface) {
  return make("div", {}, ...block.elements.map((element) => renderElement(element, surface)));
}

function unknown(block) {
  return make("p", { class: "unknown", text: `This page cannot show a block of type “${block.type}”.` });
}

function section(block, surface) {
  const body = make("div", { class: "body" });
  if (block.text) body.append(words(block.text, surface));
  if (block.fields) {
    body.append(make("div", { class: "fields" }, ...block.fields.map((field) => words(field, surface))));
  }
  const accessory = block.accessory && make("div", { class: "accessory" }, renderElement(block.accessory, surface));
  return make("div", {}, body, accessory);
}
