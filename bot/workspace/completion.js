// Completion while somebody types: @ for people, groups and the app, # for channels, / for commands.

import { make } from "./dom.js";
import { avatar, channelSign } from "./people.js";
import { channelsOf, here, outsiders, workspace } from "./workspace.js";

const MOST = 8;
let numbers = 0;

/** Offers completions above `area`, in a list put before `form`'s children; `commands` says whether / is one here. */
export function complete(area, form, { commands }) {
  const list = make("ul", { class: "completions", role: "listbox", "aria-label": "Suggestions", id: `completions-${(numbers += 1)}`, hidden: true });
  form.prepend(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  const shown = { entries: [], at: 0, from: 0 };

  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const pick = (entry) => {
    area.setRangeText(`${entry.insert} `, shown.from, area.selectionStart, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input"));
  };
  const paint = () => {
    list.replaceChildren(...shown.entries.map((entry, place) => option(entry, `${list.id}-${place}`, place === shown.at, () => pick(entry))));
    area.setAttribute("aria-activedescendant", `${list.id}-${shown.at}`);
    list.children[shown.at].scrollIntoView({ block: "nearest" });
  };

  area.addEventListener("input", () => {
    const { from, entries } = found(area.value.slice(0, area.selectionStart), commands);
    Object.assign(shown, { entries, from, at: 0 });
    list.hidden = entries.length === 0;
    if (entries.length) paint();
    else close();
  });
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      shown.at = (shown.at + step + shown.entries.length) % shown.entries.length;
      paint();
    } else if (event.key === "Enter" || event.key === "Tab") pick(shown.entries[shown.at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}

function option({ words, about, sign }, id, isChosen, pick) {
  return make("li", { id, role: "option", "aria-selected": String(isChosen), onpointerdown: (event) => {
    event.preventDefault();
    pick();
  } }, sign, make("strong", { text: words }), about && make("small", { text: about }));
}

/** What could be meant at the end of `text`, and where it begins; nothing when it is complete already. */
function found(text, commands) {
  const [mark, typed, from] = typing(text, commands);
  const wanted = plain(typed);
  const fits = ({ words }) => ` ${plain(words)}`.includes(` ${wanted}`);
  const entries = mark ? OFFERED[mark]().filter(fits).slice(0, MOST) : [];
  const isComplete = entries.some((entry) => plain(entry.insert) === mark + wanted);
  return { from, entries: isComplete ? [] : entries };
}

/** The mark, what follows it up to the caret, and where the mark stands. */
function typing(text, commands) {
  if (commands && /^\/\S*$/.test(text)) return ["/", text.slice(1), 0];
  const at = /(?:^|[\s(])([@#])([\p{L}\p{N}._-]*(?: \p{L}*)?)$/u.exec(text);
  return at ? [at[1], at[2], text.length - at[2].length - 1] : ["", "", 0];
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const sign = (text) => make("span", { class: "sign", "aria-hidden": "true", text });

const OFFERED = {
  "@": () => [
    { words: workspace.app.name, insert: `@${workspace.app.name}`, about: "app", sign: avatar(workspace.app.id, workspace.app.name) },
    ...workspace.people.filter((person) => !person.external || outsiders().includes(person)).map((person) =>
      ({ words: person.name, insert: `@${person.name}`, about: person.title, sign: avatar(person.id, person.name) })),
    ...workspace.groups.map((group) => ({ words: group.handle, insert: `@${group.handle}`, about: `group of ${group.members.length}`, sign: sign("@") })),
  ],
  "#": () => channelsOf(here.person).filter((channel) => !channel.direct).map((channel) =>
    ({ words: channel.name, insert: `#${channel.name}`, about: channel.topic, sign: channelSign(channel) })),
  "/": () => workspace.commands.map((command) =>
    ({ words: command.command.slice(1), insert: command.command, about: [command.description, command.usage_hint].filter(Boolean).join(" · "), sign: sign("/") })),
};
