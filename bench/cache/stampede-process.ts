import { setTimeout } from 'node:timers/promises';
import { catalogsOf } from '../lib/catalogs.ts';
import { contenderNamed } from './contenders/index.ts';

/** The parent's message: all callers read this seller now. */
export interface Rush {
  readonly sellerId: number;
  readonly callers: number;
  readonly loadMs: number;
}

/** The reply when all callers have their results. */
export interface Rushed {
  readonly loads: number;
  readonly longestMs: number;
}

const [name = '', redisUrl = ''] = process.argv.slice(2);
const cache = await contenderNamed(name).open(redisUrl);
// The first use sets up the connections.
await cache.get(0, async (id) => catalogsOf(id));

process.on('message', async ({ sellerId, callers, loadMs }: Rush) => {
  let loads = 0;
  const startedAt = performance.now();
  const load = async (id: number) => {
    loads += 1;
    await setTimeout(loadMs);
    return catalogsOf(id);
  };
  await Promise.all(Array.from({ length: callers }, () => cache.get(sellerId, load)));
  process.send?.({ loads, longestMs: performance.now() - startedAt } satisfies Rushed);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
