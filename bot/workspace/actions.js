// Using an element of a message, a modal or the Home: the question before it, the wait, and what is said if it fails.

import { $, make } from "./dom.js";
import { words } from "./words.js";
import { bytesAt, send } from "./wire.js";
import { here, names } from "./workspace.js";

/** What blocks need from the page when they are shown at `where`: `{channel, ts}` or `{view_id}`. */
export function surfaceOf(where) {
  return {
    names,
    person: here.person.id,
    pictureAt,
    chosen: (element) => localStorage.getItem(choiceKey(where, element)),
    use: (element, choice, button) => act(where, element, choice, button),
  };
}

const choiceKey = (where, element) => `chosen:${here.person.id}:${where.ts ?? where.view_id}:${element.action_id}`;

/** The address of a picture, if this page may load it: files of the workspace, and pictures that bring their own bytes. */
function pictureAt(image) {
  if (image.slack_file?.id) return bytesAt(image.slack_file.id);
  const address = image.image_url ?? image.slack_file?.url ?? "";
  if (/^data:image\/(png|jpeg|gif|webp);/.test(address)) return address;
  if (!address || !URL.canParse(address, location.href)) return null;
  const parsed = new URL(address, location.href);
  if (parsed.origin !== location.origin || !parsed.pathname.startsWith("/files/")) return null;
  return bytesAt(parsed.pathname.split("/")[2]);
}

async function act(where, element, choice, button) {
  if (element.confirm && !(await confirmed(element.confirm))) return;
  button.setAttribute("aria-busy", "true");
  const chosen = choice === undefined ? { value: element.value } : { selected: choice };
  const answer = await send("click", { ...where, action_id: element.action_id, ...chosen });
  button.removeAttribute("aria-busy");
  const holder = button.closest("article, dialog, #home");
  holder?.querySelector(".notice")?.remove();
  const trouble = answer.notice ?? answer.error;
  if (trouble) (button.closest(".block") ?? button).after(make("p", { class: "notice", role: "alert", text: trouble }));
  else if (element.type === "feedback_buttons") press(button, choiceKey(where, element), choice);
}

function press(button, key, choice) {
  localStorage.setItem(key, choice);
  for (const thumb of button.parentElement.children) thumb.setAttribute("aria-pressed", String(thumb === button));
}

/** Asks with the words of a confirm object; true when the person agrees. */
export function confirmed(confirm) {
  const dialog = $("confirm");
  const deny = make("button", { type: "submit", value: "no", text: confirm.deny.text });
  const agree = make("button", { type: "submit", value: "yes", class: confirm.style ?? "primary", text: confirm.confirm.text });
  dialog.replaceChildren(make("form", { method: "dialog" }, make("h2", { id: "confirm-title", text: confirm.title.text }),
    words(confirm.text, { names }), make("p", { class: "buttons" }, deny, agree)));
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => (dialog.onclose = () => resolve(dialog.returnValue === "yes")));
}
