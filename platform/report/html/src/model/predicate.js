// What a reader types above a column of a table.

/** "<= 5", "10..20", ">3", "abc": what a reader types above a column. */
export function predicate(text) {
  const wish = text.trim();
  if (wish === '') return () => true;
  const range = wish.match(/^(-?[\d.e+-]+)\s*\.\.\s*(-?[\d.e+-]+)$/i);
  if (range) return (value) => Number(value) >= Number(range[1]) && Number(value) <= Number(range[2]);
  const bound = wish
    .replace('≤', '<=')
    .replace('≥', '>=')
    .match(/^(<=|>=|<|>|=)\s*(\S+)$/);
  if (bound) {
    const limit = Number(bound[2]);
    const holds = { '<=': (v) => v <= limit, '>=': (v) => v >= limit, '<': (v) => v < limit, '>': (v) => v > limit }[
      bound[1]
    ];
    if (holds) return (value) => value !== null && holds(Number(value));
    return (value) => String(value) === bound[2] || (value !== null && value !== '' && Number(value) === limit);
  }
  return (value) => String(value).toLowerCase().includes(wish.toLowerCase());
}
