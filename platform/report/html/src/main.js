// Reads the data in the page and shows it.
import './style.css';
import { button, element } from './page/dom.js';
import { startTheme, toggleTheme } from './page/theme.js';
import { comparisonReport } from './comparison/comparison.js';
import { explorationReport } from './exploration/exploration.js';
import { sweepReport } from './sweep/sweep.js';
import { runReport } from './run/run.js';

const kinds = {
  exploration: { title: (data) => data.name, view: explorationReport },
  comparison: { title: () => 'What changed', view: comparisonReport },
  sweep: { title: (data) => data.sweep.name, view: sweepReport },
  run: { title: (data) => data.result.scenario, view: (data) => runReport(data.result) },
};

/** Links to the sections; the one in view is marked. */
function navigation(sections) {
  const links = sections.map((part) => element('a', { href: `#${part.id}` }, part.dataset.link));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const link = links[sections.indexOf(entry.target)];
        if (entry.isIntersecting) for (const other of links) other.classList.toggle('here', other === link);
      }
    },
    { rootMargin: '-60px 0px -70% 0px' },
  );
  for (const part of sections) seen.observe(part);
  return element('nav', { 'aria-label': 'sections' }, links);
}

const data = JSON.parse(document.getElementById('report-data').textContent);
const kind = kinds[data.kind];
document.title = `${kind.title(data)} – Terse`;
startTheme();
const parts = kind.view(data);
const main = element(
  'main',
  {},
  parts,
  element(
    'footer',
    {},
    'Made by Terse. Cycles are simulated; energy and area are estimates with one standard deviation.',
  ),
);
document
  .getElementById('report')
  .append(
    element(
      'header',
      { class: 'bar' },
      element(
        'div',
        {},
        element('strong', {}, 'Terse'),
        navigation(parts.filter((part) => part.tagName === 'SECTION')),
        button('◐', 'light or dark', toggleTheme),
      ),
    ),
    main,
  );
