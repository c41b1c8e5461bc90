import { setTimeout } from 'node:timers/promises';
import { stringifyCookie } from 'cookie';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SANDBOX_USERS } from '../../src/sandbox/server.ts';
import { headersOf, SECRET, signal, textOf } from '../http/webhook/webhook-gateway.ts';
import { createBrowserJar } from '../support/browser-jar.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { startReplyProxy } from '../support/reply-proxy.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';
import { openGateways } from './gateways.ts';
import { type LiveClient, startLiveClient } from './live-traffic.ts';

const FAULT_MS = 1000;
const AFTER_MS = 300;
// Far above the trust time of a second.
const LATE_MS = 5000;
const SELLERS = 9;
const SUBSCRIBERS = 300;
const SIGNED_IN = 60;
// Each seller changes about that often.
const PAUSE_MS = 150;
const WEBHOOK_TIMEOUT_MS = 1000;
const RETRY_MS = 50;
// Longer than the budget of Redis in production: a busy machine is slow without a fault.
const BUDGET_MS = '200';
// Above all ids that the sandbox generates.
const CATALOG_IDS = 1_000_000_000;

/** A change that a gateway has acknowledged, to the title of the catalog of a seller. */
interface Change {
  readonly sellerId: number;
  readonly version: number;
  readonly acknowledgedAt: number;
}

async function setStage() {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  const proxy = await startReplyProxy(redis.port);
  onTestFinished(() => proxy.close());
  const { start, sandbox } = await openGateways(0);
  sandbox.configure({ sellers: 30, maxCatalogs: 0, lots: 0 });
  const variables = {
    ...{ AUTH: 'optional', SESSION_SECRETS: 'a-secret-of-more-than-32-characters', HOOK_SECRETS: SECRET },
    ...{ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, REDIS_BUDGET_MS: BUDGET_MS },
    // All clients of the test have one address.
    LIVE_MAX_PER_CLIENT: String(SUBSCRIBERS),
  };
  const startOne = () => start(variables);
  const gateways: [GatewayProcess, GatewayProcess, GatewayProcess] = await Promise.all([
    startOne(),
    startOne(),
    startOne(),
  ]);
  const operator = redis.connect();
  onTestFinished(() => operator.disconnect());
  const { data } = await gateways[0].query(`{ sellers(pageSize: ${SELLERS}) { items { id } } }`);
  const sellerIds = (data as { sellers: { items: { id: string }[] } }).sellers.items.map(({ id }) =>
    Number(id),
  );
  for (const id of sellerIds) sandbox.changeCatalog(CATALOG_IDS + id, { title: '0', sellerIds: [id] });
  // Those that receive webhooks.
  const reachable = new Set(gateways);
  return { redis, proxy, gateways, operator, sandbox, sellerIds, reachable, startOne, messages: 0, turn: 0 };
}

type Stage = Awaited<ReturnType<typeof setStage>>;

interface Fault {
  readonly what: string;
  begin(stage: Stage): unknown;
  end(stage: Stage): unknown;
}

const isMessage = (bytes: Buffer) => bytes.includes('\r\nmessage\r\n');

const FAULTS: readonly Fault[] = [
  {
    what: 'none',
    begin: (stage) =>
      stage.proxy.tamper((bytes) => {
        if (isMessage(bytes)) stage.messages += 1;
        return [bytes];
      }),
    end(stage) {
      stage.proxy.tamper(null);
      expect(stage.messages).toBeGreaterThan(0);
    },
  },
  {
    what: 'messages lost, and nothing else',
    begin(stage) {
      stage.messages = 0;
      stage.proxy.tamper((bytes) => {
        if (isMessage(bytes)) stage.messages += 1;
        return isMessage(bytes) ? [] : [bytes];
      });
    },
    end(stage) {
      stage.proxy.tamper(null);
      expect(stage.messages).toBeGreaterThan(0);
    },
  },
  {
    what: 'subscriber connections silent',
    begin: ({ proxy }) => proxy.tamper((bytes, { isSubscriber }) => (isSubscriber ? [] : [bytes])),
    end: ({ proxy }) => proxy.tamper(null),
  },
  {
    what: 'subscriber connections broken by each message',
    begin: ({ proxy }) =>
      proxy.tamper((bytes, connection) => {
        if (isMessage(bytes)) connection.destroy();
        return [bytes];
      }),
    end: ({ proxy }) => proxy.tamper(null),
  },
  {
    what: 'Redis flushed three times',
    async begin({ operator }) {
      for (let time = 0; time < 3; time += 1) {
        await operator.flushall();
        await setTimeout(200);
      }
    },
    end: () => {},
  },
  {
    what: 'Redis stopped (SIGSTOP)',
    begin: ({ redis }) => redis.freeze(),
    end: ({ redis }) => redis.thaw(),
  },
  {
    what: 'Redis killed, and back empty',
    begin: ({ redis }) => redis.stop(),
    end: ({ redis }) => redis.restart(),
  },
  {
    what: 'a gateway stopped (SIGSTOP)',
    begin({ gateways, reachable }) {
      reachable.delete(gateways[1]);
      gateways[1].freeze();
    },
    end({ gateways, reachable }) {
      gateways[1].thaw();
      reachable.add(gateways[1]);
    },
  },
  {
    what: 'a gateway killed, and another started',
    async begin({ gateways, reachable }) {
      reachable.delete(gateways[2]);
      await gateways[2].kill();
    },
    async end(stage) {
      stage.gateways[2] = await stage.startOne();
      stage.reachable.add(stage.gateways[2]);
    },
  },
];

