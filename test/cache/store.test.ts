import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Codec, encodeEntry } from '../../src/cache/codec.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import { createMemoryStore } from '../../src/cache/memory-store.ts';
import { connectRedis } from '../../src/cache/redis-connection.ts';
import { createRedisStore } from '../../src/cache/redis-store.ts';
import type { Fill, Store } from '../../src/cache/store.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';

interface Event {
  readonly title: string | null;
  readonly at: Date;
}

const codec: Codec<Event> = {
  toJson: ({ title, at }) => [title, at.getTime()],
  fromJson: (json) => {
    const [title, at] = json as [string | null, number];
    return { title, at: new Date(at) };
  },
};

const NOW = 1_000_000;

function fillOf(key: string, value: Event, { loadBeganAt = NOW, lifeMs = 60_000 } = {}): Fill<Event> {
  const times = { loadBeganAt, freshUntil: loadBeganAt + lifeMs, staleUntil: loadBeganAt + lifeMs };
  const encoded = encodeEntry({ value, ...times }, codec);
  return { key, encoded, entry: { value, ...times, bytes: encoded.length } };
}

const sale: Event = { title: 'Frühjahrsauktion 🖼️ "A"\n', at: new Date('2026-09-01T04:00:00.123Z') };
const untitled: Event = { title: null, at: new Date(0) };

/** What every store promises. */
function promises(open: () => Store) {
  it('gives back what was written, instants as instants', async () => {
    const store = open();
    await store.write([fillOf('k:{a}', sale)]);
    const [found] = await store.read(['k:{a}'], codec);
    expect(found).toEqual(fillOf('k:{a}', sale).entry);
    expect((found as { value: Event }).value.at).toBeInstanceOf(Date);
  });

  it('finds each key in the order it was asked for, and nothing where nothing is', async () => {
    const store = open();
    await store.write([fillOf('k:{a}', sale), fillOf('k:{b}', untitled)]);
    const found = await store.read(['k:{b}', 'k:{none}', 'k:{a}', 'k:{b}'], codec);
    expect(found.map((each) => (typeof each === 'object' ? each.value.title : each))).toEqual([
      null,
      'absent',
      sale.title,
      null,
    ]);
  });

  it('keeps the later of two writes', async () => {
    const store = open();
    await store.write([fillOf('k:{a}', sale)]);
    await store.write([fillOf('k:{a}', untitled, { loadBeganAt: NOW + 1 })]);
    const [found] = await store.read(['k:{a}'], codec);
    expect(found).toMatchObject({ value: untitled });
  });

  it('reads and writes nothing when it is asked for nothing', async () => {
    const store = open();
    await store.write([]);
    expect(await store.read([], codec)).toEqual([]);
  });
}

describe('the store in memory', () => {
  promises(() => createMemoryStore(1024 * 1024));

  it('holds no more than its bytes, and lets go of what was used longest ago', () => {
    const entrySize = fillOf('k:{a}', sale).encoded.length + 'k:{a}'.length;
    const store = createMemoryStore(2 * entrySize);
    store.write([fillOf('k:{a}', sale), fillOf('k:{b}', sale)]);
    store.read(['k:{a}'], codec);
    store.write([fillOf('k:{c}', sale)]);
    const found = store.read(['k:{a}', 'k:{b}', 'k:{c}'], codec);
    expect(found.map((each) => each === 'absent')).toEqual([false, true, false]);
  });

  it('does not keep an entry that is larger than all it may hold', () => {
    const store = createMemoryStore(20);
    store.write([fillOf('k:{a}', sale)]);
    expect(store.read(['k:{a}'], codec)).toEqual(['absent']);
  });

  it('does not go back to an entry that was loaded earlier', () => {
    const store = createMemoryStore(1024);
    store.write([fillOf('k:{a}', sale, { loadBeganAt: NOW + 1 })]);
    store.write([fillOf('k:{a}', untitled, { loadBeganAt: NOW })]);
    expect(store.read(['k:{a}'], codec)).toMatchObject([{ value: sale }]);
  });
});

