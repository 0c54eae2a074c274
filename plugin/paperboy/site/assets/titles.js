// The language of the titles: the site's, English, or both. The stylesheet does the rest.

import { fill, say } from "./dom.js";
import { choice } from "./store.js";
import words from "./words.js";

const MODES = ["both", "target", "english"];

/** @type {Record<string, string>} */
export const TITLE_WORDS = { both: words.both, target: words.target, english: words.english };

export function titles() {
  const kept = document.documentElement.dataset.paperTitles ?? "";
  return MODES.includes(kept) ? kept : "both";
}

/** @param {string} mode */
export function setTitles(mode) {
  document.documentElement.dataset.paperTitles = mode;
  choice.set("titles", mode);
  for (const button of document.querySelectorAll("[data-titles]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-titles") === mode));
  }
}

export function nextTitles() {
  const mode = MODES[(MODES.indexOf(titles()) + 1) % MODES.length];
  setTitles(mode);
  say(fill(words.titlesAre, { mode: TITLE_WORDS[mode] }));
}
