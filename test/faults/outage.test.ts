import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { type SceneOptions, startScene } from './scene.ts';

// How long a fault lasts. Longer than a breaker needs to open and memory is trusted for; nothing is asserted of it.
const FAULT_MS = 1500;

describe.skipIf(noRedis)('three processes answer, and keep their promises, while Redis', () => {
  let redis: TestRedis;
  let operator: Redis;

  async function start(options: Partial<SceneOptions> = {}, redisArgs: readonly string[] = []) {
    redis = await startRedis(redisArgs);
    operator = new Redis(redis.url);
    operator.on('error', () => {});
    return startScene({ server: { kind: 'single', url: redis.url }, ...options });
  }

  afterEach(async () => {
    operator.disconnect();
    await redis.kill();
  });

  it('is healthy: each key loads once, and once more per invalidation', async () => {
    // Nothing is to be slow here, however busy the machine is.
    const { upstream, finish } = await start({ budgetMs: 2000 });
    await finish('well');
    for (let id = 1; id <= 8; id += 1) expect(upstream.loadsOf(id)).toBe(1 + upstream.versionOf(id));
  });

  it('is killed and comes back', async () => {
    const { fleet, traffic, upstream, states, finish } = await start();
    const before = upstream.loads;
    await redis.stop();
    await setTimeout(FAULT_MS);
    // Memory outlives Redis: nothing is loaded for its death.
    expect(upstream.loads).toBe(before);
    expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
    await redis.restart();
    await finish('killed');
    for (const each of states()) expect(each.slice(0, 3)).toEqual(['store-up', 'store-down', 'store-up']);
  });

  it('hangs and resumes', async () => {
    const { fleet, traffic, states, finish } = await start();
    redis.freeze();
    await setTimeout(FAULT_MS);
    expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
    redis.thaw();
    await finish('stopped (SIGSTOP)');
    for (const each of states()) expect(each.slice(0, 3)).toEqual(['store-up', 'store-down', 'store-up']);
  });

  it('restarts repeatedly', async () => {
    const { finish } = await start();
    for (let time = 0; time < 4; time += 1) {
      await redis.restart();
      await setTimeout(300);
    }
    await finish('restarted four times');
  });

  it('is flushed repeatedly', async () => {
    const { finish } = await start();
    for (let time = 0; time < 10; time += 1) {
      await operator.flushall();
      await setTimeout(100);
    }
    await finish('flushed ten times');
  });

  it('becomes full and refuses writes', async () => {
    const { fleet, traffic, states, upstream, finish } = await start();
    const before = upstream.loads;
    await operator.config('SET', 'maxmemory', '1');
    await setTimeout(FAULT_MS);
    expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
    expect(upstream.loads).toBe(before);
    await operator.config('SET', 'maxmemory', '0');
    await finish('full (noeviction)');
    // A refusal is an answer: no breaker opens for it.
    for (const each of states()) expect(each).toEqual(['store-up']);
  });

  it('is full from the start', async () => {
    const { states, finish } = await start({}, ['--maxmemory', '1', '--maxmemory-policy', 'noeviction']);
    await setTimeout(FAULT_MS);
    await operator.config('SET', 'maxmemory', '0');
    await finish('full from the start');
    for (const each of states()) expect(each).toEqual(['store-up']);
  });

  it('evicts entries, leases and generations', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => index);
    const { finish } = await start({ ids, fillingBytes: 5000, memoryBytes: 100_000 });
    // With less in it, Redis could not make room.
    await expect.poll(() => operator.dbsize(), { timeout: 60_000 }).toBeGreaterThan(ids.length);
    await operator.config('SET', 'maxmemory-policy', 'allkeys-lfu');
    const used = /used_memory:(\d+)/.exec(await operator.info('memory'))?.[1];
    await operator.config('SET', 'maxmemory', `${Math.floor(Number(used) * 0.95)}`);
    // Redis makes room when something is written, which the traffic by itself need not do.
    // It refuses the write while buffers of its clients take all the room, which passes.
    const write = () => operator.set('filling', 'x', 'PX', 60_000).catch(String);
    await expect.poll(write, { timeout: 60_000 }).toBe('OK');
    await setTimeout(FAULT_MS);
    const evicted = Number(/evicted_keys:(\d+)/.exec(await operator.info('stats'))?.[1]);
    expect(evicted).toBeGreaterThan(0);
    await finish(`evicting (allkeys-lfu, ${evicted} keys)`);
  });

  it('becomes a read-only replica', async () => {
    const { fleet, traffic, states, upstream, finish } = await start();
    const before = upstream.loads;
    await operator.replicaof('127.0.0.1', 1);
    await setTimeout(FAULT_MS);
    expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
    expect(upstream.loads).toBe(before);
    await operator.replicaof('NO', 'ONE');
    await finish('read-only replica');
    for (const each of states()) expect(each).toEqual(['store-up']);
  });
});
