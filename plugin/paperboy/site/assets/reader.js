// The reader's tools on a generated page: this file only ties the others together.

import "./abstracts.js";
import { cite } from "./cite.js";
import { listenForCorrections } from "./correct.js";
import { listen, goTo, move, showKeys } from "./keys.js";
import { addLinks } from "./links.js";
import { paperOf, showMarks, toggleMark } from "./marks.js";
import { linkOf, nodesOf, pageOf, papersIn, targetId } from "./papers.js";
import { parts } from "./parts.js";
import { onOtherTab } from "./store.js";
import { nextTitles } from "./titles.js";
import { toolbar } from "./toolbar.js";

/** @type {import("./papers.js").Paper[]} */
let papers = [];
/** @type {HTMLElement | null} */
let tools = null;
/** @type {import("./parts.js").Parts | undefined} */
let list;
/** @type {{update: () => void, added: (all: import("./papers.js").Paper[]) => void, find: () => void} | undefined} */
let bar;

async function start() {
  list?.stop();
  papers = papersIn(document);
  tools = document.querySelector(".paper-tools");
  list = tools ? parts(added) : undefined;
  bar = tools ? toolbar(tools, papers, list, { showKeys, citeShown }) : undefined;
  showMarks(papers);
  addLinks(nodesOf(document));
  const stars = /** @type {HTMLElement | null} */ (document.querySelector(".paper-stars"));
  if (stars) papers = (await import("./starred.js")).starredPage(stars);
  const place = /** @type {HTMLElement | null} */ (document.querySelector(".paper-search"));
  if (place) (await import("./search.js")).searchPage(place, (found) => (papers = found));
  const link = /** @type {HTMLElement | null} */ (document.querySelector(".paper-permalink"));
  if (link) await (await import("./permalink.js")).permalink(link);
  const wanted = targetId();
  // A paper may stand in another part than when its address was noted.
  if (list && /\d{4}/.test(wanted) && !document.getElementById(wanted)) await list.all();
  // Papers above it have their real height only now that they have been near the screen.
  if (wanted) requestAnimationFrame(() => showTarget(wanted));
}

/** @param {string} id */
function showTarget(id) {
  const node = document.getElementById(id);
  // What has come after the page is no target yet: the same address once more makes it one.
  if (node?.matches(".paper:not(:target)")) location.replace(location.hash);
  node?.closest(".paper")?.scrollIntoView();
}

/** More papers have come. */
function added() {
  papers = papersIn(document);
  showMarks(papers);
  addLinks(nodesOf(document));
  bar?.added(papers);
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
  toggleMark(node, name);
  bar?.update();
  if (focused && node.hidden && after) goTo(after);
}

function shown() {
  return papers.filter(({ node }) => !node.hidden).map(({ node }) => node);
}

/** All papers of the list that the filters leave. */
async function citeShown() {
  if (list?.left() && !(await list.all())) return; // it has been said what is missing
  if (shown().length) cite(shown());
}

let fetching = false;

/** To the next paper, which may not be on the page yet. */
async function forward(/** @type {KeyboardEvent} */ event) {
  if (fetching || move(shown(), 1, event.repeat)) return;
  fetching = true;
  while ((await list?.next()) && !move(shown(), 1, event.repeat));
  fetching = false;
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

/** A short entry leads to the page of its category on its date. */
function categoryOfEntry() {
  const node = paperOf(document.activeElement) ?? shown()[0];
  return node && pageOf(node).href.split("#")[0];
}

/** In a list of several dates, that of the paper. */
function dayOfEntry() {
  return categoryOfEntry()?.replace(/(\/\d{4}\/\d\d\/\d\d\/).*?(index\.html)?$/, "$1$2");
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
  j: forward,
  k: (event) => move(shown(), -1, event.repeat),
  o: once(open),
  s: once((node) => mark(node, "star")),
  r: once((node) => mark(node, "read")),
  c: once((node) => cite([node])),
  t: (event) => event.repeat || nextTitles(),
  "g d": () => visit(tools?.dataset.day ?? dayOfEntry()),
  "g c": () => visit(tools?.dataset.category ?? categoryOfEntry()),
  "/": search,
  f: () => bar?.find(),
  "?": showKeys,
});

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-mark]");
  const node = paperOf(button);
  const name = button?.getAttribute("data-mark");
  if (node && name === "cite") cite([node]);
  else if (node && name) mark(node, name);
});
document.addEventListener("paperboy:changed", start);
listenForCorrections();
onOtherTab(refresh);

// A theme that swaps pages without loading them, as Material does on request, tells of each.
const pages = /** @type {any} */ (window).document$;
if (pages) pages.subscribe(start);
else start();
