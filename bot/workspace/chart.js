// `data_visualization` as a drawing, with the same numbers as a table for who does not see it.

import { draw, make } from "./dom.js";
import { tableFrame } from "./tables.js";

const WIDE = 560;
const HIGH = 220;
const EDGE = { left: 56, right: 12, top: 12, bottom: 30 };

export function chart(block) {
  const { chart: given, title } = block;
  const isPie = given.type === "pie";
  const series = isPie ? [{ name: title, data: given.segments }] : given.series;
  const drawing = isPie ? pie(given.segments) : axes(given, series);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${title}: ${given.type} chart; its numbers follow as a table`);
  const legend = isPie ? given.segments.map((one) => one.label) : series.length > 1 ? series.map((one) => one.name) : [];
  const node = make("figure", { class: "chart" },
    make("figcaption", { text: title }), drawing,
    legend.length > 0 && make("p", { class: "legend", "aria-hidden": "true" },
      ...legend.map((name, place) => make("span", {}, make("i", { class: `series-${place % 6}` }), name))),
    make("details", {}, make("summary", { text: "Numbers" }), numbers(title, given, series)));
  node.drawn = JSON.stringify({ ...block, block_id: undefined });
  return node;
}

function numbers(title, given, series) {
  const labels = given.axis_config?.categories ?? series[0].data.map((point) => point.label);
  const row = (label, place) => make("tr", {}, make("th", { scope: "row", text: label }),
    ...series.map((one) => make("td", { class: "align-right", text: shown(valueAt(one, label, place)) })));
  return tableFrame(title,
    make("thead", {}, make("tr", {}, make("th", { scope: "col", text: given.axis_config?.x_label ?? "" }),
      ...series.map((one) => make("th", { scope: "col", class: "align-right", text: one.name })))),
    make("tbody", {}, ...labels.map(row)));
}

const shown = (value) => (value === undefined ? "" : value.toLocaleString());
const valueAt = (series, label, place) => (series.data.find((point) => point.label === label) ?? series.data[place])?.value;

// bars, lines and areas

function axes(given, series) {
  const labels = given.axis_config.categories;
  const all = series.flatMap((one) => one.data.map((point) => point.value));
  const ticks = scale(Math.min(0, ...all), Math.max(0, ...all));
  const [low, high] = [ticks[0], ticks.at(-1)];
  const y = (value) => EDGE.top + ((high - value) / (high - low)) * (HIGH - EDGE.top - EDGE.bottom);
  const step = (WIDE - EDGE.left - EDGE.right) / labels.length;
  const x = (place) => EDGE.left + step * (place + 0.5);
  const marks = series.map((one, at) => {
    const values = labels.map((label, place) => valueAt(one, label, place) ?? 0);
    return given.type === "bar" ? bars(values, at, series.length, step, x, y) : line(values, at, given.type === "area", x, y);
  });
  return draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}` }, ...ticks.flatMap((tick) => gridLine(tick, y)), ...names(labels, x), ...marks.flat());
}

/** Round numbers from at most `low` to at least `high`, and never one alone. */
function scale(low, high) {
  if (high === low) high = low + 1;
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  const ticks = [];
  for (let tick = Math.floor(low / step); tick * step < high; tick += 1) ticks.push(tick * step);
  return [...ticks, ticks.at(-1) + step];
}

function gridLine(tick, y) {
  const words = tick.toLocaleString(undefined, { notation: Math.abs(tick) >= 1e5 ? "compact" : "standard" });
  return [draw("line", { class: "grid", x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(tick), y2: y(tick) }),
    draw("text", { class: "tick", x: EDGE.left - 8, y: y(tick) + 4, "text-anchor": "end", text: words })];
}

function names(labels, x) {
  const every = Math.ceil(labels.length / 8);
  return labels.flatMap((label, place) => (place % every ? [] : [draw("text", { class: "tick", x: x(place), y: HIGH - 10, "text-anchor": "middle", text: label })]));
}

function bars(values, at, count, step, x, y) {
  const wide = Math.min(48, (step * 0.7) / count);
  return values.map((value, place) => draw("rect", { class: `series-${at % 6}`, x: x(place) + (at - count / 2) * wide + 1, width: wide - 2,
    y: Math.min(y(value), y(0)), height: Math.abs(y(value) - y(0)), rx: 2 }));
}

function line(values, at, isArea, x, y) {
  const points = values.map((value, place) => `${x(place)},${y(value)}`);
  const area = `${x(0)},${y(0)} ${points.join(" ")} ${x(values.length - 1)},${y(0)}`;
  return [...(isArea ? [draw("polygon", { class: `area series-${at % 6}`, points: area })] : []),
    draw("polyline", { class: `line series-${at % 6}`, points: points.join(" ") }),
    ...values.map((value, place) => draw("circle", { class: `series-${at % 6}`, cx: x(place), cy: y(value), r: 3 }))];
}

function pie(segments) {
  const total = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  let turned = 0;
  const slices = segments.map((one, place) => {
    // A circle's outline of length 100, of which each slice draws its part.
    const slice = draw("circle", { class: `slice series-${place % 6}`, r: 15.9155, cx: 21, cy: 21,
      "stroke-dasharray": `${(one.value / total) * 100} 100`, "stroke-dashoffset": -turned });
    turned += (one.value / total) * 100;
    return slice;
  });
  return draw("svg", { viewBox: "0 0 42 42", class: "pie" }, ...slices);
}
