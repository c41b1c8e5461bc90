import { describe, expect, it } from 'vitest';
import { countingLoad, getWord, STALE_MS, TRUST_MS } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';

describe('an entry loaded while Redis refuses all commands', () => {
  const processes = useCacheProcesses();
  const refuse = () => processes.plain.call('ACL', 'SETUSER', 'default', '-@all', '+acl');
  const answer = () => processes.plain.call('ACL', 'SETUSER', 'default', '+@all');

  /** The first has known the generations of word 1 since before, and of word 2 nothing. Both load meanwhile. */
  async function loadMeanwhile() {
    const clock = { ms: 1_000_000 };
    const [first, second] = [await processes.start({ clock }), await processes.start({ clock })];
    await getWord(first.cache, countingLoad(() => 'before').load);
    await first.cache.idle();
    clock.ms += STALE_MS;
    await refuse();
    for (const id of [1, 2]) await getWord(first.cache, countingLoad(() => 'meanwhile').load, { id });
    await first.cache.idle();
    await answer();
    clock.ms += TRUST_MS;
    return { first, second, ...countingLoad(() => 'after') };
  }

  it('is kept if its generations turn out to be those known before the load', async () => {
    const { first, load, asked } = await loadMeanwhile();
    expect(await getWord(first.cache, load)).toBe('meanwhile');
    expect(asked).toHaveLength(0);
  });

  it('is dropped if another process invalidated it meanwhile', async () => {
    const { first, second, load } = await loadMeanwhile();
    await second.cache.invalidate(['word:1']);
    expect(await getWord(first.cache, load)).toBe('after');
  });

  it('is dropped if no generation was known before the load, because an invalidation could be missed', async () => {
    const { first, load } = await loadMeanwhile();
    expect(await getWord(first.cache, load, { id: 2 })).toBe('after');
  });

  it('is dropped if its generation is missing afterwards', async () => {
    const { first, load } = await loadMeanwhile();
    await processes.plain.flushall();
    expect(await getWord(first.cache, load)).toBe('after');
  });
});
