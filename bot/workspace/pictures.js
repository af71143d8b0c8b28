// Pictures in blocks: those of the workspace are shown, others are linked, since nothing is loaded from elsewhere.

import { icon, link, make } from "./dom.js";

/** The picture, if the page may load it; otherwise a link to it. */
export function picture(image, surface, kind = "") {
  const label = image.alt_text || (image.title?.text ?? "image");
  const address = surface.pictureAt(image);
  if (address) return make("img", { class: `picture ${kind}`, src: address, alt: label, loading: "lazy" });
  if (kind === "small") return make("span", { class: "picture small missing", role: "img", "aria-label": label, title: label }, icon("image"));
  return make("span", { class: "picture missing" }, icon("image"), " ", link(image.image_url ?? "", image.title?.text ?? label));
}

export function imageBlock(block, surface) {
  return make("figure", {}, block.title && make("figcaption", { text: block.title.text }), picture(block, surface));
}
