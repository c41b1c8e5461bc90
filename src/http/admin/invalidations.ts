import { z } from 'zod';
import type { Operations } from '../../repository/operations.ts';
import { parseJson } from '../json.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import type { GuardedRoute } from './guarded-route.ts';
import { withIsoInstants } from './instants.ts';

const BODY_LIMIT_BYTES = 100 * 1024;
const MOST_TAGS = 1000;

const Asked = z.strictObject({ tags: z.array(z.string()).min(1).max(MOST_TAGS) });

/** `POST /admin/invalidations` with `{"tags":[…]}`: 200 once it is acknowledged, 503 where Redis did not take it. */
export function invalidationsRoute({ invalidate }: Pick<Operations, 'invalidate'>): GuardedRoute {
  return {
    matches: (path) => path === '/admin/invalidations',
    method: 'POST',
    async serve(exchange) {
      const tags = tagsOf(await exchange.bodies.read(exchange, BODY_LIMIT_BYTES));
      sendJson(exchange.response, 200, withIsoInstants(await invalidate(tags)));
    },
  };
}

function tagsOf(body: Buffer): readonly string[] {
  try {
    return Asked.parse(parseJson(body)).tags;
  } catch {
    throw new RequestRefused(400, `Send {"tags": […]} with 1 to ${MOST_TAGS} tags.`);
  }
}
