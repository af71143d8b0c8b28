// Elements that act at once: buttons, feedback, choices.

import { icon, make } from "./dom.js";
import { picture } from "./pictures.js";
import { plainWords } from "./words.js";

const ELEMENTS = {
  button,
  checkboxes: (element, surface) => ticks(element, surface, "checkbox"),
  datepicker: (element, surface) => when(element, surface, "date", element.initial_date),
  feedback_buttons: feedback,
  icon_button: iconButton,
  image: (element, surface) => picture(element, surface, "small"),
  overflow: (element, surface) => picker(element, surface, "More actions"),
  radio_buttons: (element, surface) => ticks(element, surface, "radio"),
  static_select: (element, surface) => picker(element, surface, element.placeholder?.text ?? "Choose…"),
  timepicker: (element, surface) => when(element, surface, "time", element.initial_time),
};

export function renderElement(element, surface) {
  const isHidden = element.visible_to_user_ids && !element.visible_to_user_ids.includes(surface.person);
  if (isHidden) return make("span", { hidden: true });
  return (ELEMENTS[element.type] ?? unknown)(element, surface);
}

function unknown(element) {
  return make("span", { class: "unknown", text: `This page cannot show an element of type “${element.type}”.` });
}

function button(element, surface) {
  return make("button", { type: "button", class: element.style, text: plainWords(element.text),
    "aria-label": element.accessibility_label, "data-action": element.action_id, "data-key": element.action_id,
    onclick: (event) => {
      if (element.url && /^https?:/i.test(element.url)) window.open(element.url, "_blank", "noopener");
      surface.use(element, undefined, event.currentTarget);
    } });
}

function feedback(element, surface) {
  const thumb = (which, sign) => {
    const { text, value, accessibility_label: label } = element[which];
    return make("button", { type: "button", class: "thumb", "data-action": element.action_id, "data-key": which,
      title: plainWords(text), "aria-label": label ?? plainWords(text), "aria-pressed": String(surface.chosen(element) === value),
      onclick: (event) => surface.use(element, value, event.currentTarget) }, icon(sign));
  };
  return make("span", { class: "together", role: "group", "aria-label": "Feedback", "data-key": element.action_id },
    thumb("positive_button", "thumbup"), thumb("negative_button", "thumbdown"));
}

function iconButton(element, surface) {
  return make("button", { type: "button", class: "thumb", "data-action": element.action_id, "data-key": element.action_id,
    title: plainWords(element.text), "aria-label": element.accessibility_label ?? plainWords(element.text),
    onclick: (event) => surface.use(element, undefined, event.currentTarget) }, icon(element.icon === "trash" ? "trash" : "more"));
}

function picker(element, surface, label) {
  const select = choices(element, label);
  select.dataset.action = element.action_id;
  select.onchange = () => select.value && surface.use(element, select.value, select);
  return select;
}

function when(element, surface, type, initial) {
  return make("input", { type, value: initial, "aria-label": element.placeholder?.text ?? type, "data-action": element.action_id,
    onchange: (event) => event.target.value && surface.use(element, event.target.value, event.target) });
}

function ticks(element, surface, type) {
  const group = tickBoxes(element, type);
  group.dataset.action = element.action_id;
  group.onchange = () => {
    const ticked = [...group.querySelectorAll("input:checked")].map((box) => box.value);
    surface.use(element, type === "radio" ? ticked[0] : ticked, group);
  };
  return group;
}

/** A select with the element's options, or its groups of options. */
export function choices(element, first) {
  const initial = element.initial_option?.value;
  const options = (list) => list.map((option) =>
    make("option", { value: option.value, selected: option.value === initial, text: plainWords(option.text) }));
  const groups = (element.option_groups ?? []).map((group) =>
    make("optgroup", { label: plainWords(group.label) }, ...options(group.options)));
  return make("select", { "aria-label": first }, make("option", { value: "", text: first }), ...options(element.options ?? []), ...groups);
}

let groups = 0;

/** Boxes to tick, one for each option; of a kind of its own each time, since one message may be shown twice. */
export function tickBoxes(element, type) {
  const name = `ticks-${(groups += 1)}`;
  const initial = [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value);
  const boxes = element.options.map((option) =>
    make("label", {},
      make("input", { type, name, value: option.value, checked: initial.includes(option.value) }),
      make("span", {}, plainWords(option.text), option.description && make("small", { text: plainWords(option.description) }))));
  return make("fieldset", {}, ...boxes);
}
