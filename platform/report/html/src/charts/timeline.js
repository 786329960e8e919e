// The timeline: rows of intervals on a canvas. Only what is in view is drawn, at most two items per pixel and row.
import { tickStep } from '../model/lane.js';
import { number } from '../model/format.js';
import { button, element } from '../page/dom.js';
import { colour, isDark, onThemeChange } from '../page/theme.js';
import { font } from '../page/chart.js';

const gutter = 132,
  axisHeight = 26,
  rowHeight = 18,
  gap = 2,
  groupGap = 10,
  overviewHeight = 34;
const least = 8; // cycles in view at the closest zoom

/**
 * rows: [{lane, group, fill(index), text(index), describe(index) -> [title, [[name, value]]]}]. total: cycles. clock: MHz. shown: cycle
 * from which on rows are incomplete.
 */
export class Timeline {
  constructor(rows, { total, shown, clock }) {
    Object.assign(this, { rows, total, shown, clock, from: 0, to: total, hovered: null, pending: false });
    this.place();
    this.overview = element('canvas', { height: overviewHeight, 'aria-hidden': true });
    this.canvas = element('canvas', {
      class: 'rows',
      tabindex: 0,
      role: 'img',
      'aria-label':
        'Timeline. Arrow keys move, plus and minus zoom, Home shows everything, Control and the wheel zooms.',
    });
    this.tip = element('div', { class: 'floating', hidden: true });
    this.holder = element('div', { class: 'timeline' }, this.overview, this.canvas, this.tip);
    this.where = element('span', { class: 'note', 'aria-live': 'polite' });
    this.listen();
    new ResizeObserver(() => this.request()).observe(this.holder);
    onThemeChange(() => this.paint());
  }

  /** Vertical places of the rows. */
  place() {
    let y = axisHeight;
    this.rows.forEach((row, index) => {
      if (index > 0 && row.group !== this.rows[index - 1].group) y += groupGap;
      row.y = y;
      row.height = row.thin ? 12 : rowHeight;
      y += row.height + gap;
    });
    this.height = y + 6;
  }

  tools(more) {
    return element(
      'div',
      { class: 'tools' },
      element(
        'span',
        { class: 'group' },
        button('−', 'zoom out', () => this.zoom(2)),
        button('+', 'zoom in', () => this.zoom(0.5)),
        button('◀', 'earlier', () => this.move(-0.25)),
        button('▶', 'later', () => this.move(0.25)),
        button('all', 'show the whole run', () => this.show(0, this.total)),
      ),
      more,
      this.where,
    );
  }

  get width() {
    return Math.max(50, this.holder.clientWidth - gutter);
  }
  x(time) {
    return gutter + ((time - this.from) / (this.to - this.from)) * this.width;
  }
  time(x) {
    return this.from + ((x - gutter) / this.width) * (this.to - this.from);
  }

  show(from, to) {
    const span = Math.min(this.total, Math.max(least, to - from));
    this.from = Math.min(Math.max(0, (from + to - span) / 2), this.total - span);
    this.to = this.from + span;
    this.request();
  }
  zoom(factor, around = (this.from + this.to) / 2) {
    const span = Math.max(least, Math.min(this.total, (this.to - this.from) * factor));
    const share = (around - this.from) / (this.to - this.from);
    this.show(around - share * span, around + (1 - share) * span);
  }
  move(share) {
    const by = (this.to - this.from) * share;
    const start = Math.max(0, Math.min(this.total - (this.to - this.from), this.from + by));
    this.show(start, start + (this.to - this.from));
  }

  request() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  context(canvas, height) {
    const ratio = Math.max(
      window.devicePixelRatio || 1,
      document.documentElement.classList.contains('printing') ? 2 : 1,
    );
    const width = this.holder.clientWidth;
    if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `11px ${font}`;
    context.textBaseline = 'middle';
    return context;
  }

  paint() {
    if (this.holder.clientWidth === 0) return;
    const context = this.context(this.canvas, this.height);
    this.colours = {
      text: colour('--text'),
      muted: colour('--muted'),
      grid: colour('--grid'),
      line: colour('--line'),
      back: colour('--back'),
      sunken: colour('--sunken'),
    };
    this.paintAxis(context);
    for (const row of this.rows) this.paintRow(context, row);
    this.paintLeftOut(context);
    this.paintOverview();
    const span = this.to - this.from;
    this.where.textContent = `cycles ${number(Math.floor(this.from))} – ${number(Math.ceil(this.to))}: ${number(Math.round(span))} cycles, ${number(span / this.clock, span < 1000 ? 3 : 1)} µs`;
  }

