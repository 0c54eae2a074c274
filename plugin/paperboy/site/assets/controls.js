// Buttons and choices of the toolbar.

import { make } from "./dom.js";

/**
 * @param {string} text
 * @param {() => void} onclick
 */
export function button(text, onclick) {
  return make("button", { type: "button", onclick }, text);
}

/**
 * The categories of the list's papers, with how many are in each.
 * @param {string | undefined} query as in an address
 */
export function counts(query) {
  return [...new URLSearchParams(query)].map(([name, number]) => [name, `${name} (${number})`]);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} all
 * @param {string[][]} options values and what they show
 */
export function choices(name, label, all, options) {
  const made = [["", all], ...options].map(([value, text]) => make("option", { value }, text));
  return make("select", { name, "aria-label": label }, ...made);
}
