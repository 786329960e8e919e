// The report of a sweep: one choice of points for all views; each view may narrow it.
import { Parallel } from '../charts/parallel.js';
import { figures, parameters } from '../model/columns.js';
import { Details } from '../model/details.js';
import { dominators, front } from '../model/pareto.js';
import { number, significant } from '../model/format.js';
import { absent, button, choice, element, note, section } from '../page/dom.js';
import { table } from '../page/table.js';
import { openPoint } from './details.js';
import { paretoChart } from './pareto.js';
import { sensitivitySection } from './sensitivity.js';

const shownMembers = 2;

/** Everything the views share. */
class Sweep {
  /** `axes`: {x, y}: names of figures, the first one known is shown first. */
  constructor(data, axes) {
    this.data = data;
    this.columns = data.columns;
    this.positions = data.columns.position;
    this.count = this.positions.length;
    this.figures = figures(data.columns);
    this.parameters = parameters(data.parameters, data.columns);
    this.details = new Details(data.details);
    this.all = Array.from({ length: this.count }, (_, index) => index);
    this.brushed = this.all;
    this.kept = this.all;
    const preferred = (names) => this.figures.find(({ name }) => names.includes(name)) ?? this.figures[0];
    this.x = preferred(axes.x);
    this.y = preferred(axes.y);
    this.members = [];
    this.onFront = new Set();
    this.listeners = [];
  }

  /** Calls the views; the front is that of the kept points. */
  changed() {
    this.members = front([this.x, this.y], this.kept);
    this.onFront = new Set(this.members);
    for (const listener of this.listeners) listener();
  }

  choose(axis, name) {
    this[axis] = this.figures.find((figure) => figure.name === name);
    this.changed();
  }

  dominators(index) {
    return this.onFront.has(index) ? [] : dominators([this.x, this.y], this.members, index);
  }

  /** "on the front", or who beats it. */
  standing(index) {
    if (this.onFront.has(index)) return 'on the front';
    const by = this.dominators(index).map((member) => `#${this.positions[member]}`);
    if (by.length === 0) return '–';
    return by.length > shownMembers
      ? `by ${by.slice(0, shownMembers).join(', ')} + ${by.length - shownMembers}`
      : `by ${by.join(', ')}`;
  }

  open(index) {
    openPoint(this, index);
  }
}

export const parameterText = (value) => (typeof value === 'number' ? significant(value, 6) : String(value ?? '–'));

function paretoSection(sweep) {
  const options = sweep.figures.map((figure) => [figure.name, `${figure.title} (${figure.unit})`]);
  const colours = [
    ['', 'nothing'],
    ...sweep.parameters.filter((parameter) => parameter.varies).map(({ name, title }) => [name, title]),
  ];
  const chart = paretoChart(sweep);
  const count = element('span', { class: 'note', 'aria-live': 'polite' });
  sweep.listeners.push(() => {
    chart.update();
    count.textContent = `${number(sweep.members.length)} of ${number(sweep.kept.length)} points are on the front`;
  });
  return section(
    'pareto',
    'Pareto front',
    note(
      'Nobody is better than a point on the front in one figure without being worse in the other. A click opens the run of a point.',
    ),
    element(
      'div',
      { class: 'tools' },
      choice('Across', options, sweep.x.name, (name) => sweep.choose('x', name)),
      choice('Up', options, sweep.y.name, (name) => sweep.choose('y', name)),
      choice('Colour', colours, '', (name) => chart.colourBy(name)),
      count,
    ),
    chart.holder,
  );
}

function parallelSection(sweep) {
  const shown = ['cycles_per_inference', 'energy_pj', 'area_um2', 'accuracy'];
  const axes = [
    ...sweep.parameters.filter((parameter) => parameter.varies),
    ...sweep.figures.filter(({ name, values }) => shown.includes(name) && new Set(values).size > 1),
  ];
  if (axes.length < 2) return section('parallel', 'All at once', absent('Fewer than two columns of this sweep vary.'));
  const view = new Parallel(axes, sweep.count, (indices) => {
    sweep.brushed = indices;
    sweep.table.refresh(indices);
  });
  sweep.listeners.push(() => view.show(sweep.kept, sweep.onFront));
  return section(
    'parallel',
    'All at once',
    note(
      'A line is a point, orange when it is on the front. Drag along an axis to keep the points in between; a click on the axis lets go.',
    ),
    element(
      'div',
      { class: 'tools' },
      button('Keep all', 'drop all choices on the axes', () => view.clear()),
    ),
    view.canvas,
  );
}

