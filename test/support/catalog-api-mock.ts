import { type HttpHandler, HttpResponse, http } from 'msw';
import { page, problem, select, type UpstreamRecord } from './catalog-api-answers.ts';

export const CATALOG_URL = 'http://catalog.test/api';
export const IDENTITY_URL = 'http://identity.test/connect/token';
export const CREDENTIALS = {
  username: 'mock-username',
  password: 'mock-password',
  clientId: 'mock-client-id',
  clientSecret: 'mock-client-secret',
};

/** Users who can sign in, with their passwords. */
export const USERS: Readonly<Record<string, string>> = {
  anna: 'password-of-anna',
  ben: 'password-of-ben',
  operator: 'password-of-operator',
  'leonora.vandenberg': 'password-of-leonora',
  'bartholomew.oduya': 'password-of-bartholomew',
};

export type MockRoute =
  | 'POST /connect/token'
  | 'GET /Seller'
  | 'GET /Seller/{id}'
  | 'GET /Catalog'
  | 'GET /Catalog/{id}';

/** One request that reached the mock. `form` is the body of a token request, empty for a GET. */
interface MockRequest {
  readonly url: URL;
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

/** Replaces the mock's response; undefined keeps it. `call` counts the calls of the route from 1. */
export type MockFault = (
  request: MockRequest,
  call: number,
) => Response | undefined | Promise<Response | undefined>;

export interface CatalogApiMockOptions {
  readonly sellers?: readonly UpstreamRecord[];
  readonly catalogs?: readonly UpstreamRecord[];
  /** The largest page that the server sends for any PageSize. Default: no limit. */
  readonly pageCap?: number;
  /** `expires_in` of the tokens it grants. Default 3600. Tokens stay valid until `revokeTokens()`. */
  readonly tokenTtlSeconds?: number;
  /** Whether a grant includes a refresh token. Default true. */
  readonly refreshTokens?: boolean;
}

/** An ABConnect Catalog API for MSW, at {@link CATALOG_URL} and {@link IDENTITY_URL}. */
export interface CatalogApiMock {
  /** For `setupServer(...mock.handlers)` or `server.use(...mock.handlers)`. */
  readonly handlers: readonly HttpHandler[];
  /** The data, in list order. A change of the arrays changes the responses from the next request on. */
  readonly sellers: UpstreamRecord[];
  readonly catalogs: UpstreamRecord[];
  /** Number of requests that reached the route, failed ones included. Without a route: all except token requests. */
  calls(route?: MockRoute): number;
  requests(route: MockRoute): readonly MockRequest[];
  /** Resolves when the `nth` request of the route (from 1) has arrived. */
  arrival(route: MockRoute, nth: number): Promise<void>;
  /** The maximum number of concurrent requests to the route. */
  mostAtOnce(route: MockRoute): number;
  /** Injects a fault into the route until `recover`. It replaces an earlier fault. */
  fail(route: MockRoute, fault: MockFault): void;
  recover(route: MockRoute): void;
  /** From now on, requests with an access token that was granted so far get 401. */
  revokeTokens(): void;
}

interface RouteLog {
  readonly requests: MockRequest[];
  open: number;
  mostAtOnce: number;
}

/** A SellerExpanded with every field set; `id` alone is enough. */
export function sellerRecord(fields: { id: number } & UpstreamRecord): UpstreamRecord {
  return {
    name: `Seller ${fields.id}`,
    customerDisplayId: 1000 + fields.id,
    isActive: true,
    displayId: null,
    catalogs: [],
    ...fields,
  };
}

/** A CatalogExpanded with every field set, of the sellers in `sellerIds`; `id` alone is enough (seller 1). */
export function catalogRecord({
  sellerIds = [1],
  ...fields
}: {
  id: number;
  sellerIds?: readonly number[];
  startDate?: string | null | undefined;
} & UpstreamRecord): UpstreamRecord {
  return {
    customerCatalogId: `C-${fields.id}`,
    agent: 'AGT01',
    title: `Catalog ${fields.id}`,
    startDate: '2026-09-01T00:00:00',
    endDate: '2026-09-30T23:59:59',
    isCompleted: false,
    sellers: sellerIds.map((id) => ({
      id,
      name: `Seller ${id}`,
      customerDisplayId: 1000 + id,
      isActive: true,
    })),
    lots: [{ id: fields.id * 1000, lotNumber: 'A-1' }],
    ...fields,
  };
}

export function mockCatalogApi(options: CatalogApiMockOptions = {}): CatalogApiMock {
  const sellers = [...(options.sellers ?? [])];
  const catalogs = [...(options.catalogs ?? [])];
  const logs = new Map<MockRoute, RouteLog>();
  const onArrival = new Set<() => void>();
  const faults = new Map<MockRoute, MockFault>();
  const tokens = { granted: 0, revokedUpTo: 0, refresh: new Set<string>() };

  function logOf(route: MockRoute): RouteLog {
    const log = logs.get(route) ?? { requests: [], open: 0, mostAtOnce: 0 };
    logs.set(route, log);
    return log;
  }

  function handle(route: MockRoute, answer: (request: MockRequest, id: number) => Response) {
    return async ({ request, params }: { request: Request; params: { id?: unknown } }): Promise<Response> => {
      const seen: MockRequest = {
        url: new URL(request.url),
        headers: request.headers,
        form: new URLSearchParams(request.method === 'POST' ? await request.text() : ''),
      };
      const log = logOf(route);
      log.open += 1;
      log.mostAtOnce = Math.max(log.mostAtOnce, log.open);
      const call = log.requests.push(seen);
      for (const check of onArrival) check();
      try {
        return (await faults.get(route)?.(seen, call)) ?? answer(seen, Number(params.id));
      } finally {
        log.open -= 1;
      }
    };
  }

  function grant({ form }: MockRequest): Response {
    const { username, password, clientId, clientSecret } = CREDENTIALS;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return HttpResponse.json({ error: 'invalid_client' }, { status: 401 });
    }
    const known =
      form.get('grant_type') === 'refresh_token'
        ? tokens.refresh.has(form.get('refresh_token') ?? '')
        : (form.get('username') === username && form.get('password') === password) ||
          form.get('password') === USERS[form.get('username')?.toLowerCase() ?? ''];
    if (!known) return HttpResponse.json({ error: 'invalid_grant' }, { status: 400 });
    tokens.granted += 1;
    const refreshToken = `mock-refresh-token-${tokens.granted}`;
    tokens.refresh.add(refreshToken);
    return HttpResponse.json({
      access_token: `mock-access-token-${tokens.granted}`,
      expires_in: options.tokenTtlSeconds ?? 3600,
      token_type: 'Bearer',
      ...(options.refreshTokens === false ? {} : { refresh_token: refreshToken }),
    });
  }

