import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../src/upstream/rate-limit.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

/** One that counts, and lets calls go as it is told. */
function countingRateLimit(acquired: () => Promise<void> = async () => {}) {
  const counts = { acquired: 0, recorded: 0 };
  const rateLimit: RateLimit = {
    acquire() {
      counts.acquired += 1;
      return acquired();
    },
    record() {
      counts.recorded += 1;
    },
  };
  return { rateLimit, counts };
}

function mocked() {
  return intercepted({
    sellers: [1, 2, 3, 4, 5].map((id) => sellerRecord({ id })),
    catalogs: [11, 12, 13].map((id) => catalogRecord({ id, sellerIds: [1] })),
    pageCap: 2,
  });
}

describe('paced work', () => {
  it('delays each page of a list, and no concurrent client call', async () => {
    const mock = mocked();
    const { rateLimit, counts } = countingRateLimit();
    const { api } = upstreamClient();
    await api.sellers({}, rateLimit);
    expect([counts.acquired, mock.calls('GET /Seller')]).toEqual([3, 3]);
    await api.catalogsOf([1, 2], {}, rateLimit);
    expect([counts.acquired, mock.calls('GET /Catalog')]).toEqual([5, 2]);
    await Promise.all([api.sellers(), api.catalogsOf([1]), api.seller(1)]);
    expect(counts).toEqual({ acquired: 5, recorded: 0 });
  });

  it('counts repeated calls: a retry, and a call after a refused token', async () => {
    const mock = mocked();
    const { rateLimit, counts } = countingRateLimit();
    const { api } = upstreamClient();
    mock.fail('GET /Seller', (_, call) => (call === 1 ? HttpResponse.error() : undefined));
    await api.sellers({}, rateLimit);
    expect(counts).toEqual({ acquired: 3, recorded: 1 });
    mock.fail('GET /Catalog', (_, call) => (call === 1 ? problem(401) : undefined));
    await api.catalogsOf([1], {}, rateLimit);
    expect([counts.acquired + counts.recorded, mock.calls()]).toEqual([7, 7]);
  });

  it('waits without a slot, so that requests keep theirs', async () => {
    mocked();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { rateLimit } = countingRateLimit(() => promise);
    const { api } = upstreamClient({ concurrency: 1 });
    const paced = api.sellers({}, rateLimit);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    resolve();
    expect(await paced).toHaveLength(5);
  });

  it('rejects with the error of its rateLimit, and makes no further call', async () => {
    const mock = mocked();
    let calls = 0;
    const { rateLimit } = countingRateLimit(async () => {
      calls += 1;
      if (calls > 1) throw new Error('stopped');
    });
    await expect(upstreamClient({ concurrency: 1 }).api.sellers({}, rateLimit)).rejects.toThrow('stopped');
    expect(mock.calls('GET /Seller')).toBe(1);
  });
});
