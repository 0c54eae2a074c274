// Files of the search for its worker: pieces of them where the host serves parts, read once, unzipped.

let bytes = 0; // that were asked for in all
let servesParts = true;
/** @type {Map<string, Promise<Uint8Array>>} */
const volumes = new Map();

/**
 * One piece of the files of a kind, which lie one after the other; a new file begins where the next would not fit.
 * @param {Place} place
 * @param {string} kind
 * @param {number[]} lengths
 * @param {number} wanted
 * @param {number} volume
 */
async function piece(place, kind, lengths, wanted, volume) {
  let file = 0;
  let from = 0;
  for (let at = 0; at <= wanted; at++) {
    const before = at ? lengths[at - 1] : 0;
    from += before;
    if (from && from + lengths[at] > volume) [file, from] = [file + 1, 0];
  }
  const url = `${place.url}${kind}-${file}.bin?${place.key}`;
  const to = from + lengths[wanted];
  if (servesParts && !volumes.has(url)) {
    // Chrome lets a request wait for another of the same address, up to twenty seconds: each piece has its own.
    const answer = await asked(`${url}-${from}`, { headers: { Range: `bytes=${from}-${to - 1}` } });
    const data = await body(answer);
    if (answer.status === 206) return data;
    servesParts = false; // the host has sent all of it
    volumes.set(url, Promise.resolve(data));
  }
  return (await whole(url)).subarray(from, to);
}

/** @param {string} url */
function whole(url) {
  let data = volumes.get(url);
  if (!data) {
    data = asked(url).then(body);
    volumes.set(url, data);
    data.catch(() => volumes.delete(url));
  }
  return data;
}

/**
 * @param {string} url
 * @param {RequestInit} [how]
 */
async function asked(url, how) {
  const answer = await fetch(url, how);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

/** @param {Response} answer */
async function body(answer) {
  const data = new Uint8Array(await answer.arrayBuffer());
  bytes += data.length;
  return data;
}

/** @param {Uint8Array} data */
async function unzipped(data) {
  const stream = new Blob([/** @type {any} */ (data)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Pagefind's files begin with its name.
 * @param {Uint8Array} data
 */
function content(data) {
  return data.subarray("pagefind_dcd".length);
}

/**
 * Pagefind's table of a shard, its papers and chunks named by their numbers; see index_metadata.rs in its repository.
 * @param {Table} table
 */
function meta({ version, papers, begins, fields }) {
  const pages = Array.from({ length: papers }, (_, number) => [String(number), 1]);
  const chunks = begins.map((/** @type {string} */ word, /** @type {number} */ at) => [word, begins[at + 1] ?? "\u{10ffff}", String(at)]);
  /** @type {number[]} */
  const data = [];
  write(data, [version, pages, chunks, [], [], fields]);
  return new Uint8Array(data);
}

/**
 * A value as CBOR.
 * @param {number[]} data
 * @param {any} value
 */
function write(data, value) {
  const text = typeof value === "string" ? new TextEncoder().encode(value) : [];
  const [major, size] = typeof value === "number" ? [0, value] : typeof value === "string" ? [3, text.length] : [4, value.length];
  if (size < 24) data.push((major << 5) | size);
  else data.push((major << 5) | 26, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  if (major === 3) for (const byte of text) data.push(byte);
  if (major === 4) for (const one of value) write(data, one);
}