function tableSection(sweep) {
  const columns = [
    {
      title: '#',
      value: (index) => sweep.positions[index],
      text: (index) => number(sweep.positions[index]),
      numeric: true,
    },
    ...sweep.parameters.map(({ title, values, numeric }) => ({
      title,
      value: (index) => values[index],
      text: (index) => parameterText(values[index]),
      numeric,
    })),
    ...sweep.figures
      .filter(({ name }) => ['cycles_per_inference', 'energy_pj', 'area_um2', 'accuracy'].includes(name))
      .map(({ title, unit, values }) => ({
        title,
        unit,
        value: (index) => values[index],
        text: (index) => (values[index] === null ? '–' : significant(values[index], 5)),
        numeric: true,
      })),
    { title: 'Verified', value: (index) => (sweep.columns.verified[index] ? 'yes' : 'no') },
    { title: 'Dominated', value: (index) => sweep.standing(index) },
  ];
  let ready = false;
  sweep.table = table(columns, sweep.all, {
    filters: true,
    caption: 'points',
    onOpen: (index) => sweep.open(index),
    onFilter: (indices) => {
      sweep.kept = indices;
      if (ready) sweep.changed();
    },
  });
  ready = true;
  sweep.listeners.push(() => sweep.table.redraw());
  return section(
    'points',
    'Points',
    note('Filters narrow every view: a number takes ≤ 5, ≥ 5 or 2..8, a text what it contains. A row opens its run.'),
    sweep.table,
  );
}

function failuresSection(sweep) {
  const failures = sweep.data.failures;
  if (failures.length === 0) return null;
  return section(
    'failures',
    'Points without a result',
    table(
      [
        { title: '#', value: (row) => row.position, numeric: true },
        { title: 'Kind', value: (row) => row.kind },
        {
          title: 'Parameters',
          value: (row) =>
            Object.entries(row.parameters)
              .map(([key, value]) => `${key}=${value}`)
              .join(' '),
        },
        { title: 'Reason', value: (row) => row.reason },
      ],
      failures,
      { filters: failures.length > 10, caption: 'failures' },
    ),
  );
}

function heading(sweep) {
  const { data } = sweep;
  const unverified = sweep.columns.verified.filter((verified) => !verified).length;
  const idle = data.parameters.filter((parameter) => parameter.influence === 'no').map((parameter) => parameter.name);
  return element(
    'div',
    {},
    element('h1', {}, data.name),
    element(
      'p',
      { class: 'meta' },
      element('b', {}, number(sweep.count)),
      ` of ${number(data.points)} points have a result`,
      data.failures.length > 0 ? `, ${number(data.failures.length)} failed` : '',
      `; ${data.file}`,
    ),
    unverified > 0
      ? element(
          'div',
          { class: 'panel bad', role: 'alert' },
          `Not verified, so wrong or failed: ${number(unverified)} of ${number(sweep.count)} points. Their outputs are not those of the golden reference.`,
        )
      : null,
    idle.length > 0
      ? element('div', { class: 'panel warn' }, `Changes nothing in any result: ${idle.join(', ')}.`)
      : null,
  );
}

/** The views of a sweep's points, without its heading. */
function views(sweep) {
  const points = tableSection(sweep); // first: it says which points are kept
  const parts = [
    paretoSection(sweep),
    sensitivitySection(sweep),
    parallelSection(sweep),
    points,
    failuresSection(sweep),
  ];
  sweep.changed();
  return parts.filter(Boolean);
}

const usualAxes = { x: ['area_um2'], y: ['cycles_per_inference', 'time_us'] };

/** Of a sweep within another report. */
export function sweepSections(data, axes) {
  const sweep = new Sweep(data, axes);
  if (sweep.count === 0 || sweep.figures.length === 0) return [failuresSection(sweep)].filter(Boolean);
  return views(sweep);
}

export function sweepReport({ sweep: data }) {
  const sweep = new Sweep(data, usualAxes);
  if (sweep.count === 0 || sweep.figures.length === 0)
    return [heading(sweep), absent('No point has a result yet.'), failuresSection(sweep)].filter(Boolean);
  return [heading(sweep), ...views(sweep)];
}
