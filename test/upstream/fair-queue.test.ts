import { describe, expect, it } from 'vitest';
import { createFairQueue, type FairQueueOptions, type Requester } from '../../src/upstream/fair-queue.ts';

/** A queue whose work ends when it is told to, with the order in which it began. */
function queue(options: Partial<FairQueueOptions> = {}) {
  const fair = createFairQueue({ concurrency: 1, maxWaiting: 1000, maxWaitingEach: 500, ...options });
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const never = new AbortController().signal;
  return {
    began,
    ask(requester: Requester | undefined, name: string, signal = never) {
      return fair.run(requester, signal, () => {
        began.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    },
    /** Ends what began first, and lets the next begin. */
    async end(times = 1) {
      for (let time = 0; time < times; time += 1) {
        ends.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the fair queue for upstream calls', () => {
  it('serves a request with one call before the rest of 25 requests with 50 calls each', async () => {
    const { ask, end, began } = queue({ concurrency: 8, maxWaiting: 2000 });
    for (const client of many(25))
      for (const call of many(50)) void ask(`client ${client}`, `${client}.${call}`);
    await end(60);
    void ask('another', 'another.1');
    await end(2);
    expect(began.slice(68)).toContain('another.1');
  });

  it('serves a list of five pages within about twenty calls of others, however many wait', async () => {
    const { ask, end, began } = queue({ concurrency: 8, maxWaiting: 2000 });
    for (const client of many(25))
      for (const call of many(50)) void ask(`client ${client}`, `${client}.${call}`);
    await end(200);
    const before = began.length;
    void ask('another', 'page 1').then(() => {
      for (const page of many(4)) void ask('another', `page ${page + 2}`);
    });
    await end(24);
    expect(began.slice(before).filter((name) => name.startsWith('page'))).toHaveLength(5);
  });

  it('never starves a large request behind many small ones', async () => {
    const { ask, end, began } = queue();
    for (const call of many(5)) void ask('large', `large.${call}`);
    for (const client of many(100)) {
      void ask(`client ${client}`, `small.${client}`);
      await end();
    }
    expect(began.filter((name) => name.startsWith('large'))).toHaveLength(5);
  });

  it('serves background work last, but always', async () => {
    const { ask, end, began } = queue();
    void ask('first', 'first');
    void ask(undefined, 'background');
    for (const client of many(2)) void ask(`client ${client}`, `small.${client}`);
    await end(3);
    expect(began).toEqual(['first', 'small.0', 'small.1', 'background']);

    void ask(undefined, 'background.2');
    for (const client of many(20)) void ask(`client ${client}`, 'small');
    await end(8);
    expect(began).toContain('background.2');
  });

  it('shares the slots of one requester between its calls', async () => {
    const { ask, end, began } = queue();
    const [one, two] = [{}, {}];
    void ask(one, 'one.1');
    for (const call of ['one.2', 'one.3']) void ask(one, call);
    for (const call of ['two.1', 'two.2']) void ask(two, call);
    await end(4);
    expect(began.slice(0, 3)).toEqual(['one.1', 'two.1', 'one.2']);
    expect(began.toSorted()).toEqual(['one.1', 'one.2', 'one.3', 'two.1', 'two.2']);
  });

  it('refuses calls of one requester over its limit, and of no other', async () => {
    const { ask, end, began } = queue({ maxWaitingEach: 2 });
    for (const call of many(3)) void ask('one', `one.${call}`);
    await expect(ask('one', 'too much')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    void ask('another', 'another');
    await end();
    expect(began).toEqual(['one.0', 'another']);
  });

  it('refuses the newest call of the largest requester if it is full', async () => {
    const { ask, end, began } = queue({ maxWaiting: 4 });
    void ask('many', 'many.0');
    const calls = many(4).map((call) => ask('many', `many.${call + 1}`));
    const another = ask('another', 'another');
    await expect(calls[3]).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await expect(ask('many', 'more')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await end(2);
    await another;
    await end(3);
    expect(began).toEqual(['many.0', 'another', 'many.1', 'many.2', 'many.3']);
  });

  it('removes an aborted call, and serves the next', async () => {
    const { ask, end, began } = queue();
    void ask('one', 'one');
    const ending = new AbortController();
    const given = ask('two', 'two', ending.signal);
    void ask('three', 'three');
    ending.abort(new Error('late'));
    await expect(given).rejects.toThrow('late');
    await expect(ask('two', 'two', ending.signal)).rejects.toThrow('late');
    await end(2);
    expect(began).toEqual(['one', 'three']);
  });

  it('releases the slot if the work fails', async () => {
    const fair = createFairQueue({ concurrency: 1, maxWaiting: 10, maxWaitingEach: 10 });
    const { signal } = new AbortController();
    const results = await Promise.allSettled([
      fair.run('one', signal, () => Promise.reject(new Error('failed'))),
      fair.run('two', signal, async () => 'done'),
    ]);
    expect(results).toMatchObject([{ reason: { message: 'failed' } }, { value: 'done' }]);
  });
});
