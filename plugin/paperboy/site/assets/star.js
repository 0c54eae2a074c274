// A starred paper as it is kept, and the check of anything that claims to be one. Pure.

/**
 * @typedef {object} Star
 * @property {string} id arXiv id
 * @property {string} title in English
 * @property {string} [tex] the same with its formulas as TeX, where it has some
 * @property {string} [translated] in the site's language
 * @property {string} [language] of `translated`
 * @property {string[]} authors as far as the page shows them
 * @property {boolean} [more] whether there are more authors
 * @property {string} [doi]
 * @property {string} [date] when it was announced
 * @property {string} [category]
 * @property {string} [page] path of its category's page on this site
 */

const SHAPES = {
  id: /^(\d{4}\.\d{4,5}|[a-z]+(-[a-z]+)*(\.[A-Z]{2})?\/\d{7})$/,
  date: /^\d{4}-\d\d-\d\d$/,
  category: /^[a-z-]+(\.[A-Za-z-]+)?$/,
  page: /^\d{4}\/\d\d\/\d\d\/[a-z-]+(\.[A-Za-z-]+)?\/(\d+\/)?(index\.html)?$/,
  doi: /^10\.\d{4,9}\/[^\s{}\\]+$/,
  language: /^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$/,
};

/**
 * A star out of anything that claims to be one; what does not look right is left out.
 * @param {any} value
 * @returns {Star | null}
 */
export function readStar(value) {
  const text = (/** @type {unknown} */ one, length = 2000) =>
    typeof one === "string" ? one.replace(/\s+/g, " ").trim().slice(0, length) : "";
  const shaped = (/** @type {keyof typeof SHAPES} */ key) =>
    typeof value[key] === "string" && SHAPES[key].test(value[key]) ? value[key] : undefined;
  const id = value && shaped("id");
  if (!id) return null;
  const authors = Array.isArray(value.authors) ? value.authors : [];
  return {
    id,
    title: text(value.title) || id,
    tex: text(value.tex) || undefined,
    translated: text(value.translated) || undefined,
    language: shaped("language"),
    authors: authors.map((/** @type {unknown} */ name) => text(name, 200)).filter(Boolean).slice(0, 5000),
    more: value.more === true || undefined,
    doi: shaped("doi"),
    date: shaped("date"),
    category: shaped("category"),
    page: shaped("page"),
  };
}

/** @param {string} id */
export function address(id) {
  return `https://arxiv.org/abs/${id}`;
}
