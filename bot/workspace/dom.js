// Elements: how they are made, and how one that is shown becomes another without losing focus, scroll or what is open.

const HANDLERS = ["onclick", "onchange", "onsubmit", "onkeydown", "onpointerdown"];
const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

/** An element with text, attributes, handlers and children. */
export function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  if (text !== undefined && text !== null) element.append(String(text));
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of a drawing. */
export function draw(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.append(String(text));
  element.append(...children);
  return element;
}

const ICONS = {
  attach: "M15 7v8a5 5 0 0 1-10 0V6a3.3 3.3 0 0 1 6.6 0v8a1.6 1.6 0 0 1-3.2 0V7",
  bolt: "M11 2 4 11.5h5L8 18l8-10h-5.5z",
  close: "M5 5l10 10M15 5 5 15",
  code: "M7 6 3 10l4 4M13 6l4 4-4 4",
  copy: "M7 7h9v10H7zM4 13V3h9",
  down: "M10 3v10m-4-4 4 4 4-4M4 17h12",
  edit: "M4 16l1-4 8-8 3 3-8 8zM11.5 5.5l3 3",
  eye: "M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10zM12.3 10a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0z",
  file: "M5 2h7l3.5 3.5V18H5zM12 2v4h3.5",
  image: "M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13.5 7.5h.01",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  menu: "M3 5h14M3 10h14M3 15h14",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  react: "M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0zM7 8h.01M13 8h.01M6.7 12a4 4 0 0 0 6.6 0",
  reply: "M4 4h12v9H9l-4 3.5V13H4z",
  search: "M14 8.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM12.5 12.5 17 17",
  send: "M3 3.5 17.5 10 3 16.5 5.5 10zM5.5 10H11",
  stop: "M6 6h8v8H6z",
  thumbdown: "M6 3v9M6 12l3.2 5c1.3 0 2-.9 1.8-2.2L10.5 12h4.3c1.1 0 1.9-1 1.6-2.1L15 4.6A2 2 0 0 0 13.1 3H6zM6 3H3.5v9H6",
  thumbup: "M6 17V8M6 8l3.2-5c1.3 0 2 .9 1.8 2.2L10.5 8h4.3c1.1 0 1.9 1 1.6 2.1L15 15.4a2 2 0 0 1-1.9 1.6H6zM6 17H3.5V8H6",
  trash: "M4 6h12M8 6V3.5h4V6M5.5 6l.8 11h7.4l.8-11",
};

/** A small drawing that says nothing to a screen reader: its button has the words. */
export function icon(name) {
  return draw("svg", { viewBox: "0 0 20 20", class: `icon icon-${name}`, "aria-hidden": "true" }, draw("path", { d: ICONS[name] }));
}

/** A link, if it leads where a link may lead; otherwise its words and its address as plain text. */
export function link(address, label) {
  if (!/^(https?:|mailto:)/i.test(address)) {
    return document.createTextNode(label === address ? label : `${label} (${address})`);
  }
  const target = address.startsWith(`${location.origin}/#`) ? null : "_blank";
  return make("a", { href: address, target, rel: "noopener noreferrer", text: label });
}

/** Turns `old` into `fresh` in place and returns what is shown now. Nodes that stay keep focus, scroll and what is open. */
export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.drawn !== fresh.drawn) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  // What carries `drawn` has a life of its own (pages of a table): the same stays as it is.
  if (old.drawn !== undefined) return old;
  morphAttributes(old, fresh);
  for (const name of HANDLERS) old[name] = fresh[name];
  if (old.nodeName !== "TEXTAREA") morphChildren(old, fresh);
  return old;
}

function morphAttributes(old, fresh) {
  const isPersons = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isPersons(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isPersons(name)) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const wanted = [...fresh.childNodes];
  const keys = new Set(wanted.map(keyOf).filter(Boolean));
  const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = old.firstChild;
  for (const child of wanted) {
    while (at && keyOf(at) && !keys.has(keyOf(at))) at = removed(at);
    const key = keyOf(child);
    const match = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
    if (!match) {
      old.insertBefore(child, at);
      continue;
    }
    if (match !== at) old.insertBefore(match, at);
    at = morph(match, child).nextSibling;
  }
  while (at) at = removed(at);
}

const keyOf = (node) => node.dataset?.key;

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
