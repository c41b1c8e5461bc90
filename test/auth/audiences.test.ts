import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { USERS } from '../support/catalog-api-mock.ts';
import { NOW, startGateway } from '../support/gateway.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { AUDIENCE, ISSUER, type SigningKey, signingKey, signToken } from '../support/tokens.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { startWebServer } from '../support/web-server.ts';
import { type Operation, operations, UPSTREAM } from './audience-operations.ts';
import { type Ask, type Counts, createWorld, type Sender } from './audience-world.ts';

const mockUpstream = interceptUpstream();

const HOUR_MS = 60 * 60_000;

type Step =
  | { readonly kind: 'ask'; readonly burst: readonly Ask[] }
  | { readonly kind: 'sign-in'; readonly user: number; readonly gateway: number }
  | {
      readonly kind: 'sign-out';
      readonly session: number;
      readonly everywhere: boolean;
      readonly burst: readonly Ask[];
    }
  | { readonly kind: 'pass'; readonly ms: number };

function asksFor(pool: readonly Operation[]): fc.Arbitrary<Ask> {
  const headers = fc.record({
    accept: fc.constantFrom('application/json', 'application/json', 'application/graphql-response+json'),
    'accept-encoding': fc.constantFrom('identity', 'gzip', 'br', 'zstd'),
    'cache-control': fc.constantFrom(
      ...Array(12).fill(''),
      'no-cache',
      'no-store',
      'max-age=0',
      'only-if-cached',
    ),
  });
  return fc.record({
    sender: fc.nat(99),
    gateway: fc.nat(1),
    operation: fc.constantFrom(...pool),
    method: fc.constantFrom('GET', 'POST'),
    persisted: fc.constantFrom('no', 'no', 'with text', 'by hash'),
    junk: fc.constantFrom('', '_ga=GA1.1.1', 'xsid=1', 'theme="sid"; sid-claims=1'),
    etag: fc.option(fc.nat(9999)),
    headers: headers.map((all) =>
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    ),
  });
}

function stepsFor(pool: readonly Operation[]): fc.Arbitrary<readonly Step[]> {
  // Requests that are sent at once. Half of them ask the same, so that executions are shared.
  const burst = fc
    .record({
      all: fc.array(asksFor(pool), { minLength: 1, maxLength: 8 }),
      isFirst: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
    .map(({ all: [first, ...others], isFirst }) => {
      const { operation } = first as Ask;
      return [first as Ask, ...others.map((ask, index) => (isFirst[index] ? { ...ask, operation } : ask))];
    });
  const kind = <K extends Step['kind']>(name: K) => fc.constant(name);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: fc.record({ kind: kind('ask'), burst }), weight: 12 },
    { arbitrary: fc.record({ kind: kind('sign-in'), user: fc.nat(2), gateway: fc.nat(1) }), weight: 2 },
    {
      arbitrary: fc.record({ kind: kind('sign-out'), session: fc.nat(99), everywhere: fc.boolean(), burst }),
      weight: 2,
    },
    {
      arbitrary: fc.record({ kind: kind('pass'), ms: fc.constantFrom(1001, 61_000, 2 * HOUR_MS) }),
      weight: 1,
    },
  );
  return fc.array(step, { minLength: 25, maxLength: 40, size: 'max' });
}

/** Few operations, so that they come again. */
const sequences = fc
  .array(operations, { minLength: 4, maxLength: 7 })
  .chain((pool) => fc.record({ pool: fc.constant(pool), steps: stepsFor(pool) }));

/** Everybody asks for the operation at once, with nothing stored. */
function coldBurst(operation: Operation, senders: number): readonly Ask[] {
  const ask = { operation, method: 'POST', persisted: 'no', junk: '', etag: null } as const;
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  return Array.from({ length: 2 * senders }, (_, index) => ({
    ...{ ...ask, headers, sender: index % senders, gateway: index },
  }));
}

/** Two spellings of one user, and another one. */
const SPELLINGS = ['leonora.vandenberg', 'Leonora.VandenBerg', 'bartholomew.oduya'] as const;

describe.each(['optional', 'required'] as const)(
  'under AUTH=%s, no response reaches another principal',
  (AUTH) => {
    it('from the memory of a gateway', async () => {
      await explore({ AUTH }, null);
    });

    it.skipIf(noRedis)('from two gateways that share a Redis', async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.kill());
      await explore({ AUTH, REDIS_URL: redis.url, SESSION_SECRETS: 's'.repeat(32) }, redis);
    });
  },
);

