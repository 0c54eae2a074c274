// What this browser keeps for the reader: choices, read marks and stars. Where storage is full or refused, the page goes
// on with what it has in memory, and the reader is told once.

import { say } from "./dom.js";
import { readStar } from "./star.js";
import words from "./words.js";

/** @typedef {import("./star.js").Star} Star */

/** The site's root: two folders above this file. */
export const SITE = new URL("../../", import.meta.url);

export const MOST_READ_MARKS = 20000; // two years of days with their papers, 250 KB

const prefix = `paperboy:${SITE.pathname}:`;
/** @type {Map<string, string>} */
const memory = new Map();
let told = false;

/** @param {string} name */
function get(name) {
  if (memory.has(name)) return /** @type {string} */ (memory.get(name));
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    refused();
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function set(name, value) {
  try {
    localStorage.setItem(prefix + name, value);
    memory.delete(name);
  } catch {
    memory.set(name, value);
    refused();
  }
}

function refused() {
  if (!told) say(words.nothingKept);
  told = true;
}

/**
 * @param {string} name
 * @returns {any[]}
 */
function list(name) {
  try {
    const value = JSON.parse(get(name) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return []; // somebody else's value
  }
}

/** A choice that lasts. */
export const choice = { get, set };

/** @returns {Set<string>} the ids that are marked as read */
export function readMarks() {
  return new Set(list("read"));
}

/**
 * @param {string} id
 * @param {boolean} on
 */
export function markRead(id, on) {
  const ids = readMarks(); // read anew: another tab may have written
  ids.delete(id);
  if (on) ids.add(id);
  set("read", JSON.stringify([...ids].slice(-MOST_READ_MARKS)));
}

/** @returns {Map<string, Star>} the starred papers by id, as far as they make sense */
export function stars() {
  const found = new Map();
  for (const value of list("stars")) {
    const star = readStar(value);
    if (star) found.set(star.id, star);
  }
  return found;
}

/** @param {Star} one */
export function addStar(one) {
  return addStars([one]);
}

/**
 * Add papers; those that are starred already stay as they are.
 * @param {Star[]} more
 */
export function addStars(more) {
  const all = stars();
  const before = all.size;
  for (const star of more) if (!all.has(star.id)) all.set(star.id, star);
  set("stars", JSON.stringify([...all.values()]));
  return all.size - before;
}

/** @param {string} id */
export function dropStar(id) {
  const all = stars();
  all.delete(id);
  set("stars", JSON.stringify([...all.values()]));
}

/** @param {() => void} changed called when another tab of this site has written */
export function onOtherTab(changed) {
  addEventListener("storage", (event) => {
    if (event.key === null || event.key.startsWith(prefix)) changed();
  });
}
