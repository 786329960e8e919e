// A table that sorts, and filters if asked to; thousands of rows are drawn as far as they are seen.
import { predicate } from '../model/predicate.js';
import { element } from './dom.js';

const rowHeight = 28;
const visible = 18; // rows of a long table on screen
const step = 8; // rows by which what is drawn moves on

function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

/**
 * columns: [{title, unit, value(row), text(row) | node(row), numeric}], rows: any. Options: filters: a field above every column;
 * sortable; onOpen(row): a row is a button; onFilter(rows); foot: cells of the last line. The element has refresh(rows),
 * redraw() and shown().
 */
export function table(
  columns,
  rows,
  { filters = false, sortable = true, onOpen, onFilter, foot, caption, className } = {},
) {
  let order = null; // [column, ascending]
  let all = rows,
    kept = rows;
  const wishes = columns.map(() => '');
  const long = () => kept.length > 200;

  const body = element('tbody');
  const scroller = element('div', {
    class: 'scroller',
    tabindex: filters ? 0 : null,
    role: filters ? 'region' : null,
    'aria-label': caption,
  });

  const cell = (column, row) => {
    const content = column.node ? column.node(row) : column.text ? column.text(row) : String(column.value(row) ?? '–');
    return element('td', { class: column.numeric ? 'number' : null }, content);
  };
  const line = (row) => {
    const made = element(
      'tr',
      {},
      columns.map((column) => cell(column, row)),
    );
    if (!onOpen) return made;
    made.tabIndex = 0;
    made.classList.add('open');
    made.addEventListener('click', () => onOpen(row));
    made.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        onOpen(row);
      }
    });
    return made;
  };
  const spacer = (count) => element('tr', { 'aria-hidden': true, style: `height:${count * rowHeight}px` });
  let range = null; // of the rows drawn; what is focused or clicked stays while it does not change
  const draw = (changed = true) => {
    if (!long()) {
      body.replaceChildren(...kept.map(line));
      return;
    }
    const first = Math.max(0, Math.min(kept.length - visible, Math.floor(scroller.scrollTop / rowHeight)) - 4);
    const from = first - (first % step);
    const to = Math.min(kept.length, from + visible + 8 + step);
    if (!changed && range === from) return;
    range = from;
    body.replaceChildren(spacer(from), ...kept.slice(from, to).map(line), spacer(kept.length - to));
  };
  const settle = (filtered = true) => {
    const tests = wishes.map(predicate);
    kept = all.filter((row) =>
      tests.every((test, index) => wishes[index].trim() === '' || test(columns[index].value(row))),
    );
    if (order) {
      const [column, ascending] = order;
      const value = columns[column].value;
      kept = [...kept].sort((a, b) => (ascending ? 1 : -1) * compare(value(a), value(b)));
    }
    scroller.classList.toggle('long', long());
    draw();
    if (filtered) onFilter?.(kept);
  };
  const sort = (index, head) => {
    order = [index, order?.[0] === index ? !order[1] : !columns[index].numeric];
    for (const other of head.parentElement.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', order[1] ? 'ascending' : 'descending');
    settle(false);
  };
  const heads = columns.map((column, index) => {
    const title = [column.title, column.unit ? element('small', {}, ` ${column.unit}`) : null];
    const head = element('th', { scope: 'col', class: column.numeric ? 'number' : null });
    head.append(
      sortable
        ? element('button', { type: 'button', onclick: () => sort(index, head) }, title)
        : element('span', {}, title),
    );
    return head;
  });
  const fields = columns.map((column, index) =>
    element(
      'th',
      {},
      element('input', {
        type: 'search',
        placeholder: 'filter',
        title: column.numeric ? '5, ≤ 5 (or <=5), > 5, 2..8' : 'text that it contains',
        'aria-label': `filter ${column.title}`,
        oninput: (event) => {
          wishes[index] = event.target.value;
          scroller.scrollTop = 0;
          settle();
        },
      }),
    ),
  );
  scroller.append(
    element(
      'table',
      { class: className },
      element('thead', {}, element('tr', {}, heads), filters ? element('tr', { class: 'filters' }, fields) : null),
      body,
      foot
        ? element(
            'tfoot',
            {},
            element(
              'tr',
              {},
              foot.map((text, index) => element('td', { class: columns[index].numeric ? 'number' : null }, text)),
            ),
          )
        : null,
    ),
  );
  scroller.addEventListener('scroll', () => {
    if (long()) draw(false);
  });
  scroller.refresh = (newRows) => {
    all = newRows;
    settle();
  };
  scroller.redraw = () => draw();
  scroller.shown = () => kept;
  settle();
  return scroller;
}