describe.skipIf(noRedis)('live responses of three gateway processes', SLOW, () => {
  it('miss nothing, and show nobody what is for others, whatever fails', async () => {
    const stage = await setStage();
    const clients = await subscribe(stage);
    const versions = new Map(stage.sellerIds.map((id) => [id, 0]));
    await expectLatest(clients, versions);
    const rows: string[] = [];
    const acknowledged: Change[] = [];
    for (const fault of FAULTS) {
      const before = clients.map(({ results }) => results.length);
      const changes = await suffer(stage, fault, versions);
      acknowledged.push(...changes);
      const acknowledgedAt = new Map(acknowledged.map((change) => [nameOf(change), change.acknowledgedAt]));
      await expectLatest(clients, versions);
      const events = clients.reduce(
        (sum, { results }, index) => sum + results.length - (before[index] ?? 0),
        0,
      );
      const lateness = latenessOf(clients, changes);
      rows.push(
        [
          ...[fault.what, clients.length, changes.length, events],
          ...[lateness[Math.floor(lateness.length / 2)], lateness.at(-1)].map((ms) => (ms ?? 0).toFixed(0)),
        ].join(' | '),
      );
      expect({
        fault: fault.what,
        wrong: clients.flatMap((client) => wrongOf(client, acknowledgedAt)),
      }).toEqual({
        fault: fault.what,
        wrong: [],
      });
    }
    process.stdout.write(
      `${['fault | subscribers | changes | events | lateness in ms: median | max', ...rows].join('\n')}\n`,
    );
  });
});

/** Clients over both transports at all gateways: nobody, and people who are signed in, with personal questions too. */
async function subscribe({ gateways, sellerIds }: Stage): Promise<readonly LiveClient[]> {
  const people = await Promise.all(
    Object.entries(SANDBOX_USERS).map(async ([user, password], index) => {
      const jar = createBrowserJar(gateways[index % 3]?.origin ?? '');
      expect((await jar.signIn(user, password)).status).toBe(201);
      return { user, cookie: stringifyCookie(Object.fromEntries(jar.cookies)) };
    }),
  );
  const origins = () => gateways.map(({ origin }) => origin);
  return Array.from({ length: SUBSCRIBERS }, (_, index) => {
    const person = index < SIGNED_IN ? people[index % people.length] : undefined;
    const isPersonal = index < SIGNED_IN / 2;
    const sellerId = isPersonal ? null : (sellerIds[index % SELLERS] ?? 0);
    const query = isPersonal ? VIEWER : catalogsOf(sellerId ?? 0);
    const ask = { query, sellerId, user: person?.user ?? null, cookie: person?.cookie ?? '' };
    return startLiveClient(index % 2 === 0 ? 'sse' : 'websocket', ask, origins, Math.floor(index / 2) % 3);
  });
}

/** The fault, while every seller's catalog changes, and each gateway in turn gets the webhook. Ends with the last acknowledgement. */
async function suffer(stage: Stage, { begin, end }: Fault, versions: Map<number, number>) {
  const changes: Change[] = [];
  let running = true;
  const changing = stage.sellerIds.map(async (sellerId, index) => {
    await setTimeout((PAUSE_MS * index) / SELLERS);
    while (running) {
      const version = (versions.get(sellerId) ?? 0) + 1;
      versions.set(sellerId, version);
      stage.sandbox.changeCatalog(CATALOG_IDS + sellerId, { title: String(version), sellerIds: [sellerId] });
      await report(stage, sellerId);
      changes.push({ sellerId, version, acknowledgedAt: performance.now() });
      await setTimeout(PAUSE_MS);
    }
  });
  await begin(stage);
  await setTimeout(FAULT_MS);
  await end(stage);
  await setTimeout(AFTER_MS);
  running = false;
  await Promise.all(changing);
  return changes;
}

