import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BodyReaderOptions, createBodyReader } from '../../src/http/bodies.ts';
import { RequestRefused } from '../../src/http/refusal.ts';
import { sendError } from '../../src/http/responses.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { connectTo, type RawConnection } from '../support/http-client.ts';

const KB = 1024;
const LIMIT = 100 * KB;

/** A server that responds with the length of a body, at once or (`held`) when the test calls `release`. */
async function start(options: Partial<BodyReaderOptions> = {}, held = false) {
  const clock = { ms: 0, monotonic: () => clock.ms };
  const reader = createBodyReader({ clock, ...options });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const bodies: Buffer[] = [];
  const refused: number[] = [];
  const server = createHttpServer(async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const body = await reader.read({ request, response, beganAt: clock.ms }, LIMIT);
      bodies.push(body);
      if (held) await released;
      response.end(`${body.length} bytes`);
    } catch (error) {
      const { status, code, message, headers } = error as RequestRefused;
      expect(error).toBeInstanceOf(RequestRefused);
      refused.push(status);
      sendError(response, status, code, message, headers);
    }
  });
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  onTestFinished(() => server.close(0));
  return {
    clock,
    reader,
    release,
    bodies,
    refused,
    async connect(text: string): Promise<RawConnection> {
      const connection = await connectTo({ origin });
      onTestFinished(() => void connection.socket.destroy());
      connection.write(text);
      return connection;
    },
  };
}

const post = (header: string, body = '') => `POST / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n${body}`;
const announced = (bytes: number, sent = bytes) => post(`Content-Length: ${bytes}`, 'x'.repeat(sent));
const chunked = (...chunks: string[]) =>
  post(
    'Transfer-Encoding: chunked',
    chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join(''),
  );

const POLL = { timeout: 60_000 };

describe('a body', () => {
  it.each([0, 1, 1023, 1024, 1025, 65_536, 65_537, LIMIT])(
    'of %i bytes is read with Content-Length and chunked',
    async (bytes) => {
      const { connect, bodies, reader } = await start();
      const text = Array.from({ length: bytes }, (_, index) => index % 10).join('');
      const whole = await connect(post(`Content-Length: ${bytes}`, text));
      await whole.until(`${bytes} bytes`);
      const inParts = await connect(chunked(...(text.match(/.{1,999}/g) ?? [])));
      inParts.write('0\r\n\r\n');
      await inParts.until(`${bytes} bytes`);
      expect(bodies.map(String)).toEqual([text, text]);
      await expect.poll(reader.heldBytes, POLL).toBe(0);
    },
  );

  it('in one-byte chunks takes less than twice its size in memory', async () => {
    const { connect, reader } = await start();
    const connection = await connect(chunked(...Array(50_000).fill('x')));
    await expect.poll(reader.heldBytes, POLL).toBeGreaterThan(50_000 - 16 * KB);
    expect(reader.heldBytes()).toBeLessThan(2 * 50_000);
    connection.write('0\r\n\r\n');
    await connection.until('50000 bytes');
    await expect.poll(reader.heldBytes, POLL).toBe(0);
  });

  it('takes no memory before it arrives, whatever its Content-Length', async () => {
    const { connect, reader } = await start();
    await connect(announced(LIMIT, 1));
    await (await connect(announced(5))).until('5 bytes');
    expect(reader.heldBytes()).toBe(0);
  });
});

describe('a small body in one packet with its head', () => {
  it('is read without a wait, a tick after the head', async () => {
    const reader = createBodyReader({ clock: { monotonic: () => 0 } });
    const server = createHttpServer((request, response) => {
      process.nextTick(() => {
        const body = reader.read({ request, response, beganAt: 0 }, LIMIT);
        response.end(body instanceof Promise ? 'later' : `at once: ${body}`);
      });
    });
    const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
    onTestFinished(() => server.close(0));
    const connection = await connectTo({ origin });
    onTestFinished(() => void connection.socket.destroy());
    for (const text of ['first', 'second']) {
      connection.write(post(`Content-Length: ${text.length}`, text));
      await connection.until(`at once: ${text}`);
    }
  });
});

