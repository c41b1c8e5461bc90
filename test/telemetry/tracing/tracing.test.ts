import { describe, expect, it } from 'vitest';
import { catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import { type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { inRequest, PAGE, publishRequests, startTraced, trace } from '../../support/traced-gateway.ts';
import { upstreamClient } from '../../support/upstream-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const DATA = {
  sellers: [sellerRecord({ id: 1 }), sellerRecord({ id: 2 })],
  catalogs: [catalogRecord({ id: 7 })],
};
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

async function startScene() {
  const collector = await startOtlpReceiver();
  return { collector, mock: mockUpstream(DATA), ...(await startTraced(collector.endpoint)) };
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...others] = spans.filter((candidate) => candidate.name === name);
  expect(others, `spans named ${name}`).toEqual([]);
  if (!span) throw new Error(`no span named ${name} among ${spans.map((each) => each.name)}`);
  return span;
}

describe('the trace of a cold request', () => {
  it('leads from the request through execution and cache reads to the upstream', async () => {
    const { collector, ask, mock, tracing } = await startScene();
    await ask();
    await tracing.shutdown();

    const { spans } = collector;
    const request = only(spans, 'POST /graphql');
    const execution = only(spans, 'graphql.execute');
    const sellersRead = only(spans, 'get sellers');
    const catalogsRead = only(spans, 'getMany catalogs');
    const sellersCall = only(spans, 'GET /Seller');
    const catalogsCall = only(spans, 'GET /Catalog');
    const tokenCall = only(spans, 'POST /connect/token');
    expect(spans).toHaveLength(7);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(request.parentSpanId).toBe('');
    expect(execution.parentSpanId).toBe(request.spanId);
    expect([sellersRead.parentSpanId, catalogsRead.parentSpanId]).toEqual([
      execution.spanId,
      execution.spanId,
    ]);
    expect([sellersCall.parentSpanId, tokenCall.parentSpanId]).toEqual([
      sellersRead.spanId,
      sellersRead.spanId,
    ]);
    expect(catalogsCall.parentSpanId).toBe(catalogsRead.spanId);

    for (const [route, span] of [
      ['GET /Seller', sellersCall],
      ['GET /Catalog', catalogsCall],
      ['POST /connect/token', tokenCall],
    ] as const) {
      const traceparents = mock.requests(route).map(({ headers }) => headers.get('traceparent'));
      expect(traceparents).toEqual([`00-${span.traceId}-${span.spanId}-01`]);
    }
  });

  it('describes each span without arguments and addresses', async () => {
    const { collector, ask, tracing } = await startScene();
    await ask(PAGE, { 'x-request-id': 'r-1' });
    await tracing.shutdown();

    const { spans } = collector;
    expect(only(spans, 'POST /graphql')).toMatchObject({
      kind: 'SERVER',
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'http.response.status_code': 200,
        'graphql.operation.name': 'Page',
        'gateway.outcome': 'miss',
      },
      resource: {
        'service.name': 'catalog-gateway',
        'service.version': '0.0.0',
        'service.instance.id': 'one',
      },
    });
    expect(only(spans, 'graphql.execute')).toMatchObject({
      kind: 'INTERNAL',
      attributes: { 'graphql.operation.name': 'Page' },
    });
    expect(only(spans, 'getMany catalogs')).toMatchObject({
      kind: 'INTERNAL',
      attributes: { 'cache.class': 'catalogs', 'cache.ids': 2, 'cache.loaded': 2, 'cache.from_memory': 0 },
    });
    expect(only(spans, 'GET /Catalog')).toMatchObject({
      kind: 'CLIENT',
      attributes: {
        'http.request.method': 'GET',
        'url.template': '/Catalog',
        'http.response.status_code': 200,
      },
    });
    expect(JSON.stringify(spans)).not.toMatch(/totalItems|SellerIds|catalog\.test|identity\.test|Bearer/);
  });

  it('adds the ids of request and trace to every log line', async () => {
    const { collector, ask, lines, tracing } = await startScene();
    await ask(PAGE, { 'x-request-id': 'r-1' });
    await tracing.shutdown();

    const { traceId } = only(collector.spans, 'POST /graphql');
    expect(lines.map(({ type }) => type)).toEqual(expect.arrayContaining(['upstream-call', 'request']));
    for (const line of lines) expect(line).toMatchObject({ requestId: 'r-1', traceId });
  });
});

