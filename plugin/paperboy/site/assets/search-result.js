// One result of the search, with what was looked for marked in it; texts are only ever set as text.

import { make } from "./dom.js";
import { titles } from "./papers.js";
import { cut, excerpt } from "./search-query.js";
import { SITE } from "./store.js";
import words from "./words.js";

const AROUND = 60; // letters of an abstract beside what was looked for

/**
 * @param {any[]} record see `Shown` in pages/search.py
 * @param {string[]} needles
 * @param {string} file what follows the folder of a page in its address
 * @param {string} language of the translations
 */
export function result([id, page, date, category, title, translated, authors, more, summary, abstracts], needles, file, language) {
  const mark = (/** @type {string} */ text) =>
    cut(text, needles).map((part, at) => (at % 2 ? make("mark", {}, part) : part));
  const home = new URL(`${page}${file}`, SITE);
  home.hash = id;
  const names = make("p", { class: "paper-authors", lang: "en" }, ...mark(authors.join(", ")));
  if (more) names.append(" ", make("span", {}, "…"));
  const isShown = [title, translated, summary, authors.join(", ")].some((text) => cut(text, needles).length > 1);
  const inside = isShown ? "" : abstracts.map((/** @type {string} */ text) => excerpt(text, needles, AROUND)).find(Boolean);
  return make(
    "article",
    { class: "paper-ref", "data-id": id, "data-date": date },
    make(
      "p",
      { class: "paper-head" },
      make("span", { class: "paper-id" }, id),
      make("time", { datetime: date }, date),
      make("b", {}, category),
    ),
    make("h2", { class: "paper-title" }, make("a", { href: home }, ...titles(title, translated, language, mark))),
    names,
    ...(summary ? [make("p", { class: "paper-summary", lang: language }, ...mark(summary))] : []),
    ...(inside ? [make("p", { class: "paper-excerpt" }, `${words.inAbstract} `, ...mark(inside))] : []),
  );
}
