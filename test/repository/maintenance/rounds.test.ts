import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRounds } from '../../../src/repository/maintenance/rounds.ts';
import { heldSleep } from './held-sleep.ts';

function startRounds() {
  const { sleep, waits, wakeAll } = heldSleep();
  const begun: { readonly signal: AbortSignal; readonly end: () => void }[] = [];
  let waitMs = 100;
  const rounds = createRounds({
    waitMs: () => waitMs++,
    work: (signal) => new Promise((resolve) => begun.push({ signal, end: resolve })),
    sleep,
  });
  return { rounds, begun, waits, wakeAll };
}

describe('rounds', () => {
  it('begin after a wait, one after the other, each after a wait of its own', async () => {
    const { rounds, begun, waits, wakeAll } = startRounds();
    rounds.start();
    rounds.start();
    expect([waits(), begun.length]).toEqual([[100], 0]);
    wakeAll();
    await setImmediate();
    expect([waits(), begun.length]).toEqual([[], 1]);
    begun[0]?.end();
    await setImmediate();
    expect([waits(), begun.length]).toEqual([[101], 1]);
  });

  it('end at once where one is waited for', async () => {
    const { rounds, begun, waits } = startRounds();
    rounds.start();
    await rounds.stop();
    expect([waits(), begun.length]).toEqual([[], 0]);
  });

  it('end with the one that is under way, which is told', async () => {
    const { rounds, begun, wakeAll, waits } = startRounds();
    rounds.start();
    wakeAll();
    await setImmediate();
    let stopped = false;
    const stopping = rounds.stop().then(() => {
      stopped = true;
    });
    await setImmediate();
    expect([stopped, begun[0]?.signal.aborted]).toEqual([false, true]);
    begun[0]?.end();
    await stopping;
    expect(waits()).toEqual([]);
  });

  it('that never began can be stopped', async () => {
    const { rounds, waits } = startRounds();
    await rounds.stop();
    rounds.start();
    await setImmediate();
    expect(waits()).toEqual([]);
  });
});
