// How much a figure depends on each swept parameter, from the points there are.

const mostGroups = 10;

/**
 * Points by the parameter's value: [{label, from, indices}], in order of the value. Many different numbers are put into
 * ranges with about equally many points each.
 */
export function groups(values, among) {
  const byValue = new Map();
  for (const index of among) {
    const value = values[index];
    if (!byValue.has(value)) byValue.set(value, []);
    byValue.get(value).push(index);
  }
  const numeric = [...byValue.keys()].every((value) => typeof value === 'number');
  const sorted = [...byValue].sort(([a], [b]) =>
    numeric ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true }),
  );
  if (sorted.length <= mostGroups || !numeric)
    return sorted.map(([value, indices]) => ({ label: String(value), from: value, indices }));
  const each = among.length / mostGroups;
  const ranges = [];
  for (const [value, indices] of sorted) {
    const last = ranges.at(-1);
    if (last === undefined || last.indices.length >= each)
      ranges.push({ from: value, to: value, indices: [...indices] });
    else {
      last.to = value;
      last.indices.push(...indices);
    }
  }
  return ranges.map((range) => ({
    ...range,
    label: range.from === range.to ? String(range.from) : `${range.from} … ${range.to}`,
  }));
}

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

/**
 * The effect of a parameter on a figure: {share, span, levels: [{label, mean, least, most, count}]}. `share`: of the
 * figure's variance between the groups (eta squared, 0 to 1); `span`: greatest mean over least minus one. Null where
 * there is nothing to see: one value only, or a figure that never changes.
 */
export function effect(parameter, figure, among) {
  const points = among.filter((index) => Number.isFinite(figure[index]));
  const levels = groups(parameter, points).map(({ label, indices }) => {
    const values = indices.map((index) => figure[index]);
    return { label, mean: mean(values), least: Math.min(...values), most: Math.max(...values), count: values.length };
  });
  if (levels.length < 2) return null;
  const middle = mean(points.map((index) => figure[index]));
  const all = points.reduce((sum, index) => sum + (figure[index] - middle) ** 2, 0);
  if (all === 0) return null;
  const between = levels.reduce((sum, level) => sum + level.count * (level.mean - middle) ** 2, 0);
  const means = levels.map((level) => level.mean);
  const least = Math.min(...means),
    most = Math.max(...means);
  return { share: between / all, span: least > 0 ? most / least - 1 : null, levels };
}
