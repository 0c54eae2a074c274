// "Suggest a correction": the repository's editor opens with the words of the card in it.

import { idOf } from "./papers.js";
import { SITE } from "./store.js";
import words from "./words.js";

/** @typedef {{title: string, summary: string, abstract: string}} Texts */

const MOST = 6000; // characters of an address; hosts refuse those of some 8,000, and signing in makes it longer

export function listenForCorrections() {
  // Before the browser follows the link, be it in another tab.
  for (const type of ["pointerdown", "click"]) {
    document.addEventListener(type, (event) => {
      const link = linkOf(event.target);
      const card = link?.closest("article");
      if (!link || !card) return;
      if (!card.querySelector("math, code.tex")) link.href = filled(link, card, textsOf(card));
      else if (event.type === "click" && !(/** @type {MouseEvent} */ (event).ctrlKey || /** @type {any} */ (event).metaKey)) {
        event.preventDefault();
        written(card).then(
          (texts) => location.assign(filled(link, card, texts)),
          () => location.assign(filled(link, card, { title: "", summary: "", abstract: "" })),
        );
      }
    });
  }
}

/**
 * The link to the editor of a file that is not there yet; one that is there has its own words.
 * @param {EventTarget | null} target
 */
function linkOf(target) {
  const link = target instanceof Element ? target.closest("a") : null;
  return link?.matches(".paper-correct[href*='?filename=']") ? link : null;
}

/**
 * What the card says.
 * @param {HTMLElement} card
 * @returns {Texts}
 */
function textsOf(card) {
  const text = (/** @type {string} */ place) => card.querySelector(place)?.textContent ?? "";
  const paragraphs = [...(card.querySelector(".paper-abstract > div")?.children ?? [])];
  return {
    title: text(".paper-title span:has(+ small)") || text(".paper-title"),
    summary: text(".paper-summary"),
    abstract: paragraphs.map((paragraph) => paragraph.textContent).join(" "),
  };
}

/**
 * What the card was made of: a formula on the page does not tell its source.
 * @param {HTMLElement} card
 * @returns {Promise<Texts>}
 */
async function written(card) {
  const day = location.pathname.slice(SITE.pathname.length).match(/^\d{4}\/\d\d\/\d\d\//)?.[0];
  if (!day) throw new Error("this is no page of an edition");
  const answer = await fetch(new URL(`${day}edition.json`, SITE));
  const edition = await answer.json();
  const paper = edition.papers.find((/** @type {{id: string}} */ one) => one.id === idOf(card));
  const translation = paper.translation ?? {};
  return {
    title: translation.title || paper.title,
    summary: translation.summary ?? "",
    abstract: translation.abstract || paper.abstract,
  };
}

/**
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement} card
 * @param {Texts} texts
 */
function filled(link, card, texts) {
  const address = link.href.split("&value=")[0];
  const whole = `${address}&value=${encodeURIComponent(file(card, texts))}`;
  if (whole.length <= MOST) return whole;
  return `${address}&value=${encodeURIComponent(file(card, { ...texts, abstract: "" }))}`;
}

/**
 * The new file. Below `>-` a text needs no quotes, whatever is in it.
 * @param {HTMLElement} card
 * @param {Texts} texts
 */
function file(card, texts) {
  const version = card.querySelector(".paper-title a")?.getAttribute("href")?.match(/v(\d+)$/)?.[1];
  const lines = ["---", `# ${words.correctHow}`, `id: "${idOf(card)}"`];
  if (version) lines.push(`version: ${version}`);
  for (const [key, text] of Object.entries(texts)) {
    const line = text.replace(/\s+/g, " ").trim();
    if (line) lines.push(`${key}: >-`, `  ${line}`);
  }
  return `${lines.join("\n")}\n---\n\n<!-- ${words.correctNote} -->\n`;
}