/** Sends a webhook until a gateway acknowledges it, to each in turn. */
async function report(stage: Stage, sellerId: number): Promise<void> {
  const body = textOf(signal({ entity: 'catalog', id: CATALOG_IDS + sellerId, sellerIds: [sellerId] }));
  for (;;) {
    const reachable = [...stage.reachable];
    stage.turn += 1;
    const { origin } = reachable[stage.turn % reachable.length] as GatewayProcess;
    const headers = headersOf({ body, timestamp: Math.floor(Date.now() / 1000) });
    const timeout = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS);
    const response = await fetch(`${origin}/hooks/catalog`, {
      ...{ method: 'POST', headers, body, signal: timeout },
    }).catch(() => null);
    await response?.body?.cancel();
    if (response?.status === 202) return;
    await setTimeout(RETRY_MS);
  }
}

/** Every client ends at the last state. */
async function expectLatest(clients: readonly LiveClient[], versions: ReadonlyMap<number, number>) {
  const late = () =>
    clients.flatMap(({ ask: { sellerId, user }, transport, results }) => {
      const data = results.at(-1)?.data;
      const isLatest =
        sellerId === null ? viewerOf(data) === user : versionOf(data) === versions.get(sellerId);
      return isLatest ? [] : [{ transport, sellerId, user, data }];
    });
  await expect.poll(late, PATIENCE).toEqual([]);
}

/** How long each subscriber waited for each change, or for a later one, from its acknowledgement; ascending. */
function latenessOf(clients: readonly LiveClient[], changes: readonly Change[]): readonly number[] {
  return changes
    .flatMap(({ sellerId, version, acknowledgedAt }) =>
      clients
        .filter(({ ask }) => ask.sellerId === sellerId)
        .map(({ results }) => {
          const seen = results.find(({ data }) => (versionOf(data) ?? 0) >= version);
          return Math.max(0, (seen?.at ?? Number.POSITIVE_INFINITY) - acknowledgedAt);
        }),
    )
    .toSorted((one, other) => one - other);
}

/**
 * Results with errors, those that are for somebody else, and those older than another one of the same connection whose change
 * was acknowledged long before. A change may be seen before that, and disappear again: a load of another process that read
 * the source earlier is as good until then. The other gateways follow within the trust time, and a busy machine is late.
 */
function wrongOf(
  { ask: { sellerId, user }, results }: LiveClient,
  acknowledgedAt: ReadonlyMap<string, number>,
): readonly unknown[] {
  return results.filter(({ data, errors, connection, at }, index) => {
    if (errors) return true;
    if (sellerId === null) return viewerOf(data) !== user;
    const version = versionOf(data);
    const before = results[index - 1];
    const newer = versionOf(before?.data) ?? 0;
    const isOlder =
      before?.connection === connection &&
      newer > (version ?? 0) &&
      (acknowledgedAt.get(nameOf({ sellerId, version: newer })) ?? Number.POSITIVE_INFINITY) + LATE_MS < at;
    return version === null || sellerOf(data) !== sellerId || isOlder;
  });
}

function nameOf({ sellerId, version }: Pick<Change, 'sellerId' | 'version'>): string {
  return `${sellerId} ${version}`;
}

const VIEWER = 'subscription { viewer { id } }';
const catalogsOf = (sellerId: number) =>
  `subscription { catalogs(sellerId: ${sellerId}) { items { title sellers { id } } } }`;

interface Data {
  readonly viewer?: { readonly id: string } | null;
  readonly catalogs?: {
    readonly items: readonly {
      readonly title: string;
      readonly sellers: readonly { readonly id: string }[];
    }[];
  };
}

function viewerOf(data: unknown): string | undefined {
  return (data as Data | null)?.viewer?.id;
}

function versionOf(data: unknown): number | null {
  const title = (data as Data | null)?.catalogs?.items[0]?.title;
  return title === undefined ? null : Number(title);
}

function sellerOf(data: unknown): number {
  return Number((data as Data | null)?.catalogs?.items[0]?.sellers[0]?.id);
}
