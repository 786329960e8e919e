// What the run was: every value in force, its hash, and how to run it again.
import { flatten, shown } from '../model/flatten.js';
import { number } from '../model/format.js';
import { element, note, section } from '../page/dom.js';
import { table } from '../page/table.js';

function download(result) {
  const { timeline, ...rest } = result;
  const file = new Blob([JSON.stringify(rest, null, 2)], { type: 'application/json' });
  const link = element('a', { href: URL.createObjectURL(file), download: `${result.scenario}.json` });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function configurationSection(result, { open = true } = {}) {
  const rows = flatten(result.configuration).map(([key, value]) => ({ key, value }));
  const command = result.host.command;
  return section(
    'configuration',
    'Configuration and how to repeat it',
    command
      ? [note('In the root of the repository, with the scenario as it was:'), element('pre', {}, command)]
      : note('The result does not hold the command that made it; the configuration below is complete.'),
    element(
      'p',
      {},
      `Hash of the configuration: `,
      element('span', { class: 'mono' }, result.configuration_hash),
      `. Equal configurations have equal hashes. Result schema ${result.schema}; simulated in ${number(result.host.wall_s, 2)} s.`,
    ),
    element(
      'p',
      { class: 'noprint' },
      element('button', { type: 'button', onclick: () => download(result) }, 'Save result.json'),
    ),
    element(
      'details',
      { open },
      element('summary', {}, `${number(rows.length)} values in force, defaults included`),
      table(
        [
          { title: 'Key', value: (row) => row.key, node: (row) => element('code', {}, row.key) },
          { title: 'Value', value: (row) => row.value, text: (row) => shown(row.value) },
        ],
        rows,
        { filters: true, caption: 'configuration' },
      ),
    ),
  );
}
