// Which points of a sweep nobody beats in two figures at once.

/**
 * axes: two of {values: number per point, better: 'less' | 'more'}. `among`: indices of the points to consider; points
 * without a value are none. Returns the indices of the front, from best to worst in the first axis.
 */
export function front(axes, among) {
  const [x, y] = axes.map(
    ({ values, better }) =>
      (index) =>
        better === 'more' ? -values[index] : values[index],
  );
  const candidates = among.filter((index) => axes.every(({ values }) => Number.isFinite(values[index])));
  candidates.sort((a, b) => x(a) - x(b) || y(a) - y(b));
  const found = [];
  let best = Infinity;
  for (const index of candidates) {
    const last = found.at(-1);
    const equal = last !== undefined && x(last) === x(index) && y(last) === y(index);
    if (y(index) < best || equal) found.push(index);
    best = Math.min(best, y(index));
  }
  return found;
}

/** Members of the front that are at least as good as a point in both axes and better in one. */
export function dominators(axes, members, point) {
  const no = (a, b, better) => (better === 'more' ? a < b : a > b);
  return members.filter(
    (member) =>
      axes.every(({ values, better }) => !no(values[member], values[point], better)) &&
      axes.some(({ values }) => values[member] !== values[point]),
  );
}
