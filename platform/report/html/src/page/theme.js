// Light and dark, and the colours of charts: Okabe and Ito's, and Tol's, which colour-blind readers can tell apart.

const listeners = new Set();
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let chosen = null; // 'light' | 'dark' by the reader's button; null: as the system has it
let printing = false;

export const isDark = () => !printing && (chosen === null ? dark.matches : chosen === 'dark');

export function onThemeChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function apply() {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

export function toggleTheme() {
  chosen = isDark() ? 'light' : 'dark';
  apply();
}

/** Follows the system, and prints light on paper whatever the screen has. */
export function startTheme() {
  dark.addEventListener('change', apply);
  window.addEventListener('beforeprint', () => {
    printing = true;
    document.documentElement.classList.add('printing');
    apply();
  });
  window.addEventListener('afterprint', () => {
    printing = false;
    document.documentElement.classList.remove('printing');
    apply();
  });
  apply();
}

/** A custom property of style.css, as '--text'. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#8b7ec8',
  '#999933',
  '#44aa99',
  '#882255',
];

const ofCause = {
  compute: '#0072b2',
  execute: '#0072b2',
  weight_load: '#56b4e9',
  activation_fetch: '#009e73',
  index_decode: '#cc79a7',
  lane_imbalance: '#e69f00',
  bank_conflict: '#d55e00',
  fifo: '#882255',
  accumulator_hazard: '#999933',
  drain: '#44aa99',
};
const waiting = {
  // greys: nothing is done
  light: { dma_wait: '#7b8794', driver: '#aab4bf', idle: '#e3e7eb', asleep: '#e3e7eb' },
  dark: { dma_wait: '#8b98a8', driver: '#5d6875', idle: '#2f3741', asleep: '#2f3741' },
};
export const causeColour = (cause) => ofCause[cause] ?? waiting[isDark() ? 'dark' : 'light'][cause] ?? '#888888';

/** From little to much, legible in both themes. */
export const ramp = () =>
  isDark() ? ['#1d2733', '#1f4e79', '#3a86c8', '#f0c05a'] : ['#f3f6f9', '#a9cbe8', '#3c82bd', '#0b3a66'];
/** From less over none to more. */
export const diverging = () => (isDark() ? ['#4fa3e0', '#242c36', '#e8863a'] : ['#2b7bba', '#f3f6f9', '#d55e00']);
