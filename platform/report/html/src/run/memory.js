// The scratchpad's banks, and the roofline of each level of memory.
import { number, percent, significant } from '../model/format.js';
import { extent, levels, roof } from '../model/roofline.js';
import { axis, chart, legend, tip } from '../page/chart.js';
import { absent, element, figure, note, section } from '../page/dom.js';
import { colour, palette, ramp } from '../page/theme.js';

/** Cells of a heat map: each row of `rows` ({name, values}) is coloured by its share of the row's greatest value, or with `common` of all rows'. */
function heatMap(label, columns, rows, columnTitle, describe, { tall = 34, common = false } = {}) {
  const roomy = columns.length <= 24;
  const most = (list) => Math.max(1, ...list.flatMap((row) => row.values.filter((value) => value !== null)));
  const greatest = rows.map((row) => most(common ? rows : [row]));
  const option = () => ({
    grid: { left: 8, right: 16, top: 8, bottom: 46, containLabel: true },
    tooltip: { formatter: (item) => describe(rows[item.value[1]], item.value[0]) },
    xAxis: axis(columnTitle, {
      type: 'category',
      data: columns,
      splitLine: { show: false },
      splitArea: { show: false },
    }),
    yAxis: axis('', { type: 'category', inverse: true, data: rows.map((row) => row.name), splitLine: { show: false } }),
    visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: ramp() } },
    series: [
      {
        type: 'heatmap',
        itemStyle: { borderColor: colour('--back'), borderWidth: 2, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: colour('--text') } },
        data: rows.flatMap((row, y) =>
          row.values.map((value, x) => [x, y, value === null ? '-' : value / greatest[y]]),
        ),
        label: {
          show: roomy,
          fontSize: 11,
          formatter: (item) => {
            const v = rows[item.value[1]].values[item.value[0]];
            return v === null ? '' : v >= 1e5 ? `${significant(v / 1e3, 3)}k` : number(v);
          },
        },
      },
    ],
  });
  return chart(label, 64 + tall * rows.length, option);
}

export function banksSection(result) {
  const use = result.scratchpad;
  if (!use) {
    return section(
      'banks',
      'Scratchpad banks',
      absent(
        `Absent: timing ${result.timing} gives the scratchpad a bandwidth, not banks. Only timing cycle arbitrates every bank: --set run.timing=cycle.`,
      ),
    );
  }
  const banks = use.banks.map((_, index) => String(index));
  const rows = [
    ['requests', 'requests'],
    ['grants', 'grants'],
    ['conflicts', 'losses'],
  ].map(([name, key]) => ({ name, key, values: use.banks.map((bank) => bank[key]) }));
  const ports = Object.keys(use.ports);
  const lost = ports.map((loser) => ({
    name: loser,
    values: ports.map((winner) => (winner === loser ? null : (use.ports[loser].lost_to[winner] ?? 0))),
  }));
  const sum = (key) => use.banks.reduce((all, bank) => all + bank[key], 0);
  const describeBank = (row, bank) =>
    tip(
      `bank ${bank}`,
      rows
        .map((other) => [other.name, number(other.values[bank])])
        .concat([
          [
            'conflicts per request',
            percent(use.banks[bank].requests ? use.banks[bank].losses / use.banks[bank].requests : 0),
          ],
        ]),
    );
  const describePort = (row, winner) =>
    tip(`${row.name} lost to ${ports[winner]}`, [
      ['times', number(row.values[winner] ?? 0)],
      ['requests of ' + row.name, number(use.ports[row.name].requests)],
    ]);
  return section(
    'banks',
    'Scratchpad banks',
    note(
      `${number(sum('requests'))} requests, ${number(sum('grants'))} grants, ${number(sum('losses'))} conflicts (${percent(sum('requests') ? sum('losses') / sum('requests') : 0, 2)}). A request that loses is made again in the next cycle. Colours scale to the greatest value of their row, below to that of all.`,
    ),
    figure(
      'Requests, grants and conflicts per bank, whole run',
      heatMap('Requests, grants and conflicts of each bank', banks, rows, 'bank', describeBank),
    ),
    figure(
      'Who lost (row) to whom (column), times',
      heatMap('Conflicts between ports', ports, lost, 'winner', describePort, { tall: 30, common: true }),
    ),
  );
}

