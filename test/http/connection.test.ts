import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { connectTo, post, type RawConnection } from '../support/http-client.ts';

// These tests write to raw sockets, because requests must not pass through MSW. No request may reach the upstream.

async function connect(gateway: TestGateway): Promise<RawConnection> {
  const connection = await connectTo(gateway);
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

/** Returns the response to a request with this head, on a connection that closes after it. */
async function answerTo(head: string): Promise<string> {
  const connection = await connect(await startGateway());
  connection.write(`${head}\r\nConnection: close\r\n\r\n`);
  return connection.closed();
}

const OPERATION = '{"query":"{ __typename }"}';
const ANSWER = '{"data":{"__typename":"Query"}}';

const operationOf = (bytes: number) => OPERATION + ' '.repeat(bytes - OPERATION.length);
const post1_1 = (header: string) =>
  `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${header}\r\n\r\n`;
const postOf = (bytes: number) => post1_1(`Content-Length: ${bytes}`) + operationOf(bytes);

function statuses(connection: RawConnection): string[] {
  return Array.from(connection.received().matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status = '']) => status);
}

async function expectServing(gateway: TestGateway): Promise<void> {
  expect((await post(gateway, OPERATION)).text).toBe(ANSWER);
  expect(gateway.events.map(({ type }) => type)).not.toContain('internal-error');
  expect(gateway.events.map(({ type }) => type)).not.toContain('upstream-call');
}

describe('a body over 100 KB', () => {
  it('gets 413 from 102,401 bytes on', async () => {
    const gateway = await startGateway();
    expect((await post(gateway, operationOf(102_400))).text).toBe(ANSWER);
    expect((await post(gateway, operationOf(102_401))).status).toBe(413);
  });

  it('gets 413 before it is sent if its Content-Length exceeds the limit', async () => {
    const connection = await connect(await startGateway());
    connection.write(post1_1('Content-Length: 1000000'));
    await connection.until('"code":"BAD_USER_INPUT"');
    expect(statuses(connection)).toEqual(['413']);
  });

  it('gets 413 as soon as it exceeds the limit if it is chunked', async () => {
    const connection = await connect(await startGateway());
    connection.write(post1_1('Transfer-Encoding: chunked'));
    connection.write(`${(102_401).toString(16)}\r\n${operationOf(102_401)}\r\n`);
    await connection.until('"code":"BAD_USER_INPUT"');
    expect(statuses(connection)).toEqual(['413']);
  });

  it.each([
    ['with a Content-Length', post1_1('Content-Length: 1000000') + operationOf(1_000_000)],
    [
      'chunked',
      `${post1_1('Transfer-Encoding: chunked')}${`2710\r\n${operationOf(10_000)}\r\n`.repeat(100)}0\r\n\r\n`,
    ],
  ])('leaves the connection usable for the next request: %s', async (_, request) => {
    const gateway = await startGateway();
    const connection = await connect(gateway);
    connection.write(request + postOf(26));
    await connection.until(ANSWER);
    expect(statuses(connection)).toEqual(['413', '200']);
    await expectServing(gateway);
  });
});

describe('a hostile connection', () => {
  it('with over 16 KB of headers gets 431', async () => {
    const gateway = await startGateway();
    const connection = await connect(gateway);
    connection.write(`GET /graphql HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16_384)}\r\n\r\n`);
    await connection.closed();
    expect(statuses(connection)).toEqual(['431']);
    await expectServing(gateway);
  });

  it('with a megabyte of headers is closed even if the client does not read', async () => {
    const gateway = await startGateway();
    const connection = await connect(gateway);
    connection.write(`GET /graphql HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`);
    await connection.closed();
    await expectServing(gateway);
  });

  it('that does not speak HTTP gets 400', async () => {
    const gateway = await startGateway();
    const connection = await connect(gateway);
    connection.write('\x16\x03\x01 hello\r\n\r\n');
    await connection.closed();
    expect(statuses(connection)).toEqual(['400']);
    await expectServing(gateway);
  });

  it.each(['', 'a', 'a.test:4000', '127.0.0.1:80', '[::1]:80', 'x:99999'])(
    'gets a response for the Host %j',
    async (host) => {
      expect(await answerTo(`GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: ${host}`)).toContain(
        ANSWER,
      );
    },
  );

  it.each([
    ...['[', 'a b', '::1', '/', '%', 'a:b', 'user@a', 'a, b'].map((host) => `Host: ${host}`),
    'Host: a\r\nHost: a',
    'Host: a\r\nhost: b',
    'X: no host',
    'Host: a\r\nContent-Length: 1\r\nContent-Length: 2',
    'Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked',
    'Host: a\r\nX: folded\r\n line',
  ])('gets 400 for %j', async (headers) => {
    expect(await answerTo(`GET /healthz HTTP/1.1\r\n${headers}`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['/graphql?query=%7B__typename%7D', ANSWER],
    ['/graphql/?query=%7B__typename%7D', ANSWER],
    ['/%67raph%71l?query=%7B__typename%7D', ANSWER],
    ['http://a/graphql?query=%7B__typename%7D', ANSWER],
    ['HTTPS://elsewhere.test:80/graphql/?query=%7B__typename%7D', ANSWER],
    ['http://a/healthz', '"alive"'],
    ['http://a/readyz?x=http://b/', '"ready":true'],
    ['http://a/metrics', '# HELP'],
    ['http://a', 'Location: /graphql'],
    ['http://a?query', 'Location: /graphql'],
  ])('gets the resource at the target %j', async (target, part) => {
    expect(await answerTo(`GET ${target} HTTP/1.1\r\nHost: a`)).toContain(part);
  });

  it.each(['//graphql', '/GRAPHQL', '/graphql/../../etc/passwd', '/graphql%2F', '/graphql//', '/a?'])(
    'gets 404 for the target %j',
    async (target) => {
      expect(await answerTo(`GET ${target} HTTP/1.1\r\nHost: a`)).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  it.each([
    '*',
    '/%',
    '/%zz',
    '/graphql#a',
    'http:///graphql',
    'http://user@a/graphql',
    'ftp://a/graphql',
    'graphql',
  ])('gets 400 for the target %j', async (target) => {
    expect(await answerTo(`GET ${target} HTTP/1.1\r\nHost: a`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('gets the allowed methods for OPTIONS *', async () => {
    const answer = await answerTo('OPTIONS * HTTP/1.1\r\nHost: a');
    expect(answer).toMatch(/^HTTP\/1\.1 204 [\s\S]*\r\nAllow: GET, HEAD, POST, OPTIONS\r\n/);
  });

  it('that holds half a request open does not block other connections', async () => {
    const gateway = await startGateway();
    const halfHead = await connect(gateway);
    halfHead.write('POST /graphql HTTP/1.1\r\nHost: a\r\n');
    const halfBody = await connect(gateway);
    halfBody.write(`${post1_1('Content-Length: 26')}{"query"`);
    await expectServing(gateway);
    halfBody.write(':"{ __typename }"}');
    await halfBody.until(ANSWER);
  });

  it('that closes in the middle of a body is reported as aborted, not as an internal error', async () => {
    const gateway = await startGateway();
    const connection = await connect(gateway);
    connection.write(`${post1_1('Content-Length: 26')}{"query"`);
    await expectServing(gateway);
    connection.socket.destroy();
    await expect.poll(() => gateway.events.map(({ type }) => type)).toContain('request-aborted');
    await expectServing(gateway);
  });
});
