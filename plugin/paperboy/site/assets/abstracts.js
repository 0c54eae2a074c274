// Abstracts of older months: one compressed file a day, fetched when the first of them is opened.

import { make, say } from "./dom.js";
import { dateOf } from "./papers.js";
import { SITE } from "./store.js";
import words from "./words.js";

/** @typedef {Record<string, [language: string, paragraphs: string[]][]>} Abstracts */

/** @type {Map<string, Promise<Abstracts>>} */
const files = new Map();

/** @param {string} date of the edition */
function abstracts(date) {
  const address = new URL(`${date.replaceAll("-", "/")}/abstracts.json.gz`, SITE).href;
  const found = files.get(address) ?? load(address);
  files.set(address, found);
  found.catch(() => files.delete(address)); // another try may do
  return found;
}

/** @param {string} address */
async function load(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  // A server that declares the compression has had it undone by the browser.
  const start = new Uint8Array(bytes, 0, 2);
  if (start[0] !== 0x1f || start[1] !== 0x8b) return JSON.parse(new TextDecoder().decode(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/**
 * Put the abstract in the place of its link, opened.
 * @param {HTMLElement} paper
 * @param {string} date of its edition
 */
export async function openAbstract(paper, date) {
  const place = paper.querySelector(".paper-fetch");
  if (!place) return;
  try {
    const texts = (await abstracts(date))[paper.id] ?? [];
    const details = make("details", { class: "paper-abstract", open: true }, make("summary", {}, words.abstract));
    for (const [language, paragraphs] of texts) details.append(make("div", { lang: language }, ...paragraphs.map(html)));
    const focused = place.contains(document.activeElement);
    place.replaceWith(details);
    if (focused) details.querySelector("summary")?.focus();
  } catch {
    say(words.noAbstracts);
  }
}

/**
 * A paragraph of the site's own HTML, made inert when the site was built; it is parsed apart, where nothing runs.
 * @param {string} text
 */
function html(text) {
  const parsed = new DOMParser().parseFromString(text, "text/html");
  return make("p", {}, ...parsed.body.childNodes);
}

/** @param {MouseEvent} event */
function onclick(event) {
  const link = /** @type {Element} */ (event.target).closest(".paper-fetch > a");
  const paper = /** @type {HTMLElement | null} */ (link?.closest("article.paper") ?? null);
  const date = paper && dateOf(paper);
  // With a modifier, the reader wants arXiv's page in another tab.
  if (!paper || !date || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openAbstract(paper, date);
}

if ("DecompressionStream" in window) document.addEventListener("click", onclick);
