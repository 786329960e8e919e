// Nested configuration as rows "platform.tmac.output_channels": 32.

/** [[path, value]] of every leaf; empty lists and objects are leaves. */
export function flatten(value, path = '') {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`));
}

/** Rows that differ: [{key, a, b}]; undefined where one side has no such key. */
export function differences(a, b) {
  const left = new Map(flatten(a)),
    right = new Map(flatten(b));
  const same = (x, y) => JSON.stringify(x) === JSON.stringify(y);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => !same(left.get(key), right.get(key)))
    .map((key) => ({ key, a: left.get(key), b: right.get(key) }));
}

/** As in YAML. */
export function shown(value) {
  if (value === undefined) return '–';
  if (value === '') return '""';
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 10000)
    return value.toLocaleString('en-US');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
