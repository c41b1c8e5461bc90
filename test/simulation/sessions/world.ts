import { hash } from 'node:crypto';
import { type Claims, MAX_SKEW_MS } from '../../../src/auth/claims.ts';
import type { SessionCookies, Sessions } from '../../../src/auth/session-api.ts';
import type { RedisState } from '../../../src/cache/index.ts';
import type { Principal } from '../../../src/domain/principal.ts';
import { personalKey } from '../../../src/repository/keys.ts';
import { createRandom } from '../random.ts';
import { createScheduler } from '../scheduler.ts';
import { takeOverTimers } from '../timers.ts';
import { judge, MAX_OFFSET_MS, SETTINGS, type SessionFacts } from './history.ts';
import type { Program } from './program.ts';
import { createSessionsRedis } from './redis.ts';

export interface Run {
  readonly broken: readonly string[];
  readonly lines: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

interface Browser {
  readonly user: string;
  cookies: SessionCookies | null;
}

interface Gateway {
  life: number;
  sessions: Sessions;
  readonly offset: number;
  /** When the store confirmed each session to this process. */
  proven: Map<string, number>;
  /** The stored responses: of catalog data and of the viewer. */
  responses: Map<string, string>;
}

const GATEWAYS = 3;
const USERS = ['anna', 'ben'];
const PREFIX = 'sessions:';
const EPOCH = 1_000_000_000_000;
const LENGTH_MS = 500_000;
const REQUESTS = 60;
// Two attempts, a second apart, with their trips.
const CARRIED_OUT_MS = 3000;
const DOCUMENTS = ['{ sellers { totalItems } }', '{ ...Mine } fragment Mine on Query { viewer { id } }'];

/** Runs one history: people sign in, ask and sign out at gateways, while Redis, messages and processes fail. */
export async function runSessions(seed: number, program: Program): Promise<Run> {
  const random = createRandom(seed);
  const scheduler = createScheduler(random);
  const restoreTimers = takeOverTimers(scheduler);
  const redis = createSessionsRedis(scheduler, random);
  const state = { upSince: 0, emptiedAt: Number.NEGATIVE_INFINITY, isAway: false, losesMessages: false };
  const facts = new Map<string, SessionFacts>();
  const claimedAt = new Map<string, number>();
  const documentOf = program.createKnownDocuments(2000);
  const broken: string[] = [];
  const lines: string[] = [];
  const counts = new Map<string, number>();
  const listeners = new Map<number, Parameters<RedisState['messages']['listen']>>();
  let lives = 0;

  const say = (line: string) => void lines.push(`${scheduler.now()} ${line}`);
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  redis.onRead = (key) => {
    const session = facts.get(key.slice(PREFIX.length + 1, -1));
    if (session && redis.peek(key) !== 'ended') session.readAt = scheduler.now();
  };

  const gateways = Array.from({ length: GATEWAYS }, () => start(random.whole(-MAX_OFFSET_MS, MAX_OFFSET_MS)));
  const browsers: Browser[] = Array.from({ length: 4 }, (_, index) => ({
    user: USERS[index % USERS.length] as string,
    cookies: null,
  }));
  for (const browser of browsers) at(0.1, () => void signIn(browser));
  for (let index = 0; index < REQUESTS; index += 1) at(1, () => void act());
  for (let index = random.whole(0, 3); index > 0; index -= 1) at(1, () => fail());

  try {
    await scheduler.run(() => broken.length > 0);
  } finally {
    for (const { sessions } of gateways) sessions.close();
    restoreTimers();
  }
  return { broken, lines, counts };

  function at(share: number, run: () => void): void {
    scheduler.after(random.next() * LENGTH_MS * share, null, run);
  }

  function start(offset: number): Gateway {
    lives += 1;
    const life = lives;
    const clock = { now: () => EPOCH + scheduler.now() + offset, monotonic: () => scheduler.now() };
    const { idleMs, maxMs, graceMs, timeoutMs } = SETTINGS;
    const proven = new Map<string, number>();
    const store = program.createRedisSessions({
      redis: redis.connect(life),
      keyPrefix: PREFIX,
      rememberMs: graceMs + MAX_SKEW_MS,
      ...{ idleMs, maxMs, timeoutMs, clock },
    });
    const messages: RedisState['messages'] = {
      publish(message) {
        for (const [other, [listener]] of listeners) {
          if (other === life || state.losesMessages || state.isAway) continue;
          for (let copies = random.chance(0.1) ? 2 : 1; copies > 0; copies -= 1)
            scheduler.after(random.whole(1, 200), other, () => {
              if (message.type === 'invalidated') for (const tag of message.tags) noteHeard(other, tag);
              listener(message);
            });
        }
      },
      listen: (...both) => void listeners.set(life, both),
    };
    const sessions = program.createSessions({
      store: {
        ...store,
        async find(sessionHash) {
          const sentAt = scheduler.now();
          const found = await store.find(sessionHash);
          if (found.session) proven.set(sessionHash, sentAt);
          return found;
        },
      },
      claims: createPlainClaims(clock),
      messages,
      ...{ idleMs, maxMs, graceMs, clock },
      report: (event) => count('outcome' in event ? `${event.type} ${event.outcome}` : event.type),
      onEnd() {},
    });
    return { life, sessions, offset, proven, responses: new Map() };
  }

  /** A message about a session, or about all of a user. */
  function noteHeard(life: number, tag: string): void {
    for (const session of facts.values())
      if (session.hash === tag || tag.endsWith(` ${session.userId}`)) session.heard.add(life);
  }

  function act(): void {
    const browser = random.pick(browsers);
    const kind = random.next();
    if (!browser.cookies || kind < 0.05) void signIn(browser);
    else if (kind < 0.15) void signOut(browser, random.chance(0.3));
    else if (kind < 0.18) void ask({ id: 'x'.repeat(43), claim: browser.cookies.claim });
    else {
      // A copy of the cookies, which may be used after the sign-out too.
      const cookies = { ...browser.cookies };
      for (const ms of [0, random.whole(0, 3000), random.whole(0, 100_000)])
        scheduler.after(
          ms,
          null,
          () => void ask(random.chance(0.5) ? cookies : (browser.cookies ?? cookies)),
        );
    }
  }

  function fail(): void {
    const ms = random.whole(500, 100_000);
    const kind = random.next();
    if (kind < 0.5) {
      // One failure of Redis at a time.
      if (state.upSince === Number.POSITIVE_INFINITY) return;
      const isAway = kind < 0.35;
      say(isAway ? 'Redis is away' : 'Redis is slow');
      count(isAway ? 'away' : 'slow');
      const set = isAway ? redis.setAway : redis.setSlow;
      set(true);
      state.isAway = isAway;
      state.upSince = Number.POSITIVE_INFINITY;
      scheduler.after(ms, null, () => {
        // A Redis that restarts may have lost everything.
        if (isAway && random.chance(0.4)) empty();
        set(false);
        state.isAway = false;
        say('Redis is back');
        state.upSince = scheduler.now();
        if (isAway) reconnect();
      });
    } else if (kind < 0.7) empty();
    else if (kind < 0.85) {
      state.losesMessages = true;
      scheduler.after(ms, null, () => {
        state.losesMessages = false;
        reconnect();
      });
    } else {
      const gateway = random.pick(gateways);
      say(`process ${gateway.life} ends`);
      scheduler.stop(gateway.life, Number.POSITIVE_INFINITY);
      listeners.delete(gateway.life);
      Object.assign(gateway, start(gateway.offset));
    }
  }

  /** The processes notice that messages may have been lost. */
  function reconnect(): void {
    for (const [life, [, onGap]] of listeners) scheduler.after(random.whole(1, 500), life, onGap);
  }

  function empty(): void {
    say('Redis is emptied');
    count('emptied');
    redis.empty();
    state.emptiedAt = scheduler.now();
  }

  /** Runs work in the life of a process, so that its timers belong to it. */
  function within<T>({ life }: Gateway, work: () => T | Promise<T>, done: (result: T | Error) => void): void {
    scheduler.after(0, life, () => {
      // The answer reaches the client in an event of its own.
      const settle = (result: T | Error) => void scheduler.after(0, null, () => done(result));
      try {
        Promise.resolve(work()).then(settle, settle);
      } catch (error) {
        settle(error as Error);
      }
    });
  }

  function signIn(browser: Browser): void {
    const gateway = random.pick(gateways);
    const { user } = browser;
    const place = { userAgent: '', address: '' };
    within(
      gateway,
      () => gateway.sessions.signIn({ id: user, name: user }, place),
      (result) => {
        if (result instanceof Error) return;
        const sessionHash = hash('sha256', result.id, 'base64url');
        browser.cookies = { id: result.id, claim: result.claim };
        facts.set(sessionHash, {
          ...{ hash: sessionHash, userId: user, beganAt: scheduler.now() },
          expiresAt: scheduler.now() + SETTINGS.maxMs,
          readAt: scheduler.now(),
          endBeganAt: Number.POSITIVE_INFINITY,
          endedAt: Number.POSITIVE_INFINITY,
          ...{ kept: new Map(), heard: new Set(), idledOut: false },
        });
        if (result.claim) claimedAt.set(result.claim, scheduler.now() - 4 * SETTINGS.timeoutMs);
        say(`${user} signs in at ${gateway.life}: ${sessionHash.slice(0, 6)}`);
        count('signed in');
      },
    );
  }

  function signOut(browser: Browser, everywhere: boolean): void {
    const gateway = random.pick(gateways);
    const { life } = gateway;
    const { cookies, user } = browser;
    if (!cookies) return;
    browser.cookies = null;
    const own = hash('sha256', cookies.id, 'base64url');
    const ending = [...facts.values()].filter(
      (session) => session.hash === own || (everywhere && session.userId === user),
    );
    for (const session of ending) session.endBeganAt = Math.min(session.endBeganAt, scheduler.now());
    say(`${user} signs out${everywhere ? ' everywhere' : ''} at ${life}: ${own.slice(0, 6)}`);
    within(
      gateway,
      () => gateway.sessions.signOut(cookies.id, user, everywhere),
      (outcome) => {
        if (outcome instanceof Error) return;
        count(`sign-out ${outcome}`);
        for (const session of ending) {
          session.heard.add(life);
          // A sign-out of all sessions goes by the clock of its process in a store that was emptied.
          const isSure = session.hash === own || state.emptiedAt < session.beganAt;
          if (outcome === 'done' && isSure) session.endedAt = Math.min(session.endedAt, scheduler.now());
          if (outcome === 'kept' && session.hash === own) session.kept.set(life, scheduler.now());
        }
        say(`the sign-out of ${own.slice(0, 6)} is ${outcome}`);
      },
    );
  }

  function ask(cookies: SessionCookies): void {
    const gateway = random.pick(gateways);
    const askedAt = scheduler.now();
    const sessionHash = hash('sha256', cookies.id, 'base64url');
    within(
      gateway,
      () => gateway.sessions.verify(cookies),
      (verification) => {
        const session = facts.get(sessionHash) ?? null;
        if (session) {
          noteIdle(session);
          noteCarriedOut(session);
        }
        const isUnavailable = verification instanceof Error;
        const principal = isUnavailable ? null : verification.principal;
        if (!isUnavailable && verification.claim !== null) {
          claimedAt.set(verification.claim, askedAt - 4 * SETTINGS.timeoutMs);
          const browser = browsers.find((each) => each.cookies?.id === cookies.id);
          if (browser) browser.cookies = { id: cookies.id, claim: verification.claim };
        }
        const provenAt = Math.max(
          gateway.proven.get(sessionHash) ?? Number.NEGATIVE_INFINITY,
          (cookies.claim && claimedAt.get(cookies.claim)) || Number.NEGATIVE_INFINITY,
        );
        const result = isUnavailable ? ('unavailable' as const) : principal && { userId: principal.id };
        const answer = { life: gateway.life, askedAt, at: scheduler.now(), result, provenAt };
        count(isUnavailable ? 'unavailable' : principal ? 'let in' : 'nobody');
        say(`${gateway.life} takes ${sessionHash.slice(0, 6)} for ${result && JSON.stringify(result)}`);
        const promise = judge(session, answer, state, count) ?? respond(gateway, principal);
        if (promise) broken.push(promise);
      },
    );
  }

  /** Answers both documents as the handler does: by the stored response of its key, or by an execution. */
  function respond({ responses }: Gateway, principal: Principal | null): string | null {
    for (const text of DOCUMENTS) {
      const isPersonal = documentOf(text)?.operations[0]?.isPersonal ?? false;
      const viewer = isPersonal ? (principal?.id ?? 'nobody') : 'everybody';
      const key = isPersonal ? personalKey(text, principal ? program.keyOf(principal) : 'nobody') : text;
      const response = responses.get(key) ?? `${viewer} ${text}`;
      responses.set(key, response);
      const expected = text.includes('viewer') ? (principal?.id ?? 'nobody') : 'everybody';
      if (!response.startsWith(`${expected} `))
        return expected === 'everybody'
          ? '12: catalog data is stored for each principal'
          : '11: a response of one principal reaches another';
    }
    return null;
  }

  /** A kept sign-out is carried out soon after Redis is back, if its process still runs. */
  function noteCarriedOut(session: SessionFacts): void {
    for (const [life, keptAt] of session.kept) {
      const isRunning = gateways.some((gateway) => gateway.life === life);
      const endedAt = Math.max(state.upSince, keptAt) + CARRIED_OUT_MS;
      if (isRunning && endedAt < scheduler.now()) session.endedAt = Math.min(session.endedAt, endedAt);
    }
  }

  function noteIdle(session: SessionFacts): void {
    const isGone = redis.peek(`${PREFIX}{${session.hash}}`) === undefined;
    const isEmptied = state.emptiedAt >= session.beganAt - 4 * SETTINGS.timeoutMs;
    if (isGone && !isEmptied && session.endBeganAt === Number.POSITIVE_INFINITY) session.idledOut = true;
  }
}

/**
 * Claims without a signature, by the rules of the real ones: signatures take real time. Their own tests cover those.
 */
function createPlainClaims(clock: { now(): number }): Claims {
  return {
    sign: async (claim) => JSON.stringify(claim),
    async read(token) {
      const claim = JSON.parse(token);
      const ageMs = clock.now() - claim.verifiedAt;
      return ageMs > SETTINGS.graceMs || ageMs < -MAX_SKEW_MS ? null : claim;
    },
  };
}
