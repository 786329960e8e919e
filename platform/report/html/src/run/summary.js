// Headline figures of a run, with what they are to be measured against.
import { interval } from '../model/accuracy.js';
import {
  change,
  joules,
  joulesEstimate,
  number,
  percent,
  quantity,
  seconds,
  significant,
  squareMillimetres,
} from '../model/format.js';
import { axis, beyond, chart, tip, whiskers } from '../page/chart.js';
import { absent, element, figure, section } from '../page/dom.js';
import { palette } from '../page/theme.js';
import { table } from '../page/table.js';

export const tile = (what, value, unit, more) =>
  element(
    'div',
    { class: 'tile' },
    element('div', { class: 'what' }, what),
    element('div', { class: 'figure' }, value, unit ? element('small', {}, ` ${unit}`) : null),
    element('div', { class: 'more' }, more),
  );

function verdict(result) {
  if (result.guest_failure) return element('span', { class: 'badge bad' }, '✕ the guest failed');
  if (!result.verified)
    return element('span', { class: 'badge bad' }, `✕ ${number(result.mismatches)} outputs are wrong`);
  return element(
    'span',
    { class: 'badge good' },
    `✓ verified: ${number(result.checked_outputs)} outputs equal the golden reference`,
  );
}

function failure(result) {
  const rows = [];
  if (result.guest_failure)
    rows.push(
      result.guest_failure.text,
      [result.guest_failure.function, result.guest_failure.source].filter(Boolean).join(' at '),
    );
  if (result.first_mismatch) {
    const m = result.first_mismatch;
    rows.push(
      `First wrong output: inference ${m.inference}, layer ${m.layer}, tile ${m.tile}, row ${m.row}, column ${m.column}, channel ${m.channel}: expected ${m.expected}, found ${m.found}; the ${m.pass} pass went wrong first.`,
    );
  }
  return rows.filter(Boolean).length > 0
    ? element(
        'div',
        { class: 'panel bad', role: 'alert' },
        rows.filter(Boolean).map((text) => element('div', {}, text)),
      )
    : null;
}

function tiles(result) {
  const clock = result.clock_mhz * 1e6,
    energy = result.energy_pj,
    ratio = result.sparse_over_dense;
  const list = [
    tile(
      'Cycles per inference',
      number(result.cycles_per_inference),
      'cycles',
      `${seconds(result.cycles_per_inference / clock)} at ${number(result.clock_mhz)} MHz; ${number(clock / result.cycles_per_inference)} inferences/s`,
    ),
    energy &&
      tile(
        'Energy per inference',
        joulesEstimate(energy.total, energy.total_uncertainty_pj),
        '',
        `on chip ${joulesEstimate(energy.on_chip, energy.on_chip_uncertainty_pj)}`,
      ),
    accuracyTile(result),
    tile(
      'Area',
      squareMillimetres(result.area_um2.total, result.area_um2.uncertainty),
      '',
      `${number(result.area_um2.gate_equivalents / 1000)} kGE in ${result.technology.replace(' V', '\u00a0V')}`,
    ),
    tile(
      'Sparse/dense, cycles',
      ratio.cycles === null ? '–' : significant(ratio.cycles, 3),
      '×',
      ratio.cycles === null ? ratio.cycles_reason : 'sparse pass over dense pass',
    ),
    tile(
      'Sparse/dense, energy',
      ratio.energy === null ? '–' : `${number(ratio.energy, 2)} ± ${number(ratio.energy_uncertainty, 2)}`,
      '×',
      ratio.energy === null ? 'no dense pass' : 'sparse pass over dense pass',
    ),
  ];
  return element('div', { class: 'tiles' }, list.filter(Boolean));
}

function accuracyTile(result) {
  if (!result.accuracy) return tile('Accuracy, top 1', '–', '', result.accuracy_missing ?? 'no labels');
  const [low, high] = interval(result.accuracy.correct, result.accuracy.images);
  return tile(
    'Accuracy, top 1',
    percent(result.accuracy.top1, 1),
    '',
    `${number(result.accuracy.correct)} of ${number(result.accuracy.images)} images; 95 % interval ${number(100 * low, 0)} – ${percent(high, 0)}`,
  );
}

/** The run between its baselines: rows [{name, cycles, energy, uncertainty, error}]. */
function machines(result) {
  const rows = Object.entries(result.baselines).map(([name, figures]) => ({
    name: `all ${name}`,
    cycles: figures.cycles,
    energy: figures.energy_pj,
    uncertainty: figures.energy_uncertainty_pj,
    ratioCycles: figures.ratio_cycles,
    ratioEnergy: figures.ratio_energy,
    error: figures.error,
  }));
  const own = {
    name: 'this run',
    own: true,
    cycles: result.cycles_per_inference,
    energy: result.energy_pj?.total,
    uncertainty: result.energy_pj?.total_uncertainty_pj,
  };
  return [own, ...rows];
}

