// The report of two runs side by side: what was changed, what came of it, and which causes the cycles went to.
import { explain, headline, pairLayers, unitsByBusyness } from '../model/comparison.js';
import { differences, shown } from '../model/flatten.js';
import { change, joules, number, percent, quantity, significant, squareMillimetres, words } from '../model/format.js';
import { causes } from '../model/stalls.js';
import { axis, chart, tip } from '../page/chart.js';
import { absent, choice, element, figure, note, section } from '../page/dom.js';
import { causeColour, colour, diverging } from '../page/theme.js';
import { table } from '../page/table.js';
import { tile } from '../run/summary.js';

const inUnit = (value, unit) => {
  if (value === null) return '–';
  const forms = {
    cycles: () => number(value),
    pJ: () => joules(value),
    'µm²': () => squareMillimetres(value),
    share: () => percent(value),
    B: () => quantity(value, 'B'),
    '': () => number(value),
  };
  return (forms[unit] ?? (() => significant(value, 3)))();
};

/** The difference with its direction said in colour and sign. */
function difference(row) {
  if (row.ratio === null) return '–';
  const worse = row.better !== null && row.ratio !== 0 && row.ratio > 0 === (row.better === 'less');
  return element(
    'span',
    { class: row.better === null || Math.abs(row.ratio) < 5e-4 ? null : worse ? 'bad' : 'good' },
    change(row.ratio),
  );
}

const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));

function headlineSection(a, b) {
  const rows = headline(a, b);
  const tiles = rows
    .slice(0, 5)
    .filter((row) => row.ratio !== null)
    .map((row) => tile(row.metric, difference(row), '', `${inUnit(row.a, row.unit)} → ${inUnit(row.b, row.unit)}`));
  return section(
    'result',
    'What came of it',
    element('div', { class: 'tiles' }, tiles),
    table(
      [
        { title: 'Figure', value: (row) => row.metric },
        { title: 'A', value: (row) => row.a, text: (row) => inUnit(row.a, row.unit), numeric: true },
        { title: 'B', value: (row) => row.b, text: (row) => inUnit(row.b, row.unit), numeric: true },
        { title: 'B over A', value: (row) => row.ratio, node: difference, numeric: true },
      ],
      rows,
    ),
  );
}

function changesSection(a, b) {
  const rows = differences(a.configuration, b.configuration);
  return section(
    'changes',
    'What was changed',
    rows.length === 0
      ? absent(
          'The configurations are equal; what differs comes from another version of Terse or of a file that the configuration names.',
        )
      : table(
          [
            { title: 'Key', value: (row) => row.key, node: (row) => element('code', {}, row.key) },
            { title: 'A', value: (row) => shown(row.a) },
            { title: 'B', value: (row) => shown(row.b) },
          ],
          rows,
        ),
  );
}

function causeBars(parts, base) {
  const option = () => ({
    grid: { left: 8, right: 70, top: 6, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'item',
      formatter: (item) =>
        tip(item.name, [
          ['difference', `${signed(item.value)} cycles`],
          ['of the cycles of A', change(item.value / base)],
        ]),
    },
    xAxis: axis('difference per inference (cycles)', { type: 'value', axisLabel: { formatter: (v) => number(v) } }),
    yAxis: axis('', {
      type: 'category',
      inverse: true,
      data: parts.map((part) => words(part.cause)),
      splitLine: { show: false },
      axisLine: { show: false },
    }),
    series: [
      {
        type: 'bar',
        barWidth: 18,
        data: parts.map((part) => ({
          value: part.cycles,
          itemStyle: {
            color: part.cause.includes(' ')
              ? '#7b8794'
              : part.cause === 'idle' || part.cause === 'asleep'
                ? '#98a3ae'
                : causeColour(part.cause),
          },
        })),
        label: {
          show: true,
          position: 'right',
          color: colour('--muted'),
          fontSize: 11,
          formatter: (item) => change(item.value / base),
        },
      },
    ],
  });
  return chart('Difference in cycles by cause', 60 + 28 * parts.length, option);
}

