import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startScene } from './scene.ts';

const FAULT_MS = 1500;

describe.skipIf(noRedis)(
  'three processes answer, and keep their promises, while the network to Redis',
  () => {
    let redis: TestRedis;
    let proxy: TcpProxy;

    async function start() {
      redis = await startRedis();
      proxy = await startTcpProxy(redis.port);
      return startScene({ server: { kind: 'single', url: `redis://127.0.0.1:${proxy.port}` } });
    }

    afterEach(async () => {
      await proxy.close();
      await redis.kill();
    });

    it('drops all data', async () => {
      const { fleet, traffic, upstream, states, finish } = await start();
      const before = upstream.loads;
      proxy.blackHole();
      await setTimeout(FAULT_MS);
      expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
      expect(upstream.loads).toBe(before);
      proxy.pass();
      await finish('black-holed');
      for (const each of states()) expect(each.slice(0, 3)).toEqual(['store-up', 'store-down', 'store-up']);
    });

    it('is slower than the budget of a request', async () => {
      const { states, finish } = await start();
      proxy.delay(120);
      await setTimeout(FAULT_MS);
      for (const each of states()) expect(each.slice(0, 2)).toEqual(['store-up', 'store-down']);
      proxy.pass();
      await finish('slow (120 ms)');
    });

    it('is slow, but within the budget', async () => {
      const { states, finish } = await start();
      proxy.delay(5);
      await setTimeout(FAULT_MS);
      await finish('slow (5 ms)');
      for (const each of states()) expect(each[0]).toBe('store-up');
    });

    it('breaks every connection', async () => {
      const { fleet, traffic, upstream, states, finish } = await start();
      const before = upstream.loads;
      proxy.cut();
      await setTimeout(FAULT_MS);
      expect(await traffic.invalidate(fleet[0], 1)).toBe(false);
      expect(upstream.loads).toBe(before);
      proxy.pass();
      await finish('cut');
      for (const each of states()) expect(each.slice(0, 3)).toEqual(['store-up', 'store-down', 'store-up']);
    });
  },
);
