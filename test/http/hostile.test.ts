import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isHit, statusOf } from '../support/answers.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { heapOf, INSPECTED } from '../support/heap.ts';
import { connectTo, exchange, type HttpAnswer, post, type RawConnection } from '../support/http-client.ts';

const QUERY = '{ sellers(pageSize: 3) { items { id name } } }';
const PATH = `/graphql?query=${encodeURIComponent(QUERY)}`;

/** Starts a separate gateway process in front of the sandbox, with the response to `QUERY` stored. */
async function start(): Promise<{ gateway: GatewayProcess; held: HttpAnswer }> {
  const gateway = await startGatewayProcess({
    ...INSPECTED,
    LOG_LEVEL: 'info',
    SANDBOX_SELLERS: '3',
    SANDBOX_LATENCY_MS: '0',
    RESPONSE_CACHE_MB: '1',
    CACHE_MEMORY_MB: '1',
    CACHE_TTL_SELLERS: '3600',
  });
  onTestFinished(() => gateway.kill());
  const held = await post(gateway, { query: QUERY });
  expect(held.status).toBe(200);
  return { gateway, held };
}

async function expectHit(gateway: GatewayProcess, held: HttpAnswer): Promise<void> {
  const answer = await post(gateway, { query: QUERY });
  expect([isHit(answer), answer.text]).toEqual([true, held.text]);
}

async function connect(gateway: GatewayProcess): Promise<RawConnection> {
  const connection = await connectTo(gateway);
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

function statuses(connection: RawConnection): string[] {
  return Array.from(connection.received().matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status = '']) => status);
}

describe('the next request is a hit after', () => {
  it('a query with the hash of another document, and the hash stays unknown', async () => {
    const { gateway, held } = await start();
    const sha256Hash = createHash('sha256').update('{ sellers { page } }').digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    expect((await post(gateway, { query: QUERY, extensions })).status).toBe(400);
    await expectHit(gateway, held);
    const byHash = await post(gateway, { extensions });
    expect(byHash.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it('bodies that are not JSON', async () => {
    const { gateway, held } = await start();
    const bodies = [
      '',
      '{',
      `{"query":"${QUERY}"`,
      `{"query":"${QUERY}"}}`,
      '\0'.repeat(1000),
      '['.repeat(50_000),
    ];
    for (const body of bodies) {
      const answer = await post(gateway, body);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store']);
      await expectHit(gateway, held);
    }
  });

  it.each([
    ['quotes', '"'],
    ['commas', ','],
    ['weak tags', 'W/"",'],
    ['tags that never end', 'W/"'],
    ['asterisks', '*,'],
  ])('15 KB of %s as If-None-Match, which get 200', async (_, text) => {
    const { gateway, held } = await start();
    const ifNoneMatch = text.repeat(15_000 / text.length);
    const answer = await exchange(gateway, PATH, { headers: { 'if-none-match': ifNoneMatch } });
    expect([answer.status, String(answer.bytes)]).toEqual([200, held.text]);
    await expectHit(gateway, held);
  });

  it.each([
    ['64 KB of quotes and commas as If-None-Match', `If-None-Match: ${'",'.repeat(32_768)}`],
    ['a megabyte of headers', 'X: x\r\n'.repeat(174_763)],
  ])('%s, which get 431', async (_, header) => {
    const { gateway, held } = await start();
    const connection = await connect(gateway);
    connection.write(`GET ${PATH} HTTP/1.1\r\nHost: a\r\n${header.slice(0, 17_000)}`);
    await connection.until('431');
    connection.write(`${header.slice(17_000)}\r\n\r\n`);
    await connection.closed();
    expect(statuses(connection)).toEqual(['431']);
    await expectHit(gateway, held);
  });
});

it('incomplete requests held open do not block hits for other clients', async () => {
  const { gateway, held } = await start();
  const body = JSON.stringify({ query: QUERY });
  const head = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const halves = [head.slice(0, 30), head, `${head}\r\n`, `${head}\r\n${body.slice(0, 20)}`];
  const connections: { connection: RawConnection; rest: string }[] = [];
  for (let index = 0; index < 100; index += 1) {
    const half = halves[index % halves.length] as string;
    const connection = await connect(gateway);
    connection.write(half);
    connections.push({ connection, rest: `${head}\r\n${body}`.slice(half.length) });
  }
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(gateway, body)));
  expect(answers.filter(isHit)).toHaveLength(200);
  // Clients that send the rest later get a response too.
  for (const { connection, rest } of connections) {
    expect(connection.received()).toBe('');
    connection.write(rest);
  }
  await Promise.all(connections.map(({ connection }) => connection.until(held.text)));
});

const FLOOD = 10_000;
const ON_A_CONNECTION = 250;
// 120 MB of them altogether.
const PADDING = 'x'.repeat(12_000);
// The parsed-request cache takes up to 16 MB, the document cache more, and everything else a megabyte or two.
const MOST_LEFT_MB = { headers: 10, documents: 40 };

/** Sends `FLOOD` different requests, many per connection. All get 200, and the heap grows by less than the bound. */
async function flood(
  gateway: GatewayProcess,
  of: keyof typeof MOST_LEFT_MB,
  requestOf: (index: number) => { path?: string; header?: string },
): Promise<void> {
  const before = await heapOf(gateway);
  let answered = 0;
  for (let start = 0; start < FLOOD; start += ON_A_CONNECTION) {
    const requests = Array.from({ length: ON_A_CONNECTION }, (_, offset) => {
      const { path = PATH, header = 'X: x' } = requestOf(start + offset);
      const end = offset === ON_A_CONNECTION - 1 ? 'Connection: close\r\n' : '';
      return `GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n${end}\r\n`;
    });
    const connection = await connect(gateway);
    connection.write(requests.join(''));
    await connection.closed();
    answered += statuses(connection).filter((status) => status === '200').length;
  }
  expect(answered).toBe(FLOOD);
  expect((await heapOf(gateway)) - before).toBeLessThan(MOST_LEFT_MB[of] * 1024 * 1024);
}

// This many requests take a while on a busy machine.
describe('ten thousand different', { timeout: 300_000 }, () => {
  it.each([
    ['If-None-Match', (index: number) => `"${index}${PADDING}"`],
    ['Accept', (index: number) => `application/json;v=${index}${PADDING}`],
  ])('%s headers get the stored response, and do not accumulate in memory', async (name, value) => {
    const { gateway, held } = await start();
    await flood(gateway, 'headers', (index) => ({ header: `${name}: ${value(index)}` }));
    await expectHit(gateway, held);
  });

  it('cookies get the stored response, and do not accumulate in memory', async () => {
    const { gateway, held } = await start();
    await flood(gateway, 'headers', (index) => ({ header: `Cookie: s=${index}${PADDING}` }));
    await expectHit(gateway, held);
  });

  it('documents get responses stored, and the oldest are evicted', async () => {
    const { gateway, held } = await start();
    const queryOf = (index: number) => `{ a${index}: sellers(pageSize: 3) { items { id name } } }`;
    const pathOf = (index: number) => `/graphql?query=${encodeURIComponent(queryOf(index))}`;
    await flood(gateway, 'documents', (index) => ({ path: pathOf(index) }));
    const last = await post(gateway, { query: queryOf(FLOOD - 1) });
    expect([isHit(last), last.text]).toEqual([true, held.text.replace('sellers', `a${FLOOD - 1}`)]);
    expect(statusOf(await post(gateway, { query: queryOf(0) }))).toBe('fwd=miss; stored');
    expect((await post(gateway, { query: QUERY })).text).toBe(held.text);
    await expectHit(gateway, held);
  });
});