async function explore(variables: Record<string, string>, redis: TestRedis | null): Promise<void> {
  const key = await signingKey('ES256');
  const issuer = await startWebServer((_, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
  const counts: Counts = {
    ...{ requests: 0, bodies: 0, notModified: 0, refusals: 0, comparisons: 0 },
    ...{ executions: 0, hits: 0, shared: 0 },
  };
  let run = 0;
  const property = fc.asyncProperty(sequences, async ({ pool, steps }) => {
    run += 1;
    const upstream = mockUpstream(UPSTREAM);
    // Long enough for requests that are sent at once to share an execution.
    for (const route of ['GET /Seller', 'GET /Catalog'] as const)
      upstream.fail(route, () => setTimeout(20, undefined));
    const settings = {
      ...variables,
      CACHE_KEY_PREFIX: `run${run}_`,
      SESSION_SECRETS: 's'.repeat(32),
      ...{ AUTH_JWT_ISSUER: ISSUER, AUTH_JWT_AUDIENCE: AUDIENCE, AUTH_JWKS_URL: `${issuer.origin}/keys` },
    };
    const gateways = await Promise.all(Array.from({ length: redis ? 2 : 1 }, () => startGateway(settings)));
    const world = createWorld(gateways, variables.AUTH === 'required', counts);
    world.senders.push(...(await sendersWithoutSession(key)));
    for (const each of SPELLINGS) await world.signIn(each, passwordOf(each), 0);
    for (const operation of pool) await world.burst(coldBurst(operation, world.senders.length));
    for (const step of steps) await take(world, step);
    world.checkExecutions();
    // Writes to Redis have ended then.
    await Promise.all(gateways.map((gateway) => gateway.close()));
    if (redis) await checkRedis(redis, `run${run}_`, world);
  });
  await fc.assert(property, { numRuns: 4, seed: 13, endOnFailure: true });
  process.stdout.write(`${JSON.stringify({ ...variables, ...counts })}\n`);
}

/** Redis has the responses that all share, and nothing of a principal beside the sessions. */
async function checkRedis(
  redis: TestRedis,
  prefix: string,
  { senders, sharedResponses }: ReturnType<typeof createWorld>,
): Promise<void> {
  const client = redis.connect();
  const keys = (await client.keys(`${prefix}*`)).filter((key) => !key.startsWith(`${prefix}sessions.`));
  const values = await Promise.all(keys.map(async (key) => `${key} ${await client.get(key)}`));
  client.disconnect();
  const marks = senders.flatMap(({ viewer }) => Object.values(viewer ?? {}));
  expect(values.filter((value) => marks.some((mark) => value.includes(mark)))).toEqual([]);
  expect(keys.filter((key) => key.includes('answer_')).length).toBeLessThanOrEqual(sharedResponses());
}

async function take(world: ReturnType<typeof createWorld>, step: Step): Promise<void> {
  switch (step.kind) {
    case 'ask':
      return world.burst(step.burst);
    case 'pass':
      return world.pass(step.ms);
    case 'sign-in': {
      const user = SPELLINGS[step.user] as string;
      return world.signIn(user, passwordOf(user), step.gateway);
    }
    case 'sign-out': {
      const sessions = world.senders.filter(({ by }) => by === 'session');
      const sender = sessions[step.session % sessions.length] as Sender;
      await world.signOut(sender, step.everywhere, () => world.burst(step.burst));
      // Who has copied the cookie gets nothing either.
      return world.burst(step.burst.map((ask) => ({ ...ask, sender: world.senders.indexOf(sender) })));
    }
  }
}

function passwordOf(username: string): string {
  return USERS[username.toLowerCase()] ?? '';
}

/** Nobody, and holders of tokens: some have the id and the name of a user who signs in. */
async function sendersWithoutSession(key: SigningKey): Promise<readonly Sender[]> {
  const without = { browser: null, state: 'valid' } as const;
  const bearer = async (sub: string, name: string, lifetime: number, claims = {}): Promise<Sender> => {
    const iat = NOW / 1000 - 60;
    const exp = NOW / 1000 + lifetime;
    const token = await signToken(key, { sub, name, iat, exp, ...claims });
    const [signedInAt, expiresAt] = [new Date(iat * 1000).toISOString(), new Date(exp * 1000).toISOString()];
    const viewer = { id: sub, name, signedInAt, expiresAt };
    return { ...without, by: 'token', viewer, headers: { authorization: `Bearer ${token}` } };
  };
  return [
    { ...without, by: 'nothing', viewer: null, headers: {} },
    { ...without, by: 'other token', viewer: null, headers: { authorization: 'Bearer of-another-kind' } },
    await bearer(SPELLINGS[0], SPELLINGS[0], 3601),
    await bearer(SPELLINGS[2], 'A namesake of Bartholomew', 3602),
    await bearer('crawler-of-the-night', 'Crawler of the night', 3603, { azp: 'crawler-of-the-night' }),
    await bearer('crawler-of-the-night', 'Crawler of the night', 36_004, { azp: 'crawler-of-the-night' }),
  ];
}
