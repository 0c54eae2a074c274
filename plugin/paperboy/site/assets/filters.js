// Which papers a page shows, and the same choice as the query of its address, so that a view can be shared. Pure.

import { plain, textOf } from "./papers.js";

/** @typedef {import("./papers.js").Paper} Paper */

/**
 * @typedef {object} Filters
 * @property {string[]} type none: all
 * @property {string} category empty: all
 * @property {string} topic empty: all
 * @property {boolean} code
 * @property {boolean} venue
 * @property {boolean} votes
 * @property {string} phrase
 * @property {string} not
 */

export const TYPES = ["new", "cross", "replace"];

/** @returns {Filters} */
export function none() {
  return { type: [], category: "", topic: "", code: false, venue: false, votes: false, phrase: "", not: "" };
}

/**
 * @param {string} search
 * @returns {Filters}
 */
export function fromQuery(search) {
  const query = new URLSearchParams(search);
  const text = (/** @type {string} */ name) => (query.get(name) ?? "").slice(0, 200);
  return {
    type: TYPES.filter((name) => text("type").split(",").includes(name)),
    category: text("category"),
    topic: text("topic"),
    code: text("code") === "1",
    venue: text("venue") === "1",
    votes: text("votes") === "1",
    phrase: text("phrase"),
    not: text("not"),
  };
}

/**
 * @param {Filters} filters
 * @param {string} search the query as it is; what is not a filter stays
 */
export function toQuery(filters, search) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(filters)) {
    const text = value === true ? "1" : String(value || "");
    if (text.trim()) query.set(name, text);
    else query.delete(name);
  }
  const text = String(query).replaceAll("%2C", ",");
  return text && `?${text}`;
}

/**
 * @param {Filters} filters
 * @returns {(paper: Paper) => boolean}
 */
export function matcher(filters) {
  const phrase = plain(filters.phrase);
  const not = plain(filters.not);
  return (paper) =>
    (!filters.type.length || filters.type.includes(paper.type)) &&
    (!filters.category || paper.categories.includes(filters.category)) &&
    (!filters.topic || paper.topics.includes(filters.topic)) &&
    (!filters.code || paper.code) &&
    (!filters.venue || paper.venue) &&
    (!filters.votes || paper.votes) &&
    (!phrase || textOf(paper).includes(phrase)) &&
    (!not || !textOf(paper).includes(not));
}
