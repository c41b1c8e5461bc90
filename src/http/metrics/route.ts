import type { Exchange } from '../exchange.ts';
import { PATHS } from '../paths.ts';
import { GET, type Route } from '../route.ts';

/** The served text, which is made for each request, and its media type. */
export interface MetricsSource {
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** The page that Prometheus scrapes. It rejects if there is no text; nothing has been sent then. */
export function createMetricsRoute({
  text,
  contentType,
}: MetricsSource): Route<Pick<Exchange, 'request' | 'response'>> {
  return {
    path: PATHS.metrics,
    methods: GET,
    async serve({ response }) {
      const body = Buffer.from(await text());
      response
        .writeHead(200, {
          'Content-Type': contentType,
          'Content-Length': body.length,
          'Cache-Control': 'no-store',
          'X-Content-Type-Options': 'nosniff',
        })
        .end(body);
    },
  };
}
