// Intervals of one row of the timeline, found fast however many there are.

/** A row of intervals that do not overlap, sorted by begin. `begin`, `cycles`: lists of equal length. */
export class Lane {
  constructor(name, begin, cycles, details = {}) {
    this.name = name;
    this.begin = Float64Array.from(begin);
    this.end = Float64Array.from(begin, (from, index) => from + cycles[index]);
    this.details = details;
    this.covered = new Float64Array(begin.length + 1); // cycles of all intervals before the index
    for (let index = 0; index < begin.length; ++index) this.covered[index + 1] = this.covered[index] + cycles[index];
  }

  get length() {
    return this.begin.length;
  }

  /** The first interval that ends after `time`; length if there is none. */
  firstEndingAfter(time, from = 0) {
    let low = from,
      high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end[middle] > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The interval at `time`, or the nearest within `reach`; -1 if there is none. */
  at(time, reach = 0) {
    const index = this.firstEndingAfter(time - reach);
    return index < this.length && this.begin[index] <= time + reach ? index : -1;
  }

  /**
   * What to draw between two times, at most two items per pixel: calls `one(index)` for intervals at least a pixel wide,
   * `many(pixel, share)` for a pixel that narrower ones cover in part.
   */
  draw(from, to, pixels, one, many) {
    const scale = pixels / (to - from);
    let index = this.firstEndingAfter(from);
    while (index < this.length && this.begin[index] < to) {
      if ((this.end[index] - this.begin[index]) * scale >= 1) {
        one(index);
        ++index;
        continue;
      }
      const pixel = Math.floor((this.begin[index] - from) * scale);
      const until = from + (pixel + 1) / scale;
      let next = this.firstEndingAfter(until, index);
      if (next === index) next = index + 1;
      many(pixel, Math.min(1, (this.covered[next] - this.covered[index]) * scale));
      index = next;
    }
  }
}

/** Nested intervals as one lane per depth. */
export function byDepth(name, calls) {
  const rows = [];
  calls.begin.forEach((begin, index) => {
    const row = (rows[calls.depth[index]] ??= { begin: [], cycles: [], function: [] });
    row.begin.push(begin);
    row.cycles.push(calls.cycles[index]);
    row.function.push(calls.function[index]);
  });
  return Array.from(
    rows,
    (row, depth) =>
      new Lane(depth === 0 ? name : '', row?.begin ?? [], row?.cycles ?? [], { function: row?.function ?? [] }),
  );
}

/** Distance of ticks so that there is one about every `pixels`: 1, 2 or 5 times a power of ten, at least `smallest`. */
export function tickStep(span, width, pixels, smallest = 1) {
  const least = Math.max(smallest, (span / width) * pixels);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999);
}
