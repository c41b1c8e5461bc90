import { hash } from 'node:crypto';
import { type Cache, type DerivedStore, sleep } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { localeOf, zoneOf } from '../config/namespaces.ts';
import type { Principal } from '../domain/principal.ts';
import type { AdminGuard } from '../http/admin/guard.ts';
import { createAdmission } from '../http/auth/admission.ts';
import { keyOf } from '../http/auth/identity.ts';
import { createDocumentStore } from '../http/graphql/persisted/document-store.ts';
import { createPersistedDocuments } from '../http/graphql/persisted/documents.ts';
import { createGraphqlService, type GraphqlService } from '../http/graphql/service.ts';
import { responseCodec, type StoredResponse, weightOf } from '../http/response-cache/stored-response.ts';
import type { Auth } from './auth.ts';
import type { Core, Surroundings } from './core.ts';

// Larger responses are not cached: a few of them would fill the memory.
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** The stored responses of a gateway, and the sessions that have ended. */
export interface Responses {
  readonly shared: DerivedStore<StoredResponse>;
  /** Those that show who asks, in memory alone. */
  readonly personal: DerivedStore<StoredResponse>;
  /** Forgets the personal responses of a principal whose session has ended. */
  endSession(principal: Principal): void;
  hasEnded(principal: Principal): boolean;
}

export function createResponses(cache: Cache, config: Config): Responses {
  const { memoryBytes } = config.http.responseCache;
  const common = { codec: responseCodec, weigh: weightOf, maxBytes: MAX_ANSWER_BYTES };
  const personal = cache.derived({
    ...{ name: 'personal-answers', memoryBytes: memoryBytes / 8, isShared: false },
    ...common,
  });
  const ended = new WeakSet<Principal>();
  return {
    shared: cache.derived({ name: 'answers', memoryBytes, policy: policyDigest(config), ...common }),
    personal,
    endSession(principal) {
      ended.add(principal);
      personal.drop(`${keyOf(principal)}_`);
    },
    hasEnded: (principal) => ended.has(principal),
  };
}

export interface GraphqlParts extends Surroundings {
  readonly core: Core;
  readonly responses: Responses;
  readonly auth: Auth;
  /** Null without operators. */
  readonly guard: AdminGuard | null;
  /** The digest of the program, if processes of different releases share responses. */
  readonly program: string;
}

export function createGraphql(config: Config, parts: GraphqlParts): GraphqlService {
  const { core, responses, auth, guard, program, clock, random, report } = parts;
  const { http } = config;
  const { responseCache, corsOrigins, live } = http;
  return createGraphqlService({
    ...http,
    guard,
    repository: core.repository,
    store: responses.shared,
    personalStore: responses.personal,
    hasEnded: responses.hasEnded,
    persisted: createPersistedDocuments({ ...http.persisted, store: createDocumentStore(core.keyValue) }),
    responsesDependOn: [
      program,
      zoneOf(config.businessTimeZone),
      localeOf(config.sortLocale),
      config.ttlMs.filter > 0,
    ],
    admit: createAdmission({
      auth: auth.signIn,
      sharedResponses: responseCache.shared,
      limit: auth.limit,
      addressOf: auth.addressOf,
      hasAdminToken: guard?.hasToken ?? null,
    }),
    addressOf: auth.addressOf,
    credentialHeaders: credentialHeadersOf(config),
    surrogateKeys: responseCache.surrogateKeys,
    minIntervalMs: responseCache.minIntervalMs,
    cacheDebug: !config.production,
    live:
      live.max > 0
        ? { ...live, watch: core.cache.watch, auth: auth.signIn, corsOrigins, sleep, random }
        : null,
    clock,
    report,
  });
}

/** The headers with credentials: none if all responses are the same for everybody. */
function credentialHeadersOf({ auth, http }: Config): readonly string[] {
  if (http.responseCache.shared) return [];
  return auth ? ['Authorization', 'Cookie'] : ['Authorization'];
}

/** The times of responses depend on this digest: processes with different times to live share no response. */
function policyDigest({ ttlMs, adaptiveTtl }: Config): string {
  return `_${hash('sha256', JSON.stringify([ttlMs, adaptiveTtl]), 'base64url').slice(0, 8)}`;
}
