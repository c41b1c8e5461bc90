import type { GuardedRoute } from './guarded-route.ts';

/** Starts the warm-up, or joins the one that is under way, and tells how far it is until it resolves with the result. */
export type Warm = (onProgress: (progress: object) => void) => Promise<object>;

/** `POST /admin/warm`: a line of JSON for each step, the last one with the result. It goes on where the client leaves. */
export function warmRoute(warm: Warm): GuardedRoute {
  return {
    matches: (path) => path === '/admin/warm',
    method: 'POST',
    async serve({ request, response }) {
      // Nothing is read of it, and what is not read holds up the connection's next request.
      request.resume();
      response.setHeader('Content-Type', 'application/x-ndjson').setHeader('Cache-Control', 'no-store');
      const tell = (line: object) => response.write(`${JSON.stringify(line)}\n`);
      tell(await warm(tell));
      response.end();
    },
  };
}
