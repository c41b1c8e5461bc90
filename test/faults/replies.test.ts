import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis, startRedis } from '../support/redis.ts';
import { startReplyProxy } from '../support/reply-proxy.ts';
import { PATIENCE } from '../support/shared-gateways.ts';
import { openGateways } from './gateways.ts';
import { statesIn } from './sharing.ts';

const before = (text: string) => (bytes: Buffer) => [Buffer.from(text), bytes];
const after = (text: string) => (bytes: Buffer) => [bytes, Buffer.from(text)];
const instead = (text: string) => () => [Buffer.from(text)];

let previous: Buffer = Buffer.from('+OK\r\n');

/** What is done to some chunks of what Redis sends. */
const KINDS: Readonly<Record<string, (bytes: Buffer) => readonly Buffer[]>> = {
  'a status more': before('+OK\r\n'),
  'a count more': before(':1\r\n'),
  'an old null more': before('$-1\r\n'),
  'a null more, afterwards': after('_\r\n'),
  'an empty list more': before('*0\r\n'),
  'a list of null more, afterwards': after('*1\r\n_\r\n'),
  'an error more': before('-ERR odd\r\n'),
  'a redirection more': before('-MOVED 1 127.0.0.1:1\r\n'),
  'a push of an unknown type': before('>2\r\n$3\r\nfoo\r\n$3\r\nbar\r\n'),
  'a push of null': before('>1\r\n_\r\n'),
  'a push of a message of null': before('>3\r\n$7\r\nmessage\r\n_\r\n_\r\n'),
  'a push of a subscription': before('>3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n'),
  'a push of a subscription to null': before('>3\r\n$9\r\nsubscribe\r\n_\r\n:1\r\n'),
  'a push of an unsubscription': before('>3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:0\r\n'),
  nothing: () => [],
  'the reply twice': (bytes) => [bytes, bytes],
  'the reply before it': (bytes) => {
    const replay = previous;
    previous = bytes;
    return [replay];
  },
  'a count in its place': instead(':5\r\n'),
  'a list in its place': instead('*2\r\n$1\r\na\r\n$1\r\nb\r\n'),
  'null in its place': instead('_\r\n'),
  'values of other types': before('#t\r\n,1.5\r\n%1\r\n+a\r\n+b\r\n(123\r\n~1\r\n:1\r\n'),
  'deep nesting': before(`${'*1\r\n'.repeat(100_000)}:1\r\n`),
  'a huge length': before('$999999999\r\n'),
  'a huge length of a list': before('*4294967295\r\n'),
  'negative lengths': before('$-5\r\n*-7\r\n'),
  'a length that is no number': before('$abc\r\n'),
  'a type that is none': before('|1\r\n+a\r\n+b\r\n'),
  garbage: instead('\u0000\u0001\u00ffGET / HTTP/1.1\r\n\r\n'),
  'half a reply': (bytes) => [bytes.subarray(0, bytes.length >> 1)],
  'a reply in single bytes': (bytes) => [...bytes].slice(0, 2000).map((byte) => Buffer.from([byte])),
};

describe.skipIf(noRedis)('a gateway process whose Redis sends', () => {
  it('replies out of step answers correctly, continues, and uses Redis again', {
    timeout: 300_000,
  }, async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const proxy = await startReplyProxy(redis.port);
    onTestFinished(() => proxy.close());
    const { start } = await openGateways(0);
    const alone = { RESPONSE_CACHE_MB: '0', CACHE_MEMORY_MB: '1' };
    const reference = await start(alone);
    const gateway = await start({ ...alone, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const ids = (
      (await reference.query('{ sellers(pageSize: 8) { items { id } } }')).data as {
        sellers: { items: { id: string }[] };
      }
    ).sellers.items.map(({ id }) => id);
    const questions = ids.map(
      (id) => `{ seller(id: "${id}") { id name } catalogs(sellerId: "${id}") { items { id title } } }`,
    );
    const right = await Promise.all(questions.map((question) => reference.query(question)));

    for (const [kind, change] of Object.entries(KINDS)) {
      let chunks = 0;
      proxy.tamper((bytes) => {
        chunks += 1;
        return chunks % 3 === 0 ? change(bytes) : [bytes];
      });
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(questions.map((question) => gateway.query(question)));
        expect([kind, answers]).toEqual([kind, right]);
      }
      proxy.tamper(null);
      await expect.poll(() => [kind, statesIn(gateway.log).at(-1)], PATIENCE).toEqual([kind, 'store-up']);
      expect([kind, await Promise.all(questions.map((question) => gateway.query(question)))]).toEqual([
        kind,
        right,
      ]);
    }
    process.stdout.write(
      `strays: ${gateway.log.filter(({ event }) => event === 'store-client-failed').map(({ err }) => (err as Error).message)}\n`,
    );
    expect(await gateway.terminate()).toBe(0);
  });
});
