// The app's own pages in its direct message: the Home, and the prompts that it suggests.

import { surfaceOf } from "./actions.js";
import { renderBlocks } from "./blocks.js";
import { say } from "./composer.js";
import { $, make, morph } from "./dom.js";
import { here, workspace } from "./workspace.js";

export function paintPrompts() {
  const given = here.channel.direct && here.tab === "messages" ? workspace.prompts[here.channel.id] : null;
  $("prompts").hidden = !given;
  if (!given) return;
  $("prompts").replaceChildren(
    given.title ? make("p", { text: given.title }) : "",
    ...given.prompts.map((prompt) => make("button", { type: "button", text: prompt.title, title: prompt.message, onclick: () => say(prompt.message, null) })));
}

export function paintHome() {
  const isHome = here.tab === "home";
  $("home").hidden = !isHome;
  $("list").hidden = $("compose").hidden = isHome;
  if (!isHome) return;
  const nodes = workspace.home
    ? renderBlocks(workspace.home.blocks, surfaceOf({ view_id: workspace.home.id }))
    : [make("p", { class: "empty", text: "Baton has published nothing here." })];
  const shown = $("home").firstElementChild;
  const fresh = make("div", { class: "view" }, ...nodes);
  if (shown?.dataset.of === here.person.id) morph(shown, fresh);
  else $("home").replaceChildren(fresh);
  $("home").firstElementChild.dataset.of = here.person.id;
}
