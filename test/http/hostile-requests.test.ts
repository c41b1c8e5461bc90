import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FUZZ_TIMEOUT,
  heapInUse,
  MAX_HEAP_BYTES,
  MAX_REFUSAL_BYTES,
  RUNS,
  samplesOf,
} from '../support/fuzz.ts';
import { NOW, startGateway, type TestGateway } from '../support/gateway.ts';
import { adminBody, graphqlBody, requestText, webhookBody } from './hostile-requests.ts';
import { SECRET } from './webhook/webhook-gateway.ts';

// These tests write to raw sockets, because requests must not pass through MSW.

const TOKEN = 'a-token-of-thirty-two-characters';
const CONNECTIONS = 8;
// An incomplete request gets no response: the client closes its connection after this time without data.
const QUIET_MS = 20;

interface Case {
  readonly text: string;
  /** Whether the request is complete, so that it gets one response and its connection stays open. */
  readonly isWhole: boolean;
}

/** Sends the text of a case and returns the response. */
function createClient({ origin }: Pick<TestGateway, 'origin'>) {
  let kept: Socket | undefined;
  return { send, end: () => kept?.destroy() };

  async function send({ text, isWhole }: Case): Promise<string> {
    const socket = kept ?? connect(Number(new URL(origin).port), '127.0.0.1');
    kept = undefined;
    socket.removeAllListeners().setTimeout(isWhole ? 0 : QUIET_MS);
    let received = '';
    const ended = new Promise<void>((resolve) => {
      socket.on('data', (bytes: Buffer) => {
        received += bytes.toString('latin1');
        if (!isWhole || !isAnswer(received)) return;
        kept = socket;
        resolve();
      });
      socket.on('timeout', () => socket.destroy());
      // A reset is one way to be closed.
      socket.on('error', () => {});
      socket.on('close', () => {
        if (kept === socket) kept = undefined;
        resolve();
      });
    });
    socket.write(text, 'latin1');
    await ended;
    return received;
  }
}

function isAnswer(received: string): boolean {
  const head = received.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(received);
  return head >= 0 && length !== null && received.length >= head + 4 + Number(length[1]);
}

/** Checks that every response is bounded and not a server error, and counts the responses by status. */
async function expectBounded(variables: Record<string, string>, cases: Iterable<Case>) {
  const gateway = await startGateway(variables);
  const seen = new Map<string, number>();
  const iterator = cases[Symbol.iterator]();
  const before = heapInUse();
  await Promise.all(Array.from({ length: CONNECTIONS }, sendAll));
  (gateway.events as unknown[]).length = 0;
  const probe = createClient(gateway);
  const alive = await probe.send({ text: 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', isWhole: true });
  probe.end();
  expect(alive).toMatch(/^HTTP\/1\.1 200 /);
  expect(heapInUse() - before).toBeLessThan(MAX_HEAP_BYTES);
  return seen;

  async function sendAll(): Promise<void> {
    const client = createClient(gateway);
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      const answer = await client.send(next.value);
      const statuses = Array.from(
        answer.matchAll(/(?:^|\r\n\r\n|\})HTTP\/1\.1 (\d{3}) /g),
        ([, status = '']) => status,
      );
      for (const status of statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
      const isBounded =
        statuses.every((status) => status < '500' || answer.includes('"NOT_CACHED"')) &&
        answer.length < MAX_REFUSAL_BYTES &&
        (statuses.length === 1 || !next.value.isWhole);
      if (!isBounded)
        expect.fail(`${JSON.stringify(next.value.text).slice(0, 1000)} gets ${answer.slice(0, 1000)}`);
      expect(gateway.events.filter(({ type }) => type === 'internal-error')).toEqual([]);
      (gateway.events as unknown[]).length = 0;
    }
    client.end();
  }
}

function* casesOf<T>(samples: fc.Arbitrary<T>, seed: number, textOf: (sample: T) => string, isWhole = true) {
  for (const sample of samplesOf(samples, seed)) yield { text: textOf(sample), isWhole };
}

function post(path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ host: 'a', 'content-length': String(body.length), ...headers });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

const count = (seen: ReadonlyMap<string, number>, ...statuses: string[]) =>
  statuses.reduce((sum, status) => sum + (seen.get(status) ?? 0), 0);

describe('ten thousand', FUZZ_TIMEOUT, () => {
  it('arbitrary GraphQL request bodies get bounded responses', async () => {
    const seen = await expectBounded(
      {},
      casesOf(graphqlBody, 1, ({ type, body }) => post('/graphql', { 'content-type': type }, body)),
    );
    expect(count(seen, '200', '400', '415')).toBe(RUNS);
    expect(Math.min(count(seen, '200'), count(seen, '400'), count(seen, '415'))).toBeGreaterThan(500);
  });

  it('arbitrary signed webhook bodies get bounded responses', async () => {
    const seen = await expectBounded(
      { HOOK_SECRETS: SECRET },
      casesOf(webhookBody, 2, (body) => post('/hooks/catalog', signed(body), body)),
    );
    expect(count(seen, '202', '400')).toBe(RUNS);
    expect(Math.min(count(seen, '202'), count(seen, '400'))).toBeGreaterThan(500);
  });

  it('arbitrary operator request bodies get bounded responses', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const seen = await expectBounded(
      { ADMIN_TOKEN: TOKEN },
      casesOf(adminBody, 3, (body) => post('/admin/invalidations', headers, body)),
    );
    expect(count(seen, '200', '400')).toBe(RUNS);
    expect(count(seen, '200')).toBeGreaterThan(100);
  });

  it('arbitrary request targets and heads get bounded responses', async () => {
    const seen = await expectBounded(
      { ADMIN_TOKEN: TOKEN, HOOK_SECRETS: SECRET },
      casesOf(requestText, 4, withLast, false),
    );
    expect(Math.min(count(seen, '200'), count(seen, '400'), count(seen, '404'))).toBeGreaterThan(500);
  });
});

function signed(body: string): Record<string, string> {
  const timestamp = NOW / 1000;
  const digest = createHmac('sha256', SECRET).update(`${timestamp}.`).update(body, 'latin1').digest('hex');
  return {
    'content-type': 'application/json',
    'x-timestamp': String(timestamp),
    'x-signature': `sha256=${digest}`,
  };
}

/** Appends a request that closes the connection. */
function withLast(text: string): string {
  return `${text}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
}
