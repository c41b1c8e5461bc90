import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { SANDBOX_CREDENTIALS } from '../../src/sandbox/server.ts';
import { runSandbox } from '../sandbox/running-sandbox.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { recordModules } from '../support/recorded-modules.ts';

const QUERY = '{ sellers(pageSize: 2) { items { name futureCatalogs(pageSize: 1) { items { title } } } } }';

const NOT_CONFIGURED = [
  ...['src/app/open-auth.ts', 'src/auth/sessions.ts', 'src/auth/tokens.ts', 'src/auth/limiter.ts'],
  ...['src/cache/redis/open-redis.ts', 'src/cache/redis/connection.ts'],
  ...['src/http/admin', 'src/http/observatory', 'src/http/webhook', 'src/http/auth/session-route.ts'],
  ...['src/sandbox/server.ts', 'src/sandbox/data', 'src/telemetry/tracing', 'src/app/banner.ts'],
  ...['ioredis', 'jose', 'rate-limiter-flexible', 'pino-pretty'],
  ...['@opentelemetry/sdk-trace', '@opentelemetry/exporter-trace-otlp-http'],
];
const NOT_ASKED_FOR = ['src/http/graphql/web-sockets.ts', 'src/http/graphql/sockets.ts', 'ws', 'graphql-ws'];
const OF_OTHERS = ['src/cli', 'commander', 'cli-table3', 'cli-progress', '@graphql-yoga/render-graphiql'];

/** A gateway in production with an upstream, and nothing else configured. */
async function startPlainGateway() {
  const { sandbox } = await runSandbox();
  const modules = recordModules();
  const gateway = await startGatewayProcess({
    NODE_ENV: 'production',
    ABCONNECT_ENVIRONMENT: 'staging',
    ABCONNECT_CATALOG_URL: sandbox.catalogUrl,
    ABCONNECT_IDENTITY_URL: sandbox.identityUrl,
    ABCONNECT_USERNAME: SANDBOX_CREDENTIALS.username,
    ABCONNECT_PASSWORD: SANDBOX_CREDENTIALS.password,
    ABCONNECT_CLIENT_ID: SANDBOX_CREDENTIALS.clientId,
    ABCONNECT_CLIENT_SECRET: SANDBOX_CREDENTIALS.clientSecret,
    ...modules.variables,
  });
  onTestFinished(() => gateway.kill());
  return { gateway, modules };
}

describe('a gateway that has answered a query', () => {
  it('has loaded nothing that is not configured or not asked for, and loads it for concurrent first handshakes', async () => {
    const { gateway, modules } = await startPlainGateway();
    expect((await gateway.query(QUERY)).errors).toEqual([]);

    const loaded = modules.loaded();
    // What it does use is recorded by the same names.
    for (const name of ['src/http/graphql/execution', 'src/main.ts', 'graphql', 'pino'])
      expect(loaded).toContain(name);
    expect([...NOT_CONFIGURED, ...NOT_ASKED_FOR, ...OF_OTHERS].filter((name) => loaded.has(name))).toEqual(
      [],
    );

    const answers = await Promise.all(Array.from({ length: 3 }, () => acknowledged(gateway.origin)));
    expect(answers).toEqual(Array(3).fill({ type: 'connection_ack' }));
    const more = modules.loaded();
    expect(NOT_ASKED_FOR.filter((name) => !more.has(name))).toEqual([]);
    expect(NOT_CONFIGURED.filter((name) => more.has(name))).toEqual([]);
  });
});

/** The first message to a new WebSocket. */
function acknowledged(origin: string): Promise<unknown> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => resolve(JSON.parse(String(data))));
  });
}
