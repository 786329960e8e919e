// Results of the points, packed: some dozens together, because they are alike, and unpacked when one of them is opened.
//
// A chunk is base64 of deflated JSON: {paths: [JSON pointer], values: [[value of the point, ...] per path]}. A value is
// null where a point has no such path.

/** {a: [1, {b: 2}]} of [['/a/0', 1], ['/a/1/b', 2]]; objects whose keys are 0, 1, 2 ... are lists. */
export function unflatten(entries) {
  const root = {};
  for (const [pointer, value] of entries) {
    const keys = pointer
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    let at = root;
    for (const key of keys.slice(0, -1)) at = at[key] ??= {};
    at[keys.at(-1)] = value;
  }
  const listed = (node) => {
    if (node === null || typeof node !== 'object') return node;
    const keys = Object.keys(node);
    for (const key of keys) node[key] = listed(node[key]);
    return keys.every((key, at) => key === String(at)) ? keys.map((key) => node[key]) : node;
  };
  return listed(root);
}

/** What a page needs even where a packed result has nothing to say. */
function complete(result) {
  const empty = { expect: [], validation: [], baselines: {}, stalls: {}, guest_failure: null, first_mismatch: null };
  const whole = { ...empty, accuracy: null, energy_pj: null, scratchpad: null, ...result };
  for (const [key, value] of Object.entries(empty)) whole[key] ??= value;
  return whole;
}

async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return JSON.parse(await new Response(stream).text());
}

/** Gives the result of a point; details: {per_chunk, chunks}. */
export class Details {
  constructor({ per_chunk: perChunk, chunks }) {
    Object.assign(this, { perChunk, chunks, opened: new Map() });
  }

  has(point) {
    return Math.floor(point / this.perChunk) < this.chunks.length;
  }

  async of(point) {
    const chunk = Math.floor(point / this.perChunk);
    if (!this.opened.has(chunk)) this.opened.set(chunk, inflate(this.chunks[chunk]));
    const { paths, values } = await this.opened.get(chunk);
    const own = paths.map((path, at) => [path, values[at][point % this.perChunk]]);
    return complete(unflatten(own.filter(([, value]) => value !== null)));
  }
}
