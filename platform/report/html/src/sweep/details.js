// The run behind a point, in a dialog.
import { absent, button, element } from '../page/dom.js';
import { runDetails } from '../run/run.js';
import { parameterText } from './sweep.js';

export async function openPoint(sweep, index) {
  const close = () => dialog.close();
  const body = element('div', {}, element('p', { class: 'note' }, 'Unpacking …'));
  const settings = sweep.parameters.map(({ name, values }) => `${name}=${parameterText(values[index])}`);
  const by = sweep.dominators(index).slice(0, 5);
  const dialog = element(
    'dialog',
    { 'aria-label': `point ${sweep.positions[index]}`, onclose: () => dialog.remove() },
    element(
      'div',
      {},
      element(
        'div',
        { class: 'tools' },
        element('strong', {}, `Point #${sweep.positions[index]}`),
        element('code', {}, settings.join('  ')),
        element('span', { style: 'flex:1' }),
        button('✕', 'close', close),
      ),
      element(
        'p',
        { class: 'note' },
        sweep.onFront.has(index)
          ? 'On the front.'
          : by.length > 0
            ? 'Dominated by '
            : 'Not among the points that are kept.',
        by.map((member) =>
          button(`#${sweep.positions[member]}`, `open point ${sweep.positions[member]}`, () => {
            dialog.close();
            openPoint(sweep, member);
          }),
        ),
      ),
      body,
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  if (!sweep.details.has(index)) {
    body.replaceChildren(
      absent(
        'The result of this point was left out to bound the size of the file. A report of it alone: run it with --report.',
      ),
    );
    return;
  }
  try {
    body.replaceChildren(runDetails(await sweep.details.of(index)));
  } catch (error) {
    body.replaceChildren(absent(`The details cannot be unpacked: ${error.message}`));
  }
}
