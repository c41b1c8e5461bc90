import type { Operations } from '../../repository/operations.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import type { GuardedRoute } from './guarded-route.ts';

const PREFIX = '/admin/entries/';

/** `GET /admin/entries/<key>`, the key percent-encoded, with its prefix or without. */
export function entriesRoute({ inspect }: Pick<Operations, 'inspect'>): GuardedRoute {
  return {
    matches: (path) => path.startsWith(PREFIX) && path.length > PREFIX.length,
    method: 'GET',
    serve: async ({ path, response }) =>
      sendJson(response, 200, await inspect(decoded(path.slice(PREFIX.length)))),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestRefused(400, 'The key must be percent-encoded UTF-8.');
  }
}