describe('the budget', () => {
  it('refuses the oldest bodies with 503 and closes their connections', async () => {
    const { connect, reader, refused } = await start({ budgetBytes: 200 * KB });
    const slow: RawConnection[] = [];
    for (let index = 0; index < 6; index += 1) {
      slow.push(await connect(announced(LIMIT, LIMIT - 1)));
      await expect.poll(reader.heldBytes, POLL).toBeGreaterThan(0);
      await expect.poll(() => refused.length, POLL).toBe(Math.max(0, index - 1));
    }
    expect(reader.heldBytes()).toBeLessThanOrEqual(200 * KB);
    for (const connection of slow.slice(0, 4)) {
      const answer = await connection.closed();
      expect(answer).toMatch(
        /^HTTP\/1\.1 503 [\s\S]*\r\nConnection: close\r\nRetry-After: 1\r\n[\s\S]*"OVERLOADED"/,
      );
    }
    for (const connection of slow.slice(4)) {
      connection.write('x');
      await connection.until(`${LIMIT} bytes`);
    }
    await expect.poll(reader.heldBytes, POLL).toBe(0);
  });

  it('does not count small bodies, and refuses none of them even if it is used up', async () => {
    const { connect, reader, release } = await start({ budgetBytes: 90 * KB }, true);
    const small = await connect(announced(16 * KB, 1));
    await connect(announced(LIMIT));
    await expect.poll(reader.heldBytes, POLL).toBe(LIMIT - 16 * KB);
    // A request in execution is not cut off, so no other large body fits.
    expect(await (await connect(announced(LIMIT))).closed()).toMatch(/^HTTP\/1\.1 503 /);
    small.write('x'.repeat(16 * KB - 1));
    release();
    await small.until(`${16 * KB} bytes`);
    await expect.poll(reader.heldBytes, POLL).toBe(0);
  });

  it('limits the number of bodies too', async () => {
    const { connect, refused } = await start({ maxBodies: 3 });
    const halves: RawConnection[] = [];
    for (let index = 0; index < 5; index += 1) {
      halves.push(await connect(announced(10, 1)));
      await expect.poll(() => refused.length, POLL).toBe(Math.max(0, index - 2));
    }
    expect(await halves[1]?.closed()).toMatch(/^HTTP\/1\.1 503 /);
    halves[2]?.write('x'.repeat(9));
    await halves[2]?.until('10 bytes');
  });

  it.each([
    [
      'the client closes the connection in the middle of the body',
      (connection: RawConnection) => connection.socket.destroy(),
    ],
    [
      'the client sends an invalid chunk',
      (connection: RawConnection) => connection.write('nonsense\r\n\r\n'),
    ],
    [
      'the body is too large',
      (connection: RawConnection) => connection.write(`fffff\r\n${'x'.repeat(0xfffff)}\r\n`),
    ],
  ])('is released if %s', async (_, end) => {
    const { connect, reader, refused } = await start();
    const connection = await connect(chunked('x'.repeat(50 * KB)));
    await expect.poll(reader.heldBytes, POLL).toBeGreaterThan(0);
    end(connection);
    await expect.poll(reader.heldBytes, POLL).toBe(0);
    expect(refused).toHaveLength(1);
  });

  it('is released if the client disconnects while its request is executed', async () => {
    const { connect, reader, bodies } = await start({}, true);
    const connection = await connect(announced(LIMIT));
    await expect.poll(() => bodies.length, POLL).toBe(1);
    expect(reader.heldBytes()).toBeGreaterThan(0);
    connection.socket.destroy();
    await expect.poll(reader.heldBytes, POLL).toBe(0);
  });
});

describe('half a body', () => {
  it('is refused with 408 after 30 seconds, and its connection closed', async () => {
    const { connect, clock, reader } = await start();
    const half = await connect(announced(LIMIT, 50 * KB));
    await expect.poll(reader.heldBytes, POLL).toBeGreaterThan(0);
    clock.ms = 15_000;
    const later = await connect(announced(10, 1));
    const other = await connect(announced(5));
    await other.until('5 bytes');
    clock.ms = 30_000;
    expect(await half.closed()).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\nConnection: close\r\n/);
    expect(reader.heldBytes()).toBe(0);
    later.write('x'.repeat(9));
    await later.until('10 bytes');
  });
});
