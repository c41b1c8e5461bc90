import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isHit } from '../support/answers.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { connectTo, post, type RawConnection, send } from '../support/http-client.ts';

const SECRET = 'a-secret-of-the-source';
const QUERY = { query: '{ sellers(pageSize: 3) { items { id name } } }' };
const MB = 1024 * 1024;

// What 32 MiB of bodies may add, with what comes in between two collections of garbage.
const MOST_ADDED_MB = 150;

/** With the memory limit of deploy/kubernetes, where node has no more than this of its own. */
async function start(): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({
    NODE_OPTIONS: '--max-old-space-size=128',
    HOOK_SECRETS: SECRET,
    SANDBOX_SELLERS: '3',
    SANDBOX_LATENCY_MS: '0',
  });
  onTestFinished(() => gateway.kill());
  expect((await post(gateway, QUERY)).status).toBe(200);
  return gateway;
}

async function memoryOf(gateway: GatewayProcess): Promise<number> {
  const { text } = await send(gateway, '/metrics');
  return Number(/^process_resident_memory_bytes ([\d.e+]+)/m.exec(text)?.[1]) / MB;
}

function delivery(body: string): RequestInit {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-timestamp': timestamp,
      'x-signature': `sha256=${signature}`,
    },
  };
}

function unsigned(header: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  return `POST /hooks/catalog HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Timestamp: ${timestamp}\r\nX-Signature: sha256=${'0'.repeat(64)}\r\n${header}\r\n\r\n`;
}

async function open(gateway: GatewayProcess, text: string | Buffer): Promise<RawConnection> {
  const connection = await connectTo(gateway);
  onTestFinished(() => void connection.socket.destroy());
  // The server may close amid it.
  await new Promise((resolve) => connection.socket.on('close', resolve).write(text, resolve));
  return connection;
}

async function expectServing(gateway: GatewayProcess): Promise<void> {
  expect((await send(gateway, '/healthz')).status).toBe(200);
  expect(isHit(await post(gateway, QUERY))).toBe(true);
  const signals = Array.from({ length: 5000 }, (_, id) => ({
    event: 'changed',
    entity: 'seller',
    id,
    occurredAt: '2026-06-15T11:59:58Z',
  }));
  const { status, text } = await send(gateway, '/hooks/catalog', delivery(JSON.stringify(signals)));
  expect([status, text]).toMatchObject([202, expect.stringContaining('"accepted":5000')]);
  expect((await post(gateway, QUERY)).status).toBe(200);
  expect(isHit(await post(gateway, QUERY))).toBe(true);
}

// Whole processes start here, on machines that may be busy.
describe('unsigned request bodies', { timeout: 300_000 }, () => {
  it('stay within the memory budget: 110 of 8 MiB less one byte', async () => {
    const gateway = await start();
    const before = await memoryOf(gateway);
    const bytes = 8 * MB;
    const part = Buffer.concat([
      Buffer.from(unsigned(`Content-Length: ${bytes}`)),
      Buffer.alloc(bytes - 1, 0x20),
    ]);
    const connections: RawConnection[] = [];
    for (let index = 0; index < 110; index += 1) {
      connections.push(await open(gateway, part));
      if (index % 20 === 0) expect(isHit(await post(gateway, QUERY))).toBe(true);
    }
    expect((await memoryOf(gateway)) - before).toBeLessThan(MOST_ADDED_MB);
    await expectServing(gateway);
    const refused = connections.filter((connection) => connection.received().includes('HTTP/1.1 503'));
    expect(refused.length).toBeGreaterThan(100);
  });

  it('stay within the memory budget: one with a byte per chunk', async () => {
    const gateway = await start();
    const before = await memoryOf(gateway);
    const connection = await open(gateway, unsigned('Transfer-Encoding: chunked'));
    for (let sent = 0; sent < 4; sent += 1)
      await new Promise((resolve) => connection.socket.write('1\r\nx\r\n'.repeat(MB), resolve));
    await expectServing(gateway);
    expect((await memoryOf(gateway)) - before).toBeLessThan(MOST_ADDED_MB);
  });

  it('stay within the memory budget: 700 of 100 KB for GraphQL', async () => {
    const gateway = await start();
    const before = await memoryOf(gateway);
    const head =
      'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 102400\r\n\r\n';
    for (let index = 0; index < 700; index += 1) await open(gateway, head + ' '.repeat(102_399));
    await expectServing(gateway);
    expect((await memoryOf(gateway)) - before).toBeLessThan(MOST_ADDED_MB);
  });
});
