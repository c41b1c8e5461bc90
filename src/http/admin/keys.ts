import { type KeyPage, KeysNotListed } from '../../cache/index.ts';
import { PATHS } from '../paths.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import { GET, type Route } from '../route.ts';

interface KeyQuery {
  /** A glob of Redis for the part after the namespace. */
  readonly pattern: string;
  /** Null for the first page. */
  readonly cursor: string | null;
  /** The approximate number of keys. */
  readonly count: number;
  /** Whether to list the keys of other namespaces too. Default false. */
  readonly all?: boolean;
}

/** @throws KeysNotListed if Redis does not answer, BadUserInput for an invalid cursor. */
export type FindKeys = (query: KeyQuery) => Promise<KeyPage>;

const MAX_KEYS = 1000;
const MAX_PATTERN_LENGTH = 512;

/** `GET /admin/keys?pattern=*&cursor=…&count=100&all=true`. `findKeys` is null without Redis. */
export function keysRoute(findKeys: FindKeys | null): Route {
  return {
    path: PATHS.keys,
    methods: GET,
    async serve({ query, response }) {
      if (!findKeys) {
        throw new RequestRefused(501, 'Keys can be listed only with Redis, and no Redis is configured.', {
          code: 'NO_REDIS',
        });
      }
      sendJson(response, 200, await findKeys(keyQueryOf(query)).catch(refuseKeys));
    },
  };
}

function refuseKeys(cause: unknown): never {
  if (!(cause instanceof KeysNotListed)) throw cause;
  // The message of the cause has the names of nodes.
  throw new RequestRefused(503, 'Redis did not list its keys. Try again.', {
    code: 'NO_REDIS',
    headers: { 'Retry-After': '1' },
  });
}

function keyQueryOf(query: string): KeyQuery {
  const parameters = new URLSearchParams(query);
  const pattern = parameters.get('pattern') || '*';
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new RequestRefused(400, `pattern must have at most ${MAX_PATTERN_LENGTH} characters.`);
  }
  const count = Number(parameters.get('count') || 100);
  if (!Number.isInteger(count) || count < 1 || count > MAX_KEYS) {
    throw new RequestRefused(400, `count must be a whole number from 1 to ${MAX_KEYS}.`);
  }
  const all = parameters.get('all') === 'true';
  return { pattern, cursor: parameters.get('cursor') || null, count, ...(all && { all }) };
}
