import { type KeyPage, KeysNotListed } from '../../cache/index.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import type { GuardedRoute } from './guarded-route.ts';

interface KeyQuestion {
  /** A glob as Redis reads it, for what follows the namespace. */
  readonly pattern: string;
  /** Null for the first page. */
  readonly cursor: string | null;
  /** About how many. */
  readonly count: number;
  /** Whether those of other namespaces are wanted too. Default false. */
  readonly all?: boolean;
}

/** @throws KeysNotListed where Redis does not answer, BadUserInput for a cursor that is none. */
export type FindKeys = (question: KeyQuestion) => Promise<KeyPage>;

const MOST_KEYS = 1000;
const LONGEST_PATTERN = 512;

/** `GET /admin/keys?pattern=*&cursor=…&count=100&all=true`. `findKeys` is null where there is no Redis. */
export function keysRoute(findKeys: FindKeys | null): GuardedRoute {
  return {
    matches: (path) => path === '/admin/keys',
    method: 'GET',
    async serve({ query, response }) {
      if (!findKeys) {
        throw new RequestRefused(501, 'Keys can be listed only with Redis, and no Redis is configured.', {
          code: 'NO_REDIS',
        });
      }
      sendJson(response, 200, await findKeys(questionOf(query)).catch(refuseKeys));
    },
  };
}

function refuseKeys(cause: unknown): never {
  if (!(cause instanceof KeysNotListed)) throw cause;
  // In its own message are nodes by their names.
  throw new RequestRefused(503, 'Redis did not list its keys. Try again.', {
    code: 'NO_REDIS',
    headers: { 'Retry-After': '1' },
  });
}

function questionOf(query: string): KeyQuestion {
  const parameters = new URLSearchParams(query);
  const pattern = parameters.get('pattern') || '*';
  if (pattern.length > LONGEST_PATTERN) {
    throw new RequestRefused(400, `pattern must have at most ${LONGEST_PATTERN} characters.`);
  }
  const count = Number(parameters.get('count') || 100);
  if (!Number.isInteger(count) || count < 1 || count > MOST_KEYS) {
    throw new RequestRefused(400, `count must be a whole number from 1 to ${MOST_KEYS}.`);
  }
  const all = parameters.get('all') === 'true';
  return { pattern, cursor: parameters.get('cursor') || null, count, ...(all && { all }) };
}
