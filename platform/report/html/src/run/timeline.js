// Rows of the timeline of a run.
import { Timeline } from '../charts/timeline.js';
import { number, words } from '../model/format.js';
import { byDepth, Lane } from '../model/lane.js';
import { absent, choice, element, note, section } from '../page/dom.js';
import { causeColour, palette } from '../page/theme.js';

/** Causes by number, as JobRecord counts them. */
const causes = [
  'compute',
  'weight_load',
  'activation_fetch',
  'bank_conflict',
  'index_decode',
  'lane_imbalance',
  'fifo',
  'accumulator_hazard',
  'dma_wait',
  'driver',
  'drain',
  'idle',
];

const depthShown = 8;

/** "LayerExecutor::advance" of "terse::driver::LayerExecutor::advance". */
const short = (name) => name.split('::').slice(-2).join('::');

const layerColour = (layer) => palette[layer % palette.length];

function networkRows(timeline, name) {
  const inferences = new Lane('inference', timeline.inferences.begin, timeline.inferences.cycles);
  const layers = new Lane('layer', timeline.layers.begin, timeline.layers.cycles);
  return [
    {
      group: 'network',
      lane: inferences,
      fill: () => '#7b8794',
      text: (index) => `inference ${index}`,
      describe: (index) => [`inference ${index}`, []],
    },
    {
      group: 'network',
      lane: layers,
      fill: (index) => layerColour(timeline.layers.layer[index]),
      text: (index) => name(timeline.layers.layer[index]),
      describe: (index) => [`layer ${name(timeline.layers.layer[index])}`, []],
    },
  ];
}

function coreRows(timeline) {
  const sleeps = new Lane('core asleep', timeline.sleeps.begin, timeline.sleeps.cycles);
  const numbers = new Map();
  const fill = (lane) => (index) => {
    const called = lane.details.function[index];
    if (!numbers.has(called)) numbers.set(called, numbers.size);
    return palette[numbers.get(called) % palette.length];
  };
  return [
    { group: 'core', lane: sleeps, fill: () => '#9aa5b1', text: () => 'wfi', describe: () => ['asleep in wfi', []] },
    ...byDepth('core functions', timeline.calls)
      .slice(0, depthShown)
      .map((lane) => ({
        group: 'core',
        lane,
        fill: fill(lane),
        dense: '#8b7ec8',
        text: (index) => short(timeline.functions[lane.details.function[index]]),
        describe: (index) => [timeline.functions[lane.details.function[index]], []],
      })),
  ];
}

function unitRow(row, name) {
  const lane = new Lane(row.unit, row.begin, row.cycles);
  const spent = (index) => {
    const list = row.causes[index];
    return Array.from({ length: list.length / 2 }, (_, at) => [
      words(causes[list[2 * at]]),
      `${number(list[2 * at + 1])} cycles`,
    ]);
  };
  return {
    group: 'units',
    lane,
    overview: true,
    dense: causeColour('compute'),
    fill: (index) => layerColour(row.layer[index]),
    text: (index) => name(row.layer[index]),
    describe: (index) => [`${row.unit}: ${name(row.layer[index])}, tile ${row.tile[index]}`, spent(index)],
  };
}

function interruptRow(row) {
  const lane = new Lane(
    row.line.replace('_interrupt_', ' irq ').replace('plic_external_interrupt', 'core irq'),
    row.begin,
    row.cycles,
  );
  return {
    group: 'interrupts',
    lane,
    thin: true,
    dense: '#d55e00',
    fill: () => '#d55e00',
    text: () => '',
    describe: () => [`${row.line} is high`, []],
  };
}

export function timelineSection(result) {
  const timeline = result.timeline;
  if (!timeline) {
    return section(
      'timeline',
      'Timeline',
      absent('The result has no timeline. Run with --report, or with --timeline -o DIR for terse report.'),
    );
  }
  const name = (layer) => result.layers[layer]?.name ?? `layer ${layer}`;
  const rows = [
    ...networkRows(timeline, name),
    ...coreRows(timeline),
    ...timeline.units.map((row) => unitRow(row, name)),
    ...timeline.interrupts.map(interruptRow),
  ];
  const view = new Timeline(rows, { total: timeline.cycles, shown: timeline.shown, clock: result.clock_mhz });
  const goTo = (list) => (index) => {
    if (index === '') return;
    const begin = list.begin[index],
      cycles = list.cycles[index];
    view.show(begin - 0.02 * cycles, begin + 1.02 * cycles);
  };
  const first = timeline.inferences.begin.length > 0 ? timeline.inferences.begin[0] : 0;
  const layersOfFirst = timeline.layers.begin
    .map((begin, index) => [index, begin])
    .filter(([, begin]) => begin >= first)
    .slice(0, result.layers.length);
  const inferences = timeline.inferences.begin.slice(0, 200).map((_, index) => [String(index), `inference ${index}`]);
  if (timeline.inferences.begin.length > 0) goTo(timeline.inferences)(0);
  const deeper = timeline.calls.depth.some((depth) => depth >= depthShown);
  return section(
    'timeline',
    'Timeline',
    note(
      'Who did what when, in clock cycles from reset. Units and layers have the colour of the layer; a pixel that several intervals share is shaded by how much of it they cover.',
    ),
    timeline.left_out > 0 || timeline.shown < timeline.cycles
      ? absent(
          `Bounded: up to cycle ${number(timeline.shown)} everything is there; ${number(timeline.left_out)} later intervals are left out. --timeline-intervals keeps more.`,
        )
      : null,
    view.tools([
      choice('Go to', [['', 'inference …'], ...inferences], '', goTo(timeline.inferences)),
      choice(
        '',
        [
          ['', `layer of inference 0 …`],
          ...layersOfFirst.map(([index]) => [String(index), name(timeline.layers.layer[index])]),
        ],
        '',
        goTo(timeline.layers),
      ),
    ]),
    view.holder,
    element(
      'p',
      { class: 'note noprint' },
      'Drag to move; click, then the wheel or + and − zoom, down to single cycles; a double click fits an interval; Home shows everything.',
      deeper ? ` Functions deeper than ${depthShown} calls are not drawn.` : '',
    ),
  );
}
