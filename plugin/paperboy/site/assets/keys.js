// Single keys for everything on a page, and the sheet that tells them. They can be turned off (WCAG 2.1.4).

import { make } from "./dom.js";
import { linkOf } from "./papers.js";
import { paperOf } from "./marks.js";
import { choice } from "./store.js";
import words from "./words.js";

/** @typedef {Record<string, (event: KeyboardEvent) => unknown>} Actions */

const PAUSE = 1500; // milliseconds that `g` waits for the second key

const SHEET = [
  ["j k", words.keyNext],
  ["o", words.keyOpen],
  ["s", words.keyStar],
  ["r", words.keyRead],
  ["c", words.keyCite],
  ["t", words.keyTitles],
  ["g d", words.keyDay],
  ["g c", words.keyCategory],
  ["/", words.keySearch],
  ["f", words.keyFind],
  ["?", words.keyHelp],
];

/** @type {HTMLDialogElement | undefined} */
let sheet;

/** Open the sheet of keys, or close it. */
export function showKeys() {
  const dialog = (sheet ??= makeSheet());
  if (!dialog.isConnected) document.body.append(dialog);
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

/** @returns {HTMLDialogElement} */
function makeSheet() {
  const use = make("input", {
    type: "checkbox",
    checked: choice.get("keys") !== "off",
    onchange: () => choice.set("keys", use.checked ? "on" : "off"),
  });
  const rows = SHEET.map(([keys, text]) =>
    make("div", {}, make("dt", {}, ...keys.split(" ").flatMap((key) => [make("kbd", {}, key), " "])), make("dd", {}, text)),
  );
  return make(
    "dialog",
    { class: "paper-keys md-typeset", "aria-label": words.keys },
    make("h2", {}, words.keys),
    make("dl", {}, ...rows),
    make("label", {}, use, words.useKeys),
    make("form", { method: "dialog" }, make("button", { autofocus: true }, words.close)),
  );
}

/** @param {Actions} actions by key; two keys after one another with a space between them */
export function listen(actions) {
  let first = "";
  let waiting = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const field = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape" && field.closest?.(".paper-filters, .paper-search")) field.blur();
    if (isTyping(field) || choice.get("keys") === "off" || (document.querySelector("dialog[open]") && !(sheet?.open && event.key === "?"))) return;
    const key = `${first}${event.key}`;
    first = "";
    clearTimeout(waiting);
    if (key === "g") {
      first = "g ";
      waiting = setTimeout(() => (first = ""), PAUSE);
    }
    const action = actions[key];
    if (!action) return;
    // The theme has keys of its own, and listens on the window.
    event.preventDefault();
    event.stopPropagation();
    action(event);
  });
}

/** @param {HTMLElement} element */
function isTyping(element) {
  return element.isContentEditable || element.matches?.("select, textarea, input:not([type=checkbox], [type=radio])");
}

/**
 * Move from the paper that has the focus (or the first in view) to the next that is shown.
 * @param {HTMLElement[]} nodes the papers that are shown
 * @param {number} step 1 or -1
 * @param {boolean} held the key is held down
 * @returns {boolean} whether there is one
 */
export function move(nodes, step, held) {
  const here = paperOf(document.activeElement);
  let index = here ? nodes.indexOf(here) + step : nearest(nodes, step);
  if (here && !nodes.includes(here)) index = nearest(nodes, step);
  if (nodes[index]) goTo(nodes[index], held);
  return Boolean(nodes[index]);
}

/**
 * @param {HTMLElement[]} nodes
 * @param {number} step
 */
function nearest(nodes, step) {
  const below = nodes.findIndex((node) => node.getBoundingClientRect().top >= headerHeight());
  return step > 0 ? below : (below < 0 ? nodes.length : below) - 1;
}

function headerHeight() {
  return document.querySelector(".md-header")?.getBoundingClientRect().bottom ?? 0;
}

/**
 * Focus a paper; the page moves only where the paper is not in view as a whole.
 * @param {HTMLElement} node
 * @param {boolean} [held]
 */
export function goTo(node, held = false) {
  linkOf(node).focus({ preventScroll: true });
  const { top, bottom } = node.getBoundingClientRect();
  if (top >= headerHeight() && bottom <= innerHeight) return;
  const calm = held || matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "start", behavior: calm ? "instant" : "smooth" });
}
