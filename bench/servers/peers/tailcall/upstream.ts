import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { paginate } from '../../../../src/domain/page.ts';
import type { SellerRecord } from '../world.ts';

/** An upstream with pages of the shape that Tailcall's clients ask for. */
export interface ShapedUpstream {
  readonly url: string;
  close(): void;
}

const MAX_AGE_SECONDS = 24 * 60 * 60;

/**
 * Tailcall neither paginates nor sorts, and does not read dates, so this upstream does all of that. It is asked only while
 * Tailcall's caches are empty.
 */
export async function startShapedUpstream(sellers: readonly SellerRecord[]): Promise<ShapedUpstream> {
  const byId = new Map(sellers.map((seller) => [seller.id, seller]));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
    const list =
      pathname === '/sellers'
        ? sellers.map(({ futureCatalogs: _, ...seller }) => seller)
        : byId.get(searchParams.get('sellerId') ?? '')?.futureCatalogs;
    if (!list) {
      response.writeHead(404).end();
      return;
    }
    const [page, pageSize] = [Number(searchParams.get('page')), Number(searchParams.get('pageSize'))];
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
      })
      .end(JSON.stringify(paginate<object>(list, { page, pageSize })));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
