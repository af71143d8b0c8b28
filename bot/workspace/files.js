// Files of a message: pictures and texts to look at, all of them to open and to download.

import { icon, make } from "./dom.js";
import { bytesAt, fileAt } from "./wire.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

export function fileCard(file) {
  const address = fileAt(file.id);
  const name = file.title || file.name;
  const about = [file.pretty_type ?? file.filetype?.toUpperCase(), sizeWords(file.size)].filter(Boolean).join(" · ");
  return make("figure", { class: "file", "data-key": file.id },
    make("figcaption", {}, icon("file"),
      make("span", { class: "file-name" }, make("a", { href: address, target: "_blank", rel: "noopener", text: name }), make("small", { text: about })),
      make("a", { class: "tool", href: bytesAt(file.id, file.name), download: file.name ?? name, "aria-label": `Download ${name}`, title: "Download" }, icon("down"))),
    PICTURES.includes(file.mimetype) && make("a", { href: address, target: "_blank", rel: "noopener" },
      make("img", { class: "picture", src: bytesAt(file.id, file.name), alt: file.alt_txt ?? name, loading: "lazy" })),
    file.preview && make("pre", { tabindex: "0", "aria-label": `Preview of ${name}`, text: file.preview }));
}

export function sizeWords(bytes) {
  if (bytes === undefined) return "";
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
