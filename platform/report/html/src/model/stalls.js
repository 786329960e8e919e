// Where cycles went: shares of causes that sum to one.

/** In the order in which they are stacked: work, then what held it up, then waiting for others. */
export const causes = [
  'compute',
  'execute',
  'weight_load',
  'activation_fetch',
  'index_decode',
  'lane_imbalance',
  'bank_conflict',
  'fifo',
  'accumulator_hazard',
  'drain',
  'dma_wait',
  'driver',
  'idle',
  'asleep',
];

/** What a unit without a job waits for; the rest is a job's. */
export const background = new Set(['dma_wait', 'driver', 'idle', 'asleep']);

export const total = (causesOfUnit) => Object.values(causesOfUnit).reduce((sum, cycles) => sum + cycles, 0);

/** {cause: share}; empty where there are no cycles at all. */
export function shares(causesOfUnit) {
  const all = total(causesOfUnit);
  if (all === 0) return {};
  return Object.fromEntries(Object.entries(causesOfUnit).map(([cause, cycles]) => [cause, cycles / all]));
}

/** Causes that somebody of `rows` ({causes}) spent cycles on, in stacking order; unknown ones last. */
export function present(rows) {
  const found = new Set(
    rows.flatMap((row) =>
      Object.entries(row.causes)
        .filter(([, cycles]) => cycles > 0)
        .map(([cause]) => cause),
    ),
  );
  return [...causes.filter((cause) => found.has(cause)), ...[...found].filter((cause) => !causes.includes(cause))];
}

/** Rows of the stacked bars: each unit over the whole run. */
export const byUnit = (result) =>
  Object.entries(result.stalls).map(([unit, ofUnit]) => ({ name: unit, causes: ofUnit }));

/** Rows of one unit: each layer. */
export const byLayer = (result, unit) =>
  result.layers.map((layer) => ({ name: layer.name, causes: layer.stalls?.[unit] ?? {} }));

/** Cycles a unit had a job, of all its cycles. */
export const busy = (causesOfUnit) =>
  Object.entries(causesOfUnit).reduce((sum, [cause, cycles]) => sum + (background.has(cause) ? 0 : cycles), 0);
