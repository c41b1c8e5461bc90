import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WarmUpResult } from '../../../src/repository/maintenance/warm-up.ts';
import { runSandbox } from '../../sandbox/running-sandbox.ts';
import { useCacheProcesses } from '../../support/cache-processes.ts';
import { noRedis } from '../../support/redis.ts';
import { startMaintenance, TTL_MS } from './maintenance-process.ts';
import { startSource } from './source.ts';

const PROGRAM = fileURLToPath(new URL('./warming-process.ts', import.meta.url));

interface Line {
  readonly progress?: Omit<WarmUpResult, 'complete'>;
  readonly result?: WarmUpResult;
}

describe.skipIf(noRedis)('a warm-up in several processes', () => {
  const processes = useCacheProcesses();

  it('continues where a killed one stopped, and loads only the rest', async () => {
    const { sandbox } = await runSandbox({
      sellers: 500,
      maxCatalogs: 6,
      lots: 0,
      latencyMs: { min: 50, max: 50 },
    });
    const first = startWarming(sandbox);
    await first.line(({ progress }) => (progress?.sellers ?? 0) >= 100);
    await first.kill();

    const kept = (await processes.plain.keys('test_v1:{catalogs_seller_*}')).length;
    // What it told of last may not have reached Redis.
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(500);

    sandbox.resetRequests();
    const { result } = await startWarming(sandbox).line(({ result }) => result !== undefined);
    expect(result).toMatchObject({ sellers: 500, total: 500, loaded: 500 - kept, failed: 0, complete: true });
    expect(sandbox.requests()['GET /Seller']).toBe(0);
    expect(sandbox.requests()['GET /Catalog']).toBeLessThanOrEqual(Math.ceil((500 - kept) / 25) + 4);
  });

  it('loads each list once if run concurrently, and completes in both', async () => {
    const source = startSource(300);
    source.gate = () => new Promise((resolve) => setImmediate(resolve));
    const both = await Promise.all([1, 2].map(() => processes.start({ backplane: true })));
    const results = await Promise.all(
      both.map((each, index) => startMaintenance(each, source, index / 2).warmUp.run()),
    );
    for (const result of results) expect(result).toMatchObject({ sellers: 300, failed: 0, complete: true });
    // Each goes round from a place of its own: they share the work, and meet where the other began.
    for (const { loaded } of results) expect(loaded).toBeGreaterThan(75);
    expect(results.reduce((sum, { loaded }) => sum + loaded, 0)).toBe(300);
    expect(source.asked.flat().sort((a, b) => a - b)).toEqual(source.sellers.map(({ id }) => id));
    expect(source.lists).toBe(1);
  });

  it('waits for a stale list that another process loads, and fails if that load fails', async () => {
    for (const [fails, outcome] of [
      [false, { sellers: 25, failed: 0, complete: true }],
      [true, { sellers: 0, failed: 25, complete: false }],
    ] as const) {
      await processes.plain.flushall();
      const clock = { ms: 1_000_000 };
      const source = startSource(25);
      const both = await Promise.all([1, 2].map(() => processes.start({ clock, backplane: true })));
      const [first, second] = both.map((each) => startMaintenance(each, source));
      await first?.warmUp.run();
      await both[0]?.cache.idle();
      await second?.warmUp.run();
      clock.ms += 1.2 * TTL_MS.catalogs;
      const loading = Promise.withResolvers<void>();
      const loaded = Promise.withResolvers<void>();
      source.gate = () => {
        loading.resolve();
        return loaded.promise;
      };
      const loads = first?.warmUp.run();
      await loading.promise;
      const waits = second?.warmUp.run();
      await expect.poll(() => both[1]?.cache.usage().waiters).toBe(25);
      source.failing = () => fails;
      loaded.resolve();
      expect(await waits).toMatchObject({ ...outcome, loaded: 0 });
      expect(await loads).toMatchObject({ ...outcome, loaded: fails ? 0 : 25 });
    }
  });

  it('works in memory without Redis', async () => {
    const source = startSource(30);
    const maintenance = startMaintenance(await processes.start(), source);
    processes.redis.freeze();
    onTestFinished(processes.redis.thaw);
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 30, loaded: 30, complete: true });
    processes.redis.thaw();
  });

  /** The program, which is killed when the test has finished. */
  function startWarming({ catalogUrl, identityUrl }: { catalogUrl: string; identityUrl: string }) {
    const child = spawn(process.execPath, [PROGRAM, processes.redis.url, catalogUrl, identityUrl], {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => kill(child));
    const lines = createInterface({ input: child.stdout });
    return {
      kill: () => kill(child),
      /** The first line that is as wanted. */
      async line(isWanted: (line: Line) => boolean): Promise<Line> {
        for await (const text of lines) {
          const line = JSON.parse(text) as Line;
          if (isWanted(line)) return line;
        }
        throw new Error('the process has ended without that line');
      },
    };
  }
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
