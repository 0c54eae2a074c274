// The citation of one paper, or of all that a page shows: to be copied, or kept as a file.

import { fill, make, say } from "./dom.js";
import { toBibTeX, toRIS } from "./formats.js";
import { starOf } from "./papers.js";
import words from "./words.js";

/** @typedef {import("./star.js").Star} Star */

/** @type {Record<string, {write: (stars: Star[]) => string, file: string, type: string}>} */
const FORMATS = {
  BibTeX: { write: toBibTeX, file: "bib", type: "application/x-bibtex" },
  RIS: { write: toRIS, file: "ris", type: "application/x-research-info-systems" },
};

/** @type {HTMLDialogElement | undefined} */
let open;

/**
 * @param {HTMLElement[]} nodes the papers
 */
export function cite(nodes) {
  const stars = nodes.map(starOf);
  const name = stars.length === 1 ? stars[0].id.replace("/", "-") : "papers";
  let format = "BibTeX";
  const text = make("textarea", { readonly: true, rows: 12, spellcheck: "false", "aria-label": words.citation });
  const tabs = Object.keys(FORMATS).map((key) => make("button", { type: "button", onclick: () => show(key) }, key));
  const title = stars.length === 1 ? fill(words.citeOne, { id: stars[0].id }) : fill(words.citeMany, { num: stars.length });
  const dialog = make(
    "dialog",
    { class: "paper-keys paper-cite md-typeset", "aria-label": title },
    make("h2", {}, title),
    make("p", { class: "paper-tabs", role: "group", "aria-label": words.format }, ...tabs),
    text,
    make(
      "form",
      { method: "dialog" },
      make("button", { type: "button", onclick: copy, autofocus: true }, words.copy),
      make("button", { type: "button", onclick: keep }, words.download),
      make("button", {}, words.close),
    ),
  );
  open?.remove();
  open = dialog;
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  show(format);
  dialog.showModal();

  function show(/** @type {string} */ key) {
    format = key;
    text.value = FORMATS[key].write(stars);
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.textContent === key));
  }

  async function copy() {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      dialog.close();
      say(words.copied);
    } catch {
      dialog.querySelector("h2").textContent = words.copyYourself; // it is selected
    }
  }

  function keep() {
    save(`${name}.${FORMATS[format].file}`, FORMATS[format].type, FORMATS[format].write(stars)); // a field has other line ends
    dialog.close();
  }
}

/**
 * Hand a text to the reader as a file.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
