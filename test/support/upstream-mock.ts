import { http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type CatalogApiMock, type CatalogApiMockOptions, mockCatalogApi } from './catalog-api-mock.ts';

/**
 * Intercepts every `fetch` of the test file by MSW. A call to an address of this machine passes through; any other call
 * without a handler is an error. Returns a function that mocks the Catalog API for a test.
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
