// The layers of a run: what each took, and where the cycles of every unit went.
import { change, number, percent, words } from '../model/format.js';
import { byLayer, byUnit, present, shares, total } from '../model/stalls.js';
import { axis, chart, legend, tip } from '../page/chart.js';
import { absent, choice, element, figure, note, section } from '../page/dom.js';
import { causeColour } from '../page/theme.js';
import { table } from '../page/table.js';

const passes = [
  ['dense', 'tmac'],
  ['sparse', 'spu'],
  ['merge', 'merge'],
  ['dma', 'dma'],
];

/** What the compiler expected, and by how much it was wrong. */
const predicted = (row) =>
  row.predicted_cycles > 0
    ? `${number(row.predicted_cycles)} · ${change(row.predicted_cycles / row.cycles - 1, 0)}`
    : '–';

export function layersSection(result) {
  const of = (name) => (row) => row.passes[name].cycles;
  const columns = [
    { title: 'Layer', value: (row) => row.name },
    { title: 'Kind', value: (row) => words(row.kind) },
    { title: 'Cycles', value: (row) => row.cycles, text: (row) => number(row.cycles), numeric: true },
    {
      title: 'Predicted',
      value: (row) => row.predicted_cycles,
      text: predicted,
      numeric: true,
    },
    { title: 'Bound', value: (row) => row.bound ?? '–' },
    ...passes.map(([name, unit]) => ({
      title: name === 'dma' ? 'DMA' : name[0].toUpperCase() + name.slice(1),
      unit: name === unit ? '' : unit,
      value: of(name),
      numeric: true,
      text: (row) =>
        of(name)(row) === 0 ? '–' : `${number(of(name)(row))} · ${percent(row.passes[name].utilisation, 0)}`,
    })),
    { title: 'Driver', value: (row) => row.driver_cycles, text: (row) => number(row.driver_cycles), numeric: true },
    { title: 'MACs', value: (row) => row.macs, text: (row) => number(row.macs), numeric: true },
    { title: 'DMA bytes', value: (row) => row.bytes, text: (row) => number(row.bytes), numeric: true },
    {
      title: 'Energy',
      unit: 'nJ',
      value: (row) => row.energy_pj.total,
      text: (row) => number(row.energy_pj.total / 1e3),
      numeric: true,
    },
  ];
  const sum = (value) => result.layers.reduce((all, layer) => all + value(layer), 0);
  const foot = [
    'total',
    '',
    number(sum((layer) => layer.cycles)),
    number(sum((layer) => layer.predicted_cycles ?? 0)),
    '',
    ...passes.map(([name]) => `${number(sum(of(name)))} · ${percent(result.passes[name].utilisation, 0)}`),
    number(sum((layer) => layer.driver_cycles)),
    number(sum((layer) => layer.macs)),
    number(sum((layer) => layer.bytes)),
    number(sum((layer) => layer.energy_pj.total) / 1e3),
  ];
  return section(
    'layers',
    'Layers',
    note(
      'Means per inference. Passes: cycles of their jobs and utilisation meanwhile; they overlap, so they do not add up. Driver: no unit had a job. Predicted: by the compiler, for timing level cycle; Bound: what it expected the layer to wait for most.',
    ),
    table(columns, result.layers, { foot, caption: 'layers' }),
  );
}

/** 100 % bars, one per row. */
export function shareBars(label, rows, unitOfRows) {
  const seen = present(rows);
  const option = () => ({
    legend: legend(),
    grid: { left: 8, right: 20, top: seen.length > 7 ? 52 : 32, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'item',
      formatter: (item) =>
        tip(`${item.name}: ${item.seriesName}`, [
          ['share', percent(item.value / 100)],
          ['cycles', number(rows[item.dataIndex].causes[item.seriesId] ?? 0)],
          ['of', number(total(rows[item.dataIndex].causes))],
        ]),
    },
    xAxis: axis('share of cycles (%)', { type: 'value', min: 0, max: 100 }),
    yAxis: axis(unitOfRows, {
      type: 'category',
      inverse: true,
      data: rows.map((row) => row.name),
      splitLine: { show: false },
      name: '',
    }),
    series: seen.map((cause) => ({
      id: cause,
      name: words(cause),
      type: 'bar',
      stack: 'cycles',
      barWidth: '68%',
      itemStyle: { color: causeColour(cause) },
      data: rows.map((row) => 100 * (shares(row.causes)[cause] ?? 0)),
    })),
  });
  return chart(label, 100 + 26 * rows.length, option);
}

export function stallsSection(result) {
  const units = Object.keys(result.stalls);
  if (units.length === 0)
    return section(
      'stalls',
      'Where the cycles went',
      absent('There is no attribution of cycles, because the guest failed.'),
    );
  const holder = element('div');
  const choose = (unit) =>
    holder.replaceChildren(shareBars(`Shares of cycles of ${unit} by layer`, byLayer(result, unit), 'layer'));
  const first = units.includes('tmac') ? 'tmac' : units[0];
  choose(first);
  return section(
    'stalls',
    'Where the cycles went',
    note(
      'Every cycle of every unit has one cause; each bar sums to 100 %. Grey: the unit had no job and waited for a transfer, for the driver, or for other units.',
    ),
    element(
      'div',
      { class: 'pair' },
      figure(
        'Each unit, whole run with start-up',
        shareBars('Shares of cycles by unit over the whole run', byUnit(result), 'unit'),
      ),
      figure('Each layer', element('div', { class: 'tools' }, choice('Unit', units, first, choose)), holder),
    ),
  );
}
