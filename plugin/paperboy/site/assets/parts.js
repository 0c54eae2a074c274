// The parts of a long page as one list: those that follow are fetched and put behind the papers that are there, before
// the reader reaches the end. Nothing above moves, and without scripts the links between the parts lead on.

import { fill, say } from "./dom.js";
import { idOf, nodesOf, PAPER } from "./papers.js";
import { keepPlace, keptPlace } from "./place.js";
import words from "./words.js";

/**
 * @typedef {object} Parts
 * @property {() => boolean} left whether papers of the list are not on the page yet
 * @property {() => Promise<boolean>} next fetches one more part, and tells whether there was one
 * @property {() => Promise<boolean>} all fetches all that are missing, those before this part too
 * @property {() => void} stop
 */

const LISTED = `.paper-tools ~ :is(h2, ${PAPER})`;
const AHEAD = "0px 0px 200% 0px"; // of the window, below it

/**
 * @param {() => void} added called when papers have come
 * @returns {Parts | undefined} nothing where the page is whole
 */
export function parts(added) {
  const pager = /** @type {HTMLElement | null} */ (document.querySelector("nav.pager"));
  if (!pager) return undefined;
  const links = /** @type {HTMLAnchorElement[]} */ ([...pager.children]);
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  const before = links.slice(0, here).reverse();
  const after = links.slice(here + 1);
  /** @type {Map<HTMLAnchorElement, Promise<Document>>} */
  const asked = new Map();
  let queue = Promise.resolve(true);
  /** @type {Promise<boolean> | undefined} */
  let whole;
  let stopped = false;

  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && next(), {
    rootMargin: AHEAD,
  });
  const save = () => keepPlace(links.length - here - 1 - after.length);
  addEventListener("pagehide", save);
  restore().then(watch);
  return { left, next, all, stop };

  function left() {
    return before.length + after.length > 0;
  }

  function next() {
    return enqueue(() => put(after, false)).then(watch);
  }

  function all() {
    whole ??= enqueue(async () => {
      for (const link of [...after, ...before]) ask(link).catch(() => {}); // all at once; `put` sees what failed
      let good = true;
      while (good && after.length) good = await put(after, false);
      while (good && before.length) good = await put(before, true);
      whole = undefined;
      return good;
    });
    return whole;
  }

  function stop() {
    stopped = true;
    observer.disconnect();
    removeEventListener("pagehide", save);
  }

  /** One after another, so that the parts stand in their order. */
  function enqueue(/** @type {() => Promise<boolean>} */ job) {
    return (queue = queue.then(job));
  }

  /** Ask to be told when the end comes near; where it is near already, that is at once. After a failure, no more. */
  function watch(/** @type {boolean} */ good) {
    observer.disconnect();
    if (good && after.length && !stopped) observer.observe(/** @type {HTMLElement} */ (pager));
    return good;
  }

  /** @param {HTMLAnchorElement} link */
  function ask(link) {
    const answer = asked.get(link) ?? fetchPage(link.href);
    asked.set(link, answer);
    return answer;
  }

  /**
   * Put the nearest of some parts on the page.
   * @param {HTMLAnchorElement[]} waiting
   * @param {boolean} above before the papers that are there, instead of behind them
   */
  async function put(waiting, above) {
    const link = waiting[0];
    if (!link || stopped) return false;
    try {
      const page = await ask(link);
      if (stopped) return false;
      insert(content(page, link.href), /** @type {HTMLElement} */ (pager), above);
    } catch {
      asked.delete(link);
      if (!stopped) say(fill(words.partFailed, { num: link.textContent }));
      return false;
    }
    waiting.shift();
    link.setAttribute("aria-current", "true");
    /** @type {HTMLElement} */ (pager).hidden = !left();
    added();
    return true;
  }

  /** After a reload, and on the way back: as many parts as there were, and the same paper at the same place. */
  async function restore() {
    const kept = keptPlace();
    const place = scrollY;
    let good = true;
    for (let missing = kept?.parts ?? 0; good && missing > 0; missing--) good = await enqueue(() => put(after, false));
    const node = kept && nodesOf(document).find((paper) => idOf(paper) === kept.id);
    if (node && scrollY === place) {
      scrollBy({ top: node.getBoundingClientRect().top - kept.top, behavior: "instant" });
    }
    return good;
  }
}

/**
 * @param {string} address
 * @throws where it does not come, or is no page of papers
 */
async function fetchPage(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector(PAPER)) throw new Error("no papers");
  return page;
}

/**
 * The papers of a part and their headings, with links that lead where they did.
 * @param {Document} page
 * @param {string} address
 */
function content(page, address) {
  const there = new Set(nodesOf(document).map(idOf)); // a site that was built anew may have moved some
  const nodes = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(LISTED)]);
  for (const node of nodes) {
    for (const link of node.querySelectorAll("a[href]")) {
      const href = link.getAttribute("href") ?? "";
      if (!href.startsWith("#")) link.setAttribute("href", new URL(href, address).href);
    }
    node.dataset.page = address;
  }
  return nodes.filter((node) => node.matches("h2") || !there.has(idOf(node)));
}

/**
 * @param {HTMLElement[]} nodes
 * @param {HTMLElement} pager
 * @param {boolean} above
 */
function insert(nodes, pager, above) {
  const first = document.querySelector(LISTED);
  const anchor = above ? nodesOf(document).find((paper) => paper.getBoundingClientRect().bottom > 0) : undefined;
  const place = anchor?.getBoundingClientRect().top ?? 0;
  (above && first ? first : pager).before(...nodes);
  const seen = new Set();
  for (const heading of document.querySelectorAll(".paper-tools ~ h2")) {
    if (seen.has(heading.id)) heading.remove(); // each part begins with the heading of its section
    seen.add(heading.id);
  }
  const moved = (anchor?.getBoundingClientRect().top ?? 0) - place;
  if (moved && scrollY > 0) scrollBy({ top: moved, behavior: "instant" });
}
