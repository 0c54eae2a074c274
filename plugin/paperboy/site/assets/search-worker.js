// Searches one shard at a time with Pagefind's WebAssembly, beside the page, so that the page never waits.
//
// Pagefind's own `mergeIndex` does as much for several indexes at once: it asks all of them for every search, and one that
// cannot be read fails them all. Here each shard is read when it is needed, piece by piece, and fails alone.
// A classic worker, because Pagefind's script is no module. How the pieces lie: paperboy/site/search/shard.py.

/** @typedef {{url: string, key: string}} Place a shard's folder, and a key that changes with its files */
/** @typedef {import("./search-query.js").Term} Term */
/** @typedef {any} Table */
/**
 * @typedef {object} Shard
 * @property {Place} place
 * @property {Table} table
 * @property {number} pointer to the index in WebAssembly, which moves when it grows
 * @property {Map<number, Promise<void>>} chunks asked for
 * @property {Uint8Array[]} loaded
 */

/** @type {any} */
const scope = self;
scope.importScripts("search-pieces.js");
let hasScript = false;
/** @type {Promise<void> | undefined} */
let runtime;
/** @type {Map<string, Promise<Shard>>} */
const shards = new Map();

scope.addEventListener("message", async (/** @type {MessageEvent} */ event) => {
  event.stopImmediatePropagation(); // Pagefind's script listens for messages of its own
  const { id, name, values } = event.data;
  try {
    const value = await { start, find, read }[/** @type {"start" | "find" | "read"} */ (name)](...values);
    scope.postMessage({ id, value, bytes });
  } catch (error) {
    if (name !== "start") forget(values[0]); // the next search asks for it again
    scope.postMessage({ id, error: String(error), bytes });
  }
});

/** @param {Place} place */
function forget({ url }) {
  shards.delete(url);
  for (const file of volumes.keys()) if (file.startsWith(url)) volumes.delete(file);
}

/** @param {string} url the folder of Pagefind's files, with its version in it */
function start(url) {
  runtime ??= (async () => {
    if (!hasScript) scope.importScripts(`${url}pagefind-worker.js`);
    hasScript = true;
    // @ts-ignore: comes with the script
    await wasm_bindgen({ module_or_path: content(await unzipped(await whole(`${url}wasm.en.pagefind`))) });
  })();
  runtime.catch(() => {
    runtime = undefined;
    volumes.clear();
  });
  return runtime;
}

/**
 * The papers of a shard that have all terms.
 * @param {Place} place
 * @param {Term[]} terms
 * @returns {Promise<[number: number, score: number][]>} by number, which is their order
 */
async function find(place, terms) {
  const shard = await open(place);
  /** @type {Map<number, number> | undefined} */
  let found;
  for (const term of terms) {
    await load(shard, term);
    const own = hits(shard, term);
    const before = found ?? own;
    found = new Map([...own].filter(([number]) => before.has(number)));
    if (before !== own) for (const [number, score] of found) found.set(number, score + (before.get(number) ?? 0));
    if (!found.size) break;
  }
  return [...(found ?? [])].sort(([a], [b]) => a - b);
}

/**
 * What results show of some papers.
 * @param {Place} place
 * @param {number[]} numbers
 */
async function read(place, numbers) {
  const { table } = await open(place);
  const blocks = [...new Set(numbers.map((number) => Math.floor(number / table.block)))];
  const found = new Map(
    await Promise.all(
      blocks.map(async (block) => {
        const data = await unzipped(await piece(place, "records", table.blocks, block, table.volume));
        return /** @type {[number, any[]]} */ ([block, JSON.parse(new TextDecoder().decode(data))]);
      }),
    ),
  );
  return numbers.map((number) => found.get(Math.floor(number / table.block))?.[number % table.block]);
}

/** @param {Place} place */
function open(place) {
  let shard = shards.get(place.url);
  if (!shard) {
    shard = (async () => {
      await runtime;
      const data = await unzipped(await whole(`${place.url}table.bin?${place.key}`));
      const table = JSON.parse(new TextDecoder().decode(data));
      // @ts-ignore: comes with the script
      return { place, table, pointer: wasm_bindgen.init_pagefind(meta(table)), chunks: new Map(), loaded: [] };
    })();
    shards.set(place.url, shard);
  }
  return shard;
}

/**
 * Read the chunks that may hold the words of a term.
 * @param {Shard} shard
 * @param {Term} term
 */
async function load(shard, term) {
  // @ts-ignore: comes with the script
  const named = JSON.parse(wasm_bindgen.request_indexes(shard.pointer, term.tokens.join(" "))).map(Number);
  const { begins, chunks, volume } = shard.table;
  if (term.prefix) begins.forEach((word, at) => word.startsWith(term.tokens[0]) && named.push(at));
  await Promise.all(
    [...new Set(named)].map((at) => {
      if (!shard.chunks.has(at)) {
        const chunk = (async () => {
          const data = content(await unzipped(await piece(shard.place, "index", chunks, at, volume)));
          // @ts-ignore: comes with the script
          const pointer = wasm_bindgen.load_index_chunk(shard.pointer, data);
          if (!pointer) throw new Error("a chunk of the index is damaged");
          shard.pointer = pointer;
          shard.loaded.push(data);
        })();
        shard.chunks.set(at, chunk);
      }
      return shard.chunks.get(at);
    }),
  );
}

/**
 * The papers that have a term, with their scores.
 * @param {Shard} shard
 * @param {Term} term
 */
function hits(shard, { tokens, prefix }) {
  const text = tokens.join(" ");
  const exact = ask(shard, text, true);
  // Where no word begins so, Pagefind would take one that the term begins with: for "xyz" all papers with "x".
  if (prefix) return exact.size || begins(shard, text) ? ask(shard, text, false) : exact;
  const scores = exact.size ? ask(shard, text, false) : exact;
  return new Map([...exact.keys()].map((number) => [number, scores.get(number) ?? 1]));
}

/**
 * @param {Shard} shard
 * @param {string} text
 * @param {boolean} exact
 * @returns {Map<number, number>}
 */
function ask(shard, text, exact) {
  // @ts-ignore: comes with the script
  const answer = JSON.parse(wasm_bindgen.search(shard.pointer, text, text, "{}", "", exact, false));
  return new Map(answer.results.map((/** @type {any} */ { p, s }) => [Number(p), s]));
}

/**
 * Whether a word of the chunks begins so. In CBOR, a text has its length before it.
 * @param {Shard} shard
 * @param {string} start
 */
function begins(shard, start) {
  const wanted = new TextEncoder().encode(start);
  return shard.loaded.some((chunk) => {
    for (let at = chunk.indexOf(wanted[0], 2); at >= 0; at = chunk.indexOf(wanted[0], at + 1)) {
      const length = chunk[at - 2] === 0x78 ? chunk[at - 1] : chunk[at - 1] >> 5 === 3 ? chunk[at - 1] & 31 : 0;
      if (length >= wanted.length && wanted.every((byte, number) => chunk[at + number] === byte)) return true;
    }
    return false;
  });
}
