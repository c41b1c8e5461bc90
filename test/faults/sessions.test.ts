import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis, startRedis } from '../support/redis.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { openGateways } from './gateways.ts';
import { type Sighting, startSessionTraffic } from './session-traffic.ts';

const FAULT_MS = 1200;
const TRUST_MS = 1000;
// Longer than the budget of Redis, which is longer than here in production: a busy machine is slow without a fault.
const BUDGET_MS = 200;
const SLOW_MS = 400;
const LATEST = 10;
// A message on its way is lost with its connection, although its sender had Redis's reply before the fault.
const UNDER_WAY_MS = 500;

/** While a fault lasts, until every gateway has its Redis again. */
interface Outage {
  readonly from: number;
  readonly until: number;
}

async function setStage() {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  const proxy = await startTcpProxy(redis.port);
  onTestFinished(() => proxy.close());
  const { start } = await openGateways(0);
  const gateways = await Promise.all(
    Array.from({ length: 3 }, () =>
      start({
        ...{ AUTH: 'required', SESSION_SECRETS: 'a-secret-of-more-than-32-characters' },
        ...{ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, REDIS_BUDGET_MS: String(BUDGET_MS) },
      }),
    ),
  );
  const operator = redis.connect();
  onTestFinished(() => operator.disconnect());
  const traffic = await startSessionTraffic(gateways.map(({ origin }) => origin));
  onTestFinished(() => traffic.stop());
  return { redis, proxy, gateways, operator, traffic };
}

type Stage = Awaited<ReturnType<typeof setStage>>;

interface Fault {
  readonly what: string;
  /** Whether no gateway reaches Redis meanwhile. */
  readonly isAway: boolean;
  begin(stage: Stage): unknown;
  end(stage: Stage): unknown;
}

const FAULTS: readonly Fault[] = [
  { what: 'none', isAway: false, begin: () => {}, end: () => {} },
  {
    what: 'flushed three times',
    isAway: false,
    async begin({ operator }) {
      for (let time = 0; time < 3; time += 1) {
        await operator.flushall();
        await setTimeout(300);
      }
    },
    end: () => {},
  },
  {
    what: 'stopped (SIGSTOP)',
    isAway: true,
    begin: ({ redis }) => redis.freeze(),
    end: ({ redis }) => redis.thaw(),
  },
  {
    what: 'slower than the budget',
    isAway: true,
    begin: ({ proxy }) => proxy.delay(SLOW_MS),
    end: ({ proxy }) => proxy.pass(),
  },
  { what: 'cut off', isAway: true, begin: ({ proxy }) => proxy.cut(), end: ({ proxy }) => proxy.pass() },
  {
    what: 'killed, and back empty',
    isAway: true,
    begin: ({ redis }) => redis.stop(),
    end: ({ redis }) => redis.restart(),
  },
  { what: 'restarted empty', isAway: false, begin: ({ redis }) => redis.restart(), end: () => {} },
];

describe.skipIf(noRedis)('sessions at three gateway processes', SLOW, () => {
  it('hold their promises while Redis fails in any way', async () => {
    const stage = await setStage();
    const { traffic } = stage;
    const outages: Outage[] = [];
    const rows: string[] = [];
    for (const fault of FAULTS) {
      const before = traffic.sightings.length;
      const signIns = traffic.signIns.length;
      const sessions = traffic.sessions.length;
      const outage = await suffer(stage, fault);
      outages.push(outage);
      await settle(stage);
      const seen = traffic.sightings.slice(before);
      const wronglyIn = seen.filter((each) => isWronglyIn(each, outages));
      const wronglyOut = seen.filter(isWronglyOut);
      const count = (status: number) => seen.filter((each) => each.status === status).length;
      const signOuts = traffic.sessions.slice(sessions).flatMap(({ signOut }) => signOut?.status ?? []);
      rows.push(
        [
          ...[
            fault.what,
            seen.length,
            count(200),
            count(401),
            count(503),
            wronglyIn.length,
            wronglyOut.length,
          ],
          ...[tally(traffic.signIns.slice(signIns)), tally(signOuts)],
        ].join(' | '),
      );
      expect({ fault: fault.what, wronglyIn, wronglyOut }).toEqual({
        ...{ fault: fault.what, wronglyIn: [], wronglyOut: [] },
      });
      expect(seen.filter(isMalformed)).toEqual([]);
      expect(count(200)).toBeGreaterThan(0);
      expect(tally(traffic.signIns)).toMatch(/^201: \d+(, 503: \d+)?$/);
      expect(tally(signOuts)).toMatch(/^(202: \d+)?(, )?(204: \d+)?$/);
    }
    await traffic.stop();
    const ended = traffic.sessions.filter(({ signOut }) => signOut !== null);
    const last = await eachGateway(stage, (gateway) =>
      Promise.all(ended.map((session) => traffic.ask(gateway, session))),
    );
    expect(last.flat().filter(({ status }) => status !== 401)).toEqual([]);
    process.stdout.write(
      `${['fault | requests | 200 | 401 | 503 | wrongly in | wrongly out | sign-ins | sign-outs', ...rows].join('\n')}\n`,
    );
  });
});

