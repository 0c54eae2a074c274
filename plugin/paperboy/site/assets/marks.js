// The buttons of each paper: star and read, with what they keep, and cite.

import { make } from "./dom.js";
import { idOf, PAPER, starOf } from "./papers.js";
import { addStar, dropStar, markRead, readMarks, stars } from "./store.js";
import words from "./words.js";

const buttons = make("span", { class: "paper-buttons" });
for (const [name, label] of [["cite", words.cite], ["star", words.star], ["read", words.read]]) {
  const attributes = { type: "button", class: `paper-button paper-button--${name}`, "data-mark": name };
  const pressed = name === "cite" ? {} : { "aria-pressed": "false" };
  buttons.append(make("button", { ...attributes, ...pressed, "aria-label": label, title: label }));
}

/**
 * Show the marks of all papers as they are kept; a paper without buttons gets them.
 * @param {Iterable<{node: HTMLElement, id: string}>} papers
 */
export function showMarks(papers) {
  const read = readMarks();
  const starred = stars();
  for (const { node, id } of papers) {
    if (!node.querySelector(".paper-buttons")) node.querySelector(".paper-head")?.append(buttons.cloneNode(true));
    show(node, "star", starred.has(id));
    show(node, "read", read.has(id));
  }
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {boolean} on
 */
function show(node, name, on) {
  node.querySelector(`[data-mark="${name}"]`)?.setAttribute("aria-pressed", String(on));
  node.toggleAttribute(`data-${name}`, on);
}

/** @type {Map<string, import("./star.js").Star>} */
const dropped = new Map();

/**
 * Set or take away one mark.
 * @param {HTMLElement} node the paper
 * @param {string} name star or read
 */
export function toggleMark(node, name) {
  const id = idOf(node);
  const on = !node.hasAttribute(`data-${name}`);
  if (name === "read") markRead(id, on);
  else if (on) addStar(dropped.get(id) ?? starOf(node));
  else {
    const star = stars().get(id);
    if (star) dropped.set(id, star); // the starred page shows less than was kept
    dropStar(id);
  }
  show(node, name, on);
}

/** @param {Element | null} element */
export function paperOf(element) {
  return /** @type {HTMLElement | null} */ (element?.closest(PAPER) ?? null);
}
