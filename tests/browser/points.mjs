// Points of a sweep that no program has to compute: as many as one likes, the same every time.
import { deflateSync } from 'node:zlib';

const perChunk = 32;

/** A generator of Lehmer's: 0 <= value < 1. */
function generator(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

const choose = (random, list) => list[Math.floor(random() * list.length)];

/** JSON pointers and values of the leaves. */
function leaves(value, path = '') {
  if (value === null || typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function chunk(results) {
  const flat = results.map((result) => new Map(leaves(result)));
  const paths = [...new Set(flat.flatMap((one) => [...one.keys()]))];
  const values = paths.map((path) => flat.map((one) => one.get(path) ?? null));
  return deflateSync(JSON.stringify({ paths, values })).toString('base64');
}

/** Data of a page: `count` points; each opens `result` with its own cycles. */
export function sweepOf(count, result) {
  const random = generator(11);
  const names = ['platform.spu.lanes', 'platform.scratchpad.banks', 'decomposition.density', 'decomposition.pattern'];
  const columns = { position: [], cycles_per_inference: [], energy_pj: [], area_um2: [], accuracy: [], verified: [] };
  for (const name of names) columns[name] = [];
  const results = [];
  for (let point = 0; point < count; ++point) {
    const [lanes, banks] = [choose(random, [1, 2, 4, 8, 16, 32]), choose(random, [4, 8, 16, 32])];
    const [density, pattern] = [0.01 + 0.2 * random(), choose(random, ['n_of_m', 'unstructured'])];
    const cycles =
      60000 + (400000 * density) / lanes + 20000 / banks + (pattern === 'n_of_m' ? 0 : 8000) + 500 * random();
    const row = {
      position: point,
      cycles_per_inference: cycles,
      energy_pj: (14 + 30 * density) * 1e6,
      area_um2: (0.8 + 0.012 * lanes + 0.006 * banks) * 1e6,
      accuracy: 0.82 + 0.3 * density + 0.004 * random(),
      verified: 1,
    };
    Object.assign(row, Object.fromEntries(names.map((name, at) => [name, [lanes, banks, density, pattern][at]])));
    for (const [name, value] of Object.entries(row)) columns[name].push(value);
    results.push({ ...result, scenario: `point ${point}`, cycles_per_inference: cycles });
  }
  const chunks = [];
  for (let first = 0; first < count; first += perChunk) chunks.push(chunk(results.slice(first, first + perChunk)));
  return {
    kind: 'sweep',
    sweep: {
      name: 'lanes and banks',
      file: 'lanes.yaml',
      points: count + 1,
      parameters: names.map((name) => ({ name, kind: 'grid', influence: 'yes' })),
      failures: [
        { position: count, kind: 'guest', parameters: { 'platform.spu.lanes': 3 }, reason: 'the guest hangs' },
      ],
      details: { per_chunk: perChunk, chunks, left_out: 0 },
      columns,
    },
  };
}
