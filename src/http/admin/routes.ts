import { z } from 'zod';
import type { Sessions } from '../../auth/session-api.ts';
import type { HeldEntry, Operations } from '../../repository/operations.ts';
import { parseJson } from '../json.ts';
import { PATHS } from '../paths.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import { GET, POST, type Route } from '../route.ts';
import { type AdminGuard, guardedRoute } from './guard.ts';
import { type FindKeys, keysRoute } from './keys.ts';
import { sessionRoutes } from './sessions.ts';

export interface AdminOptions {
  readonly guard: AdminGuard;
  readonly operations: Operations;
  /** What this process has done since it started, and its state. */
  readonly observe: () => object;
  /** Samples of the last minutes, oldest first. */
  readonly history: () => readonly object[];
  /** The most requested keys of the last minutes, most requested first. */
  readonly hottest: (count: number) => readonly HotKey[];
  /** Null without Redis. */
  readonly findKeys: FindKeys | null;
  readonly warm: Warm;
  /** Null if there are none. */
  readonly sessions: Sessions | null;
}

/** A key that was requested lately. `reads` measures how often, to compare keys with each other. */
export interface HotKey {
  readonly key: string;
  readonly reads: number;
  readonly memory: HeldEntry | null;
}

/** Starts the warm-up, or joins the running one. Reports progress until it resolves with the result. */
type Warm = (onProgress: (progress: object) => void) => Promise<object>;

const MAX_HOT_KEYS = 20;
const BODY_LIMIT_BYTES = 100 * 1024;
const MAX_TAGS = 1000;

/** The HTTP API of operators, below `/admin/`. */
export function createAdminRoutes(options: AdminOptions): readonly Route[] {
  const { guard, operations, findKeys, warm, sessions } = options;
  return [
    statsRoute(options),
    historyRoute(options),
    entriesRoute(operations),
    keysRoute(findKeys),
    invalidationsRoute(operations),
    warmRoute(warm),
    ...(sessions ? sessionRoutes(sessions) : []),
  ].map((route) => guardedRoute(route, guard));
}

/** `GET /admin/stats` */
function statsRoute({ observe, hottest }: AdminOptions): Route {
  return {
    path: PATHS.stats,
    methods: GET,
    serve: async ({ response }) =>
      sendJson(response, 200, withIsoInstants({ ...observe(), hottest: hottest(MAX_HOT_KEYS) })),
  };
}

/** `GET /admin/history` */
function historyRoute({ history }: AdminOptions): Route {
  return {
    path: PATHS.history,
    methods: GET,
    serve: async ({ response }) => sendJson(response, 200, withIsoInstants({ samples: history() })),
  };
}

/** `GET /admin/entries/<key>`: the key is percent-encoded, with or without its prefix. */
function entriesRoute({ inspect }: Pick<Operations, 'inspect'>): Route {
  return {
    path: PATHS.entries,
    methods: GET,
    serve: async ({ path, response }) =>
      sendJson(response, 200, await inspect(decoded(path.slice(PATHS.entries.length)))),
  };
}

/** `POST /admin/invalidations` with `{"tags":[…]}`: 200 when it is acknowledged, 503 if Redis did not acknowledge it. */
function invalidationsRoute({ invalidate }: Pick<Operations, 'invalidate'>): Route {
  return {
    path: PATHS.invalidations,
    methods: POST,
    async serve(exchange) {
      const tags = tagsOf(await exchange.bodies.read(exchange, BODY_LIMIT_BYTES));
      sendJson(exchange.response, 200, withIsoInstants(await invalidate(tags)));
    },
  };
}

/** `POST /admin/warm`: a line of JSON for each step, the last one with the result. It continues if the client leaves. */
function warmRoute(warm: Warm): Route {
  return {
    path: PATHS.warm,
    methods: POST,
    async serve({ request, response }) {
      // The body is ignored, but an unread body blocks the next request of the connection.
      request.resume();
      response.setHeader('Content-Type', 'application/x-ndjson').setHeader('Cache-Control', 'no-store');
      const writeLine = (line: object) => response.write(`${JSON.stringify(line)}\n`);
      writeLine(await warm(writeLine));
      response.end();
    },
  };
}

/**
 * The value with its instants in ISO 8601: numbers named `at` or `…At`, in milliseconds since the epoch. All APIs format
 * instants this way.
 */
export function withIsoInstants(value: object): object {
  return JSON.parse(JSON.stringify(value), (name, each: unknown) =>
    typeof each === 'number' && /^(at|.+At)$/.test(name) ? new Date(each).toISOString() : each,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestRefused(400, 'The key must be percent-encoded UTF-8.');
  }
}

const InvalidationBody = z.strictObject({ tags: z.array(z.string()).min(1).max(MAX_TAGS) });

function tagsOf(body: Buffer): readonly string[] {
  try {
    return InvalidationBody.parse(parseJson(body)).tags;
  } catch {
    throw new RequestRefused(400, `Send {"tags": […]} with 1 to ${MAX_TAGS} tags.`);
  }
}
