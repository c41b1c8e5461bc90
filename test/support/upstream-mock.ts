import { http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type CatalogApiMock, type CatalogApiMockOptions, mockCatalogApi } from './catalog-api-mock.ts';

/**
 * Puts MSW in front of every `fetch` of the test file. A call to an address of this machine goes through; any other
 * that no handler knows is an error. Returns how a test gets its Catalog API.
 */
export function interceptUpstream(): (options?: CatalogApiMockOptions) => CatalogApiMock {
  const server = setupServer(http.all(/^http:\/\/127\.0\.0\.1:/, () => passthrough()));
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return (options) => {
    const mock = mockCatalogApi(options);
    server.use(...mock.handlers);
    return mock;
  };
}
