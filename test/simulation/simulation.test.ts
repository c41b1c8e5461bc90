import { expect, it } from 'vitest';
import { createPlan } from './create-plan.ts';
import { ENGINE } from './engine.ts';
import { runSeedsInWorkers } from './workers.ts';
import { runPlan } from './world.ts';

const SEEDS = 10_000;
const THREADS = 2;

it(`keeps its promises in ${SEEDS} histories`, { timeout: 900_000 }, async () => {
  const { seeds, steps, events, failure } = await runSeedsInWorkers(1, SEEDS, THREADS);
  process.stdout.write(
    `simulation: ${seeds} seeds, ${steps} steps, ${Object.fromEntries(events)['lease-won']} leases won\n`,
  );
  expect(failure && `seed ${failure.seed} breaks promise ${failure.broken}\n\n${failure.story}`).toBeNull();
  expect(seeds).toBe(SEEDS);
  // Without these events, the simulation would prove nothing about them.
  for (const type of [
    'hit-memory',
    'hit-redis',
    'coalesced',
    'lease-waited',
    'fill',
    'fill-discarded',
    'load-failed',
    'refresh-early',
    'stale',
    'lease-lost',
    'execution',
    'execution awaiting refreshes',
    'execution at once',
    'answer hit-memory',
    'answer hit-redis',
    'answer coalesced',
    'answer fill-discarded',
    'upcoming hit-memory',
    'upcoming miss',
    'upcoming fill-discarded',
  ])
    expect(events.get(type), type).toBeGreaterThan(100);
});

it('gives the same history for the same seed', async () => {
  const runs = [await runPlan(createPlan(7), ENGINE, true), await runPlan(createPlan(7), ENGINE, true)];
  expect(runs[0]?.history.lines).toEqual(runs[1]?.history.lines);
});