describe.skipIf(noRedis)('the store in Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let plain: Redis;
  let store: Store;
  let events: CacheEvent[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis(server.url, 5000, Math.random);
    store = createRedisStore({ redis, clock: { now: () => NOW }, report: (event) => events.push(event) });
    plain = new Redis(server.url);
  });
  beforeEach(async () => {
    events = [];
    await plain.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    plain.disconnect();
    await server.kill();
  });

  const open = () => store;

  promises(open);

  it('gives every key an expiry at its stale-until', async () => {
    await open().write([fillOf('k:{a}', sale, { lifeMs: 60_000 })]);
    const left = await plain.pttl('k:{a}');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  it('does not write what is dead already', async () => {
    await open().write([fillOf('k:{a}', sale, { loadBeganAt: NOW - 60_000, lifeMs: 60_000 })]);
    expect(await plain.exists('k:{a}')).toBe(0);
  });

  it.each([
    ['text', 'hello'],
    ['a truncated entry', fillOf('k:{a}', sale).encoded.subarray(0, -5)],
    ['an entry of another format', '[2,1,2,3,["x",1]]'],
    ['an entry whose value has another shape', '[1,1,2,3,null]'],
    ['an entry without times', '[1,"a",null,3,["x",1]]'],
    ['other JSON', '{"id":1}'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('finds %s invalid, and does not throw', async (_, bytes) => {
    await plain.set('k:{a}', bytes);
    expect(await open().read(['k:{a}'], codec)).toEqual(['invalid']);
  });

  it('finds a list invalid where an entry should be, and writes over it', async () => {
    await plain.lpush('k:{a}', 'x');
    expect(await open().read(['k:{a}', 'k:{none}'], codec)).toEqual(['invalid', 'absent']);
    await open().write([fillOf('k:{a}', sale)]);
    expect(await open().read(['k:{a}'], codec)).toMatchObject([{ value: sale }]);
    expect(events).toEqual([]);
  });

  it('asks for any number of keys in one round trip', async () => {
    const monitor = await plain.monitor();
    const commands: string[] = [];
    const seen = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [command = '']: string[]) => {
        commands.push(command);
        if (command === 'echo') resolve();
      });
    });
    const before = Number(/total_reads_processed:(\d+)/.exec(await plain.info('stats'))?.[1]);
    await open().read(
      Array.from({ length: 25 }, (_, index) => `k:{${index}}`),
      codec,
    );
    const after = Number(/total_reads_processed:(\d+)/.exec(await plain.info('stats'))?.[1]);
    await plain.echo('done');
    await seen;
    monitor.disconnect();
    expect(commands.filter((command) => command === 'get')).toHaveLength(25);
    // One read for the pipeline, one for the second INFO.
    expect(after - before).toBe(2);
  });
});

describe.skipIf(noRedis)('a Redis that fails', () => {
  it('is told once when it goes and once when it comes back', async () => {
    const server = await startRedis();
    const redis = await connectRedis(server.url, 5000, () => 0);
    const events: CacheEvent[] = [];
    const report = (event: CacheEvent) => void events.push(event);
    const store = createRedisStore({ redis, clock: { now: () => NOW }, report });
    const changed = (type: string) => expect.poll(() => events.map((event) => event.type)).toContain(type);

    await server.stop();
    await expect(async () => store.read(['k:{a}'], codec)).rejects.toThrow();
    await expect(async () => store.read(['k:{a}'], codec)).rejects.toThrow();
    await changed('store-down');
    await server.restart();
    await expect.poll(() => events.map(({ type }) => type)).toEqual(['store-up', 'store-down', 'store-up']);
    expect(await store.read(['k:{a}'], codec)).toEqual(['absent']);
    redis.disconnect();
    await server.kill();
  });

  it('fails a command after the budget when it hangs', async () => {
    const server = await startRedis();
    const redis = await connectRedis(server.url, 50, () => 0);
    const store = createRedisStore({ redis, clock: { now: () => NOW }, report: () => {} });
    server.freeze();
    await expect(async () => store.read(['k:{a}'], codec)).rejects.toThrow('timed out');
    server.thaw();
    await expect.poll(async () => store.read(['k:{a}'], codec)).toEqual(['absent']);
    redis.disconnect();
    await server.kill();
  });
});
