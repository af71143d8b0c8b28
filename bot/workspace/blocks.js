// Block Kit as DOM nodes. It knows blocks and elements; what a click does is told by `use(element, choice)`.

import { EMOJI, link, make, markdown, mention, mrkdwn, unescaped, withEmoji } from "./mrkdwn.js";

/** The blocks of a message or view; `surface` has `names(id)` and `use(element, choice, button)`. */
export function renderBlocks(blocks, surface) {
  return blocks.map((block) => {
    const node = (BLOCKS[block.type] ?? unknown)(block, surface);
    node.classList.add("block", `block-${block.type}`);
    node.dataset.block = block.block_id ?? "";
    return node;
  });
}

const BLOCKS = {
  actions: (block, surface) =>
    make("div", {}, ...block.elements.map((element) => renderElement(element, surface))),
  context: (block, surface) =>
    make("div", {}, ...block.elements.map((part) => (part.type === "image" ? picture(part) : words(part, surface)))),
  context_actions: (block, surface) =>
    make("div", {}, ...block.elements.map((element) => renderElement(element, surface))),
  divider: () => make("hr"),
  header: (block, surface) => make("h3", {}, ...words(block.text, surface).childNodes),
  image: (block) => make("p", {}, picture(block)),
  input: (block) => inputBlock(block),
  markdown: (block) => make("div", {}, ...markdown(block.text)),
  rich_text: (block, surface) => make("div", {}, ...block.elements.map((part) => richPart(part, surface))),
  section: (block, surface) => section(block, surface),
  table: (block, surface) => table(block, surface),
};

function unknown(block) {
  return make("p", { class: "unknown", text: `This page cannot show a block of type “${block.type}”.` });
}

function words(object, surface) {
  const nodes = object.type === "mrkdwn" ? mrkdwn(object.text, surface.names) : [withEmoji(unescaped(object.text))];
  return make("div", { class: "words" }, ...nodes);
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

function picture(image) {
  const title = image.title?.text ?? image.alt_text ?? "image";
  return link(image.image_url ?? "", `🖼 ${title}`);
}

function table(block, surface) {
  const rows = block.rows.map((row, at) =>
    make(
      "tr",
      {},
      ...row.map((cell, column) => {
        const align = block.column_settings?.[column]?.align ?? (cell.type === "raw_number" ? "right" : "left");
        return make(at === 0 ? "th" : "td", { class: `align-${align}` }, ...cellNodes(cell, surface));
      }),
    ),
  );
  return make("div", { class: "scroll" }, make("table", {}, ...rows));
}

function cellNodes(cell, surface) {
  if (cell.type === "rich_text") return cell.elements.map((part) => richPart(part, surface));
  return [String(cell.text ?? cell.value ?? "")];
}

function richPart(part, surface) {
  const inside = () => part.elements.map((element) => richElement(element, surface));
  if (part.type === "rich_text_preformatted") return make("pre", {}, ...inside());
  if (part.type === "rich_text_quote") return make("blockquote", {}, ...inside());
  if (part.type === "rich_text_list") {
    const list = make(part.style === "ordered" ? "ol" : "ul", { start: part.offset ? part.offset + 1 : null });
    list.append(...part.elements.map((item) => make("li", {}, richPart(item, surface))));
    list.style.setProperty("--indent", part.indent ?? 0);
    return list;
  }
  if (part.type === "rich_text_section") return make("div", { class: "words" }, ...inside());
  return unknown(part);
}

function richElement(element, surface) {
  const names = (id) => surface.names(id) ?? id;
  switch (element.type) {
    case "text": return styled(document.createTextNode(element.text), element.style);
    case "link": return styled(link(element.url, element.text ?? element.url), element.style);
    case "user": return mention(names(element.user_id));
    case "usergroup": return mention(names(element.usergroup_id));
    case "channel": return mention(names(element.channel_id));
    case "broadcast": return mention(`@${element.range}`);
    case "emoji": return document.createTextNode(EMOJI[element.name] ?? `:${element.name}:`);
    case "date": return document.createTextNode(element.fallback ?? new Date(element.timestamp * 1000).toLocaleString());
    default: return unknown(element);
  }
}

function styled(node, style = {}) {
  const tags = { code: "code", bold: "strong", italic: "em", strike: "s" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? make(tag, {}, inner) : inner), node);
}

// elements that act

const ELEMENTS = {
  button: (element, surface) => button(element.text, element, surface),
  feedback_buttons: (element, surface) =>
    make("span", { class: "together" }, ...["positive_button", "negative_button"].map((which) =>
      button(element[which].text, { ...element, choice: element[which].value }, surface))),
  icon_button: (element, surface) => button(element.text, element, surface),
  image: (element) => picture(element),
  radio_buttons: (element, surface) => picker(element, surface),
  static_select: (element, surface) => picker(element, surface),
};