function sentence(explained, unit, base) {
  const main = explained.parts.slice(0, 3).map((part) => `${words(part.cause)} ${change(part.cycles / base)}`);
  return `${signed(explained.total)} cycles per inference (${change(explained.total / base)}), seen from ${unit}: ${main.join(', ') || 'no cause differs'}.`;
}

/** Which layer's which cause: rows are layers. */
function causeMap(pairs, unit) {
  const of = (layer, cause) => layer.stalls?.[unit]?.[cause] ?? 0;
  const seen = causes.filter((cause) => pairs.some((pair) => Math.abs(of(pair.b, cause) - of(pair.a, cause)) >= 0.5));
  if (seen.length === 0) return absent('No cause of this unit differs in any layer.');
  const cells = pairs.flatMap((pair, y) => seen.map((cause, x) => [x, y, of(pair.b, cause) - of(pair.a, cause)]));
  const most = Math.max(...cells.map(([, , cycles]) => Math.abs(cycles)));
  const option = () => ({
    grid: { left: 8, right: 16, top: 8, bottom: 46, containLabel: true },
    tooltip: {
      formatter: (item) =>
        tip(`${pairs[item.value[1]].name}: ${words(seen[item.value[0]])}`, [
          ['A', number(of(pairs[item.value[1]].a, seen[item.value[0]]))],
          ['B', number(of(pairs[item.value[1]].b, seen[item.value[0]]))],
          ['difference', `${signed(item.value[2])} cycles`],
        ]),
    },
    xAxis: axis('cause', { type: 'category', data: seen.map(words), splitLine: { show: false } }),
    yAxis: axis('', {
      type: 'category',
      inverse: true,
      data: pairs.map((pair) => pair.name),
      splitLine: { show: false },
    }),
    visualMap: { show: false, min: -most, max: most, dimension: 2, inRange: { color: diverging() } },
    series: [
      {
        type: 'heatmap',
        data: cells,
        itemStyle: { borderColor: colour('--back'), borderWidth: 2, borderRadius: 3 },
        label: {
          show: true,
          fontSize: 11,
          formatter: (item) => (Math.abs(item.value[2]) < 0.5 ? '' : signed(item.value[2])),
        },
      },
    ],
  });
  return chart(`Difference in cycles of ${unit} by layer and cause`, 64 + 28 * pairs.length, option);
}

function whySection(a, b) {
  const units = unitsByBusyness(a, b);
  if (units.length === 0)
    return section(
      'why',
      'Why',
      absent('A result without attribution of cycles (the guest failed) cannot be explained.'),
    );
  const holder = element('div');
  const { pairs, onlyA, onlyB } = pairLayers(a, b);
  const choose = (unit) => {
    const explained = explain(a, b, unit);
    holder.replaceChildren(
      element('p', {}, sentence(explained, unit, a.cycles_per_inference)),
      figure(
        'By cause',
        explained.parts.length > 0 ? causeBars(explained.parts, a.cycles_per_inference) : absent('Nothing differs.'),
      ),
      figure('By layer and cause, cycles per inference', causeMap(pairs, unit)),
    );
  };
  choose(units[0]);
  return section(
    'why',
    'Why',
    note(
      'Every cycle of every unit has one cause, so the difference is the sum of the differences of the causes. Each unit tells it from its own side; the busiest comes first.',
    ),
    element('div', { class: 'tools' }, choice('Seen from', units, units[0], choose)),
    holder,
    onlyA.length > 0 ? absent(`Only in A: ${onlyA.join(', ')}`) : null,
    onlyB.length > 0 ? absent(`Only in B: ${onlyB.join(', ')}`) : null,
  );
}

