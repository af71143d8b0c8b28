// Files that wait in a composer to be sent: picked, pasted or dropped.

import { icon, make } from "./dom.js";
import { sizeWords } from "./files.js";

/** The waiting files of one composer; they come from its clip, from the clipboard and from what is dropped on `pane`. */
export function attachments(form, pane, changed) {
  const waiting = [];
  const chips = form.querySelector(".chips");
  const input = form.querySelector("input[type=file]");
  const area = form.querySelector("textarea");
  const paint = () => {
    chips.hidden = waiting.length === 0;
    chips.replaceChildren(...waiting.map((file) => chip(file, () => {
      waiting.splice(waiting.indexOf(file), 1);
      paint();
      area.focus();
    })));
    changed();
  };
  const add = (files) => {
    waiting.push(...files);
    paint();
    area.focus();
  };
  form.querySelector(".attach").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  area.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  pane.addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    pane.classList.add("dropping");
  });
  pane.addEventListener("dragleave", (event) => !pane.contains(event.relatedTarget) && pane.classList.remove("dropping"));
  pane.addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    pane.classList.remove("dropping");
    add(event.dataTransfer.files);
  });
  return {
    get count() {
      return waiting.length;
    },
    /** Takes the files out of the composer. */
    take() {
      const taken = waiting.splice(0);
      paint();
      return taken;
    },
    put: add,
  };
}

function chip(file, remove) {
  return make("li", { class: "chip" }, icon("file"), make("span", {}, make("strong", { text: file.name }), make("small", { text: sizeWords(file.size) })),
    make("button", { type: "button", class: "tool", "aria-label": `Remove ${file.name}`, title: "Remove", onclick: remove }, icon("close")));
}
