import type { Exchange } from './exchange.ts';

/** A path that is served beside GraphQL. */
export interface Route {
  /** Without a query string. A path that ends in a slash stands for all paths below it. */
  readonly path: string;
  readonly serve: (exchange: Exchange) => Promise<void>;
}

/** Finds the route of a path. */
export function createRouteTable(routes: readonly Route[]): (path: string) => Route | undefined {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const prefixes = routes.filter(({ path }) => path.endsWith('/'));
  return (path) =>
    path.endsWith('/')
      ? undefined
      : (byPath.get(path) ?? prefixes.find((route) => path.startsWith(route.path)));
}