  paintAxis(context) {
    const step = tickStep(this.to - this.from, this.width, 110);
    context.fillStyle = this.colours.muted;
    context.textAlign = 'right';
    context.fillText('clock cycle', gutter - 8, axisHeight / 2);
    context.strokeStyle = this.colours.grid;
    const perCycle = this.width / (this.to - this.from);
    if (perCycle >= 5 && step > 1) this.paintGrid(context, 1, 0.5);
    this.paintGrid(context, step, 1);
    context.textAlign = 'center';
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = this.x(at),
        text = number(at),
        half = context.measureText(text).width / 2;
      if (x - half >= gutter - 2 && x + half <= gutter + this.width) context.fillText(text, x, axisHeight / 2);
    }
  }

  paintGrid(context, step, alpha) {
    context.globalAlpha = alpha;
    context.beginPath();
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      context.moveTo(x, axisHeight - 4);
      context.lineTo(x, this.height);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  paintRow(context, row) {
    context.fillStyle = this.colours.text;
    context.textAlign = 'right';
    context.fillText(row.lane.name, gutter - 8, row.y + row.height / 2);
    context.textAlign = 'left';
    context.save();
    context.beginPath();
    context.rect(gutter, row.y, this.width, row.height);
    context.clip();
    context.fillStyle = this.colours.sunken;
    context.globalAlpha = 0.6;
    context.fillRect(gutter, row.y, this.width, row.height);
    context.globalAlpha = 1;
    row.lane.draw(
      this.from,
      this.to,
      this.width,
      (index) => this.paintInterval(context, row, index),
      (pixel, share) => {
        context.globalAlpha = 0.35 + 0.65 * share;
        context.fillStyle = row.dense ?? this.colours.muted;
        context.fillRect(gutter + pixel, row.y, 1, row.height);
        context.globalAlpha = 1;
      },
    );
    context.restore();
  }

  paintInterval(context, row, index) {
    const x0 = Math.max(gutter, this.x(row.lane.begin[index])),
      x1 = Math.min(gutter + this.width, this.x(row.lane.end[index]));
    const width = x1 - x0;
    context.fillStyle = row.fill(index);
    context.fillRect(x0, row.y, Math.max(1, width > 4 ? width - 0.6 : width), row.height);
    if (this.hovered && this.hovered.row === row && this.hovered.index === index) {
      context.strokeStyle = this.colours.text;
      context.lineWidth = 2;
      context.strokeRect(x0 + 1, row.y + 1, width - 2, row.height - 2);
      context.lineWidth = 1;
    }
    if (width < 34 || row.thin) return;
    const text = row.text(index),
      room = width - 8;
    const each = context.measureText(text).width / text.length;
    const kept = text.length * each <= room ? text : `${text.slice(0, Math.max(0, Math.floor(room / each) - 1))}…`;
    if (kept.length < 3) return;
    context.fillStyle = readable(context.fillStyle, isDark());
    context.fillText(kept, x0 + 4, row.y + row.height / 2 + 0.5);
  }

  paintLeftOut(context) {
    if (this.shown >= this.total || this.to <= this.shown) return;
    const x = Math.max(gutter, this.x(this.shown));
    context.fillStyle = this.colours.back;
    context.globalAlpha = 0.75;
    context.fillRect(x, axisHeight, gutter + this.width - x, this.height);
    context.globalAlpha = 1;
    context.fillStyle = this.colours.muted;
    context.fillText('not recorded', x + 6, axisHeight + 8);
  }

  paintOverview() {
    const context = this.context(this.overview, overviewHeight);
    const scale = this.width / this.total;
    context.textAlign = 'right';
    context.fillStyle = this.colours.muted;
    context.fillText('whole run', gutter - 8, overviewHeight / 2);
    for (const row of this.rows.filter((one) => one.overview)) {
      context.fillStyle = row.dense ?? this.colours.muted;
      row.lane.draw(
        0,
        this.total,
        this.width,
        (index) =>
          context.fillRect(
            gutter + row.lane.begin[index] * scale,
            6,
            Math.max(1, (row.lane.end[index] - row.lane.begin[index]) * scale - 0.5),
            overviewHeight - 12,
          ),
        (pixel, share) => {
          context.globalAlpha = 0.3 + 0.7 * share;
          context.fillRect(gutter + pixel, 6, 1, overviewHeight - 12);
          context.globalAlpha = 1;
        },
      );
    }
    const x0 = gutter + this.from * scale,
      x1 = Math.max(x0 + 3, gutter + this.to * scale);
    context.fillStyle = this.colours.back;
    context.globalAlpha = 0.6;
    context.fillRect(gutter, 0, x0 - gutter, overviewHeight);
    context.fillRect(x1, 0, gutter + this.width - x1, overviewHeight);
    context.globalAlpha = 1;
    context.strokeStyle = colour('--accent');
    context.lineWidth = 2;
    context.strokeRect(x0 + 1, 1, x1 - x0 - 2, overviewHeight - 2);
    context.lineWidth = 1;
    context.fillStyle = this.colours.line;
    context.fillRect(0, overviewHeight - 1, this.holder.clientWidth, 1);
  }

  find(x, y) {
    const row = this.rows.find((one) => y >= one.y && y < one.y + one.height + gap);
    if (!row || x < gutter) return null;
    const index = row.lane.at(this.time(x), (1.5 * (this.to - this.from)) / this.width);
    return index < 0 ? null : { row, index };
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const found = this.find(event.clientX - box.left, event.clientY - box.top);
    if (found?.row !== this.hovered?.row || found?.index !== this.hovered?.index) {
      this.hovered = found;
      this.request();
    }
    this.tip.hidden = !found;
    if (!found) return;
    const [title, rows] = found.row.describe(found.index);
    const begin = found.row.lane.begin[found.index],
      end = found.row.lane.end[found.index];
    const all = [
      ['from cycle', number(begin)],
      ['lasts', `${number(end - begin)} cycles = ${number((end - begin) / this.clock, 3)} µs`],
      ...rows,
    ];
    this.tip.replaceChildren(
      element(
        'div',
        { class: 'tip' },
        element('b', {}, title),
        element(
          'table',
          {},
          all.map(([name, value]) => element('tr', {}, element('td', {}, name), element('td', {}, value))),
        ),
      ),
    );
    const left = event.clientX - box.left + 14,
      top = event.clientY - box.top + overviewHeight + 14;
    this.tip.style.left = `${Math.max(4, Math.min(left, this.holder.clientWidth - this.tip.offsetWidth - 6))}px`;
    this.tip.style.top = `${top + this.tip.offsetHeight > this.holder.clientHeight ? Math.max(4, top - this.tip.offsetHeight - 28) : top}px`;
  }

  listen() {
    let drag = null;
    const canvas = this.canvas;
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return; // the page scrolls
        event.preventDefault();
        const box = canvas.getBoundingClientRect();
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.move(event.deltaX / this.width);
        else this.zoom(Math.exp(event.deltaY * 0.0015), this.time(Math.max(gutter, event.clientX - box.left)));
      },
      { passive: false },
    );
    canvas.addEventListener('pointerdown', (event) => {
      drag = { x: event.clientX, from: this.from, to: this.to };
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!drag) return this.hover(event);
      const by = ((drag.x - event.clientX) / this.width) * (drag.to - drag.from);
      const start = Math.max(0, Math.min(this.total - (drag.to - drag.from), drag.from + by));
      this.show(start, start + (drag.to - drag.from));
    });
    canvas.addEventListener('pointerup', () => {
      drag = null;
    });
    canvas.addEventListener('pointerleave', () => {
      this.hovered = null;
      this.tip.hidden = true;
      this.request();
    });
    canvas.addEventListener('dblclick', (event) => {
      const box = canvas.getBoundingClientRect();
      const found = this.find(event.clientX - box.left, event.clientY - box.top);
      if (!found) return this.zoom(0.25, this.time(event.clientX - box.left));
      const begin = found.row.lane.begin[found.index],
        end = found.row.lane.end[found.index];
      this.show(begin - 0.05 * (end - begin) - 1, end + 0.05 * (end - begin) + 1);
    });
    canvas.addEventListener('keydown', (event) => {
      const actions = {
        ArrowLeft: () => this.move(-0.15),
        ArrowRight: () => this.move(0.15),
        a: () => this.move(-0.15),
        d: () => this.move(0.15),
        '+': () => this.zoom(0.6),
        '=': () => this.zoom(0.6),
        w: () => this.zoom(0.6),
        '-': () => this.zoom(1 / 0.6),
        s: () => this.zoom(1 / 0.6),
        Home: () => this.show(0, this.total),
      };
      if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      actions[event.key]();
    });
    const jump = (event) => {
      const box = this.overview.getBoundingClientRect(),
        half = (this.to - this.from) / 2;
      const middle = Math.max(
        half,
        Math.min(this.total - half, ((event.clientX - box.left - gutter) / this.width) * this.total),
      );
      this.show(middle - half, middle + half);
    };
    this.overview.addEventListener('pointerdown', (event) => {
      this.overview.setPointerCapture(event.pointerId);
      jump(event);
    });
    this.overview.addEventListener('pointermove', (event) => {
      if (event.buttons) jump(event);
    });
  }
}

/** Black or white, whichever stands out from `fill` (#rrggbb). */
function readable(fill) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(fill.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.25 ? '#101418' : '#ffffff';
}
