// The toolbar above the papers of a page: filters, counts, and how the page is shown.

import { button, choices, counts } from "./controls.js";
import { fill, make } from "./dom.js";
import { fromQuery, matcher, none, toQuery, TYPES } from "./filters.js";
import { targetId, textOf } from "./papers.js";
import { choice, readMarks, stars } from "./store.js";
import { setTitles, TITLE_WORDS, titles } from "./titles.js";
import words from "./words.js";

/** @typedef {import("./papers.js").Paper} Paper */
/** @typedef {import("./parts.js").Parts} Parts */

/** @type {Record<string, string>} */
const BOXES = words;
const WIDE = "(min-width: 48em)"; // as in the stylesheet, which reserves the place

/**
 * @param {HTMLElement} place
 * @param {Paper[]} papers those on the page; `added` tells of more
 * @param {Parts | undefined} parts where there are more of them
 * @param {{showKeys: () => void, citeShown: () => void}} actions
 */
export function toolbar(place, papers, parts, { showKeys, citeShown }) {
  let filters = fromQuery(location.search);
  let sections = headings(place, papers);
  let opened = false;
  const count = make("p", { class: "paper-count", role: "status" });
  const starred = make("a", { href: place.dataset.starred });
  const form = make(
    "form",
    { class: "paper-filters", role: "search", "aria-label": words.filters, onsubmit, oninput, onchange: oninput, onfocusin },
    make("input", { type: "search", name: "phrase", placeholder: words.phrase, "aria-label": words.phrase }),
    make("input", { type: "search", name: "not", placeholder: words.not, "aria-label": words.not }),
    make("span", { role: "group", "aria-label": words.type }, ...TYPES.map((name) => box("type", name))),
    choices("category", words.category, words.allCategories, counts(place.dataset.categories)),
    ...(place.dataset.topics
      ? [choices("topic", words.topic, words.allTopics, [...new URLSearchParams(place.dataset.topics)])]
      : []),
    make("span", {}, box("code", "1"), box("venue", "1"), box("votes", "1")),
    button(words.reset, () => use(none())),
  );
  const hideRead = make("input", { type: "checkbox", checked: choice.get("hide-read") === "1", onchange: onhide });
  const details = make(
    "details",
    { open: matchMedia(WIDE).matches },
    make("summary", {}, words.tools),
    form,
    make(
      "div",
      { class: "paper-view" },
      make("span", { role: "group", "aria-label": words.titles }, ...Object.keys(TITLE_WORDS).map(title)),
      make("label", {}, hideRead, words.hideRead),
      button(words.openAll, () => openAll(true, papers)),
      button(words.closeAll, () => openAll(false, papers)),
      button(words.citeShown, citeShown),
      starred,
      button(words.keys, showKeys),
    ),
  );
  place.replaceChildren(details, count);
  fillForm();
  update();
  document.documentElement.classList.remove("paper-pending");
  return { update, added, find };

  function box(/** @type {string} */ name, /** @type {string} */ value) {
    return make("label", {}, make("input", { type: "checkbox", name, value }), BOXES[value] ?? BOXES[name]);
  }

  function title(/** @type {string} */ mode) {
    const attributes = { type: "button", "data-titles": mode, "aria-pressed": String(mode === titles()) };
    return make("button", { ...attributes, onclick: () => setTitles(mode) }, TITLE_WORDS[mode]);
  }

  function fillForm() {
    for (const field of form.elements) {
      const value = /** @type {any} */ (filters)[field.name];
      if (field.type === "checkbox") field.checked = field.name === "type" ? value.includes(field.value) : value;
      else if (field.name) field.value = value;
    }
  }

  function onsubmit(/** @type {Event} */ event) {
    event.preventDefault();
  }

  /** Gather the texts before the first letter is typed, which else would wait for it. */
  function onfocusin() {
    setTimeout(() => papers.forEach((paper) => textOf(paper)));
  }

  function oninput() {
    const data = new FormData(form);
    const text = (/** @type {string} */ name) => String(data.get(name) ?? "");
    filters = {
      type: data.getAll("type").map(String),
      category: text("category"),
      topic: text("topic"),
      code: data.has("code"),
      venue: data.has("venue"),
      votes: data.has("votes"),
      phrase: text("phrase"),
      not: text("not"),
    };
    keepAddress();
    update();
  }

  function use(/** @type {import("./filters.js").Filters} */ wanted) {
    filters = wanted;
    fillForm();
    keepAddress();
    update();
  }

  function keepAddress() {
    history.replaceState(history.state, "", `${location.pathname}${toQuery(filters, location.search)}${location.hash}`);
  }

  function onhide() {
    choice.set("hide-read", hideRead.checked ? "1" : "0");
    update();
  }

  /**
   * @param {boolean} open
   * @param {Paper[]} some
   */
  function openAll(open, some) {
    opened = open;
    for (const { node } of some) {
      const abstract = node.querySelector("details.paper-abstract");
      if (abstract && !node.hidden) abstract.toggleAttribute("open", open);
    }
    if (open && parts?.left()) parts.all();
  }

  /** @param {Paper[]} all */
  function added(all) {
    const before = new Set(papers.map(({ node }) => node));
    papers = all;
    sections = headings(place, papers);
    update();
    if (opened) openAll(true, papers.filter(({ node }) => !before.has(node)));
  }

  /** Show what the filters and the read marks leave, and say how much that is. */
  function update() {
    const matches = matcher(filters);
    const read = readMarks();
    const target = targetId();
    let shown = 0;
    let unread = 0;
    for (const paper of papers) {
      const isRead = read.has(paper.id);
      const show = matches(paper) && !(hideRead.checked && isRead && paper.node.id !== target);
      if (paper.node.hidden === show) paper.node.hidden = !show;
      shown += Number(show);
      unread += Number(show && !isRead);
    }
    for (const [heading, own] of sections) heading.hidden = own.length > 0 && own.every(({ node }) => node.hidden);
    const all = Math.max(papers.length, Number(place.dataset.all) || 0);
    const text = fill(words.count, { shown, all, unread });
    if (count.textContent !== text) count.textContent = text;
    starred.textContent = fill(words.starred, { num: stars().size });
    // A filter looks through the whole list.
    if (parts?.left() && toQuery(filters, "")) parts.all();
  }

  /** Go to the phrase field. */
  function find() {
    details.open = true;
    form.elements.phrase.focus();
    form.elements.phrase.select();
  }
}

/**
 * Each heading after the toolbar, with the papers below it: one without papers to show is not shown either.
 * @param {HTMLElement} place
 * @param {Paper[]} papers
 * @returns {Map<HTMLElement, Paper[]>}
 */
function headings(place, papers) {
  const byNode = new Map(papers.map((paper) => [paper.node, paper]));
  const found = new Map();
  /** @type {Paper[] | undefined} */
  let own;
  for (let node = place.nextElementSibling; node; node = node.nextElementSibling) {
    const paper = byNode.get(/** @type {HTMLElement} */ (node));
    if (node.matches("h2")) found.set(node, (own = []));
    else if (paper) own?.push(paper);
  }
  return found;
}
