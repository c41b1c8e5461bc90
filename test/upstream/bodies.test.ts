import type { ServerResponse } from 'node:http';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UpstreamInvalid, UpstreamUnavailable } from '../../src/domain/errors.ts';
import {
  grantToken,
  pourOut,
  type RealUpstream,
  type Respond,
  startUpstream,
} from '../support/real-upstream.ts';
import { upstreamClient } from '../support/upstream-client.ts';

const MIB = 1024 * 1024;
const MAX_BODY_BYTES = 4 * MIB;

const zeros = Buffer.alloc(32 * MIB, '0');
// A hundred members of 4 MiB, which unpack to 400.
const gzipped = Buffer.concat(Array(100).fill(gzipSync(zeros.subarray(0, 4 * MIB), { level: 9 })));
const brotli = brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
const deflated = deflateSync(zeros);
// A block of a deflate stream that holds nothing: the stream goes on, and nothing comes of it.
const NOTHING = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

function coded(response: ServerResponse, coding: string, body: Buffer): void {
  response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length });
  response.end(body);
}

const TOO_LARGE: readonly (readonly [string, Respond])[] = [
  ['never ends', (response) => pourOut(response, Buffer.alloc(64 * 1024, '['))],
  [
    'says how long it is',
    (response) => void response.writeHead(200, { 'content-length': zeros.length }).end(zeros),
  ],
  ['is 408 KB of gzip', (response) => coded(response, 'gzip', gzipped)],
  ['is brotli', (response) => coded(response, 'br', brotli)],
  ['is deflate', (response) => coded(response, 'deflate', deflated)],
  [
    'never ends and unpacks to nothing',
    (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(GZIP_HEADER);
      pourOut(response, Buffer.concat(Array(10_000).fill(NOTHING)));
    },
  ],
];

/** What the process holds outside of V8's heap and in it, at most, while `work` goes on. */
async function peakBytes(work: () => Promise<unknown>): Promise<number> {
  const usedBytes = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  const before = usedBytes();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, usedBytes() - before);
  }, 5);
  await work();
  clearInterval(timer);
  return peak;
}

async function expectNoConnections(upstream: RealUpstream): Promise<void> {
  // The one that the token came by, and those of calls that went well.
  await expect.poll(() => upstream.connections()).toBeLessThanOrEqual(1);
}

describe.each(TOO_LARGE)('a body that %s', (_case, respond) => {
  it('is UpstreamInvalid without retry, and its connection is closed', async () => {
    const upstream = await startUpstream((response, call, request) =>
      call === 1 ? respond(response, call, request) : void response.end('{"id": 1}'),
    );
    const { api, eventsOf } = upstreamClient({ ...upstream.urls, maxBodyBytes: MAX_BODY_BYTES });
    const peak = await peakBytes(() => expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid));
    expect(peak).toBeLessThan(100 * MIB);
    expect(upstream.calls()).toBe(1);
    expect(eventsOf('upstream-body-too-large')).toEqual([
      { type: 'upstream-body-too-large', route: 'GET /Seller/{id}', maxBytes: MAX_BODY_BYTES },
    ]);
    await expectNoConnections(upstream);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
  });

  it('from the token endpoint has its own bound', async () => {
    const upstream = await startUpstream(
      (response) => void response.end('{"id": 1}'),
      (response, call, request) => (call === 1 ? respond : grantToken)(response, call, request),
    );
    const clock = { ms: 0 };
    const { api, eventsOf } = upstreamClient({
      ...upstream.urls,
      clock: { now: () => clock.ms, monotonic: () => clock.ms },
    });
    const peak = await peakBytes(() => expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid));
    expect(peak).toBeLessThan(100 * MIB);
    expect(eventsOf('upstream-body-too-large')).toEqual([
      { type: 'upstream-body-too-large', route: 'POST /connect/token', maxBytes: 65_536 },
    ]);
    clock.ms += 1000;
    expect(await api.seller(1)).toMatchObject({ id: 1 });
  });

  it('of an error response is not read beyond its bound; the status counts', async () => {
    const upstream = await startUpstream((response, call, request) => {
      const writeHead = response.writeHead.bind(response);
      response.statusCode = 500;
      response.writeHead = ((_: number, headers: Record<string, string>) =>
        writeHead(500, headers)) as typeof response.writeHead;
      respond(response, call, request);
    });
    const { api } = upstreamClient({ ...upstream.urls });
    const failure = await api.seller(1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UpstreamUnavailable);
    expect(failure).toMatchObject({ cause: { message: 'status 500' } });
    await expectNoConnections(upstream);
  });
});

