import type { Exchange } from './exchange.ts';

/** What is served beside GraphQL. */
export interface Route {
  /** By the path without its query string. */
  readonly matches: (path: string) => boolean;
  readonly serve: (exchange: Exchange) => Promise<void>;
}
