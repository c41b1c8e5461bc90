import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { type RealUpstream, startUpstream } from '../support/real-upstream.ts';
import { SLOW } from '../support/shared-gateways.ts';

/** A forward proxy that sends every request to the upstream, whatever name it is for. */
async function startProxy(upstream: RealUpstream) {
  const target = new URL(upstream.urls.catalogUrl);
  const seen: string[] = [];
  const proxy = createServer((asked, response) => {
    seen.push(asked.url ?? '');
    const { pathname, search } = new URL(asked.url ?? '');
    const onward = request(
      { port: target.port, method: asked.method, path: pathname + search, headers: asked.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    asked.pipe(onward);
  });
  proxy.on('connect', (asked: IncomingMessage, client: Duplex) => {
    seen.push(`CONNECT ${asked.url}`);
    const onward = connect(Number(target.port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const each of [client, onward]) each.on('error', () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen };
}

describe('behind a forward proxy', SLOW, () => {
  it('the upstream is called through it with NODE_USE_ENV_PROXY=1, and directly without', async () => {
    const upstream = await startUpstream((response) => void response.end('{"id": 1}'));
    const proxy = await startProxy(upstream);
    const variables = {
      ...upstream.variables,
      // Names that only the proxy knows.
      ABCONNECT_CATALOG_URL: 'http://catalog.invalid/api',
      ABCONNECT_IDENTITY_URL: 'http://identity.invalid/connect/token',
      HTTP_PROXY: proxy.url,
      UPSTREAM_DEADLINE_MS: '5000',
    };
    const ask = async (more: Record<string, string>) => {
      const gateway = await startGatewayProcess({ ...variables, ...more });
      onTestFinished(() => gateway.kill());
      return gateway.query('{ seller(id: 1) { id } }');
    };
    expect(await ask({})).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
    expect(proxy.seen).toEqual([]);
    expect(await ask({ NODE_USE_ENV_PROXY: '1' })).toEqual({ data: { seller: { id: '1' } }, errors: [] });
    expect(proxy.seen).not.toEqual([]);
    process.stdout.write(`the proxy saw ${proxy.seen.join(', ')}\n`);
  });
});
