import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { createClaims, MAX_SKEW_MS } from '../../src/auth/claims.ts';
import type { AuthEvent } from '../../src/auth/events.ts';
import { createRedisSessions } from '../../src/auth/redis-sessions.ts';
import type { SessionCookies, Sessions, Verification } from '../../src/auth/session-api.ts';
import type { SessionStore } from '../../src/auth/session-store.ts';
import { createSessions } from '../../src/auth/sessions.ts';
import { openRedisState, type RedisClient, type RedisState } from '../../src/cache/index.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { startRedis, type TestRedis } from './redis.ts';

export const NOW = Date.parse('2026-06-15T12:00:00Z');
export const MINUTE_MS = 60_000;
export const IDLE_MS = 8 * 60 * MINUTE_MS;
export const MAX_MS = 7 * 24 * 60 * MINUTE_MS;
export const GRACE_MS = 15 * MINUTE_MS;
export const PLACE = { userAgent: 'a browser', address: '192.0.2.0' };

/** The sessions of one process. */
interface SessionProcess extends Sessions {
  readonly events: readonly AuthEvent[];
  readonly ended: readonly Principal[];
  signInAs(id: string): Promise<SessionCookies & { readonly principal: Principal }>;
  /** The user who signed in with the cookies; null for nobody. Rejects if that cannot be verified. */
  userOf(cookies: SessionCookies): Promise<string | null>;
  verified(cookies: SessionCookies): Promise<Verification>;
}

export interface SessionProcessOptions {
  readonly store: SessionStore;
  readonly secrets?: readonly string[] | null;
  readonly issuer?: string;
  readonly idleMs?: number;
  /** How far its clock is ahead of the others. */
  readonly aheadMs?: number;
}

type Messages = RedisState['messages'];
type Listener = Parameters<Messages['listen']>[0];

/** Processes with one clock, which stands still until it is moved, and messages that the test can lose. */
export function createSessionProcesses() {
  const clock = { ms: NOW };
  const network = { losesMessages: false };
  const listeners = new Map<Messages, Listener>();
  const gaps: (() => void)[] = [];

  return {
    ...{ clock, network, start },
    /** Messages arrive again, and the processes notice that some did not. */
    reconnect() {
      network.losesMessages = false;
      for (const onGap of gaps) onGap();
    },
  };

  function start({
    store,
    secrets = ['secret of the test'],
    issuer = 'test',
    ...rest
  }: SessionProcessOptions) {
    const { idleMs = IDLE_MS, aheadMs = 0 } = rest;
    const events: AuthEvent[] = [];
    const ended: Principal[] = [];
    const own = { now: () => clock.ms + aheadMs, monotonic: () => clock.ms - NOW };
    const messages: Messages = {
      publish(message) {
        if (network.losesMessages) return;
        for (const [receiver, listener] of listeners) if (receiver !== messages) listener(message);
      },
      listen(listener, onGap) {
        listeners.set(messages, listener);
        gaps.push(onGap);
        // As at the first subscription.
        onGap();
      },
    };
    const sessions = createSessions({
      ...{ store, messages, idleMs, maxMs: MAX_MS, graceMs: GRACE_MS, clock: own },
      claims: secrets && createClaims({ secrets, issuer, graceMs: GRACE_MS, clock: own }),
      report: (event) => void events.push(event),
      onEnd: (principal) => void ended.push(principal),
    });
    onTestFinished(() => sessions.close());
    const process: SessionProcess = {
      ...{ ...sessions, events, ended },
      signInAs: (id) => sessions.signIn({ id, name: id }, PLACE),
      verified: async (cookies) => sessions.verify(cookies),
      userOf: async (cookies) => (await sessions.verify(cookies)).principal?.id ?? null,
    };
    return process;
  }
}

/** A Redis of sessions whose connection the test can take away, and whose replies it can hold back. */
function createSessionRedis(client: RedisClient, now: () => number, idleMs = IDLE_MS) {
  const commands: string[] = [];
  const line = { isAway: false, held: null as Promise<void> | null };
  const redis: RedisClient = {
    async send(sent, timeoutMs) {
      if (line.isAway) throw new Error('the test took Redis away');
      commands.push(...sent.map(([name]) => name));
      const replies = await client.send(sent, timeoutMs);
      await line.held;
      return replies;
    },
  };
  const store = createRedisSessions({
    ...{ redis, keyPrefix: 'test_sessions:', timeoutMs: 1000, idleMs, maxMs: MAX_MS },
    ...{ rememberMs: GRACE_MS + MAX_SKEW_MS, clock: { now } },
  });
  return {
    store,
    line,
    /** How many commands of that name were sent. */
    count: (name: string) => commands.filter((each) => each === name).length,
    /** Holds all replies back until the returned function is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      line.held = promise;
      return () => {
        line.held = null;
        resolve();
      };
    },
  };
}

/** For a `describe`: one Redis for all of its tests, empty at the start of each. */
export function shareSessionRedis() {
  let redis: TestRedis;
  let state: RedisState;
  let operator: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    operator = redis.connect();
    state = await openRedisState({
      ...{ server: { kind: 'single', url: redis.url }, budgetMs: 1000, channel: 'test' },
      ...{ random: Math.random, report: () => {} },
    });
  });
  beforeEach(() => operator.flushall());
  afterAll(async () => {
    operator.disconnect();
    state.close();
    await redis.kill();
  });
  return {
    /** With full rights. */
    operator: () => operator,
    redis: () => redis,
    startScene: (idleMs?: number) => createSessionScene(state.client, idleMs),
  };
}

/** Processes that share a Redis. */
export function createSessionScene(client: RedisClient, idleMs = IDLE_MS) {
  const processes = createSessionProcesses();
  const redis = createSessionRedis(client, () => processes.clock.ms, idleMs);
  const start = (options: Partial<SessionProcessOptions> = {}) =>
    processes.start({ store: redis.store, idleMs, ...options });
  return { ...processes, ...redis, start };
}
