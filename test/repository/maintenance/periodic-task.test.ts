import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPeriodicTask } from '../../../src/repository/maintenance/periodic-task.ts';
import { heldSleep } from './held-sleep.ts';

function startTask() {
  const { sleep, waits, wakeAll } = heldSleep();
  const begun: { readonly signal: AbortSignal; readonly end: () => void }[] = [];
  let waitMs = 100;
  const task = createPeriodicTask({
    waitMs: () => waitMs++,
    work: (signal) => new Promise((resolve) => begun.push({ signal, end: resolve })),
    sleep,
  });
  return { task, begun, waits, wakeAll };
}

describe('a periodic task', () => {
  it('waits before each run, and runs one at a time', async () => {
    const { task, begun, waits, wakeAll } = startTask();
    task.start();
    task.start();
    expect([waits(), begun.length]).toEqual([[100], 0]);
    wakeAll();
    await setImmediate();
    expect([waits(), begun.length]).toEqual([[], 1]);
    begun[0]?.end();
    await setImmediate();
    expect([waits(), begun.length]).toEqual([[101], 1]);
  });

  it('stops at once during a wait', async () => {
    const { task, begun, waits } = startTask();
    task.start();
    await task.stop();
    expect([waits(), begun.length]).toEqual([[], 0]);
  });

  it('stops after the current run, whose signal aborts', async () => {
    const { task, begun, wakeAll, waits } = startTask();
    task.start();
    wakeAll();
    await setImmediate();
    let stopped = false;
    const stopping = task.stop().then(() => {
      stopped = true;
    });
    await setImmediate();
    expect([stopped, begun[0]?.signal.aborted]).toEqual([false, true]);
    begun[0]?.end();
    await stopping;
    expect(waits()).toEqual([]);
  });

  it('can be stopped before its start', async () => {
    const { task, waits } = startTask();
    await task.stop();
    task.start();
    await setImmediate();
    expect(waits()).toEqual([]);
  });
});
