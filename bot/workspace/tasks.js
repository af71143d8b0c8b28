// What the app is doing: one `task_card`, and a `plan` of several.

import { link, make } from "./dom.js";
import { richText } from "./rich.js";

const WORDS = { pending: "Waiting", in_progress: "In progress", complete: "Done", error: "Failed" };

export function taskCard(task, surface) {
  const about = [
    task.details && make("div", { class: "task-details" }, ...richText(task.details, surface)),
    task.output && make("div", { class: "task-output" }, ...richText(task.output, surface)),
    task.sources?.length > 0 && make("ul", { class: "sources", "aria-label": "Sources" },
      ...task.sources.map((source) => make("li", {}, link(source.url, source.text)))),
  ].filter(Boolean);
  const title = [sign(task.status), make("span", { class: "task-title", text: task.title })];
  const attributes = { class: "task", "data-status": task.status };
  if (!about.length) return make("div", attributes, make("p", { class: "task-line" }, ...title));
  return make("div", attributes, make("details", {}, make("summary", { class: "task-line" }, ...title), ...about));
}

function sign(status) {
  return make("span", { class: "task-sign", role: "img", "aria-label": WORDS[status] ?? status });
}

export function plan(block, surface) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => task.status === "complete").length;
  return make("div", {}, make("details", { open: true },
    make("summary", {}, make("span", { class: "plan-title", text: block.title }),
      tasks.length > 0 && make("small", { text: `${done} of ${tasks.length} done` })),
    make("ol", {}, ...tasks.map((task) => make("li", { "data-key": task.task_id }, taskCard(task, surface))))));
}
