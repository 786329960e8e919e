// Elements in one call: element('p', {class: 'note'}, 'text', otherElement).

/** Attributes whose value is a function are event handlers: {onclick: ...}. False, null and undefined leave one out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A labelled drop-down; `options`: [[value, text]] or [text]. */
export function choice(label, options, selected, changed) {
  const select = element(
    'select',
    { onchange: (event) => changed(event.target.value) },
    options.map((option) => {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      return element('option', { value, selected: value === selected }, text);
    }),
  );
  return element('label', { class: 'choice' }, element('span', {}, label), select);
}

export function button(text, title, pressed) {
  return element('button', { type: 'button', title, 'aria-label': title, onclick: pressed }, text);
}

/** A part of the report; its link in the navigation is its id with a capital. */
export function section(id, title, ...children) {
  return element(
    'section',
    { id, 'data-link': id[0].toUpperCase() + id.slice(1), 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  );
}

export const note = (...children) => element('p', { class: 'note' }, ...children);

/** Why something is not shown. */
export const absent = (why) => element('p', { class: 'absent' }, why);

export const figure = (title, ...children) => element('figure', {}, element('figcaption', {}, title), ...children);
