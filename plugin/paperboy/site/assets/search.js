// The page of the search: its form, which stands in the address too, and the results.

import { fill, make } from "./dom.js";
import { showMarks } from "./marks.js";
import { papersIn } from "./papers.js";
import { begin, extend, openArchive, records } from "./search-archive.js";
import { parse } from "./search-query.js";
import { result } from "./search-result.js";
import words from "./words.js";

/** @typedef {import("./search-archive.js").Archive} Archive */
/** @typedef {import("./search-archive.js").Hit} Hit */
/** @typedef {import("./search-archive.js").Search} Search */
/** @typedef {import("./papers.js").Paper} Paper */

const SHOWN_AT_ONCE = 10;

/** @type {Promise<Archive> | undefined} */
let opening;
/** @type {Search | undefined} */
let search;

/**
 * @param {HTMLElement} page
 * @param {(papers: Paper[]) => void} changed told when other papers are shown
 */
export function searchPage(page, changed) {
  const form = /** @type {HTMLFormElement} */ (page.querySelector("form"));
  const fields = /** @type {any} */ (form.elements);
  const status = make("p", { class: "paper-count", role: "status" });
  const problem = make("p", { class: "paper-search-problem", role: "alert" });
  const list = make("ol", { class: "paper-results" });
  const more = make("button", { type: "button", class: "paper-search-more", hidden: true, onclick: () => next() });
  page.querySelector(".paper-search-results")?.replaceChildren(status, problem, list, more);
  /** @type {Set<string>} */
  let shown = new Set();
  /** @type {Set<Hit>} */
  let taken = new Set();
  /** @type {string[]} */
  let needles = [];
  let turn = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    for (const name of ["q", "c", "m", "o"]) if (fields[name].value.trim()) query.set(name, fields[name].value.trim());
    history.pushState(null, "", `${location.pathname}${String(query) && `?${query}`}`);
    run();
  });
  for (const name of ["c", "m", "o"]) fields[name].addEventListener("change", () => form.requestSubmit());
  addEventListener("popstate", () => page.isConnected && fromAddress());
  const typed = fields.q.value; // before this script was there
  fromAddress();
  if (typed) fields.q.value = typed;
  if (!fields.q.value) fields.q.focus({ preventScroll: true });
  archive()
    .then(({ shards }) => fillMonths(shards.map(({ first }) => first.slice(0, 7))))
    .catch(() => undefined); // a search will say so

  /** @param {string[]} months */
  function fillMonths(months) {
    const chosen = fields.m.value;
    const [all] = fields.m.options;
    fields.m.replaceChildren(all, ...[...new Set(months)].map((month) => make("option", {}, month)));
    fields.m.value = chosen;
  }

  function fromAddress() {
    const query = new URLSearchParams(location.search);
    const month = query.get("m") ?? "";
    const isThere = [...fields.m.options].some(({ value }) => value === month);
    if (!isThere && /^\d{4}-\d\d$/.test(month)) fields.m.append(make("option", {}, month)); // the list comes later
    for (const name of ["q", "c", "m", "o"]) fields[name].value = query.get(name) ?? "";
    // A value that is no option of a list would leave it without one.
    for (const name of ["c", "m", "o"]) if (!fields[name].value) fields[name].value = "";
    run();
  }

  /** A new search; what an older one still finds is dropped. */
  async function run() {
    const mine = ++turn;
    if (search) search.stopped = true;
    search = undefined;
    shown = new Set();
    taken = new Set();
    list.replaceChildren();
    for (const part of [status, problem]) part.textContent = "";
    more.hidden = true;
    changed([]);
    const categories = [...fields.c.options].map(({ value }) => value).filter(Boolean);
    const query = parse(fields.q.value, categories);
    needles = query.needles;
    if (!query.terms.length) return;
    const terms = [...query.terms, ...parse(fields.c.value, categories).terms];
    const opened = await archive().catch(() => undefined);
    if (mine !== turn) return;
    if (opened) search = begin(opened, terms, fields.m.value);
    else problem.textContent = words.searchFails;
    await next();
  }

  /** Ten results more, from older papers if need be. */
  async function next() {
    const own = search;
    if (!own || own.stopped) return;
    more.disabled = true;
    if (!own.asked.length) status.textContent = words.searching;
    const isByScore = fields.o.value === "score"; // the best of as many as may be read
    try {
      const wanted = isByScore ? Infinity : taken.size + SHOWN_AT_ONCE;
      await extend(await archive(), own, wanted, own.asked.length > 0);
    } catch {
      problem.textContent = words.searchFails;
      status.textContent = "";
      return;
    }
    if (own.stopped) return;
    const hits = own.hits.filter((hit) => !taken.has(hit));
    if (isByScore) hits.sort((a, b) => b.score - a.score);
    const wanted = hits.slice(0, SHOWN_AT_ONCE);
    for (const hit of wanted) taken.add(hit);
    const { file } = await archive();
    const found = await records(await archive(), wanted);
    if (own.stopped) return;
    wanted.forEach((hit, at) => {
      if (!found[at]) own.failed.push(hit.shard);
      else if (!shown.has(found[at][0])) add(found[at], file);
    });
    showMarks(papersIn(list));
    changed(papersIn(list));
    tell(own);
    more.disabled = false;
  }

  function add(/** @type {any[]} */ record, /** @type {string} */ file) {
    shown.add(record[0]); // a paper that was announced twice stands here once
    list.append(make("li", {}, result(record, needles, file, page.dataset.language ?? "")));
  }

  /** Say what was searched, what could not be, and what the button does. @param {Search} own */
  function tell(own) {
    const papers = own.asked.reduce((sum, shard) => sum + (own.failed.includes(shard) ? 0 : shard.papers), 0);
    const values = { num: own.hits.length, papers, ...span(own.asked) };
    status.textContent = fill(own.hits.length ? words.found : words.foundNothing, values);
    if (!own.asked.length) status.textContent = words.noPapers;
    const failed = [...new Set(own.failed.map(({ path }) => path.split(".")[0]))]; // the month, or the day
    problem.textContent = failed.length ? fill(words.notSearched, { months: failed.join(words.comma) }) : "";
    const isMore = taken.size < own.hits.length;
    more.hidden = !isMore && !own.left.length;
    more.textContent = isMore ? words.moreResults : fill(words.otherPapers, span(own.left));
  }
}

/** The dates that shards reach over. @param {import("./search-archive.js").Shard[]} shards */
function span(shards) {
  const dates = shards.flatMap(({ first, last }) => [first, last]).sort();
  return { first: dates[0] ?? "", last: dates.at(-1) ?? "" };
}

/** @returns {Promise<Archive>} */
function archive() {
  opening ??= openArchive();
  opening.catch(() => (opening = undefined));
  return opening;
}
