// Columns of a sweep: what they are called, their unit, and which direction is better.

/** By column of `points` in results.sqlite: [title, unit, factor to that unit, better]. */
const known = {
  cycles_per_inference: ['cycles', 'per inference', 1, 'less'],
  time_us: ['time', 'µs per inference', 1, 'less'],
  energy_pj: ['energy', 'µJ per inference', 1e-6, 'less'],
  area_um2: ['area', 'mm²', 1e-6, 'less'],
  accuracy: ['accuracy', 'top 1', 1, 'more'],
  bits_per_weight: ['bits per weight', '', 1, 'less'],
  dense_utilisation: ['dense utilisation', '0 … 1', 1, 'more'],
  sparse_utilisation: ['sparse utilisation', '0 … 1', 1, 'more'],
  sparse_over_dense_cycles: ['sparse/dense cycles', '×', 1, 'less'],
  sparse_over_dense_energy: ['sparse/dense energy', '×', 1, 'less'],
  cycles_over_int8: ['cycles over int8', '×', 1, 'less'],
  energy_over_int8: ['energy over int8', '×', 1, 'less'],
  cycles_over_ternary: ['cycles over ternary', '×', 1, 'less'],
  energy_over_ternary: ['energy over ternary', '×', 1, 'less'],
  image_bytes: ['network image', 'bytes', 1, 'less'],
  instructions: ['instructions', '', 1, 'less'],
  cycles: ['cycles of the run', '', 1, 'less'],
};

/** Figures that a sweep has values for: [{name, title, unit, better, values}], values in `unit`. */
export function figures(columns) {
  return Object.entries(known)
    .filter(([name]) => columns[name]?.some((value) => Number.isFinite(value)))
    .map(([name, [title, unit, factor, better]]) => ({
      name,
      title,
      unit,
      better,
      values: columns[name].map((value) => (value === null ? null : value * factor)),
    }));
}

/** Swept parameters: [{name, title, values, numeric, varies}]; the title is the shortest end of the path that is unique. */
export function parameters(list, columns) {
  const paths = list.map((parameter) => parameter.name.split('.'));
  const short = (path, count) => path.slice(-count).join('.');
  return list.map((parameter, index) => {
    const path = paths[index];
    let count = 1;
    while (count < path.length && paths.some((other, at) => at !== index && short(other, count) === short(path, count)))
      ++count;
    const values = columns[parameter.name] ?? [];
    return {
      ...parameter,
      title: short(path, count),
      values,
      numeric: values.every((value) => value === null || typeof value === 'number'),
      varies: new Set(values).size > 1,
    };
  });
}
