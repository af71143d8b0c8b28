// Tables: `table`, and `data_table` with its pages and its sorting.

import { make } from "./dom.js";
import { richText } from "./rich.js";

/** A table in a frame that scrolls by itself, also from the keyboard. */
export function tableFrame(label, ...parts) {
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, make("table", {}, ...parts));
}

export function table(block, surface) {
  const [head, ...body] = block.rows;
  const side = (cell, column) => block.column_settings?.[column]?.align ?? sideOf(body, cell, column);
  const cells = (row, tag) => row.map((cell, column) =>
    make(tag, { scope: tag === "th" ? "col" : null, class: `align-${side(cell, column)}` }, ...cellNodes(cell, surface)));
  return make("div", {}, tableFrame("Table",
    make("thead", {}, make("tr", {}, ...cells(head, "th"))),
    make("tbody", {}, ...body.map((row) => make("tr", {}, ...cells(row, "td"))))));
}

/** Numbers stand to the right, and so does the heading over a column of them. */
function sideOf(body, cell, column) {
  const isNumbers = body.length > 0 && body.every((row) => row[column]?.type === "raw_number");
  return cell.type === "raw_number" || isNumbers ? "right" : "left";
}

function cellNodes(cell, surface) {
  if (cell.type === "rich_text") return richText(cell, surface);
  return [String(cell.text ?? cell.value ?? "")];
}

export function dataTable(block, surface) {
  const node = make("div", {});
  const [head, ...body] = block.rows;
  const size = block.page_size ?? 5;
  const shows = { page: 0, column: null, rises: true };
  const paint = () => {
    const rows = sorted(body, shows);
    const from = shows.page * size;
    const onSort = (column) => {
      Object.assign(shows, { page: 0, column, rises: column === shows.column ? !shows.rises : true });
      paint();
      node.querySelectorAll("th button")[column].focus();
    };
    node.replaceChildren(
      tableFrame(block.caption,
        make("caption", { text: block.caption }),
        make("thead", {}, make("tr", {}, ...head.map((cell, column) => heading(cell, column, body, shows, onSort)))),
        make("tbody", {}, ...rows.slice(from, from + size).map((row) => dataRow(row, block.row_header_column_index ?? 0, body, surface)))),
      ...(body.length > size ? [pager(shows, size, body.length, paint)] : []));
  };
  paint();
  node.drawn = JSON.stringify({ ...block, block_id: undefined });
  return node;
}

function heading(cell, column, body, shows, onSort) {
  const isSorted = shows.column === column;
  return make("th", { scope: "col", class: `align-${sideOf(body, cell, column)}`,
    "aria-sort": isSorted ? (shows.rises ? "ascending" : "descending") : null },
    make("button", { type: "button", class: "plain", onclick: () => onSort(column) }, String(cell.text ?? cell.value ?? ""),
      make("span", { class: "sort", "aria-hidden": "true", text: isSorted ? (shows.rises ? "▲" : "▼") : "" })));
}

function dataRow(row, headerColumn, body, surface) {
  return make("tr", {}, ...row.map((cell, column) =>
    make(column === headerColumn ? "th" : "td", { scope: column === headerColumn ? "row" : null, class: `align-${sideOf(body, cell, column)}` },
      ...cellNodes(cell, surface))));
}

function sorted(body, { column, rises }) {
  if (column === null) return body;
  const value = (row) => row[column].value ?? plain(row[column]);
  const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
  return [...body].sort((a, b) => order(value(a), value(b)) * (rises ? 1 : -1));
}

const plain = (cell) => (cell.type === "rich_text" ? cell.elements.flatMap((part) => part.elements.map((one) => one.text ?? "")).join("") : cell.text ?? "");

function pager(shows, size, count, paint) {
  const last = Math.ceil(count / size) - 1;
  const step = (words, by) => make("button", { type: "button", text: words, disabled: shows.page + by < 0 || shows.page + by > last,
    onclick: () => {
      shows.page += by;
      paint();
    } });
  const from = shows.page * size;
  return make("p", { class: "pager" }, step("Previous", -1),
    make("span", { role: "status", text: `${from + 1}–${Math.min(from + size, count)} of ${count}` }), step("Next", 1));
}
