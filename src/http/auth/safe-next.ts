import { PATHS } from '../paths.ts';

const MAX_LENGTH = 2000;

// GraphiQL reads its query from the URL: characters of a query (RFC 3986, 3.4), and no half escape.
const GRAPHQL = new RegExp(`^${PATHS.graphql}(\\?([\\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$`);
const PAGES: ReadonlySet<string> = new Set([PATHS.observatory, PATHS.docs]);

/**
 * The page to return to after signing in: a page of this gateway, and GraphiQL for everything else. An open redirect would
 * lend the gateway's name to any other site.
 */
export function safeNext(text: string): string {
  if (text.length > MAX_LENGTH) return PATHS.graphql;
  return PAGES.has(text) || GRAPHQL.test(text) ? text : PATHS.graphql;
}
