// What each swept parameter does to a figure.
import { number, percent, significant } from '../model/format.js';
import { effect } from '../model/sensitivity.js';
import { axis, chart, tip } from '../page/chart.js';
import { absent, choice, element, figure as figureBox, note, section } from '../page/dom.js';
import { colour, palette } from '../page/theme.js';

const heightOf = (effects) => 60 + 28 * effects.length;

/** `state.effects`: [{parameter, effect}], greatest first. */
function shareChart(state) {
  const option = () => ({
    grid: { left: 8, right: 76, top: 6, bottom: 46, containLabel: true },
    tooltip: {
      trigger: 'item',
      formatter: (item) =>
        tip(item.name, [
          ['explains', percent(item.value / 100)],
          [
            'greatest mean over least',
            state.effects[item.dataIndex].effect.span === null
              ? '–'
              : `+${percent(state.effects[item.dataIndex].effect.span)}`,
          ],
        ]),
    },
    xAxis: axis('share of the variance (%)', { type: 'value', min: 0, max: 100 }),
    yAxis: axis('', {
      type: 'category',
      inverse: true,
      data: state.effects.map(({ parameter }) => parameter.title),
      splitLine: { show: false },
    }),
    series: [
      {
        type: 'bar',
        barWidth: 16,
        itemStyle: { color: palette[0] },
        data: state.effects.map((one) => 100 * one.effect.share),
        label: {
          show: true,
          position: 'right',
          color: colour('--muted'),
          fontSize: 11,
          formatter: (item) => percent(item.value / 100),
        },
      },
    ],
  });
  return chart('Share of the variance that each parameter explains', heightOf(state.effects), option);
}

/** Mean, least and most of `state.figure` for each value of `state.chosen`. */
function levelsChart(state) {
  const option = () => {
    const { figure, chosen } = state;
    const { parameter } = chosen;
    const { levels } = chosen.effect;
    return {
      grid: { left: 36, right: 24, top: 10, bottom: 46, containLabel: true },
      tooltip: {
        trigger: 'axis',
        formatter: ([item]) => {
          const level = levels[item.dataIndex];
          return tip(`${parameter.title} ${level.label}`, [
            ['mean', significant(level.mean, 4)],
            ['least', significant(level.least, 4)],
            ['most', significant(level.most, 4)],
            ['points', number(level.count)],
          ]);
        },
      },
      xAxis: axis(parameter.title, {
        type: 'category',
        data: levels.map((level) => level.label),
        splitLine: { show: false },
      }),
      yAxis: axis(figure.unit ? `${figure.title} (${figure.unit})` : figure.title, {
        type: 'value',
        scale: true,
        nameGap: 62,
        axisLabel: { formatter: (value) => significant(value, 4) },
      }),
      series: [
        {
          type: 'custom',
          data: levels.map((level, at) => [at, level.least, level.most]),
          encode: { x: 0, y: [1, 2] },
          silent: true,
          renderItem: (_, api) => {
            const low = api.coord([api.value(0), api.value(1)]);
            const high = api.coord([api.value(0), api.value(2)]);
            return {
              type: 'rect',
              shape: { x: low[0] - 5, y: high[1], width: 10, height: Math.max(1, low[1] - high[1]) },
              style: { fill: palette[0], opacity: 0.22 },
            };
          },
        },
        {
          type: 'line',
          data: levels.map((level) => level.mean),
          symbol: 'circle',
          symbolSize: 8,
          lineStyle: { color: palette[0], width: 2 },
          itemStyle: { color: palette[0] },
        },
      ],
    };
  };
  return chart('A figure over the values of a parameter', 260, option);
}

/** Greatest effect first; parameters that change nothing among the kept points are left out. */
function effectsOf(sweep, figure) {
  return sweep.parameters
    .filter((parameter) => parameter.varies)
    .map((parameter) => ({ parameter, effect: effect(parameter.values, figure.values, sweep.kept) }))
    .filter((one) => one.effect !== null)
    .sort((a, b) => b.effect.share - a.effect.share);
}

export function sensitivitySection(sweep) {
  const state = { figure: sweep.y, effects: effectsOf(sweep, sweep.y), chosen: null, wanted: null };
  const settle = () => {
    state.effects = effectsOf(sweep, state.figure);
    state.chosen = state.effects.find(({ parameter }) => parameter.name === state.wanted) ?? state.effects[0];
  };
  settle();
  const shares = shareChart(state);
  const levels = levelsChart(state);
  const charts = element(
    'div',
    { class: 'pair' },
    figureBox('Which parameter matters', shares),
    figureBox('Mean, least and most for each of its values', levels),
  );
  const nothing = absent('Among these points no parameter changes this figure.');
  const tools = element('div', { class: 'tools' });
  const draw = () => {
    settle();
    charts.hidden = state.effects.length === 0;
    nothing.hidden = !charts.hidden;
    if (charts.hidden) return;
    shares.style.height = `${heightOf(state.effects)}px`;
    shares.redraw();
    levels.redraw();
    tools.replaceChildren(...choices());
  };
  const choices = () => [
    choice(
      'Figure',
      sweep.figures.map(({ name, title }) => [name, title]),
      state.figure.name,
      (name) => {
        state.figure = sweep.figures.find((one) => one.name === name);
        draw();
      },
    ),
    choice(
      'Parameter',
      state.effects.map(({ parameter }) => [parameter.name, parameter.title]),
      state.chosen.parameter.name,
      (name) => {
        state.wanted = name;
        draw();
      },
    ),
  ];
  sweep.listeners.push(draw);
  return section(
    'sensitivity',
    'Sensitivity',
    note(
      'How much of the variance of a figure lies between the values of a parameter (eta squared), over the points ' +
        'that are kept. Shares need not sum to 100 %: parameters act together, and not every combination need be there.',
    ),
    tools,
    nothing,
    charts,
  );
}
