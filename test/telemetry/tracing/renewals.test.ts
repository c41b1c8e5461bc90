import { describe, expect, it } from 'vitest';
import { InvalidateDocument } from '../../operations/generated.ts';
import { sellerRecord } from '../../support/catalog-api-mock.ts';
import { openStream } from '../../support/event-stream.ts';
import { startGateway } from '../../support/gateway.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { trace } from '../../support/traced-gateway.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription Sellers { sellers { items { name } } }';
const MINUTE_MS = 60_000;
// Of a caller that is not sampled: renewals do not follow its decision.
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

async function start() {
  const collector = await startOtlpReceiver();
  const tracing = trace(collector.endpoint);
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'First' })] });
  const gateway = await startGateway({ ADMIN_TOKEN });
  return {
    ...{ collector, tracing, upstream, gateway },
    follow: () => openStream(gateway, SELLERS, {}, { traceparent: TRACEPARENT }),
    rename(name: string) {
      upstream.sellers[0] = sellerRecord({ id: 1, name });
    },
    invalidate: () => gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN),
    /** All spans of the trace of the one renewal, that of the renewal first. */
    async spansOfRenewal() {
      await tracing.shutdown();
      const [renewal, ...others] = collector.spans.filter(({ name }) => name === 'graphql.renew');
      expect(others).toEqual([]);
      if (!renewal) throw new Error('no renewal is traced');
      const rest = collector.spans.filter(
        (span) => span.traceId === renewal.traceId && span.spanId !== renewal.spanId,
      );
      return [renewal, ...rest];
    },
  };
}

describe('the trace of a renewal', () => {
  it('is its own, and leads from an invalidation to the upstream', async () => {
    const { follow, rename, invalidate, spansOfRenewal } = await start();
    const streams = [await follow(), await follow()];
    for (const stream of streams) await expect.poll(() => stream.results).toHaveLength(1);
    rename('Second');
    await invalidate();
    for (const stream of streams) await expect.poll(() => stream.results).toHaveLength(2);
    const [renewal, ...rest] = await spansOfRenewal();
    expect(renewal).toMatchObject({
      parentSpanId: '',
      kind: 'INTERNAL',
      failed: false,
      attributes: {
        'graphql.operation.name': 'Sellers',
        'live.cause': 'invalidation',
        'live.result': 'changed',
        'live.subscribers': 2,
      },
    });
    const parents = new Map([renewal, ...rest].map((span) => [span?.spanId, span?.name]));
    expect(rest.map(({ name, parentSpanId }) => [name, parents.get(parentSpanId)]).sort()).toEqual([
      ['GET /Seller', 'get sellers'],
      ['get sellers', 'graphql.execute'],
      ['graphql.execute', 'graphql.renew'],
    ]);
  });

  it('names the end of freshness', async () => {
    const { gateway, follow, spansOfRenewal } = await start();
    const stream = await follow();
    await expect.poll(() => stream.results).toHaveLength(1);
    gateway.clock.ms += 10 * MINUTE_MS;
    await expect.poll(() => gateway.events.some(({ type }) => type === 'live-renewed')).toBe(true);
    const [renewal, ...rest] = await spansOfRenewal();
    expect(renewal).toMatchObject({
      parentSpanId: '',
      attributes: { 'live.cause': 'freshness', 'live.result': 'unchanged', 'live.subscribers': 1 },
    });
    expect(rest.map(({ name }) => name)).toContain('GET /Seller');
  });

  it('names the retry after an error', async () => {
    const { gateway, upstream, follow, spansOfRenewal } = await start();
    upstream.fail('GET /Seller', () => new Response('', { status: 500 }));
    const stream = await follow();
    await expect.poll(() => stream.results).toHaveLength(1);
    upstream.recover('GET /Seller');
    gateway.clock.ms += MINUTE_MS;
    await expect.poll(() => stream.results).toHaveLength(2);
    const [renewal] = await spansOfRenewal();
    expect(renewal?.attributes).toMatchObject({ 'live.cause': 'retry', 'live.result': 'changed' });
  });
});
