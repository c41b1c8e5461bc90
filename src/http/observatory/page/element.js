/** An element with its properties, and children that are elements or text. Attributes with a dash are set as such. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role' || name === 'for' || name === 'scope')
      made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Writes a text only if it differs, so that screen readers do not repeat it and the browser does no layout. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A table with a caption for those who do not see the heading above it. Wide ones scroll by themselves. */
export function table(caption, columns, body) {
  const head = element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name)));
  return element(
    'table',
    {},
    element('caption', { className: 'unseen' }, caption),
    element('thead', {}, head),
    body,
  );
}
