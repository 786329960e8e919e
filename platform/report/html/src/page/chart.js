// ECharts with what this page needs of it, drawn anew when the theme, the width or the paper changes.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

import { tickStep } from '../model/lane.js';
import { element } from './dom.js';
import { colour, onThemeChange } from './theme.js';

echarts.use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif';

/** What all charts have in common. */
function base(label) {
  return {
    animation: false,
    textStyle: { fontFamily: font, color: colour('--text'), fontSize: 12 },
    aria: { enabled: true, label: { description: label } },
    tooltip: {
      confine: true,
      backgroundColor: colour('--raised'),
      borderColor: colour('--line'),
      textStyle: { color: colour('--text'), fontSize: 12 },
      extraCssText: 'box-shadow:0 4px 16px rgb(0 0 0 / .18);',
    },
  };
}

/** An axis with name and unit beside it; `more` is ECharts' own. */
export function axis(name, more = {}) {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: colour('--muted'), fontSize: 12 },
    axisLine: { lineStyle: { color: colour('--line') } },
    axisTick: { lineStyle: { color: colour('--line') } },
    axisLabel: { color: colour('--muted'), fontSize: 11, hideOverlap: true, ...more.axisLabel },
    splitLine: { lineStyle: { color: colour('--grid') } },
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'axisLabel')),
  };
}

export const legend = (more = {}) => ({
  top: 0,
  left: 0,
  itemWidth: 12,
  itemHeight: 12,
  itemGap: 14,
  type: 'plain',
  textStyle: { color: colour('--text'), fontSize: 12 },
  inactiveColor: colour('--faint'),
  ...more,
});

/** A tooltip's text: a title and rows [[name, value]]; everything is escaped. */
export function tip(title, rows) {
  const safe = (text) =>
    String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
  const lines = rows.map(
    ([name, value, mark]) =>
      `<tr><td>${mark ? `<i style="background:${mark}"></i>` : ''}${safe(name)}</td><td>${safe(value)}</td></tr>`,
  );
  return `<div class="tip"><b>${safe(title)}</b><table>${lines.join('')}</table></div>`;
}

/**
 * A chart of `height` pixels. `option()` gives ECharts' option in the colours of the moment. `label`: what it shows, for those who
 * cannot see it. Options: canvas: true for thousands of points; events: {name: handler}.
 */
export function chart(label, height, option, { canvas = false, events = {} } = {}) {
  const holder = element('div', { class: 'chart', style: `height:${height}px`, role: 'img', 'aria-label': label });
  let instance = null;
  const draw = () => {
    if (instance === null || holder.clientWidth === 0) return;
    instance.setOption({ ...base(label), ...merged(option(), base(label)) }, { notMerge: true });
  };
  const start = () => {
    instance = echarts.init(holder, null, { renderer: canvas ? 'canvas' : 'svg' });
    for (const [name, handler] of Object.entries(events)) instance.on(name, handler);
    draw();
  };
  new ResizeObserver(() => {
    if (holder.clientWidth === 0) return;
    if (instance === null) start();
    else if (instance.getWidth() !== holder.clientWidth || instance.getHeight() !== holder.clientHeight)
      instance.resize();
  }).observe(holder);
  const forget = onThemeChange(() => {
    if (instance === null) return;
    if (holder.isConnected) {
      instance.resize({ silent: true });
      draw();
    } else {
      forget(); // another chart has taken its place
      instance.dispose();
    }
  });
  holder.redraw = draw;
  holder.instance = () => instance;
  return holder;
}

/** The chart's own tooltip settings over the common ones. */
function merged(option, common) {
  return { ...option, tooltip: { ...common.tooltip, ...option.tooltip } };
}

/** A round end of an axis just beyond the greatest of `values`. */
export function beyond(values) {
  const most = Math.max(...values, 0);
  if (most === 0) return 1;
  const step = tickStep(most, 4, 1, 0);
  return Math.ceil(most / step) * step;
}

/** Whiskers of one standard deviation for a series whose data are [category or x, value, uncertainty]. */
export function whiskers(data, { horizontal = false } = {}) {
  return {
    type: 'custom',
    silent: true,
    z: 5,
    tooltip: { show: false },
    data,
    encode: horizontal ? { x: [1], y: 0 } : { x: 0, y: [1] },
    renderItem: (_, api) => {
      const category = api.value(0),
        middle = api.value(1),
        half = api.value(2);
      const at = (value) => (horizontal ? api.coord([value, category]) : api.coord([category, value]));
      const low = at(Math.max(0, middle - half)),
        high = at(middle + half);
      const cap = horizontal ? [0, 5] : [5, 0];
      const line = (a, b) => ({
        type: 'line',
        shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] },
        style: { stroke: colour('--text'), lineWidth: 1.5 },
      });
      const end = (p) => line([p[0] - cap[0], p[1] - cap[1]], [p[0] + cap[0], p[1] + cap[1]]);
      return { type: 'group', children: [line(low, high), end(low), end(high)] };
    },
  };
}
