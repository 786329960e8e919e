// The report of one run.
import { element } from '../page/dom.js';
import { accuracySection, energySection } from './cost.js';
import { configurationSection } from './configuration.js';
import { layersSection, stallsSection } from './layers.js';
import { banksSection, rooflineSection } from './memory.js';
import { baselineSection, heading, summarySection } from './summary.js';
import { timelineSection } from './timeline.js';

export function runReport(result) {
  return [
    heading(result),
    summarySection(result),
    baselineSection(result),
    layersSection(result),
    timelineSection(result),
    stallsSection(result),
    rooflineSection(result),
    banksSection(result),
    energySection(result),
    accuracySection(result),
    configurationSection(result, { open: false }),
  ].filter(Boolean);
}

/** A run within another page, such as a point of a sweep: without what only a file of its own has. */
export const runDetails = (result) =>
  element(
    'div',
    {},
    heading(result),
    summarySection(result),
    layersSection(result),
    stallsSection(result),
    rooflineSection(result),
    banksSection(result),
    energySection(result),
    configurationSection(result, { open: false }),
  );
