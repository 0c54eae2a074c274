// The papers of a page: cards and short entries, read from their HTML.

import { make } from "./dom.js";
import { SITE } from "./store.js";

/** @typedef {import("./star.js").Star} Star */

/**
 * @typedef {object} Paper
 * @property {HTMLElement} node
 * @property {string} id
 * @property {string} type new, cross or replace
 * @property {string[]} categories
 * @property {string[]} topics
 * @property {boolean} venue
 * @property {boolean} code
 * @property {boolean} votes
 */

export const PAPER = "article.paper, article.paper-ref";

const SEARCHED = ".paper-title, .paper-authors, .paper-summary, .paper-context, .paper-facts dd, .paper-abstract > div";

/**
 * @param {ParentNode} root
 * @returns {HTMLElement[]}
 */
export function nodesOf(root) {
  return [...root.querySelectorAll(/** @type {any} */ (PAPER))];
}

/**
 * @param {ParentNode} root
 * @returns {Paper[]}
 */
export function papersIn(root) {
  return nodesOf(root).map((node) => ({
    node,
    id: idOf(node),
    type: (node.dataset.announce ?? "").split("-")[0],
    categories: categoriesOf(node),
    topics: (node.dataset.topics ?? "").split(" ").filter(Boolean),
    venue: "venue" in node.dataset,
    code: "code" in node.dataset,
    votes: "votes" in node.dataset,
  }));
}

/** @param {HTMLElement} node */
function categoriesOf(node) {
  const listed = node.dataset.categories; // where the card does not show all of them
  if (listed !== undefined) return listed.split(" ").filter(Boolean);
  return [...node.querySelectorAll(".paper-head > :is(b, span:not([class]))")].map((one) => one.textContent ?? "");
}

/**
 * The title of a paper in both languages, as the site's own pages have it.
 * @param {string} title in English
 * @param {string} translated nothing where there is no translation
 * @param {string} [language] of the translation
 * @param {(text: string) => (Node | string)[]} [mark]
 */
export function titles(title, translated, language, mark = (text) => [text]) {
  if (!translated) return [make("span", { lang: "en" }, ...mark(title))];
  return [make("span", { lang: language }, ...mark(translated)), " ", make("small", { lang: "en" }, ...mark(title))];
}

/** @param {HTMLElement} node */
export function idOf(node) {
  return node.dataset.id ?? node.id;
}

/** The id that the page's address points at. */
export function targetId() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // no address of ours
  }
}

/** @type {WeakMap<HTMLElement, string>} */
const texts = new WeakMap();

/**
 * What a phrase is looked for in, made when first asked for.
 * @param {Paper} paper
 */
export function textOf({ node }) {
  const text = texts.get(node) ?? plain([...node.querySelectorAll(SEARCHED)].map((part) => part.textContent).join("\n"));
  texts.set(node, text);
  return text;
}

/** @param {string} text */
export function plain(text) {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}

/** @param {HTMLElement} node */
export function linkOf(node) {
  return /** @type {HTMLAnchorElement} */ (node.querySelector(".paper-title a"));
}

/**
 * The page that holds the paper in full.
 * @param {HTMLElement} node
 */
export function pageOf(node) {
  return new URL(node.matches(".paper") ? (node.dataset.page ?? location.href) : linkOf(node).href);
}

/**
 * The path of that page on this site.
 * @param {HTMLElement} node
 */
function pathOf(node) {
  const page = pageOf(node);
  return page.origin === SITE.origin ? decodeURI(page.pathname).slice(SITE.pathname.length) : undefined;
}

/**
 * The date of its edition.
 * @param {HTMLElement} node
 */
export function dateOf(node) {
  return pathOf(node)?.match(/^\d{4}\/\d\d\/\d\d(?=\/)/)?.[0].replaceAll("/", "-");
}

/**
 * What is kept of a paper that gets a star, and what citations are made of.
 * @param {HTMLElement} node
 * @returns {Star}
 */
export function starOf(node) {
  const link = linkOf(node);
  const translated = link.querySelector("span:has(+ small)");
  const authors = node.querySelector(".paper-authors")?.cloneNode(true);
  let more = false;
  if (authors instanceof HTMLElement) {
    more = !node.matches(".paper") && authors.querySelector("span") !== null;
    // A count and a note stand among the names; what is left is names and commas.
    for (const part of authors.querySelectorAll("summary, span")) part.replaceWith(",");
  }
  const names = (authors?.textContent ?? "").split(",").map((name) => name.replace(/\s+/g, " ").trim());
  return {
    id: idOf(node),
    title: (link.querySelector("small") ?? link).textContent ?? "",
    tex: link.parentElement?.dataset.tex,
    translated: translated?.textContent ?? undefined,
    language: translated?.getAttribute("lang") ?? undefined,
    authors: names.filter(Boolean),
    more: more || undefined,
    doi: node.querySelector('.paper-facts a[href^="https://doi.org/"]')?.textContent?.split(" ")[0],
    date: dateOf(node),
    category: node.querySelector(".paper-head > b")?.textContent ?? undefined,
    page: pathOf(node),
  };
}
