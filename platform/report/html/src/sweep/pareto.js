// Two figures of every point against each other, with the front.
import { number, significant } from '../model/format.js';
import { axis, chart, legend, tip } from '../page/chart.js';
import { colour, palette, ramp } from '../page/theme.js';
import { parameterText } from './sweep.js';

const height = 420;

/** Points by what they are coloured by: [{name, colour, indices}]. */
function classes(sweep, parameter, indices) {
  if (!parameter) return [{ name: 'dominated', colour: colour('--muted'), indices }];
  const values = [...new Set(parameter.values)].filter((value) => value !== null);
  values.sort((a, b) => (parameter.numeric ? a - b : String(a).localeCompare(String(b))));
  if (values.length > palette.length) return null; // a ramp instead
  return values.map((value, at) => ({
    name: `${parameter.title} ${parameterText(value)}`,
    colour: palette[at],
    indices: indices.filter((index) => parameter.values[index] === value),
  }));
}

function describe(sweep, index) {
  const rows = sweep.parameters
    .filter((parameter) => parameter.varies)
    .map(({ title, values }) => [title, parameterText(values[index])]);
  const figures = [sweep.x, sweep.y].map(({ title, unit, values }) => [
    title,
    `${significant(values[index], 4)} ${unit}`,
  ]);
  return tip(`point #${sweep.positions[index]}`, [...rows, ...figures, ['dominated', sweep.standing(index)]]);
}

/** {holder, update(), colourBy(parameter)}. */
export function paretoChart(sweep) {
  let parameter = null;
  const place = (index) => [sweep.x.values[index], sweep.y.values[index], index];
  const drawn = (index) => Number.isFinite(sweep.x.values[index]) && Number.isFinite(sweep.y.values[index]);
  const scatter = (name, indices, tone, more = {}) => ({
    name,
    type: 'scatter',
    symbolSize: 7,
    large: true,
    largeThreshold: 1000,
    itemStyle: { color: tone, opacity: 0.6 },
    dimensions: ['x', 'y', 'index'],
    data: indices.map(place),
    ...more,
  });
  const label = ({ title, unit }) => (unit ? `${title} (${unit})` : title);
  const format = (value) => (Math.abs(value) >= 1000 ? number(value) : significant(value, 4));
  const option = () => {
    const rest = sweep.kept.filter((index) => drawn(index) && !sweep.onFront.has(index));
    const all = parameter ? sweep.kept.filter(drawn) : rest;
    const grouped = classes(sweep, parameter, all);
    const range = parameter && !grouped ? parameter.values.filter((value) => typeof value === 'number') : [];
    const points = grouped
      ? grouped.map((group) => scatter(group.name, group.indices, group.colour))
      : [
          scatter(parameter.title, all, undefined, {
            data: all.map((index) => [...place(index), parameter.values[index]]),
            dimensions: ['x', 'y', 'index', 'value'],
            large: false, // each point has its own colour
          }),
        ];
    // A staircase: between two points of the front, what only both together dominate.
    const line = sweep.members.flatMap((index, at) => {
      const before = sweep.members[at - 1];
      const corner = before === undefined ? [] : [[sweep.x.values[index], sweep.y.values[before]]];
      return [...corner, place(index).slice(0, 2)];
    });
    return {
      legend: legend({ type: 'scroll', right: 0 }),
      grid: { left: 36, right: range.length > 0 ? 96 : 28, top: 34, bottom: 46, containLabel: true },
      tooltip: { trigger: 'item', formatter: (item) => describe(sweep, item.value[2]) },
      xAxis: axis(label(sweep.x), { type: 'value', scale: true, axisLabel: { formatter: format } }),
      yAxis: axis(label(sweep.y), { type: 'value', scale: true, nameGap: 62, axisLabel: { formatter: format } }),
      visualMap:
        range.length > 0
          ? {
              show: true,
              type: 'continuous',
              dimension: 3,
              seriesIndex: 0,
              min: Math.min(...range),
              max: Math.max(...range),
              inRange: { color: ramp() },
              right: 0,
              top: 40,
              itemHeight: 120,
              textStyle: { color: colour('--muted') },
              text: [parameter.title, ''],
            }
          : undefined,
      series: [
        ...points,
        {
          name: 'front',
          type: 'line',
          data: line,
          symbol: 'none',
          silent: true,
          lineStyle: { color: palette[5], width: 1.5 },
          itemStyle: { color: palette[5] },
          tooltip: { show: false },
        },
        scatter('front', sweep.members, parameter ? 'transparent' : palette[5], {
          symbolSize: 10,
          z: 4,
          itemStyle: {
            color: parameter ? 'transparent' : palette[5],
            borderColor: parameter ? colour('--text') : colour('--back'),
            borderWidth: parameter ? 1.6 : 1,
          },
        }),
      ],
    };
  };
  const holder = chart('Two figures of every point and their Pareto front', height, option, {
    canvas: true,
    events: { click: (event) => event.value && sweep.open(event.value[2]) },
  });
  return {
    holder,
    update: holder.redraw,
    colourBy: (name) => {
      parameter = sweep.parameters.find((one) => one.name === name) ?? null;
      holder.redraw();
    },
  };
}
