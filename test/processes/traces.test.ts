import { type IncomingHttpHeaders, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { post } from '../support/http-client.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { noRedis } from '../support/redis.ts';
import { PATIENCE, SLOW, shareGateways } from '../support/shared-gateways.ts';
import { startWebServer } from '../support/web-server.ts';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const QUERY = { query: 'query Names { sellers(pageSize: 3) { items { name } } }' };

/** Stands before the upstream, and notes what headers come with each call. */
async function noteHeaders(upstream: string) {
  const noted: { path: string; headers: IncomingHttpHeaders }[] = [];
  const { origin } = await startWebServer((incoming, response) => {
    const { url = '/', method, headers } = incoming;
    noted.push({ path: url.split('?', 1)[0] ?? '', headers });
    const sent = request(new URL(url, upstream), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(sent);
  });
  return { origin, noted };
}

describe.skipIf(noRedis)('a request to a process', SLOW, () => {
  it('is one trace from its caller to the upstream', async () => {
    const collector = await startOtlpReceiver();
    const { upstream, start } = await shareGateways();
    const { origin, noted } = await noteHeaders(upstream.ABCONNECT_CATALOG_URL ?? '');
    const gateway = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_SERVICE_NAME: 'catalogs',
      ABCONNECT_CATALOG_URL: `${origin}/api`,
    });
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
    expect((await post(gateway, QUERY, { traceparent })).status).toBe(200);
    expect(await gateway.terminate(), 'sends what has ended').toBe(0);

    const spans = collector.spans.filter(({ traceId }) => traceId === CALLER.traceId);
    const named = (name: string) => spans.find((span) => span.name === name);
    const [served, executed] = [named('POST /graphql'), named('graphql.execute')];
    const [read, called] = [named('get sellers'), named('GET /Seller')];
    expect(served).toMatchObject({ parentSpanId: CALLER.spanId, resource: { 'service.name': 'catalogs' } });
    expect(executed).toMatchObject({ parentSpanId: served?.spanId });
    expect(read).toMatchObject({ parentSpanId: executed?.spanId });
    expect(called).toMatchObject({ parentSpanId: read?.spanId, kind: 'CLIENT' });
    expect(noted).toMatchObject([
      { path: '/api/Seller', headers: { traceparent: `00-${CALLER.traceId}-${called?.spanId}-01` } },
    ]);
  });

  it('has its id in every log line that it causes', async () => {
    const { start } = await shareGateways();
    const collector = await startOtlpReceiver();
    const gateway = await start({ LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    const headers = { 'x-request-id': 'request-of-a-client' };
    expect((await post(gateway, QUERY, headers)).status).toBe(200);
    const ofRequest = () => gateway.log.filter(({ requestId }) => requestId === 'request-of-a-client');
    const told = () => ofRequest().map(({ event }) => event);
    await expect
      .poll(told, PATIENCE)
      .toEqual(expect.arrayContaining(['miss', 'upstream-call', 'fill', 'request']));
    const traceIds = new Set(ofRequest().map(({ traceId }) => traceId));
    expect([...traceIds]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });
});
