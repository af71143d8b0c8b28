// Talking to the server: reading, doing as the person whose page it is, and hearing of changes.

import { here } from "./workspace.js";

export async function read(path, query = {}) {
  return answerOf(await fetch(`/local/${path}?${new URLSearchParams(query)}`));
}

/** Does something as the person; the answer has `error` or `notice` when it did not work. */
export async function send(path, body) {
  const response = await fetch(`/local/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: here.person.id, ...body }),
  });
  return answerOf(response);
}

/** Sends files with the words that go with them. */
export async function upload(fields, files) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ person: here.person.id, ...fields })) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return answerOf(await fetch("/local/upload", { method: "POST", body: form }));
}

async function answerOf(response) {
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return isJson ? response.json() : { error: `The workspace answered ${response.status} ${response.statusText}.` };
}

let socket = null;

/** Hears of every change from now on; an earlier listening ends. `onLost` comes before each new try. */
export function listen({ onOpen, onChange, onLost }) {
  socket?.close();
  const mine = new WebSocket(`ws${location.protocol.slice(4)}//${location.host}/local/live?person=${here.person.id}`);
  socket = mine;
  mine.onopen = () => onOpen();
  mine.onmessage = (frame) => mine === socket && onChange(JSON.parse(frame.data));
  mine.onclose = () => {
    if (mine !== socket) return;
    onLost();
    setTimeout(() => mine === socket && listen({ onOpen, onChange, onLost }), 1000);
  };
}

/** Where a file of the workspace can be read as text by the person who looks. */
export function fileAt(id) {
  return `/files/${encodeURIComponent(id)}?person=${here.person.id}`;
}

/** Where the file's own bytes lie for them. */
export function bytesAt(id, name = "file") {
  return `/files/${encodeURIComponent(id)}/download/${encodeURIComponent(name)}?person=${here.person.id}`;
}
