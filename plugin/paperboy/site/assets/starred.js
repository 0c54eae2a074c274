// The page of starred papers, made of what this browser keeps; texts are only ever set as text.

import { save } from "./cite.js";
import { fill, make, say } from "./dom.js";
import { fromJSON, toBibTeX, toJSON, toRIS } from "./formats.js";
import { papersIn, titles } from "./papers.js";
import { showMarks } from "./marks.js";
import { address } from "./star.js";
import { addStars, SITE, stars } from "./store.js";
import words from "./words.js";

/** @typedef {import("./star.js").Star} Star */

/** @type {[name: string, file: string, type: string, write: (stars: Star[]) => string][]} */
const FILES = [
  ["JSON", "paperboy-starred.json", "application/json", toJSON],
  ["BibTeX", "paperboy-starred.bib", "application/x-bibtex", toBibTeX],
  ["RIS", "paperboy-starred.ris", "application/x-research-info-systems", toRIS],
];

/** @param {HTMLElement} place */
export function starredPage(place) {
  const all = [...stars().values()].sort((a, b) => (b.date ?? "").localeCompare(a.date ?? ""));
  const file = make("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => read() });
  const exports = FILES.map(([name, file, type, write]) =>
    make("button", { type: "button", onclick: () => save(file, type, write([...stars().values()])) }, name),
  );
  place.replaceChildren(
    make(
      "p",
      { class: "paper-files" },
      make("span", { role: "group", "aria-label": words.export }, `${words.export} `, ...exports),
      make("button", { type: "button", onclick: () => file.click() }, words.import),
      file,
    ),
    make("p", { class: "paper-count" }, all.length ? fill(words.starredHere, { num: all.length }) : words.noStars),
    ...all.map(entry),
  );
  const papers = papersIn(place);
  showMarks(papers);
  return papers;

  async function read() {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const added = addStars(fromJSON(await chosen.text()));
      say(fill(words.imported, { num: added }));
      place.dispatchEvent(new CustomEvent("paperboy:changed", { bubbles: true }));
    } catch {
      say(words.notImported);
    }
  }
}

/** @param {Star} star */
function entry(star) {
  const home = star.page ? `${new URL(star.page, SITE)}#${encodeURIComponent(star.id)}` : address(star.id);
  const head = [make("span", { class: "paper-id" }, star.id)];
  if (star.date) head.push(make("time", { datetime: star.date }, star.date));
  if (star.category) head.push(make("b", {}, star.category));
  const title = titles(star.title, star.translated ?? "", star.language);
  const authors = [...star.authors.slice(0, 6), ...(star.more || star.authors.length > 6 ? ["…"] : [])];
  return make(
    "article",
    { class: "paper-ref", "data-id": star.id },
    make("p", { class: "paper-head" }, ...head),
    make("h2", { class: "paper-title" }, make("a", { href: home }, ...title)),
    make("p", { class: "paper-authors", lang: "en" }, authors.join(", ")),
  );
}
