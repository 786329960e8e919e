// Energy and area, with how sure they are.
import { histogram } from '../model/accuracy.js';
import { joulesEstimate, number, percent, significant, squareMillimetres } from '../model/format.js';
import { axis, beyond, chart, tip, whiskers } from '../page/chart.js';
import { element, figure, note, section } from '../page/dom.js';
import { palette } from '../page/theme.js';
import { table } from '../page/table.js';

/** Horizontal bars with whiskers, greatest first. values: {name: value}; half: {name: one standard deviation}. */
export function estimateBars(label, title, values, half, scale, unit, tone) {
  const rows = Object.entries(values)
    .filter(([, value]) => value > 0)
    .sort((a, b) => b[1] - a[1]);
  const all = rows.reduce((sum, [, value]) => sum + value, 0);
  const option = () => ({
    grid: { left: 8, right: 24, top: 6, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      formatter: ([item]) =>
        tip(item.name, [
          [title, `${significant(item.value, 3)} ± ${significant((half[item.name] ?? 0) * scale, 2)} ${unit}`],
          ['share', percent(rows[item.dataIndex][1] / all)],
        ]),
    },
    xAxis: axis(`${title} (${unit})`, {
      type: 'value',
      min: 0,
      max: beyond(rows.map(([name, value]) => (value + (half[name] ?? 0)) * scale)),
      axisLabel: { formatter: (v) => significant(v, 3) },
    }),
    yAxis: axis('', { type: 'category', inverse: true, data: rows.map(([name]) => name), splitLine: { show: false } }),
    series: [
      { type: 'bar', barWidth: 16, itemStyle: { color: tone }, data: rows.map(([, value]) => value * scale) },
      whiskers(
        rows.map(([name, value], index) => [index, value * scale, (half[name] ?? 0) * scale]),
        { horizontal: true },
      ),
    ],
  });
  return chart(label, 60 + 28 * rows.length, option);
}

export function energySection(result) {
  const energy = result.energy_pj,
    area = result.area_um2;
  const parts = table(
    [
      { title: 'Unit', value: (row) => row.unit },
      { title: 'Part', value: (row) => row.part },
      { title: 'Area', unit: 'µm²', value: (row) => row.um2, text: (row) => number(row.um2), numeric: true },
      {
        title: '±',
        unit: 'µm²',
        value: (row) => row.uncertainty,
        text: (row) => number(row.uncertainty),
        numeric: true,
      },
      {
        title: 'Gates',
        unit: 'kGE',
        value: (row) => row.gate_equivalents,
        text: (row) => number(row.gate_equivalents / 1e3, 1),
        numeric: true,
      },
    ],
    area.parts,
    { caption: 'parts' },
  );
  return section(
    'cost',
    'Energy and area',
    note(`Counts of what the units do, times the table ${result.technology}. Whiskers: one standard deviation.`),
    energy
      ? element(
          'div',
          { class: 'pair' },
          figure(
            `Energy per inference by unit: ${joulesEstimate(energy.total, energy.total_uncertainty_pj)}`,
            estimateBars(
              'Energy by unit',
              'energy',
              energy.by_unit,
              energy.by_unit_uncertainty_pj,
              1e-6,
              'µJ',
              palette[1],
            ),
          ),
          figure(
            'Energy per inference by what it was spent on',
            estimateBars(
              'Energy by pass',
              'energy',
              energy.by_pass,
              energy.by_pass_uncertainty_pj,
              1e-6,
              'µJ',
              palette[1],
            ),
          ),
        )
      : note('No inference ended, so there is no energy per inference.'),
    element(
      'div',
      { class: 'pair' },
      figure(
        `Area by unit: ${squareMillimetres(area.total, area.uncertainty)}`,
        estimateBars('Area by unit', 'area', area.by_unit, area.by_unit_uncertainty, 1e-6, 'mm²', palette[2]),
      ),
      figure('Area by part', element('details', {}, element('summary', {}, `${area.parts.length} parts`), parts)),
    ),
  );
}

export function accuracySection(result) {
  if (!result.accuracy) return null;
  const counts = histogram(result.accuracy.predictions);
  const option = () => ({
    grid: { left: 14, right: 24, top: 10, bottom: 46, containLabel: true },
    tooltip: { formatter: (item) => tip(`class ${item.name}`, [['predicted', `${number(item.value)} times`]]) },
    xAxis: axis('predicted class', { type: 'category', data: counts.map((_, label) => String(label)) }),
    yAxis: axis('images', { type: 'value', nameGap: 36, minInterval: 1 }),
    series: [{ type: 'bar', barMaxWidth: 40, itemStyle: { color: palette[0] }, data: counts }],
  });
  return section(
    'accuracy',
    'Accuracy',
    note(
      `Top 1: ${percent(result.accuracy.top1, 2)}, ${number(result.accuracy.correct)} of ${number(result.accuracy.images)} images. How often each class was predicted:`,
    ),
    chart('How often each class was predicted', 200, option),
  );
}