function layersSection(a, b) {
  const { pairs } = pairLayers(a, b);
  const value = (key) => (pair) => pair.b[key] - pair.a[key];
  const ratio = (from, to) => ({ ratio: from === 0 ? null : to / from - 1, better: 'less' });
  const columns = [
    { title: 'Layer', value: (pair) => pair.name },
    {
      title: 'A',
      unit: 'cycles',
      value: (pair) => pair.a.cycles,
      text: (pair) => number(pair.a.cycles),
      numeric: true,
    },
    {
      title: 'B',
      unit: 'cycles',
      value: (pair) => pair.b.cycles,
      text: (pair) => number(pair.b.cycles),
      numeric: true,
    },
    {
      title: 'B − A',
      unit: 'cycles',
      value: value('cycles'),
      text: (pair) => signed(value('cycles')(pair)),
      numeric: true,
    },
    {
      title: 'B over A',
      value: (pair) => pair.b.cycles / pair.a.cycles,
      node: (pair) => difference(ratio(pair.a.cycles, pair.b.cycles)),
      numeric: true,
    },
    {
      title: 'A',
      unit: 'nJ',
      value: (pair) => pair.a.energy_pj.total,
      text: (pair) => number(pair.a.energy_pj.total / 1e3),
      numeric: true,
    },
    {
      title: 'B',
      unit: 'nJ',
      value: (pair) => pair.b.energy_pj.total,
      text: (pair) => number(pair.b.energy_pj.total / 1e3),
      numeric: true,
    },
    {
      title: 'B over A',
      value: (pair) => pair.b.energy_pj.total / pair.a.energy_pj.total,
      node: (pair) => difference(ratio(pair.a.energy_pj.total, pair.b.energy_pj.total)),
      numeric: true,
    },
  ];
  return section('layers', 'Layers', table(columns, pairs, { caption: 'layers' }));
}

function costSection(a, b) {
  const rows = (left, right, what) =>
    [...new Set([...Object.keys(left), ...Object.keys(right)])].map((unit) => ({
      what,
      unit,
      a: left[unit] ?? 0,
      b: right[unit] ?? 0,
    }));
  const all = [
    ...(a.energy_pj && b.energy_pj ? rows(a.energy_pj.by_unit, b.energy_pj.by_unit, 'energy') : []),
    ...rows(a.area_um2.by_unit, b.area_um2.by_unit, 'area'),
  ];
  const text = (row, value) => (row.what === 'energy' ? joules(value) : squareMillimetres(value));
  return section(
    'cost',
    'Energy and area by unit',
    note(
      'Both runs are priced by the same kind of table, so their uncertainties go the same way: the ratio is surer than either figure.',
    ),
    table(
      [
        { title: 'Unit', value: (row) => row.unit },
        { title: 'What', value: (row) => row.what },
        { title: 'A', value: (row) => row.a, text: (row) => text(row, row.a), numeric: true },
        { title: 'B', value: (row) => row.b, text: (row) => text(row, row.b), numeric: true },
        {
          title: 'B over A',
          value: (row) => (row.a ? row.b / row.a : null),
          node: (row) => difference({ ratio: row.a ? row.b / row.a - 1 : null, better: 'less' }),
          numeric: true,
        },
      ],
      all,
    ),
  );
}

function warnings(a, b) {
  const list = [];
  for (const [letter, result] of [
    ['A', a],
    ['B', b],
  ]) {
    if (result.guest_failure) list.push(`${letter}: the guest failed: ${result.guest_failure.text}`);
    else if (!result.verified) list.push(`${letter} is not verified: ${number(result.mismatches)} outputs are wrong.`);
  }
  if (a.configuration.network !== b.configuration.network) list.push('The networks differ; layers are paired by name.');
  if (a.timing !== b.timing)
    list.push(`The timing levels differ (${a.timing}, ${b.timing}): part of the difference is the models'.`);
  return list.map((text) => element('div', { class: 'panel warn' }, text));
}

export function comparisonReport({ a, b, names }) {
  const line = (letter, result, name) =>
    element(
      'div',
      {},
      element('b', {}, `${letter}  `),
      `${result.scenario}, ${name}, configuration `,
      element('span', { class: 'mono' }, result.configuration_hash),
    );
  return [
    element(
      'div',
      {},
      element('h1', {}, 'What changed, and why'),
      element('div', { class: 'meta' }, line('A', a, names[0]), line('B', b, names[1])),
      warnings(a, b),
    ),
    headlineSection(a, b),
    changesSection(a, b),
    whySection(a, b),
    layersSection(a, b),
    costSection(a, b),
  ];
}
