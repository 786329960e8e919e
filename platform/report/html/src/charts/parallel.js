// Parallel coordinates on a canvas: an axis per column, a line per point; dragging along an axis keeps the points in between.
import { significant } from '../model/format.js';
import { font } from '../page/chart.js';
import { element } from '../page/dom.js';
import { colour, isDark, onThemeChange, palette } from '../page/theme.js';

const top = 44;
const bottom = 22;
const side = 60;

/** Where a column's values lie between 0 and 1. Texts and few numbers stand in equal steps. */
function scale(values) {
  const distinct = [...new Set(values.filter((value) => value !== null))];
  const numeric = distinct.every((value) => typeof value === 'number');
  distinct.sort(numeric ? (a, b) => a - b : (a, b) => String(a).localeCompare(String(b), 'en', { numeric: true }));
  if (numeric && distinct.length > 12) {
    const least = distinct[0];
    const most = distinct.at(-1);
    const ticks = Array.from({ length: 5 }, (_, at) => least + ((most - least) * at) / 4);
    return {
      place: (value) => (value - least) / (most - least),
      ticks: ticks.map((value) => [value, significant(value, 3)]),
    };
  }
  const steps = new Map(distinct.map((value, at) => [value, distinct.length === 1 ? 0.5 : at / (distinct.length - 1)]));
  const label = (value) => (typeof value === 'number' ? significant(value, 4) : String(value));
  return { place: (value) => steps.get(value), ticks: distinct.map((value) => [value, label(value)]) };
}

/** axes: [{title, unit, values}]; brushed(indices): called with the points between all brushes. */
export class Parallel {
  constructor(axes, count, brushed) {
    this.axes = axes.map((axis) => {
      const { place, ticks } = scale(axis.values);
      const places = Float32Array.from(axis.values, (value) => (value === null ? NaN : place(value)));
      return { ...axis, places, ticks: ticks.map(([value, text]) => [place(value), text]), brush: null };
    });
    this.count = count;
    this.brushed = brushed;
    this.shown = null; // indices kept by everybody, or null: all
    this.marked = new Set();
    this.canvas = element('canvas', {
      tabindex: 0,
      role: 'img',
      'aria-label': 'Parallel coordinates. Drag along an axis to keep points; Escape drops all choices.',
      style: 'width:100%;height:320px;touch-action:none;display:block',
    });
    this.listen();
    new ResizeObserver(() => this.paint()).observe(this.canvas);
    onThemeChange(() => this.paint());
  }

  /** What is left by the other views too. `marked`: drawn above all, as the front. */
  show(indices, marked) {
    this.shown = indices;
    this.marked = marked;
    this.request();
  }

  request() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  x(axis) {
    return side + (axis * (this.canvas.clientWidth - 2 * side)) / Math.max(1, this.axes.length - 1);
  }
  y(place) {
    return this.canvas.clientHeight - bottom - place * (this.canvas.clientHeight - top - bottom);
  }

  lines(context, indices, style, alpha) {
    context.strokeStyle = style;
    context.globalAlpha = alpha;
    context.beginPath();
    const xs = this.axes.map((_, at) => this.x(at));
    const height = this.canvas.clientHeight;
    const span = height - top - bottom;
    for (const index of indices) {
      let pen = false;
      for (let at = 0; at < this.axes.length; ++at) {
        const place = this.axes[at].places[index];
        if (Number.isNaN(place)) {
          pen = false;
          continue;
        }
        const y = height - bottom - place * span;
        if (pen) context.lineTo(xs[at], y);
        else context.moveTo(xs[at], y);
        pen = true;
      }
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  paint() {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext('2d');
    context.scale(ratio, ratio);
    context.font = `11px ${font}`;
    const shown = this.shown ?? Array.from({ length: this.count }, (_, index) => index);
    const plain = shown.filter((index) => !this.marked.has(index));
    this.lines(context, plain, isDark() ? '#7fb2dd' : '#3c6e99', Math.max(0.06, Math.min(0.6, 60 / plain.length)));
    context.lineWidth = 1.6;
    this.lines(
      context,
      shown.filter((index) => this.marked.has(index)),
      palette[5],
      0.9,
    );
    context.lineWidth = 1;
    this.axes.forEach((axis, at) => this.paintAxis(context, axis, this.x(at)));
  }

  paintAxis(context, axis, x) {
    context.textAlign = 'center';
    context.fillStyle = colour('--text');
    context.fillText(clipped(context, axis.title, this.room()), x, 14);
    context.fillStyle = colour('--muted');
    context.fillText(clipped(context, axis.unit ?? '', this.room()), x, 28);
    context.strokeStyle = colour('--muted');
    context.beginPath();
    context.moveTo(x, this.y(0));
    context.lineTo(x, this.y(1));
    context.stroke();
    context.textAlign = 'left';
    let last = Infinity;
    for (const [place, text] of axis.ticks) {
      const y = this.y(place);
      if (last - y < 12) continue;
      last = y;
      context.lineWidth = 3;
      context.strokeStyle = colour('--back');
      context.strokeText(text, x + 5, y + 4);
      context.lineWidth = 1;
      context.fillText(text, x + 5, y + 4);
    }
    if (!axis.brush) return;
    const [low, high] = axis.brush;
    context.fillStyle = colour('--accent');
    context.globalAlpha = 0.35;
    context.fillRect(x - 7, this.y(high), 14, this.y(low) - this.y(high));
    context.globalAlpha = 1;
  }

  room() {
    return (this.canvas.clientWidth - 2 * side) / Math.max(1, this.axes.length - 1) - 8;
  }

  kept() {
    const chosen = this.axes.filter((axis) => axis.brush);
    const kept = [];
    for (let index = 0; index < this.count; ++index) {
      if (chosen.every(({ places, brush }) => places[index] >= brush[0] && places[index] <= brush[1])) kept.push(index);
    }
    return kept;
  }

  clear() {
    for (const axis of this.axes) axis.brush = null;
    this.brushed(this.kept());
  }

  listen() {
    let drag = null;
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const at = 1 - (event.clientY - box.top - top) / (box.height - top - bottom);
      return Math.max(0, Math.min(1, at));
    };
    this.canvas.addEventListener('pointerdown', (event) => {
      const x = event.clientX - this.canvas.getBoundingClientRect().left;
      const axis = this.axes.findIndex((_, at) => Math.abs(this.x(at) - x) < 14);
      if (axis < 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      drag = { axis: this.axes[axis], from: place(event), moved: false };
    });
    this.canvas.addEventListener('pointermove', (event) => {
      const x = event.clientX - this.canvas.getBoundingClientRect().left;
      this.canvas.style.cursor = this.axes.some((_, at) => Math.abs(this.x(at) - x) < 14) ? 'ns-resize' : 'default';
      if (!drag) return;
      const to = place(event);
      drag.moved = drag.moved || Math.abs(to - drag.from) > 0.01;
      const slack = 0.012; // a click's width, so that a value at the very end can be taken
      drag.axis.brush = [Math.min(drag.from, to) - slack, Math.max(drag.from, to) + slack];
      this.request();
    });
    this.canvas.addEventListener('pointerup', () => {
      if (!drag) return;
      if (!drag.moved) drag.axis.brush = null;
      drag = null;
      this.brushed(this.kept());
    });
    this.canvas.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.clear();
    });
  }
}

function clipped(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}
