// The inputs of modals: what they look like, what they hold, and how what was typed survives another view.

import { choices, tickBoxes } from "./elements.js";
import { make } from "./dom.js";
import { plainWords } from "./words.js";

export function inputBlock(block) {
  const element = block.element;
  const id = `input-${block.block_id}`;
  const field = (INPUTS[element.type] ?? unknown)(element);
  field.id = id;
  Object.assign(field.dataset, { blockId: block.block_id, actionId: element.action_id, kind: element.type });
  field.setAttribute("aria-describedby", `${id}-hint ${id}-error`);
  const isGroup = field.matches("fieldset");
  const label = make(isGroup ? "p" : "label", { class: "label", id: `${id}-label`, for: isGroup ? null : id, text: plainWords(block.label) });
  field.removeAttribute("aria-label");
  if (isGroup) field.setAttribute("aria-labelledby", `${id}-label`);
  else field.setAttribute("aria-required", String(!block.optional));
  if (block.optional) label.append(make("small", { text: " (optional)" }));
  const hint = block.hint && make("small", { id: `${id}-hint`, class: "hint", text: plainWords(block.hint) });
  return make("div", {}, label, field, make("p", { id: `${id}-error`, class: "error", role: "alert" }), hint);
}

const text = (element, type) =>
  make("input", { type, value: element.initial_value, placeholder: element.placeholder?.text });

// Lengths, numbers and what is required are checked by the workspace, which says it at the field as Slack does.
const INPUTS = {
  checkboxes: (element) => tickBoxes(element, "checkbox"),
  datepicker: (element) => make("input", { type: "date", value: element.initial_date }),
  email_text_input: (element) => text(element, "email"),
  number_input: (element) =>
    make("input", { type: "text", inputmode: element.is_decimal_allowed ? "decimal" : "numeric", class: "number",
      value: element.initial_value, placeholder: element.placeholder?.text }),
  plain_text_input: (element) =>
    element.multiline
      ? make("textarea", { rows: 4, placeholder: element.placeholder?.text, text: element.initial_value ?? "" })
      : text(element, "text"),
  radio_buttons: (element) => tickBoxes(element, "radio"),
  static_select: (element) => choices(element, element.placeholder?.text ?? "Choose…"),
  timepicker: (element) => make("input", { type: "time", value: element.initial_time }),
};

function unknown(element) {
  return make("p", { class: "unknown", text: `This page cannot show an input of type “${element.type}”.` });
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
