/** The routes of the contract, under the names that requests are counted by. */
export type Route =
  | 'POST /connect/token'
  | 'GET /Seller'
  | 'GET /Seller/{id}'
  | 'GET /Catalog'
  | 'GET /Catalog/{id}';

interface RoutePath {
  readonly path: RegExp;
  readonly method: 'GET' | 'POST';
  readonly route: Route;
}

const ROUTES: readonly RoutePath[] = [
  { path: /^\/connect\/token$/, method: 'POST', route: 'POST /connect/token' },
  { path: /^\/api\/Seller$/, method: 'GET', route: 'GET /Seller' },
  { path: /^\/api\/Seller\/([^/]+)$/, method: 'GET', route: 'GET /Seller/{id}' },
  { path: /^\/api\/Catalog$/, method: 'GET', route: 'GET /Catalog' },
  { path: /^\/api\/Catalog\/([^/]+)$/, method: 'GET', route: 'GET /Catalog/{id}' },
];

/** Where a request leads. `id` is the path's last part as it was sent, empty for a route without one. */
export type Destination =
  | { readonly kind: 'route'; readonly route: Route; readonly id: string }
  | { readonly kind: 'wrong-method'; readonly allowed: string }
  | { readonly kind: 'unknown' };

export function findRoute(method: string | undefined, path: string): Destination {
  for (const candidate of ROUTES) {
    const match = candidate.path.exec(path);
    if (match === null) continue;
    return candidate.method === method
      ? { kind: 'route', route: candidate.route, id: match[1] ?? '' }
      : { kind: 'wrong-method', allowed: candidate.method };
  }
  return { kind: 'unknown' };
}