function bars(rows, title, unit, value, half, scale) {
  const option = () => ({
    grid: { left: 8, right: 24, top: 6, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'none' },
      formatter: ([item]) =>
        tip(item.name, [
          [
            title,
            `${number(item.value, unit === 'cycles' ? 0 : 2)}${half && half(rows[item.dataIndex]) ? ` ± ${number(half(rows[item.dataIndex]) * scale, 2)}` : ''} ${unit}`,
          ],
        ]),
    },
    xAxis: axis(unit === title.toLowerCase() ? unit : `${title.toLowerCase()} (${unit})`, {
      type: 'value',
      min: 0,
      max: beyond(rows.map((row) => (value(row) + (half ? half(row) : 0)) * scale)),
      axisLabel: { formatter: (v) => number(v, v % 1 ? 1 : 0) },
    }),
    yAxis: axis('', { type: 'category', inverse: true, data: rows.map((row) => row.name), splitLine: { show: false } }),
    series: [
      {
        type: 'bar',
        barWidth: 18,
        data: rows.map((row) => ({
          value: value(row) * scale,
          itemStyle: { color: row.own ? palette[0] : '#8e9aa6' },
        })),
      },
      ...(half
        ? [
            whiskers(
              rows.map((row, index) => [index, value(row) * scale, half(row) * scale]),
              { horizontal: true },
            ),
          ]
        : []),
    ],
  });
  return figure(
    `${title} per inference`,
    chart(`${title} per inference of this run and its baselines`, 60 + 34 * rows.length, option),
  );
}

function baselines(result) {
  const rows = machines(result);
  const failed = rows.filter((row) => row.error),
    good = rows.filter((row) => !row.error);
  if (rows.length === 1)
    return absent('No baselines: they exist for networks with both passes, unless run.baselines is none.');
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'pair' },
      bars(good, 'Cycles', 'cycles', (row) => row.cycles, null, 1),
      result.energy_pj
        ? bars(
            good,
            'Energy',
            'µJ',
            (row) => row.energy,
            (row) => row.uncertainty,
            1e-6,
          )
        : null,
    ),
    table(
      [
        { title: 'Network', value: (row) => row.name },
        { title: 'Cycles', value: (row) => row.cycles, text: (row) => number(row.cycles), numeric: true },
        { title: 'Energy', value: (row) => row.energy, text: (row) => joules(row.energy), numeric: true },
        {
          title: 'This run, cycles',
          value: (row) => row.ratioCycles ?? 1,
          text: (row) => (row.own ? '–' : change(row.ratioCycles - 1)),
          numeric: true,
        },
        {
          title: 'This run, energy',
          value: (row) => row.ratioEnergy ?? 1,
          text: (row) => (row.own ? '–' : change(row.ratioEnergy - 1)),
          numeric: true,
        },
      ],
      good,
      { sortable: false },
    ),
    failed.map((row) => absent(`${row.name}: ${row.error}`)),
  );
}

/** Outcomes of `expect:` and of the comparison with published figures. */
function outcomes(result) {
  const held = (row) => element('span', { class: row.held ? 'good' : 'bad' }, row.held ? '✓ held' : '✕ missed');
  const parts = [];
  if (result.expect.length > 0) {
    parts.push(
      element('h3', {}, 'Expectations'),
      table(
        [
          { title: 'Metric', value: (row) => row.metric },
          { title: 'Value', value: (row) => row.value, text: (row) => significant(row.value, 5), numeric: true },
          { title: 'Bound', value: (row) => row.bound },
          { title: 'Outcome', value: (row) => row.held, node: held },
          { title: 'Reason', value: (row) => row.reason },
        ],
        result.expect,
      ),
    );
  }
  if (result.validation.length > 0) {
    parts.push(
      element('h3', {}, 'Against published figures'),
      table(
        [
          { title: 'Metric', value: (row) => row.metric },
          {
            title: 'Here',
            value: (row) => row.value,
            text: (row) => `${significant(row.value, 5)} ${row.unit}`,
            numeric: true,
          },
          {
            title: 'Published',
            value: (row) => row.reference,
            text: (row) => `${significant(row.reference, 5)} ${row.unit}`,
            numeric: true,
          },
          { title: 'Error', value: (row) => row.error, text: (row) => change(row.error), numeric: true },
          { title: 'Bound', value: (row) => row.bound, text: (row) => `± ${percent(row.bound)}`, numeric: true },
          { title: 'Outcome', value: (row) => row.held, node: held },
          { title: 'Source', value: (row) => row.source },
          { title: 'Evidence', value: (row) => row.evidence },
        ],
        result.validation,
      ),
    );
  }
  return parts;
}

export function heading(result) {
  return element(
    'div',
    {},
    element('h1', {}, result.scenario),
    element(
      'p',
      { class: 'meta' },
      verdict(result),
      ' timing ',
      element('b', {}, result.timing),
      ', superposition ',
      element('b', {}, result.superposition),
      ', ',
      element('b', {}, number(result.inferences)),
      result.inferences === 1 ? ' inference, ' : ' inferences, ',
      element('b', {}, quantity(result.image_bytes, 'B')),
      ' network image',
      element('br'),
      'configuration ',
      element('span', { class: 'mono' }, result.configuration_hash),
    ),
    failure(result),
  );
}

export const summarySection = (result) => section('summary', 'Summary', tiles(result), outcomes(result));
export const baselineSection = (result) => section('baselines', 'Beside all-int8 and all-ternary', baselines(result));
