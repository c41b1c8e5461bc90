import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { FutureCatalogsDocument, SellersWithFutureCatalogsDocument } from '../operations/generated.ts';
import { catalogRecord, type MockFault, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const sellers = [1, 2].map((id) => sellerRecord({ id }));
const catalogs = [1, 2].map((id) => catalogRecord({ id, sellerIds: [id] }));

/** Never answers; the deadline ends it. */
const hang: MockFault = () => new Promise(() => {});
const html: MockFault = () => HttpResponse.html('<html><body>Bad gateway at 10.0.0.7</body></html>');
const halfABody: MockFault = () =>
  new HttpResponse('{"items":[{"id":1,"title":"Cat', { headers: { 'content-type': 'application/json' } });

const FAULTS: readonly [string, MockFault, string, string][] = [
  ['HTML', html, 'UPSTREAM_INVALID', 'The catalog service sent an invalid response.'],
  ['{}', () => HttpResponse.json({}), 'UPSTREAM_INVALID', 'The catalog service sent an invalid response.'],
  ['half a body', halfABody, 'UPSTREAM_INVALID', 'The catalog service sent an invalid response.'],
  [
    '500',
    () => new HttpResponse('at SqlConnection', { status: 500 }),
    'UPSTREAM_UNAVAILABLE',
    'The catalog service is not available.',
  ],
  [
    '403',
    () => new HttpResponse(null, { status: 403 }),
    'UPSTREAM_REJECTED',
    'The catalog service refused the request.',
  ],
  ['nothing', hang, 'UPSTREAM_TIMEOUT', 'The catalog service timed out.'],
  [
    'a broken connection',
    () => HttpResponse.error(),
    'UPSTREAM_UNAVAILABLE',
    'The catalog service is not available.',
  ],
];

// For a hanging upstream: long enough for a busy machine to answer the other requests, short enough for a test.
const deadlineFor = (code: string): Record<string, string> =>
  code === 'UPSTREAM_TIMEOUT' ? { UPSTREAM_DEADLINE_MS: '2000' } : {};

describe.each(FAULTS)('if the upstream responds with %s', (_, fault, code, message) => {
  it('to catalog requests, only that field fails, and the page of sellers is served', async () => {
    const upstream = mockUpstream({ sellers, catalogs });
    const gateway = await startGateway(deadlineFor(code));
    await gateway.query(FutureCatalogsDocument, { sellerId: '1' });
    upstream.fail('GET /Catalog', fault);
    const { status, data, errors } = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(status).toBe(200);
    expect(data?.sellers).toMatchObject({
      totalItems: 2,
      items: [{ name: 'Seller 1' }, { name: 'Seller 2' }],
    });
    expect(data?.sellers.items[0]?.futureCatalogs?.items).toMatchObject([{ title: 'Catalog 1' }]);
    expect(data?.sellers.items[1]?.futureCatalogs).toBeNull();
    expect(errors).toEqual([
      {
        message,
        path: ['sellers', 'items', 1, 'futureCatalogs'],
        extensions: { code },
        locations: expect.anything(),
      },
    ]);

    upstream.recover('GET /Catalog');
    gateway.clock.ms += 60_000;
    const recovered = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(recovered.errors).toEqual([]);
    expect(recovered.data?.sellers.items[1]?.futureCatalogs?.items).toMatchObject([{ title: 'Catalog 2' }]);
  });

  it('to seller requests, the failure is not cached', async () => {
    const upstream = mockUpstream({ sellers, catalogs });
    const gateway = await startGateway(deadlineFor(code));
    upstream.fail('GET /Seller', fault);
    const { data, errors } = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message, path: ['sellers'], extensions: { code } }]);

    upstream.recover('GET /Seller');
    gateway.clock.ms += 60_000;
    const recovered = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(recovered.errors).toEqual([]);
    expect(recovered.data?.sellers.totalItems).toBe(2);
  });
});

describe('if the upstream refuses connections', () => {
  it('the field is unavailable', async () => {
    const port = await portThatIsFree();
    const gateway = await startGateway({
      ABCONNECT_CATALOG_URL: `http://127.0.0.1:${port}/api`,
      ABCONNECT_IDENTITY_URL: `http://127.0.0.1:${port}/connect/token`,
    });
    const { data, errors } = await gateway.query(FutureCatalogsDocument, { sellerId: '1' });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: 'The catalog service is not available.',
        path: ['futureCatalogs'],
        extensions: { code: 'UPSTREAM_UNAVAILABLE' },
      },
    ]);
  });
});

async function portThatIsFree(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