const rooflineColours = [palette[0], palette[5]];

function roofline(level) {
  const { x, y } = extent(level);
  const top = Math.max(...level.ceilings.map((ceiling) => ceiling.rate));
  const line = (name, data, dash) => ({
    name,
    type: 'line',
    data,
    symbol: 'none',
    silent: true,
    z: 1,
    lineStyle: { color: colour('--muted'), width: 1.5, type: dash },
    endLabel: { show: false },
    tooltip: { show: false },
  });
  const label = (at, text, align) => ({
    type: 'scatter',
    silent: true,
    symbolSize: 0,
    data: [at],
    tooltip: { show: false },
    label: { show: true, formatter: text, color: colour('--muted'), fontSize: 11, position: align, offset: [0, -9] },
  });
  const roofs = level.slopes.flatMap((slope, index) => {
    const knee = top / slope.bytes,
      from = Math.max(x[0], y[0] / slope.bytes);
    return [
      line(
        `${slope.name}`,
        [
          [from, from * slope.bytes],
          [knee, top],
        ],
        index === 0 ? 'solid' : 'dashed',
      ),
    ];
  });
  const leftmost = Math.max(x[0], y[0] / Math.max(...level.slopes.map((slope) => slope.bytes)));
  const ceilings = level.ceilings.map((ceiling) =>
    line(
      ceiling.name,
      [
        [Math.max(leftmost, ceiling.rate / Math.max(...level.slopes.map((slope) => slope.bytes))), ceiling.rate],
        [x[1], ceiling.rate],
      ],
      'solid',
    ),
  );
  const names = [
    ...level.ceilings.map((ceiling) =>
      label([x[1], ceiling.rate], `${ceiling.name}: ${number(ceiling.rate)} MAC/cycle`, 'left'),
    ),
  ];
  const option = () => ({
    legend: legend({ data: level.series.map((series) => series.name) }),
    grid: { left: 14, right: 24, top: 34, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'item',
      formatter: (item) => {
        const limit = roof(level, item.value[0]);
        return tip(`${item.data.layer}: ${item.seriesName}`, [
          ['intensity', `${significant(item.value[0], 3)} MAC/byte`],
          ['reached', `${significant(item.value[1], 3)} MAC/cycle`],
          ['roof here', `${significant(limit.rate, 3)} MAC/cycle (${limit.name})`],
          ['of the roof', percent(item.value[1] / limit.rate)],
        ]);
      },
    },
    xAxis: axis('operational intensity (MAC/byte)', {
      type: 'log',
      min: x[0],
      max: x[1],
      axisLabel: { formatter: (v) => significant(v, 1) },
    }),
    yAxis: axis('performance (MAC/cycle)', {
      type: 'log',
      min: y[0],
      max: y[1],
      nameGap: 44,
      axisLabel: { formatter: (v) => significant(v, 1) },
    }),
    series: [
      ...roofs,
      ...ceilings,
      ...names,
      ...level.series.map((series, index) => ({
        name: series.name,
        type: 'scatter',
        symbol: index === 0 ? 'circle' : 'diamond',
        symbolSize: index === 0 ? 9 : 11,
        itemStyle: { color: rooflineColours[index], opacity: 0.85, borderColor: colour('--back'), borderWidth: 1 },
        data: series.points.map((point) => ({ value: [point.intensity, point.rate], layer: point.layer })),
      })),
    ],
  });
  const slopes = level.slopes.map((slope) => `${slope.name} ${number(slope.bytes)} byte/cycle`).join(', ');
  return figure(
    level.name,
    note(
      `${level.sentence} Roofs: ${slopes}; ${level.ceilings.map((ceiling) => `${ceiling.name} ${number(ceiling.rate)} MAC/cycle`).join(', ')}.`,
    ),
    chart(`Roofline of ${level.name}`, 340, option),
  );
}

export function rooflineSection(result) {
  const all = levels(result);
  if (all.length === 0)
    return section(
      'roofline',
      'Roofline',
      absent('The result was written by an older version and does not say what the units could do in a cycle.'),
    );
  return section('roofline', 'Roofline', element('div', { class: 'pair' }, all.map(roofline)));
}
