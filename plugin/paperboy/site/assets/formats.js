// Papers as files: JSON that can be imported again, BibTeX and RIS for reference managers. Pure.

import { address, readStar } from "./star.js";

/** @typedef {import("./star.js").Star} Star */

/** @param {Star[]} stars */
export function toJSON(stars) {
  return `${JSON.stringify({ paperboy: 1, stars }, null, 1)}\n`;
}

/**
 * @param {string} text
 * @returns {Star[]}
 * @throws {Error} where it is no such file
 */
export function fromJSON(text) {
  const value = JSON.parse(text);
  if (value?.paperboy !== 1 || !Array.isArray(value.stars)) throw new Error("no file of starred papers");
  return value.stars.map(readStar).filter(Boolean);
}

/** @param {Star[]} stars */
export function toBibTeX(stars) {
  return stars.map(bibtex).join("\n");
}

/** @param {Star} star */
function bibtex(star) {
  const authors = star.authors.map((name) => (name.includes(",") ? `{${escaped(name)}}` : escaped(name)));
  if (star.more) authors.push("others");
  const fields = {
    title: `{${star.tex ? escapedAround(star.tex) : escaped(star.title)}}`,
    author: authors.join(" and "),
    year: year(star.id),
    eprint: star.id,
    archiveprefix: "arXiv",
    primaryclass: star.category,
    doi: star.doi,
    url: address(star.id),
  };
  const lines = Object.entries(fields).filter(([, value]) => value);
  return `@misc{${star.id},\n${lines.map(([name, value]) => `  ${name} = {${value}},\n`).join("")}}\n`;
}

/** @type {Record<string, string>} */
const BIBTEX_MARKS = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\\{}$&#%_~^]/g, (mark) => BIBTEX_MARKS[mark] ?? `\\${mark}`);
}

/**
 * Formulas stay, what is around them is escaped.
 * @param {string} tex
 */
function escapedAround(tex) {
  return tex.replace(/(\$[^$]+\$)|[^$]+|\$/g, (part, formula) => formula ?? escaped(part));
}

/** @param {Star[]} stars */
export function toRIS(stars) {
  return stars.map(ris).join("");
}

/** @param {Star} star */
function ris(star) {
  const lines = [["TY", "UNPB"], ["TI", star.tex ?? star.title]];
  if (star.translated) lines.push(["TT", star.translated]);
  for (const name of star.authors) lines.push(["AU", familyFirst(name)]);
  lines.push(["PY", year(star.id)], ["PB", "arXiv"], ["AN", `arXiv:${star.id}`]);
  if (star.doi) lines.push(["DO", star.doi]);
  lines.push(["UR", address(star.id)], ["L1", address(star.id).replace("/abs/", "/pdf/")], ["ER", ""]);
  return lines.map(([tag, value]) => `${tag}  - ${value}\r\n`).join("");
}

/**
 * `Family, Given, Suffix`; small words before the family's, as in "van der Berg", belong to it, and a name of many
 * ends in a comma, to stay in one.
 * @param {string} name
 */
export function familyFirst(name) {
  if (/\b(collaboration|consortium|group|team|project)\b/i.test(name)) return `${name.replaceAll(",", " ").trim()},`;
  const parts = name.match(/^(.*?\S)\s+((?:\p{Ll}+\s+)*\S+?)(\s+(?:Jr\.?|Sr\.?|I{2,3}|IV))?$/u);
  return parts && !name.includes(",") ? [parts[2], parts[1], parts[3]?.trim()].filter(Boolean).join(", ") : name;
}

/**
 * The year of the first version, which an arXiv id begins with.
 * @param {string} id
 */
export function year(id) {
  const two = Number(id.replace(/^.*\//, "").slice(0, 2));
  return String(two > 90 ? 1900 + two : 2000 + two);
}