describe('the trace context of a caller', () => {
  it('is continued, and its state is passed on', async () => {
    const { collector, ask, mock, tracing } = await startScene();
    await ask(PAGE, { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`, tracestate: 'shop=1' });
    await tracing.shutdown();

    expect(only(collector.spans, 'POST /graphql')).toMatchObject({
      traceId: CALLER.traceId,
      parentSpanId: CALLER.spanId,
    });
    const [call] = mock.requests('GET /Seller');
    expect(call?.headers.get('traceparent')).toContain(CALLER.traceId);
    expect(call?.headers.get('tracestate')).toBe('shop=1');
  });

  it("keeps the caller's decision not to sample", async () => {
    const { collector, ask, mock, tracing } = await startScene();
    await ask(PAGE, { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` });
    await tracing.shutdown();

    expect(collector.batches).toBe(0);
    const [call] = mock.requests('GET /Seller');
    expect(call?.headers.get('traceparent')).toMatch(new RegExp(`^00-${CALLER.traceId}-[\\da-f]{16}-00$`));
  });

  it.each([
    ['garbage', 'garbage'],
    ['one of zeros', `00-${'0'.repeat(32)}-${CALLER.spanId}-01`],
    ['of a version that cannot be', `ff-${CALLER.traceId}-${CALLER.spanId}-01`],
    ['long', 'x'.repeat(5000)],
  ])('is ignored if it is %s', async (_what, traceparent) => {
    const { collector, ask, tracing } = await startScene();
    expect((await ask(PAGE, { traceparent })).status).toBe(200);
    await tracing.shutdown();
    expect(only(collector.spans, 'POST /graphql').parentSpanId).toBe('');
  });
});

describe('the trace of any request', () => {
  it('has one span for a response cache hit', async () => {
    const { collector, ask, tracing } = await startScene();
    await ask();
    await ask();
    await tracing.shutdown();

    const [cold, hit] = collector.spans.filter(({ kind }) => kind === 'SERVER');
    expect(hit?.attributes).toMatchObject({ 'gateway.outcome': 'hit', 'graphql.operation.name': 'Page' });
    expect(hit?.traceId).not.toBe(cold?.traceId);
    expect(collector.spans.filter(({ traceId }) => traceId === hit?.traceId)).toHaveLength(1);
  });

  it('marks each failed attempt, and numbers retries', async () => {
    const { collector, ask, mock, tracing } = await startScene();
    mock.fail('GET /Seller', (_request, call) => new Response('', { status: call === 1 ? 503 : 500 }));
    await ask();
    await tracing.shutdown();

    const calls = collector.spans.filter(({ name }) => name === 'GET /Seller');
    expect(calls.map(({ failed, attributes }) => [failed, attributes['error.type']])).toEqual([
      [true, '503'],
      [true, '500'],
    ]);
    expect(calls.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1]);
    expect(only(collector.spans, 'get sellers')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'UPSTREAM_UNAVAILABLE' },
    });
    expect(only(collector.spans, 'POST /graphql').attributes['gateway.outcome']).toBe('failed');
  });

  it('marks a batch read with one failure', async () => {
    const { collector, ask, mock, tracing } = await startScene();
    mock.fail('GET /Catalog', () => new Response('', { status: 500 }));
    await ask();
    await tracing.shutdown();

    expect(only(collector.spans, 'getMany catalogs')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'UPSTREAM_UNAVAILABLE' },
    });
  });

  it('has no path from a preflight in its name', async () => {
    const collector = await startOtlpReceiver();
    const tracing = trace(collector.endpoint);
    publishRequests(1, { method: 'OPTIONS', path: '/any/word', route: null, status: 204 });
    await tracing.shutdown();

    expect(only(collector.spans, 'OPTIONS').attributes).not.toHaveProperty('http.route');
  });

  it('has no unknown path in its name', async () => {
    const { collector, ask, tracing } = await startScene();
    await ask(PAGE, {}, '/wp-login.php');
    await ask(PAGE, {}, '/healthz');
    await tracing.shutdown();

    expect(collector.spans).toHaveLength(1);
    expect(only(collector.spans, 'POST').attributes).not.toHaveProperty('http.route');
  });

  it('is marked as failed for a 5xx status', async () => {
    const collector = await startOtlpReceiver();
    const tracing = trace(collector.endpoint);
    publishRequests(1, { method: 'GET', path: '/admin/entries/k', route: '/admin/entries/*', status: 503 });
    await tracing.shutdown();

    expect(only(collector.spans, 'GET /admin/entries/*')).toMatchObject({
      failed: true,
      attributes: { 'error.type': '503', 'http.response.status_code': 503 },
    });
  });

  it('includes calls that waited for an upstream slot', async () => {
    const collector = await startOtlpReceiver();
    const mock = mockUpstream(DATA);
    const tracing = trace(collector.endpoint);
    const { api } = upstreamClient({ concurrency: 1 });
    await api.seller(1);
    const traces = await Promise.all(
      [1, 2].map(async (id) => {
        const { context, result } = inRequest(`r-${id}`, () => api.seller(id));
        await result;
        return { id, traceId: context.traceId };
      }),
    );
    await tracing.shutdown();

    expect(mock.mostAtOnce('GET /Seller/{id}')).toBe(1);
    const sent = mock.requests('GET /Seller/{id}').slice(1);
    for (const { id, traceId } of traces) {
      const call = sent.find(({ url }) => url.pathname.endsWith(`/${id}`));
      expect(call?.headers.get('traceparent')).toContain(traceId);
    }
  });
});