  function authorized(answer: (request: MockRequest, id: number) => Response) {
    return (request: MockRequest, id: number): Response => {
      const token = /^Bearer mock-access-token-(\d+)$/.exec(request.headers.get('authorization') ?? '');
      const serial = Number(token?.[1] ?? 0);
      return serial > tokens.revokedUpTo && serial <= tokens.granted ? answer(request, id) : problem(401);
    };
  }

  const listOf = (records: readonly UpstreamRecord[]) =>
    authorized(({ url }) => page(select(records, url.searchParams), url.searchParams, options.pageCap));
  const oneOf = (records: readonly UpstreamRecord[]) =>
    authorized((_request, id) => {
      const record = records.find((candidate) => candidate.id === id);
      return record === undefined ? problem(404) : HttpResponse.json(record);
    });

  return {
    handlers: [
      http.post(IDENTITY_URL, handle('POST /connect/token', grant)),
      http.get(`${CATALOG_URL}/Seller`, handle('GET /Seller', listOf(sellers))),
      http.get(`${CATALOG_URL}/Seller/:id`, handle('GET /Seller/{id}', oneOf(sellers))),
      http.get(`${CATALOG_URL}/Catalog`, handle('GET /Catalog', listOf(catalogs))),
      http.get(`${CATALOG_URL}/Catalog/:id`, handle('GET /Catalog/{id}', oneOf(catalogs))),
    ],
    sellers,
    catalogs,
    calls: (route) =>
      route === undefined
        ? [...logs].reduce((sum, [of, log]) => sum + (of.startsWith('GET') ? log.requests.length : 0), 0)
        : logOf(route).requests.length,
    requests: (route) => logOf(route).requests,
    arrival: (route, nth) =>
      new Promise((resolve) => {
        const check = () => {
          if (logOf(route).requests.length < nth) return;
          onArrival.delete(check);
          resolve();
        };
        onArrival.add(check);
        check();
      }),
    mostAtOnce: (route) => logOf(route).mostAtOnce,
    fail: (route, fault) => void faults.set(route, fault),
    recover: (route) => void faults.delete(route),
    revokeTokens: () => {
      tokens.revokedUpTo = tokens.granted;
    },
  };
}
