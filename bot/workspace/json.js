// JSON that is pleasant to read: indented, with names, texts and numbers told apart.

import { make } from "./dom.js";

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON text as nodes for a `pre`. */
export function json(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [all, quoted, colon, word] = found;
    const kind = colon ? "name" : quoted ? "text" : word ? "word" : "number";
    nodes.push(text.slice(end, found.index), make("span", { class: `json-${kind}`, text: quoted ?? all }), colon ?? "");
    end = found.index + all.length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}