/** The fault while people go on, and a sign-in at each gateway meanwhile. */
async function suffer(stage: Stage, { isAway, begin, end }: Fault): Promise<Outage> {
  const { gateways, traffic } = stage;
  const ups = () => gateways.map(({ log }) => log.filter(({ event }) => event === 'session-store-up').length);
  const downs = () =>
    gateways.map(({ log }) => log.filter(({ event }) => event === 'session-store-down').length);
  const from = performance.now();
  await begin(stage);
  await setTimeout(FAULT_MS);
  if (isAway) for (const gateway of gateways.keys()) expect(await traffic.signIn(gateway, 'ben')).toBe(503);
  await end(stage);
  await expect
    .poll(() => ups().map((up, gateway) => up - (downs()[gateway] ?? 0)), PATIENCE)
    .toEqual([1, 1, 1]);
  return { from, until: performance.now() };
}

/** The latest sign-outs are in effect everywhere, nobody who stayed is out, and people can sign in at each gateway. */
async function settle(stage: Stage): Promise<void> {
  const { traffic } = stage;
  await eachGateway(stage, (gateway) =>
    expect.poll(async () => typeof (await traffic.signIn(gateway, 'ben')), PATIENCE).toBe('object'),
  );
  await setTimeout(TRUST_MS);
  const ended = traffic.sessions.filter(({ signOut }) => signOut !== null);
  await eachGateway(stage, async (gateway) => {
    for (const session of ended.slice(-LATEST))
      await expect.poll(async () => (await traffic.ask(gateway, session)).status, PATIENCE).toBe(401);
    for (const session of traffic.steady) await traffic.ask(gateway, session);
  });
}

function eachGateway<T>({ gateways }: Stage, act: (gateway: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(gateways.map((_, gateway) => act(gateway)));
}

/**
 * Whether somebody got data without a session, or after its sign-out: at the gateway that carried it out at once, and at
 * the others after the trust time. A gateway without Redis when a sign-out is acknowledged, or right after, hears of it
 * afterwards.
 */
function isWronglyIn({ session, hasData, viewer, sentAt, gateway }: Sighting, outages: readonly Outage[]) {
  if (!hasData) return false;
  if (session === null || viewer !== session.user) return true;
  const { signOut } = session;
  if (signOut === null || sentAt < signOut.answeredAt) return false;
  if (gateway === signOut.by) return true;
  // A sign-out that was kept is not acknowledged; `settle` waits for it.
  if (signOut.status !== 204) return false;
  const meanwhile = outages.find(
    ({ from, until }) => signOut.answeredAt >= from - UNDER_WAY_MS && signOut.answeredAt <= until,
  );
  return sentAt > (meanwhile?.until ?? signOut.answeredAt) + TRUST_MS;
}

/** Whether somebody with a session, who had not signed out, got no data. */
function isWronglyOut({ session, hasData, sentAt }: Sighting): boolean {
  return session !== null && !hasData && (session.signOut === null || sentAt < session.signOut.answeredAt);
}

function isMalformed({ status, hasData, code, retryAfter }: Sighting): boolean {
  if (status === 200) return !hasData || code !== null;
  if (status === 401) return hasData || code !== 'UNAUTHENTICATED';
  return hasData || status !== 503 || code !== 'SESSION_UNAVAILABLE' || retryAfter === null;
}

function tally(statuses: readonly number[]): string {
  const counts = Map.groupBy(statuses.toSorted(), (status) => status);
  return [...counts].map(([status, { length }]) => `${status}: ${length}`).join(', ');
}
