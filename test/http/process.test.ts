import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo, post, send } from '../support/http-client.ts';
import { startProcess, type TestProcess } from '../support/process.ts';

const BODY = '{"query":"{ sellers(pageSize: 1) { totalItems } }"}';
const ANSWER = '{"data":{"sellers":{"totalItems":3}}}';

const SMALL_SANDBOX = { SANDBOX_SELLERS: '3', SANDBOX_LATENCY_MS: '0' };

async function startServer(variables: Record<string, string> = {}) {
  const gateway = startProcess('src/main.ts', { PORT: '0', ...SMALL_SANDBOX, ...variables });
  const { port } = await gateway.logged('listening');
  return { gateway, port: String(port), origin: `http://127.0.0.1:${port}` };
}

/** Opens a request whose head has arrived: the server has asked for its body (100 Continue). */
async function openRequest(server: { origin: string }) {
  const connection = await connectTo(server);
  onTestFinished(() => void connection.socket.destroy());
  connection.write(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await connection.until('100 Continue');
  return connection;
}

async function expectFailure(gateway: TestProcess, exitCode: number): Promise<string> {
  const { code, stdout, stderr } = await gateway.ended();
  expect(code).toBe(exitCode);
  expect(stdout).toBe('');
  return stderr;
}

// Whole processes start here, some after others, on machines that may be busy.
describe('the process', { timeout: 300_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes open requests on %s, and exits with 0',
    async (signal) => {
      const { gateway, origin } = await startServer();
      const open = await openRequest({ origin });
      gateway.signal(signal);
      await gateway.logged('finishing open requests');
      await expect
        .poll(() =>
          connectTo({ origin }).then(
            () => 'accepted',
            (error) => error.code,
          ),
        )
        .toBe('ECONNREFUSED');
      open.write(BODY);
      const answer = await open.closed();
      expect(answer).toContain('HTTP/1.1 200 OK');
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
      expect(answer).toContain(ANSWER);
      const { code, stderr } = await gateway.ended();
      expect([code, stderr]).toEqual([0, '']);
    },
  );

  it('exits with 0 after the grace period if a request never ends', async () => {
    const { gateway, origin } = await startServer({ SHUTDOWN_GRACE_MS: '100' });
    const open = await openRequest({ origin });
    gateway.signal('SIGTERM');
    await open.closed();
    expect((await gateway.ended()).code).toBe(0);
  });

  it('shows its version for --version, in the log, in the banner and in the metrics', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const file of ['src/main.ts', 'src/cli/main.ts']) {
      const asked = startProcess(file, { PORT: 'none' }, ['--version']);
      expect(await asked.ended()).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
    const { gateway, origin } = await startServer({ ADMIN_TOKEN: 'a-token-for-operators' });
    expect(await gateway.logged('listening')).toMatchObject({ version });
    await gateway.wrote(`catalog-gateway ${version} is listening`);
    await gateway.wrote(`http://localhost:${new URL(origin).port}/observatory`);
    const { text } = await send({ origin }, '/metrics');
    expect(text).toContain(
      `catalog_gateway_build_info{version="${version}",node="${process.versions.node}"} 1`,
    );
  });

  it('warns about a variable that resembles a setting', async () => {
    const { gateway } = await startServer({ CACHE_TTL_SELERS: '60' });
    await gateway.logged(
      'CACHE_TTL_SELERS is not a setting and has no effect; did you mean CACHE_TTL_SELLERS?',
    );
  });

  it('exits with 1 and a one-line error if its port is in use', async () => {
    const { port, origin } = await startServer();
    const second = startProcess('src/main.ts', { PORT: port, ...SMALL_SANDBOX });
    expect(await expectFailure(second, 1)).toBe(
      `catalog-gateway cannot start: port ${port} is already in use; stop the process that uses it or choose another port\n`,
    );
    expect((await post({ origin }, BODY)).text).toBe(ANSWER);
  });

  it('exits with 78 and lists every fault if its configuration is invalid', async () => {
    const gateway = startProcess('src/main.ts', {
      REDIS_URL: 'nonsense:s3cret',
      PORT: 'http',
      UPSTREAM_TIME_ZONE: 'Mars/Olympus',
      BUSINESS_TIME_ZONE: 'nowhere',
      ABCONNECT_ENVIRONMENT: 'production',
    });
    const stderr = await expectFailure(gateway, 78);
    for (const fault of [
      'REDIS_URL must be redis://',
      'PORT must be a whole number from 0 to 65535, not "http"',
      'UPSTREAM_TIME_ZONE must be an IANA time zone',
      'BUSINESS_TIME_ZONE must be an IANA time zone',
      'ABCONNECT_USERNAME',
      'ABCONNECT_PASSWORD',
      'ABCONNECT_CLIENT_ID',
      'ABCONNECT_CLIENT_SECRET',
    ]) {
      expect(stderr).toContain(fault);
    }
    expect(stderr).not.toContain('s3cret');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
