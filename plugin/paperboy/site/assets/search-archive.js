// The archive as the search sees it: shards from the newest to the oldest, read until there is enough to show.

import { SITE } from "./store.js";

/** @typedef {import("./search-query.js").Term} Term */

/**
 * @typedef {object} Shard
 * @property {string} path
 * @property {string} first date
 * @property {string} last date
 * @property {number} papers
 * @property {string} key
 */

/**
 * @typedef {object} Hit
 * @property {Shard} shard
 * @property {number} number of the paper in it
 * @property {number} score
 */

/**
 * @typedef {object} Search
 * @property {Term[]} terms
 * @property {Shard[]} left shards that were not asked yet
 * @property {Shard[]} asked
 * @property {Shard[]} failed
 * @property {Hit[]} hits in the order of the shards
 * @property {boolean} stopped
 * @property {number} enough hits: one, where an id is looked for
 */

// What a search reads of the index before it asks the reader whether to go on: the first beside 150 KB of program.
const FIRST_BYTES = 90_000;
const NEXT_BYTES = 50_000;
const MORE_BYTES = 500_000; // once they have said so
const AT_ONCE = 2;

/** Opens once: the list of shards and the worker that reads them. */
export async function openArchive() {
  const answer = await fetch(new URL("search/shards.json", SITE), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`shards.json: ${answer.status}`);
  const { runtime, file, shards } = await answer.json();
  const ask = client(new Worker(new URL("search-worker.js", import.meta.url)));
  const start = () => ask("start", String(new URL(runtime, SITE)));
  return { ask, start, file, shards: /** @type {Shard[]} */ (shards), read: 0 };
}

/** @typedef {Awaited<ReturnType<typeof openArchive>>} Archive */

/** @param {Worker} worker */
function client(worker) {
  /** @type {Map<number, [(value: any) => void, (error: Error) => void]>} */
  const waiting = new Map();
  let last = 0;
  let bytes = 0;
  worker.addEventListener("message", ({ data }) => {
    const [done, failed] = waiting.get(data.id) ?? [];
    waiting.delete(data.id);
    bytes = data.bytes;
    if (data.error) failed?.(new Error(data.error));
    else done?.(data.value);
  });
  worker.addEventListener("error", () => {
    for (const [, failed] of waiting.values()) failed(new Error("the worker cannot be started"));
    waiting.clear();
  });
  /**
   * @param {"start" | "find" | "read"} name
   * @param {...any} values
   * @returns {Promise<any>}
   */
  const ask = (name, ...values) =>
    new Promise((done, failed) => {
      waiting.set(++last, [done, failed]);
      worker.postMessage({ id: last, name, values });
    });
  return Object.assign(ask, { bytes: () => bytes });
}

/** @param {Shard} shard */
function place({ path, key }) {
  return { url: String(new URL(`search/${path}/`, SITE)), key };
}

/**
 * @param {Archive} archive
 * @param {Term[]} terms
 * @param {string} month such as 2026-06; empty: all
 * @returns {Search}
 */
export function begin({ shards }, terms, month) {
  const own = shards.filter(({ first }) => first.startsWith(month));
  const since = terms.map(({ month }) => month ?? "").sort().at(-1) ?? "";
  // An id tells the month before which it was not there, and in which it most often was.
  const left = since ? own.filter(({ last }) => last >= since).reverse() : own;
  return { terms, left, asked: [], failed: [], hits: [], stopped: false, enough: since ? 1 : Infinity };
}

/**
 * Ask older shards, until there are so many hits, or so much was read that the reader should say whether to go on.
 * @param {Archive} archive
 * @param {Search} search
 * @param {number} wanted
 * @param {boolean} [isMore] whether the reader asks for more of it
 * @throws {Error} where the browser cannot search at all
 */
export async function extend(archive, search, wanted, isMore = false) {
  await archive.start();
  const before = archive.read;
  const most = isMore ? MORE_BYTES : before ? NEXT_BYTES : FIRST_BYTES;
  const enough = Math.min(wanted, search.enough);
  while (search.left.length && search.hits.length < enough && archive.read - before < most && !search.stopped) {
    const shards = search.left.splice(0, search.asked.length ? AT_ONCE : 1);
    const start = archive.ask.bytes();
    const answers = await Promise.allSettled(shards.map((shard) => archive.ask("find", place(shard), search.terms)));
    archive.read += archive.ask.bytes() - start;
    answers.forEach((answer, at) => {
      const shard = shards[at];
      if (answer.status === "rejected") search.failed.push(shard);
      else search.hits.push(...answer.value.map((/** @type {number[]} */ [number, score]) => ({ shard, number, score })));
    });
    search.asked.push(...shards);
  }
  if (search.hits.length >= search.enough) search.left = [];
}

/**
 * What results show of some hits; nothing for those whose shard cannot be read.
 * @param {Archive} archive
 * @param {Hit[]} hits
 * @returns {Promise<any[][]>}
 */
export async function records(archive, hits) {
  const found = new Map();
  await Promise.all(
    [...new Set(hits.map(({ shard }) => shard))].map(async (shard) => {
      const numbers = hits.filter((hit) => hit.shard === shard).map(({ number }) => number);
      const rows = await archive.ask("read", place(shard), numbers).catch(() => []);
      rows.forEach((/** @type {any[]} */ row, /** @type {number} */ at) => found.set(`${shard.path} ${numbers[at]}`, row));
    }),
  );
  return hits.map(({ shard, number }) => found.get(`${shard.path} ${number}`));
}
