import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Pacer } from '../../src/upstream/rate-limit.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

/** One that counts, and lets calls go as it is told. */
function countingPacer(ready: () => Promise<void> = async () => {}) {
  const counts = { ready: 0, noted: 0 };
  const pacer: Pacer = {
    ready() {
      counts.ready += 1;
      return ready();
    },
    note() {
      counts.noted += 1;
    },
  };
  return { pacer, counts };
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
    const { pacer, counts } = countingPacer();
    const { api } = upstreamClient();
    await api.sellers({}, pacer);
    expect([counts.ready, mock.calls('GET /Seller')]).toEqual([3, 3]);
    await api.catalogsOf([1, 2], {}, pacer);
    expect([counts.ready, mock.calls('GET /Catalog')]).toEqual([5, 2]);
    await Promise.all([api.sellers(), api.catalogsOf([1]), api.seller(1)]);
    expect(counts).toEqual({ ready: 5, noted: 0 });
  });

  it('counts repeated calls: a retry, and a call after a refused token', async () => {
    const mock = mocked();
    const { pacer, counts } = countingPacer();
    const { api } = upstreamClient();
    mock.fail('GET /Seller', (_, call) => (call === 1 ? HttpResponse.error() : undefined));
    await api.sellers({}, pacer);
    expect(counts).toEqual({ ready: 3, noted: 1 });
    mock.fail('GET /Catalog', (_, call) => (call === 1 ? problem(401) : undefined));
    await api.catalogsOf([1], {}, pacer);
    expect([counts.ready + counts.noted, mock.calls()]).toEqual([7, 7]);
  });

  it('waits without a slot, so that requests keep theirs', async () => {
    mocked();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { pacer } = countingPacer(() => promise);
    const { api } = upstreamClient({ concurrency: 1 });
    const paced = api.sellers({}, pacer);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    resolve();
    expect(await paced).toHaveLength(5);
  });

  it('rejects with the error of its pacer, and makes no further call', async () => {
    const mock = mocked();
    let calls = 0;
    const { pacer } = countingPacer(async () => {
      calls += 1;
      if (calls > 1) throw new Error('stopped');
    });
    await expect(upstreamClient({ concurrency: 1 }).api.sellers({}, pacer)).rejects.toThrow('stopped');
    expect(mock.calls('GET /Seller')).toBe(1);
  });
});
