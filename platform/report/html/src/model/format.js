// Numbers as people read them: thousands separators, units that fit, uncertainty with the digits it deserves.

const thin = '\u202f'; // narrow no-break space between a number and its unit

/** "1,234,567", or with as many decimals as `decimals` says. */
export function number(value, decimals = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return value
    .toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace('-', '−');
}

/** At most `digits` significant digits, never in exponential form; whole numbers of four digits and more stay whole. */
export function significant(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 10 ** (digits - 1) || value === 0) return number(Math.round(value));
  if (size < 1e-6) return value.toExponential(2);
  return value.toLocaleString('en-US', { maximumSignificantDigits: digits });
}

export function percent(share, decimals = 1) {
  return `${number(100 * share, decimals)}${thin}%`;
}

/** "+12.3 %"; "0.0 %" has no sign. */
export function change(ratio, decimals = 1) {
  const text = percent(Math.abs(ratio), decimals);
  if (Number((100 * ratio).toFixed(decimals)) === 0) return text;
  return `${ratio > 0 ? '+' : '−'}${text}`;
}

const prefixes = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
  [1e-9, 'n'],
  [1e-12, 'p'],
];

/** The prefix in which `value` has one to three digits before the point. */
export function prefix(value) {
  const size = Math.abs(value);
  return prefixes.find(([factor]) => size >= factor) ?? (size === 0 ? [1, ''] : prefixes.at(-1));
}

/** "16.9 µJ" of 1.69e-5 and "J". */
export function quantity(value, unit, digits = 3) {
  if (value === null || value === undefined) return '–';
  const [factor, letter] = prefix(value);
  return `${significant(value / factor, digits)}${thin}${letter}${unit}`;
}

/** "16.9 ± 7.5 µJ": both in the prefix of the value, to the uncertainty's second digit. */
export function estimate(value, uncertainty, unit) {
  if (!uncertainty) return quantity(value, unit);
  const [factor, letter] = prefix(value);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(uncertainty / factor)));
  const digits = Math.min(decimals, 3);
  return `${number(value / factor, digits)} ± ${number(uncertainty / factor, digits)}${thin}${letter}${unit}`;
}

export const joules = (pj) => quantity(pj * 1e-12, 'J');
export const joulesEstimate = (pj, uncertainty) => estimate(pj * 1e-12, uncertainty * 1e-12, 'J');
export const squareMillimetres = (um2, uncertainty) =>
  uncertainty === undefined
    ? `${significant(um2 / 1e6, 3)}${thin}mm²`
    : `${number(um2 / 1e6, 2)} ± ${number(uncertainty / 1e6, 2)}${thin}mm²`;
export const cycles = (value) => `${number(value, Math.abs(value) < 100 && value % 1 !== 0 ? 1 : 0)}${thin}cycles`;
export const seconds = (value) => quantity(value, 's', 4);

/** "lane_imbalance" as a reader wants it. */
export const words = (name) => name.replaceAll('_', ' ');
