// What scripts add to each paper beside its buttons: the link that lasts, where it is discussed and can be mended, and
// what Zotero reads.

import { make } from "./dom.js";
import { familyFirst, year } from "./formats.js";
import { idOf, linkOf, starOf } from "./papers.js";
import { address } from "./star.js";
import { SITE } from "./store.js";
import words from "./words.js";

const COINS_AUTHORS = 100; // of a collaboration; the files of the day name all
const OLD_STYLE = /\//; // Hugging Face knows new ids only

/**
 * @param {HTMLElement[]} nodes papers that have just come
 */
export function addLinks(nodes) {
  const file = location.pathname.endsWith("/index.html") ? "index.html" : ""; // where one address has it, all have
  let isNew = false;
  for (const node of nodes) {
    if (!node.matches(".paper:not(.paper--hidden)") || node.querySelector(".Z3988")) continue;
    isNew = true;
    const place = node.querySelector(".paper-links") ?? make("p", { class: "paper-links" });
    if (!place.isConnected) node.append(place);
    const id = idOf(node);
    const own = node.querySelector("a.paper-id");
    if (node.dataset.announce) own?.setAttribute("href", `${new URL(`p/${file}`, SITE)}#${encodeURI(id)}`);
    const more = [["alphaXiv", `https://www.alphaxiv.org/abs/${id}`]];
    if (!OLD_STYLE.test(id)) more.unshift(["Hugging Face", `https://huggingface.co/papers/${id}`]);
    for (const [name, href] of more) place.append(" ", make("a", { href }, name));
    if (words.correctAt && !place.querySelector(".paper-correct")) {
      const href = `${words.correctAt}${encodeURIComponent(id.replace("/", "_"))}.md`;
      place.append(" ", make("a", { class: "paper-correct", href }, words.correct));
    }
    place.append(make("span", { class: "Z3988", title: coins(node) }));
  }
  // Zotero's connector looks again: https://www.zotero.org/support/dev/exposing_metadata
  if (isNew) document.dispatchEvent(new Event("ZoteroItemUpdated", { bubbles: true, cancelable: true }));
}

/**
 * The paper in the keys that Zotero reads from Dublin Core (https://github.com/zotero/zotero, openurl.js); there
 * `rft.type` may be one of Zotero's own types.
 * @param {HTMLElement} node
 */
function coins(node) {
  const paper = starOf(node);
  const month = paper.id.replace(/^.*\//, "").slice(2, 4);
  const pairs = [
    ["ctx_ver", "Z39.88-2004"],
    ["rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"],
    ["rft.type", "preprint"],
    ["rft.title", paper.tex ?? paper.title],
    ...paper.authors.slice(0, COINS_AUTHORS).map((name) => ["rft.au", familyFirst(name)]),
    ["rft.date", `${year(paper.id)}-${month}`],
    ["rft.publisher", "arXiv"],
    ["rft_id", linkOf(node).href.startsWith(address("")) ? linkOf(node).href : address(paper.id)],
    ...(paper.doi ? [["rft_id", `info:doi/${paper.doi}`]] : []),
  ];
  // Zotero reads a plus as a space, so that no space may become one.
  return pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}
