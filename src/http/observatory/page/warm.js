import { byId, element, write } from './element.js';
import { count, some } from './words.js';

/** A button that starts the warm-up or joins the one under way, and a bar that shows how far it is. */
export function createWarm() {
  const start = element('button', { type: 'button' }, 'Warm up');
  const bar = element('progress', { hidden: true, 'aria-label': 'Warm-up' });
  const said = element('span', { className: 'detail', role: 'status' });
  byId('warm').append(said, bar, start);

  start.addEventListener('click', async () => {
    start.disabled = true;
    bar.hidden = false;
    bar.removeAttribute('value');
    write(said, 'Warming up…');
    try {
      write(said, resultOf(await follow(show)));
    } catch {
      write(said, 'The connection was lost during the warm-up. Start it again to continue.');
    }
    bar.hidden = true;
    start.disabled = false;
  });

  function show({ sellers, total }) {
    if (total > 0) Object.assign(bar, { max: total, value: sellers });
    write(said, `${count(sellers)} of ${some(total, 'seller')}`);
  }
}

/** Reads the lines of the warm-up as they come. Resolves with the last. */
async function follow(onLine) {
  const response = await window.fetch('/admin/warm', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  let last;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      last = JSON.parse(line);
      onLine(last);
    }
  }
  return last;
}

function resultOf({ sellers, total, failed, complete }) {
  if (!complete) return `Not complete: ${some(failed, 'list')} could not be loaded.`;
  return `${count(sellers)} of ${some(total, 'seller')} warm.`;
}
