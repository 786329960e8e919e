// What differs between two results, and which causes the difference in cycles is made of.
import { background, busy, causes } from './stalls.js';

const metrics = [
  ['cycles per inference', 'cycles', (r) => r.cycles_per_inference, 'less'],
  ['energy per inference', 'pJ', (r) => r.energy_pj?.total, 'less'],
  ['energy on chip', 'pJ', (r) => r.energy_pj?.on_chip, 'less'],
  ['area', 'µm²', (r) => r.area_um2?.total, 'less'],
  ['accuracy, top 1', 'share', (r) => r.accuracy?.top1, 'more'],
  ['sparse over dense, cycles', '×', (r) => r.sparse_over_dense?.cycles, null],
  ['sparse over dense, energy', '×', (r) => r.sparse_over_dense?.energy, null],
  ['network image', 'B', (r) => r.image_bytes, 'less'],
  ['instructions of the core', '', (r) => (r.inferences ? r.instructions / r.inferences : undefined), 'less'],
];

/** [{metric, unit, a, b, ratio, better}]; ratio: b over a minus one, null where that means nothing. */
export function headline(a, b) {
  return metrics
    .map(([metric, unit, value, better]) => {
      const left = value(a) ?? null,
        right = value(b) ?? null;
      return { metric, unit, a: left, b: right, better, ratio: left && right !== null ? right / left - 1 : null };
    })
    .filter((row) => row.a !== null || row.b !== null);
}

/** Cycles per inference of a unit by cause, over all layers. */
export function causesOf(result, unit) {
  const sum = {};
  for (const layer of result.layers) {
    for (const [cause, cycles] of Object.entries(layer.stalls?.[unit] ?? {})) sum[cause] = (sum[cause] ?? 0) + cycles;
  }
  return sum;
}

/** Units of both, the busiest first: its causes say most about the difference. */
export function unitsByBusyness(a, b) {
  const common = Object.keys(a.stalls).filter((unit) => unit in b.stalls);
  const weight = (unit) => (unit === 'cpu' ? -1 : busy(causesOf(a, unit)) + busy(causesOf(b, unit)));
  return common.sort((x, y) => weight(y) - weight(x));
}

/**
 * The difference in cycles per inference as seen from a unit: {total, parts: [{cause, cycles}]}, greatest part first. What lies between the
 * layers is the part 'between layers', what is below a thousandth of the total 'other causes'; the parts sum to the total.
 */
export function explain(a, b, unit) {
  const left = causesOf(a, unit),
    right = causesOf(b, unit);
  const names = [...new Set([...causes, ...Object.keys(left), ...Object.keys(right)])];
  const parts = names.map((cause) => ({
    cause,
    cycles: (right[cause] ?? 0) - (left[cause] ?? 0),
    waiting: background.has(cause),
  }));
  const total = b.cycles_per_inference - a.cycles_per_inference;
  parts.push({
    cause: 'between layers',
    cycles: total - parts.reduce((sum, part) => sum + part.cycles, 0),
    waiting: true,
  });
  const small = (part) => Math.abs(part.cycles) < Math.max(0.5, Math.abs(total) / 1000);
  const other = {
    cause: 'other causes',
    cycles: parts.filter(small).reduce((sum, part) => sum + part.cycles, 0),
    waiting: false,
  };
  const shown = [...parts.filter((part) => !small(part)), other].filter((part) => Math.abs(part.cycles) >= 0.5);
  return { total, parts: shown.sort((x, y) => Math.abs(y.cycles) - Math.abs(x.cycles)) };
}

/** Layers of both by name: {pairs: [{name, a, b}], onlyA: [name], onlyB: [name]}. */
export function pairLayers(a, b) {
  const right = new Map(b.layers.map((layer) => [layer.name, layer]));
  const left = new Set(a.layers.map((layer) => layer.name));
  return {
    pairs: a.layers
      .filter((layer) => right.has(layer.name))
      .map((layer) => ({ name: layer.name, a: layer, b: right.get(layer.name) })),
    onlyA: a.layers.filter((layer) => !right.has(layer.name)).map((layer) => layer.name),
    onlyB: b.layers.filter((layer) => !left.has(layer.name)).map((layer) => layer.name),
  };
}
