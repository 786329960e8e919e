// The report of exploration: accuracy against density by pattern; with a frontier, against what platforms take.
import { byDensity, level } from '../model/exploration.js';
import { number, significant } from '../model/format.js';
import { axis, chart, legend, tip, whiskers } from '../page/chart.js';
import { absent, choice, element, note, section } from '../page/dom.js';
import { table } from '../page/table.js';
import { colour, palette } from '../page/theme.js';
import { sweepSections } from '../sweep/sweep.js';

const height = 460;

const figures = [
  ['accuracy', 'test images, in integers'],
  ['recalibrated_accuracy', 'test images, before training'],
  ['validation', 'held-out images'],
];

const spread = (point) =>
  point.seeds > 1 ? `${number(point.mean, 2)} ± ${number(point.deviation, 2)} %` : `${number(point.mean, 2)} %`;

function accuracyChart(networks) {
  let figure = 'accuracy';
  const option = () => {
    const { patterns, levels } = byDensity(networks, figure);
    const values = [...patterns.flatMap(({ points }) => points), ...levels].map((point) => point.mean);
    const densities = patterns.flatMap(({ points }) => points.map((point) => point.density));
    const [low, high] = densities.length > 0 ? [Math.min(...densities), Math.max(...densities)] : [1, 100];
    return {
      legend: legend({ type: 'scroll', right: 0 }),
      grid: { left: 36, right: 28, top: 40, bottom: 46, containLabel: true },
      tooltip: { trigger: 'item' },
      xAxis: axis('high-precision weights (%)', {
        type: 'log',
        logBase: 2,
        min: low / 1.15,
        max: high * 1.15,
        axisLabel: { formatter: (value) => significant(value, 3) },
      }),
      yAxis: axis('accuracy (%)', {
        type: 'value',
        scale: true,
        min: Math.floor(Math.min(...values) - 0.3),
        max: Math.ceil(Math.max(...values) + 0.3),
        nameGap: 44,
      }),
      series: [
        ...patterns.flatMap(({ name, points }, at) => [
          {
            name,
            type: 'line',
            symbolSize: 7,
            itemStyle: { color: palette[at % palette.length] },
            lineStyle: { width: 2 },
            data: points.map((point) => ({ value: [point.density, point.mean], point })),
            tooltip: {
              formatter: ({ data }) =>
                tip(name, [
                  ['density', `${significant(data.point.density, 4)} %`],
                  ['accuracy', spread(data.point)],
                  ['seeds', data.point.seeds],
                ]),
            },
          },
          whiskers(
            points
              .filter((point) => point.seeds > 1)
              .map((point) => [point.density, point.mean, point.deviation]),
          ),
        ]),
        ...levels.map((one, at) => ({
          name: `${one.name} ${number(one.mean, 1)} %`,
          type: 'line',
          symbol: 'none',
          lineStyle: { type: ['solid', 'dashed', 'dotted'][at % 3], width: 1.5, color: colour('--muted') },
          itemStyle: { color: colour('--muted') },
          data: [
            [low / 1.15, one.mean],
            [high * 1.15, one.mean],
          ],
        })),
      ],
    };
  };
  const holder = chart('Accuracy against the density of high-precision weights, a line per pattern', height, option);
  return {
    holder,
    choose: (name) => {
      figure = name;
      holder.redraw();
    },
  };
}

function accuracySection(networks) {
  const drawn = accuracyChart(networks);
  return section(
    'accuracy',
    'Accuracy against density',
    note(
      'Means over seeds; whiskers are one standard deviation of a sample. Grey: networks without a choice of positions.',
    ),
    element('div', { class: 'tools' }, choice('Of', figures, 'accuracy', drawn.choose)),
    drawn.holder,
  );
}

function networksSection(networks) {
  const decimals = (digits) => (value) => (Number.isFinite(value) ? number(value, digits) : '–');
  const columns = [
    ['network', 'Network'],
    ['pattern', 'Pattern'],
    ['density', 'Density', (value) => (Number.isFinite(value) ? significant(value, 4) : '–')],
    ['value_bits', 'Value bits', decimals(0)],
    ['criterion', 'Criterion'],
    ['schedule', 'Schedule'],
    ['seed', 'Seed', decimals(0)],
    ['accuracy', 'Accuracy', decimals(2), '%'],
    ['recalibrated_accuracy', 'Before training', decimals(2), '%'],
    ['validation', 'Validation', decimals(2), '%'],
    ['weight_error', 'Weight error', decimals(4)],
    ['bits_per_weight', 'Bits per weight', decimals(2)],
    ['cpu_seconds', 'Training', decimals(0), 'CPU s'],
  ].map(([key, title, text, unit]) => ({
    title,
    unit,
    value: (row) => row[key],
    text: text && ((row) => text(row[key])),
    numeric: Boolean(text),
  }));
  return section(
    'networks',
    'Trained networks',
    table(columns, networks, { filters: true, caption: 'trained networks' }),
  );
}

/** The best of every level, in words. */
function heading(data) {
  const { levels, patterns } = byDensity(data.networks, 'accuracy');
  const points = patterns.flatMap(({ name, points: of }) => of.map((point) => ({ name, ...point })));
  const best = points.toSorted((a, b) => b.mean - a.mean)[0];
  const facts = levels.map((one) => `${one.name} ${spread(one)}`);
  if (best) facts.push(`best mixed: ${best.name} at ${significant(best.density, 3)} %, ${spread(best)}`);
  return element(
    'div',
    {},
    element('h1', {}, data.name),
    element(
      'p',
      { class: 'meta' },
      element('b', {}, number(data.networks.length)),
      ` trained networks, ${number(data.networks.filter((one) => level(one) === null).length)} of them mixed; `,
      facts.join('; '),
    ),
  );
}

export function explorationReport(data) {
  if (data.networks.length === 0) return [heading(data), absent('No network has been trained yet.')];
  const frontier = data.sweep ? sweepSections(data.sweep, { x: ['energy_pj'], y: ['accuracy'] }) : [];
  return [heading(data), accuracySection(data.networks), ...frontier, networksSection(data.networks)];
}
