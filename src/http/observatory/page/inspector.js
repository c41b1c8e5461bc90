import { ask } from './ask.js';
import { byId, element, write } from './element.js';
import { createInvalidate } from './invalidate.js';
import { tier } from './tier.js';

/** Inspects a key and invalidates its tags. `hasRedis` returns whether the gateway has a Redis. */
export function createInspector(hasRedis) {
  const input = byId('inspect-key');
  const said = byId('inspector-said');
  const invalidate = createInvalidate({
    say: (text, level) => say(text, level),
    onDone: () => show(shown),
  });
  let latest = 0;
  let shown = '';

  byId('inspect').addEventListener('submit', (event) => {
    event.preventDefault();
    inspect(input.value.trim());
  });

  return {
    async choose(key) {
      input.value = key;
      await inspect(key);
      byId('inspector').focus();
    },
  };

  async function inspect(key) {
    say('');
    const { memory, redis } = (await show(key)) ?? {};
    if (memory === null && redis === null) say(`No entry for ${key}.`);
  }

  async function show(key) {
    latest += 1;
    const question = latest;
    try {
      const found = await ask(`entries/${encodeURIComponent(key)}`);
      // Another key may have been requested meanwhile.
      if (question !== latest) return undefined;
      shown = key;
      byId('inspection').replaceChildren(
        element('p', { className: 'whole-key' }, element('code', {}, found.key)),
        element(
          'div',
          { className: 'tiers' },
          tier('Memory', found.memory, 'Not in the memory of this process.'),
          tier('Redis', found.redis, absenceOf(found)),
        ),
      );
      invalidate.offer(tagsOf(found));
      return found;
    } catch (error) {
      if (question === latest) say(error.message, 'bad');
      return undefined;
    }
  }

  function absenceOf({ redisAnswered }) {
    if (!hasRedis()) return 'No Redis is configured.';
    return redisAnswered ? 'Not in Redis.' : 'Redis did not respond; its entry is unknown.';
  }

  function say(text, level = 'idle') {
    said.dataset.level = level;
    write(said, text);
  }
}

function tagsOf({ memory, redis }) {
  return [...new Set([...(memory?.tags ?? []), ...(redis?.tags ?? [])].map(({ tag }) => tag))];
}
