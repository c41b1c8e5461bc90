import { createClaims, MAX_SKEW_MS } from '../auth/claims.ts';
import { type ClientLimit, createClientLimit } from '../auth/client-limit.ts';
import { createMemorySessions } from '../auth/memory-sessions.ts';
import { createRedisSessions } from '../auth/redis-sessions.ts';
import type { Sessions } from '../auth/session-api.ts';
import { createSessions } from '../auth/sessions.ts';
import { createSignIn, userIdOf } from '../auth/sign-in.ts';
import { createSignInAttempts } from '../auth/sign-in-attempts.ts';
import { createTokenVerifier } from '../auth/tokens.ts';
import { openRedisState, type RedisState, sleep } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import type { Principal } from '../domain/principal.ts';
import type { createClientAddress } from '../http/auth/client-address.ts';
import { createIdentify, type Identify } from '../http/auth/identity.ts';
import { type CookieAccess, createCookieAccess } from '../http/auth/session-cookies.ts';
import { createSessionRoute } from '../http/auth/session-route.ts';
import { createSessionService } from '../http/auth/session-service.ts';
import { createSignIn as createSignInPage } from '../http/auth/sign-in.ts';
import type { Route } from '../http/route.ts';
import type { AuthState } from '../telemetry/metrics/stats-snapshot.ts';
import { createKeyFetcher } from '../upstream/jwks.ts';
import { createPasswordCheck } from '../upstream/password-check.ts';
import type { Core, Surroundings } from './core.ts';

/** Who asks, and how much a client may ask. */
export interface Auth {
  /** Null if nobody signs in. */
  readonly signIn: {
    readonly identify: Identify;
    readonly cookies: CookieAccess;
    readonly required: boolean;
    readonly hasSignIn: boolean;
    readonly graceMs: number;
  } | null;
  /** Null without sessions. */
  readonly sessions: Sessions | null;
  readonly limit: { readonly client: ClientLimit; readonly windowMs: number } | null;
  readonly addressOf: ReturnType<typeof createClientAddress>;
  readonly routes: readonly Route[];
  state(): AuthState;
  close(): Promise<void>;
}

export interface AuthOptions extends Surroundings {
  readonly identity: Core['identity'];
  readonly addressOf: Auth['addressOf'];
  /** Called when a session ends by a sign-out. */
  readonly onEnd: (principal: Principal) => void;
}

const LAST_WRITES_MS = 2000;

/** Opens the Redis of sessions and limits, if there is one, and creates what signs clients in. Redis may be down. */
export async function openAuth(config: Config, options: AuthOptions): Promise<Auth> {
  const { auth, clients } = config;
  const { addressOf, clock, report } = options;
  const isUsed = auth?.sessions || clients.cost > 0;
  const redis = isUsed && clients.server ? await openState(config, options) : null;
  const sessions = auth?.sessions ? openSessions(config, auth.sessions, redis, options) : null;
  const tokens = auth?.tokens
    ? createTokenVerifier({
        ...auth.tokens,
        fetchKeys: createKeyFetcher({ url: auth.tokens.keysUrl, clock }),
        clock,
        report,
      })
    : null;
  const allowedOrigins = new Set(config.http.corsOrigins);
  const cookies = createCookieAccess({ hasProxy: clients.trustedProxies.length > 0 });
  const identify = createIdentify({
    sessions,
    cookies,
    tokens,
    operators: new Set(config.adminUsers.map(userIdOf)),
    allowedOrigins,
  });
  const limits = {
    redis: redis?.client ?? null,
    keyPrefix: clients.keyPrefix,
    budgetMs: clients.budgetMs,
    ...{ clock, sleep, report },
  };
  const client = clients.cost > 0 ? createClientLimit({ ...limits, ...clients, redis: limits.redis }) : null;
  const routes: Route[] = [];
  if (auth?.sessions && sessions) {
    const service = createSessionService({
      sessions,
      cookies,
      signIn: createSignIn({
        checkPassword: createPasswordCheck({ ...options, ...options.identity }),
        attempts: createSignInAttempts(limits),
        ...{ sessions, clock, report },
      }),
      ...{ identify, addressOf },
      ...auth.sessions,
    });
    const hasOperators = config.adminUsers.length > 0 || config.adminToken !== null;
    routes.push(
      createSessionRoute(service, allowedOrigins),
      ...createSignInPage(service, {
        graphiql: config.http.graphiql,
        observatory: hasOperators && config.telemetry.observatory,
      }),
    );
  }
  return {
    signIn: auth && {
      identify,
      cookies,
      required: auth.required,
      hasSignIn: sessions !== null,
      graceMs: auth.sessions?.graceMs ?? 0,
    },
    sessions,
    limit: client && { client, windowMs: clients.windowMs },
    addressOf,
    routes,
    state: () => ({
      isOn: auth !== null,
      sessions: sessions?.usage() ?? null,
      store: redis ? (redis.isUp ? 'up' : 'down') : 'off',
    }),
    async close() {
      // A slow Redis must not delay the stop.
      const flushed = Promise.allSettled([sessions?.flush(), client?.flush()]);
      await Promise.race([flushed, sleep(LAST_WRITES_MS)]);
      sessions?.close();
      redis?.close();
    },
  };
}

function openSessions(
  { clients }: Config,
  { idleMs, maxMs, graceMs, secrets }: NonNullable<NonNullable<Config['auth']>['sessions']>,
  redis: RedisState | null,
  { clock, report, onEnd }: AuthOptions,
): Sessions {
  const shared = { idleMs, maxMs, graceMs, clock, report, onEnd };
  if (!redis) {
    const store = createMemorySessions({ idleMs, clock });
    return createSessions({ ...shared, store, claims: null, messages: null });
  }
  const { keyPrefix, budgetMs } = clients;
  return createSessions({
    ...shared,
    store: createRedisSessions({
      redis: redis.client,
      timeoutMs: budgetMs,
      ...{ keyPrefix, idleMs, maxMs, rememberMs: graceMs + MAX_SKEW_MS, clock },
    }),
    claims: createClaims({ secrets, issuer: keyPrefix, graceMs, clock }),
    messages: redis.messages,
  });
}

async function openState({ clients, auth }: Config, { random, report }: AuthOptions): Promise<RedisState> {
  const state: RedisState = await openRedisState({
    server: clients.server as NonNullable<typeof clients.server>,
    budgetMs: clients.budgetMs,
    channel: `${clients.keyPrefix}messages`,
    random,
    report(event) {
      if (event.type === 'store-down') report({ type: 'session-store-down', cause: event.cause });
      if (event.type === 'store-refused' || event.type === 'backplane-refused')
        report({ type: 'session-store-refused', cause: event.cause });
      if (event.type === 'store-up') {
        report({ type: 'session-store-up' });
        // The first time, the connection is used before it is returned.
        setImmediate(checkEviction);
      }
    },
  });
  return state;

  async function checkEviction(): Promise<void> {
    if (!auth?.sessions) return;
    // An account may lack the right to read it.
    const facts = await state.admin.facts().catch(() => null);
    if (facts && !['noeviction', 'unknown'].includes(facts.evictionPolicy))
      report({ type: 'sessions-evictable', policy: facts.evictionPolicy });
  }
}
