// The modal that is open for the person: its fields, what is wrong with them, and the wait while it is sent.

import { surfaceOf } from "./actions.js";
import { renderBlocks } from "./blocks.js";
import { $, icon, make } from "./dom.js";
import { inputValues, keepTyped } from "./inputs.js";
import { send } from "./wire.js";

const typed = new Map(); // view → its form as it was left, while other views of its stack are shown

export function showModal(view) {
  const dialog = $("modal");
  if (!view) return dialog.open && dialog.close();
  const shows = `${view.id}:${view.hash}`;
  if (dialog.open && dialog.dataset.shows === shows) return;
  const form = formOf(view, dialog);
  dialog.setAttribute("aria-labelledby", "modal-title");
  const before = dialog.firstElementChild;
  if (before) typed.set(dialog.dataset.shows.split(":")[0], before);
  if (typed.has(view.id)) keepTyped(typed.get(view.id), form);
  if (!view.previous_view_id) typed.clear();
  dialog.dataset.shows = shows;
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  (form.querySelector("[data-block-id]:not(fieldset)") ?? form.querySelector("fieldset[data-block-id] input") ?? form.querySelector(".view")).focus();
}

function formOf(view, dialog) {
  const isOnTop = Boolean(view.previous_view_id);
  const dismiss = () => {
    if (!isOnTop) dialog.close();
    send("dismiss", { view_id: view.id });
  };
  const submit = view.submit && make("button", { type: "submit", class: "primary", text: view.submit.text });
  const form = make("form", { method: "dialog", novalidate: true },
    make("header", {}, make("h2", { id: "modal-title", text: view.title.text }),
      make("button", { type: "button", class: "tool", "aria-label": isOnTop ? "Back" : "Close", onclick: dismiss }, icon("close"))),
    make("div", { class: "view", tabindex: "-1" }, ...renderBlocks(view.blocks, surfaceOf({ view_id: view.id }))),
    make("p", { class: "error", role: "alert" }),
    make("p", { class: "buttons" }, make("button", { type: "button", text: view.close?.text ?? "Cancel", onclick: dismiss }), submit));
  dialog.oncancel = (event) => {
    event.preventDefault();
    dismiss();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit) submitModal(view, form, submit);
  });
  return form;
}

async function submitModal(view, form, button) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await send("submit", { view_id: view.id, values: inputValues(form) });
  button.removeAttribute("aria-busy");
  for (const error of form.querySelectorAll(".error")) {
    const block = error.closest(".block");
    error.textContent = block ? answer.errors?.[block.dataset.block] ?? "" : answer.notice ?? answer.error ?? "";
    block?.querySelector("[data-block-id]").setAttribute("aria-invalid", String(Boolean(error.textContent)));
  }
  const wrong = form.querySelector("[aria-invalid=true]");
  (wrong?.matches("fieldset") ? wrong.querySelector("input") : wrong)?.focus();
}