function renderElement(element, surface) {
  return (ELEMENTS[element.type] ?? unknown)(element, surface);
}

function button(text, element, surface) {
  const node = make("button", {
    type: "button",
    class: element.style ?? null,
    text: withEmoji(unescaped(text.text)),
    "aria-label": element.accessibility_label,
    "data-action": element.action_id,
  });
  node.addEventListener("click", () => {
    if (element.url && /^https?:/i.test(element.url)) window.open(element.url, "_blank", "noopener");
    surface.use(element, element.choice, node);
  });
  return node;
}

function picker(element, surface) {
  const select = choices(element, element.placeholder?.text ?? "Choose…");
  select.dataset.action = element.action_id;
  select.addEventListener("change", () => select.value && surface.use(element, select.value, select));
  return select;
}

function choices(element, first) {
  const initial = element.initial_option?.value;
  const options = element.options.map((option) =>
    make("option", { value: option.value, selected: option.value === initial, text: unescaped(option.text.text) }));
  return make("select", { "aria-label": first }, make("option", { value: "", text: first }), ...options);
}

// inputs of modals

function inputBlock(block) {
  const element = block.element;
  const id = `input-${block.block_id}`;
  const field = (INPUTS[element.type] ?? unknown)(element, id);
  field.id = id;
  Object.assign(field.dataset, { blockId: block.block_id, actionId: element.action_id, kind: element.type });
  field.setAttribute("aria-describedby", `${id}-hint ${id}-error`);
  const isGroup = field.matches("fieldset");
  const label = make(isGroup ? "p" : "label", { class: "label", id: `${id}-label`, for: isGroup ? null : id,
    text: withEmoji(unescaped(block.label.text)) });
  if (isGroup) field.setAttribute("aria-labelledby", `${id}-label`);
  else field.setAttribute("aria-required", String(!block.optional));
  if (block.optional) label.append(make("small", { text: " (optional)" }));
  const hint = block.hint && make("small", { id: `${id}-hint`, class: "hint", text: withEmoji(unescaped(block.hint.text)) });
  return make("div", {}, label, field, make("p", { id: `${id}-error`, class: "error", role: "alert" }), hint);
}

const text = (element, type) =>
  make("input", { type, value: element.initial_value, placeholder: element.placeholder?.text });

// Lengths, numbers and what is required are checked by the workspace, which says it at the field as Slack does.
const INPUTS = {
  checkboxes: (element, id) => ticks(element, "checkbox", id),
  datepicker: (element) => make("input", { type: "date", value: element.initial_date }),
  email_text_input: (element) => text(element, "email"),
  number_input: (element) =>
    make("input", { type: "text", inputmode: element.is_decimal_allowed ? "decimal" : "numeric", class: "number",
      value: element.initial_value, placeholder: element.placeholder?.text }),
  plain_text_input: (element) =>
    element.multiline
      ? make("textarea", { rows: 4, placeholder: element.placeholder?.text, text: element.initial_value ?? "" })
      : text(element, "text"),
  radio_buttons: (element, id) => ticks(element, "radio", id),
  static_select: (element) => choices(element, element.placeholder?.text ?? "Choose…"),
  timepicker: (element) => make("input", { type: "time", value: element.initial_time }),
};

function ticks(element, type, id) {
  const initial = [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value);
  const boxes = element.options.map((option) =>
    make("label", {},
      make("input", { type, name: id, value: option.value, checked: initial.includes(option.value) }),
      make("span", {}, withEmoji(unescaped(option.text.text)),
        option.description && make("small", { text: unescaped(option.description.text) }))));
  return make("fieldset", {}, ...boxes);
}

/** What the inputs under `root` hold, by block_id: text, the value of an option, or a list of values. */
export function inputValues(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-block-id]")].map((field) => [field.dataset.blockId, held(field)]));
}

function held(field) {
  if (!field.matches("fieldset")) return field.value ?? "";
  const ticked = [...field.querySelectorAll("input:checked")].map((box) => box.value);
  return field.dataset.kind === "checkboxes" ? ticked : ticked[0] ?? "";
}

/** Puts what was typed into `before` into the same fields of `fresh`, as when the app updates an open modal. */
export function keepTyped(before, fresh) {
  const old = new Map([...before.querySelectorAll("[data-block-id]")].map((field) => [fieldName(field), field]));
  for (const field of fresh.querySelectorAll("[data-block-id]")) {
    const typed = old.get(fieldName(field));
    if (!typed) continue;
    if (field.matches("fieldset")) {
      const ticked = [held(typed)].flat();
      for (const box of field.querySelectorAll("input")) box.checked = ticked.includes(box.value);
    } else field.value = held(typed);
  }
}

const fieldName = ({ dataset }) => JSON.stringify([dataset.blockId, dataset.actionId, dataset.kind]);
