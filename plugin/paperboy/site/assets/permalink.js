// The page behind the stable links: it looks up where the card of a paper lies, and leads there.

import { fill, make } from "./dom.js";
import { targetId } from "./papers.js";
import { address } from "./star.js";
import { SITE } from "./store.js";
import words from "./words.js";

const ID = /^(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?\/\d{7})(?:v\d+)?$/;
const PAGE = /^\d{4}\/\d\d\/\d\d\/[\w.-]+\/(\d+\/)?$/;

/** @param {HTMLElement} place */
export async function permalink(place) {
  const help = [...place.childNodes];
  const months = (place.dataset.months ?? "").split(" ").filter(Boolean);
  const field = make("input", { type: "search", name: "id", "aria-label": words.arxivId, placeholder: words.arxivId });
  const ask = make("form", { class: "paper-find", onsubmit }, field, make("button", {}, words.find));
  addEventListener("hashchange", look);
  await look();

  function onsubmit(/** @type {Event} */ event) {
    event.preventDefault();
    location.hash = field.value.trim().replace(/^arxiv:/i, "");
  }

  async function look() {
    const wanted = targetId();
    const id = ID.exec(wanted)?.[1];
    if (!id) return place.replaceChildren(ask, ...(wanted ? [say(words.noId, wanted)] : help));
    place.replaceChildren(say(words.looking, id));
    const page = await find(id, months);
    if (page && targetId() === wanted) {
      location.replace(`${new URL(page, SITE)}${file()}#${encodeURIComponent(id)}`);
    } else if (!page) {
      const arxiv = make("p", {}, make("a", { href: address(id) }, `arXiv:${id}`));
      place.replaceChildren(ask, say(page === null ? words.notFound : words.notAsked, id), arxiv);
    }
  }
}

/**
 * @param {string} text
 * @param {string} id
 */
function say(text, id) {
  return make("p", { role: "status" }, fill(text, { id }));
}

/** Where the site's addresses end in a file name, all do. */
function file() {
  return location.pathname.endsWith("/index.html") ? "index.html" : "";
}

/**
 * The month that an id begins with, the one after it, then the others, the newest first: a paper is announced
 * when it is new, and again with each new version.
 * @param {string} id
 * @param {string[]} months
 * @returns {Promise<string | null | undefined>} the page; nothing: it is on none, or that could not be asked
 */
async function find(id, months) {
  const [, year, month] = (/(\d\d)(\d\d)[\d.]+$/.exec(id) ?? []).map(Number);
  const own = 12 * (year > 90 ? 1900 + year : 2000 + year) + month; // months since the year 0
  const first = [own, own + 1].map((number) => `${Math.floor((number - 1) / 12)}-${String((number - 1) % 12 + 1).padStart(2, "0")}`);
  const order = [...first.filter((name) => months.includes(name)), ...months.filter((name) => !first.includes(name))];
  let failed = false;
  for (const name of order) {
    try {
      const answer = await fetch(new URL(`p/${name}.json`, SITE));
      if (!answer.ok) throw new Error(String(answer.status));
      const pages = Object.entries(await answer.json()).reverse(); // the newest edition of the month first
      const found = pages.find(([page, ids]) => PAGE.test(page) && String(ids).split(" ").includes(id));
      if (found) return found[0];
    } catch {
      failed = true;
    }
  }
  return failed ? undefined : null;
}
