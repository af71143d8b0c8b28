// What can be told of any state of the page by looking at all of it: each check returns what is wrong.
({
  /** Words whose contrast with what they stand on is below 4.5 (3 for big ones). */
  contrast() {
    const parts = (colour) => {
      const numbers = colour.match(/[\d.]+/g).map(Number);
      return colour.startsWith("color(") ? [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
    };
    const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const light = (colour) => colour.slice(0, 3).reduce((sum, part, at) => sum + linear(part / 255) * [0.2126, 0.7152, 0.0722][at], 0);
    const over = (under, [r, g, b, a]) => [r, g, b].map((part, at) => part * a + under[at] * (1 - a));
    const ground = (node) => {
      const layers = [];
      for (let at = node; at && layers.at(-1)?.[3] !== 1; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor));
      return layers.reverse().reduce(over, [255, 255, 255]);
    };
    const faint = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const words = walker.currentNode.data.trim().slice(0, 30);
      const node = walker.currentNode.parentElement;
      const isShown = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      if (!words || !isShown || node.closest(".unseen, svg, .skip, :disabled")) continue;
      const style = getComputedStyle(node);
      const [one, two] = [light(parts(style.color)), light(ground(node))];
      const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) faint.add(`${node.tagName}.${node.className} “${words}” ${ratio.toFixed(2)}`);
    }
    return [...faint];
  },

  /** Controls and pictures without a name for who does not see them. */
  nameless() {
    const controls = "button, a[href], input:not([type=file]), textarea, select, [role=img], img, summary";
    const isNamed = (node) => node.getAttribute("aria-label") || node.getAttribute("aria-labelledby") || node.innerText?.trim() || node.alt || node.labels?.length;
    return [...document.querySelectorAll(controls)].filter((node) => node.checkVisibility() && !isNamed(node)).map((node) => node.outerHTML.slice(0, 120));
  },

  /** What is wider than its place, except what scrolls by itself. */
  cutOff() {
    return [...document.querySelectorAll("body, main, aside, article, #home, #inspected, dialog")]
      .filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1)
      .map((node) => `${node.tagName}#${node.id} ${node.scrollWidth} > ${node.clientWidth}`);
  },

  /** What moves. */
  moving() {
    return document.getAnimations().filter((one) => one.playState === "running").map((one) => one.animationName);
  },

  /** Where the focus is, and whether one sees it. */
  focus() {
    const node = document.activeElement;
    const style = getComputedStyle(node.matches("textarea") ? node.closest(".composer") : node);
    return { part: node.closest("nav, main, aside")?.id ?? node.className, name: node.dataset.testid ?? node.outerHTML.slice(0, 90),
      isSeen: style.outlineStyle !== "none" || style.boxShadow !== "none" };
  },
})
