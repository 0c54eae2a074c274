// The reader's tools on a generated page: this file only ties the others together.

import "./abstracts.js";
import { listen, goTo, move, showKeys } from "./keys.js";
import { paperOf, showMarks, toggleMark } from "./marks.js";
import { linkOf, papersIn } from "./papers.js";
import { onOtherTab } from "./store.js";
import { nextTitles } from "./titles.js";
import { toolbar } from "./toolbar.js";

/** @type {import("./papers.js").Paper[]} */
let papers = [];
/** @type {HTMLElement | null} */
let tools = null;
/** @type {{update: () => void, find: () => void} | undefined} */
let bar;

async function start() {
  papers = papersIn(document);
  tools = document.querySelector(".paper-tools");
  bar = tools ? toolbar(tools, papers, showKeys) : undefined;
  showMarks(papers);
  const list = /** @type {HTMLElement | null} */ (document.querySelector(".paper-stars"));
  if (list) papers = (await import("./starred.js")).starredPage(list);
  const place = /** @type {HTMLElement | null} */ (document.querySelector(".paper-search"));
  if (place) (await import("./search.js")).searchPage(place, (found) => (papers = found));
  // Papers above it have their real height only now that they have been near the screen.
  if (location.hash) requestAnimationFrame(() => document.querySelector(".paper:target")?.scrollIntoView());
}

function refresh() {
  showMarks(papers);
  bar?.update();
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 */
function mark(node, name) {
  const focused = node.contains(document.activeElement);
  const after = shown().slice(shown().indexOf(node) + 1)[0] ?? shown().at(-2);
  toggleMark(node, name, node.dataset.date ?? tools?.dataset.date);
  bar?.update();
  if (focused && node.hidden && after) goTo(after);
}

function shown() {
  return papers.filter(({ node }) => !node.hidden).map(({ node }) => node);
}

/** The paper that the keys mean: the one with the focus, else the first in view. */
function current() {
  const here = paperOf(document.activeElement);
  if (!here) move(shown(), 1, true);
  return here ?? paperOf(document.activeElement);
}

/** @param {(node: HTMLElement) => void} action */
function once(action) {
  return (/** @type {KeyboardEvent} */ event) => {
    const node = event.repeat ? null : current();
    if (node) action(node);
  };
}

/** @param {HTMLElement} node */
function open(node) {
  const abstract = node.querySelector("details.paper-abstract");
  const later = /** @type {HTMLElement | null} */ (node.querySelector(".paper-fetch > a"));
  if (abstract) abstract.toggleAttribute("open");
  else (later ?? linkOf(node)).click();
}

/** @param {string | undefined} address */
function visit(address) {
  if (address) location.assign(address);
}

/** A short entry leads to the page of its category on that date. */
function categoryOfEntry() {
  const node = paperOf(document.activeElement) ?? shown()[0];
  return node && linkOf(node).href.split("#")[0];
}

/** To the search, which a site may not have: then to what looks for a phrase on the page. */
function search() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector(".paper-search [name=q]"));
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector("a.paper-search-link"));
  if (field) field.select();
  else if (link) location.assign(link.href);
  else bar?.find();
}

listen({
  j: (event) => move(shown(), 1, event.repeat),
  k: (event) => move(shown(), -1, event.repeat),
  o: once(open),
  s: once((node) => mark(node, "star")),
  r: once((node) => mark(node, "read")),
  t: (event) => event.repeat || nextTitles(),
  "g d": () => visit(tools?.dataset.day),
  "g c": () => visit(tools?.dataset.category ?? categoryOfEntry()),
  "/": search,
  f: () => bar?.find(),
  "?": showKeys,
});

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-mark]");
  const node = paperOf(button);
  if (button && node) mark(node, button.getAttribute("data-mark") ?? "");
});
document.addEventListener("paperboy:changed", start);
onOtherTab(refresh);

// A theme that swaps pages without loading them, as Material does on request, tells of each.
const pages = /** @type {any} */ (window).document$;
if (pages) pages.subscribe(start);
else start();
