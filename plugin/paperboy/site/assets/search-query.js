// What a reader types, as words of the index, and where a text holds them. Pure; the words are those of pages/search.py.

/**
 * @typedef {object} Term words that stand next to each other in a paper
 * @property {string[]} tokens
 * @property {boolean} prefix whether longer words count too
 * @property {string} [month] of an id: there is no such paper before it
 */

/**
 * @typedef {object} Query
 * @property {Term[]} terms a paper must have all of them
 * @property {string[]} needles what is marked in a result, folded
 */

const MARK = "\u01c1";
const RUN =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\u{20000}-\\u{3ffff}";
const WORD = new RegExp(`[${RUN}]+|(?:(?![${RUN}])[\\p{L}\\p{N}])+`, "gu");
const IN_RUN = new RegExp(`[${RUN}]`, "u");
const ACCENTS = /[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+/g;
const ID = /(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?\/\d{7})(?:v\d+)?(?:\.pdf)?$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const QUOTED = /["“”„「『]([^"“”„」』]+)["“”」』]/g;
const LONGEST = 200;
const MOST_TERMS = 12;
const SHORTEST_PREFIX = 4; // letters: fewer would begin too many words
const EMPTY_WORDS = new Set("a an and are as at by for from how in is of on or that the to via with what".split(" "));

/** @param {string} text */
export function fold(text) {
  return text.normalize("NFKD").replace(ACCENTS, "").toLowerCase();
}

/**
 * The words of a text, as `tokens()` in Python makes them.
 * @param {string} text
 * @returns {string[]}
 */
export function tokens(text) {
  return (fold(text.replace(/\\[A-Za-z]+/g, " ")).match(WORD) ?? []).flatMap((word) => {
    if (!IN_RUN.test(word)) return [word];
    const letters = [...word];
    return letters.map((letter, at) => letter + (letters[at + 1] ?? ""));
  });
}

/** @param {string} name a category, a date, an arXiv id */
export function marked(name) {
  return MARK + name.replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
}

/**
 * @param {string} text
 * @param {string[]} [categories] what is a category here, and not a word
 * @returns {Query}
 */
export function parse(text, categories = []) {
  /** @type {Query} */
  const query = { terms: [], needles: [] };
  const rest = text.slice(0, LONGEST).replace(QUOTED, (_, phrase) => {
    add(query, phrase);
    return " ";
  });
  const pieces = rest.split(/\s+/).filter(Boolean);
  const telling = pieces.filter((piece) => !EMPTY_WORDS.has(piece.toLowerCase()));
  for (const piece of telling.length || query.terms.length ? telling : pieces) {
    const id = piece.match(ID)?.[1];
    const category = categories.find((name) => name.toLowerCase() === piece.toLowerCase());
    const name = id ?? category ?? (DATE.test(piece) ? piece : undefined);
    if (name) query.terms.push({ tokens: [marked(name)], prefix: false, month: id && monthOf(id) });
    else add(query, piece);
  }
  query.terms = query.terms.slice(0, MOST_TERMS);
  // The longest is the rarest, more often than not: where it is not, nothing else need be read.
  query.terms.sort((a, b) => b.tokens.join("").length - a.tokens.join("").length);
  return query;
}

/** @param {string} id */
function monthOf(id) {
  const [year, month] = [id.replace(/^.*\//, "").slice(0, 2), id.replace(/^.*\//, "").slice(2, 4)];
  return `${Number(year) > 90 ? 19 : 20}${year}-${month}`;
}

/**
 * @param {Query} query
 * @param {string} phrase
 */
function add(query, phrase) {
  const found = tokens(phrase);
  const last = found.at(-1) ?? "";
  const isTail = found.length > 1 && [...last].length === 1 && IN_RUN.test(last);
  if (isTail) found.pop(); // the pair before it says as much
  if (!found.length) return;
  const prefix = found.length === 1 && (IN_RUN.test(last) ? !isTail && [...last].length === 1 : last.length >= SHORTEST_PREFIX);
  query.terms.push({ tokens: found, prefix });
  query.needles.push(...(fold(phrase).match(WORD) ?? []));
}

/**
 * A text in pieces, in turns beside and within what was looked for: `["the ", "diffusion", " model"]`.
 * @param {string} text
 * @param {string[]} needles
 * @returns {string[]}
 */
export function cut(text, needles) {
  /** @type {number[]} */
  const places = [];
  let folded = "";
  let place = 0;
  for (const letter of text) {
    const plain = fold(letter);
    for (let at = 0; at < plain.length; at++) places.push(place);
    folded += plain;
    place += letter.length;
  }
  places.push(text.length);
  const pieces = [];
  let end = 0;
  for (const match of needles.length ? folded.matchAll(pattern(needles)) : []) {
    const from = places[match.index];
    const to = places[match.index + match[0].length];
    if (from < end || to <= from) continue;
    pieces.push(text.slice(end, from), text.slice(from, to));
    end = to;
  }
  return [...pieces, text.slice(end)];
}

/**
 * Words from their beginning on, to their end; scripts without blanks anywhere.
 * @param {string[]} needles
 */
function pattern(needles) {
  const parts = [...needles]
    .sort((a, b) => b.length - a.length)
    .map((needle) => {
      if (IN_RUN.test(needle)) return needle;
      if (needle.length < SHORTEST_PREFIX) return `(?<![\\p{L}\\p{N}])${needle}s?(?![\\p{L}\\p{N}])`;
      return `(?<![\\p{L}\\p{N}])${needle.replace(/s$/, "")}[\\p{L}\\p{N}]*`;
    });
  return new RegExp(parts.join("|"), "gu");
}

/**
 * The part of a text around the first thing that was looked for; nothing where it holds none.
 * @param {string} text
 * @param {string[]} needles
 * @param {number} around letters before and after it
 */
export function excerpt(text, needles, around) {
  const [before, hit] = cut(text, needles);
  if (hit === undefined) return "";
  const from = Math.max(0, before.length - around);
  const to = before.length + hit.length + around;
  return `${from ? "…" : ""}${text.slice(from, to).trim()}${to < text.length ? "…" : ""}`;
}