describe('a response body', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['GZIP', gzipSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('in %s is decompressed', async (coding, pack) => {
    const upstream = await startUpstream((response) =>
      coded(response, coding, pack('{"id": 1, "name": "Zoë"}')),
    );
    expect(await upstreamClient(upstream.urls).api.seller(1)).toMatchObject({ name: 'Zoë' });
  });

  it.each([
    ['gzip, br', gzipSync(brotliCompressSync('{"id": 1}'))],
    ['zstd', Buffer.from('{"id": 1}')],
    ['gzip', Buffer.from('{"id": 1}')],
    ['gzip', gzipSync('{"id": 1}').subarray(0, 20)],
    ['br', Buffer.from('{"id": 1}')],
  ])('in %s that cannot be decompressed is UpstreamInvalid without retry', async (coding, body) => {
    const upstream = await startUpstream((response) => coded(response, coding, body));
    await expect(upstreamClient(upstream.urls).api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(upstream.calls()).toBe(1);
  });

  it('with a byte order mark is parsed', async () => {
    const upstream = await startUpstream((response) => void response.end('\uFEFF{"id": 1}'));
    expect(await upstreamClient(upstream.urls).api.seller(1)).toMatchObject({ id: 1 });
  });

  it.each([
    ['nested without end', '['.repeat(5_000_000)],
    ['nested and closed', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['nested under an unknown key', `{"id":1,"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['millions of empty objects', `{"id":1,"x":[${'{},'.repeat(4_500_000)}{}]}`],
    ['millions of keys', `{"id":1,${Array.from({ length: 2_100_000 }, (_, at) => `"k${at}":1`).join()}}`],
  ])('that is %s is UpstreamInvalid', async (_case, body) => {
    const upstream = await startUpstream((response) => void response.end(body));
    await expect(upstreamClient(upstream.urls).api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(upstream.calls()).toBe(1);
  });

  it('with brackets and escapes in strings is parsed', async () => {
    const name = `${'[{"\\'.repeat(100_000)}end`;
    const upstream = await startUpstream((response) => void response.end(JSON.stringify({ id: 1, name })));
    expect(await upstreamClient(upstream.urls).api.seller(1)).toMatchObject({ name });
  });

  it('shares a memory bound with concurrent bodies, and is retried', async () => {
    const waiting: ServerResponse[] = [];
    const half = MAX_BODY_BYTES * 0.75;
    const upstream = await startUpstream((response, call) => {
      response.write(`{"id": ${response.req.url?.split('/').at(-1)}, "x": "`);
      response.write('x'.repeat(half));
      if (call > 4) return void response.end('"}');
      waiting.push(response);
      if (waiting.length === 3) for (const each of waiting) each.end('"}');
    });
    const { api, eventsOf } = upstreamClient({ ...upstream.urls, maxBodyBytes: MAX_BODY_BYTES });
    expect(await Promise.all([1, 2, 3].map((id) => api.seller(id)))).toHaveLength(3);
    for (const { reason } of eventsOf('upstream-retry'))
      expect(reason).toBe('response bodies in progress use too much memory');
  });
});

describe('a response header', () => {
  it('that is too large is UpstreamInvalid without retry', async () => {
    const upstream = await startUpstream(
      (response) => void response.writeHead(200, { 'x-much': 'x'.repeat(100_000) }).end('{"id": 1}'),
    );
    await expect(upstreamClient(upstream.urls).api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(upstream.calls()).toBe(1);
  });
});
