import { setTimeout } from 'node:timers/promises';
import { SANDBOX_USERS } from '../../src/sandbox/server.ts';
import { type BrowserJar, createBrowserJar } from '../support/browser-jar.ts';

/** A session that a gateway gave, and its sign-out. All moments are by the clock of this process. */
interface SessionRecord {
  readonly user: string;
  readonly cookies: Map<string, string>;
  signOut: SignOut | null;
}

interface SignOut {
  readonly status: number;
  /** Index of the gateway. */
  readonly by: number;
  readonly answeredAt: number;
}

/** One GraphQL request and its response. */
export interface Sighting {
  /** Null for cookies that no gateway gave. */
  readonly session: SessionRecord | null;
  readonly gateway: number;
  readonly sentAt: number;
  readonly status: number;
  /** The user whose data came back. */
  readonly viewer: string | null;
  readonly hasData: boolean;
  readonly code: string | null;
  readonly retryAfter: string | null;
}

export interface SessionTraffic {
  readonly sightings: readonly Sighting[];
  readonly sessions: readonly SessionRecord[];
  readonly signIns: readonly number[];
  /** Who stays signed in throughout. */
  readonly steady: readonly SessionRecord[];
  /** Asks one gateway with the cookies of a session, as its owner or a thief, or with others. */
  ask(gateway: number, session: SessionRecord | null, cookies?: Map<string, string>): Promise<Sighting>;
  signIn(gateway: number, user: string): Promise<SessionRecord | number>;
  stop(): Promise<void>;
}

const QUERY = '{ viewer { id } sellers(pageSize: 1) { totalItems } }';
const PAUSE_MS = 80;
const ASKED_EACH = 4;

/**
 * People who sign in, ask any gateway, and sign out, again and again; some who stay; a thief with copies of the cookies of
 * sessions that were signed out; and strangers with cookies that no gateway gave. Until it is stopped.
 */
export async function startSessionTraffic(origins: readonly string[]): Promise<SessionTraffic> {
  const sightings: Sighting[] = [];
  const sessions: SessionRecord[] = [];
  const signIns: number[] = [];
  let turn = 0;
  let running = true;
  const next = () => turn++ % origins.length;
  const jarOf = (gateway: number, cookies = new Map<string, string>()): BrowserJar =>
    createBrowserJar(origins[gateway] ?? '', cookies);

  const steady = await Promise.all(['anna', 'ben', 'anna'].map(untilSignedIn));
  const loops = [
    ...steady.map((session) => loop(async () => void (await ask(next(), session)))),
    ...['anna', 'ben', 'anna', 'ben'].map((user) => loop(() => comeAndGo(user, 1))),
    loop(() => comeAndGo('operator', 2)),
    loop(steal),
    loop(intrude),
  ];

  return {
    ...{ sightings, sessions, signIns, steady, ask, signIn },
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };

  async function loop(act: () => Promise<void>): Promise<void> {
    while (running) {
      await act();
      await setTimeout(PAUSE_MS);
    }
  }

  async function ask(gateway: number, session: SessionRecord | null, cookies = session?.cookies) {
    const sentAt = performance.now();
    const response = await jarOf(gateway, cookies).ask(QUERY);
    const { data, errors } = (await response.json()) as {
      data?: { viewer: { id: string } | null; sellers: unknown } | null;
      errors?: { extensions: { code: string } }[];
    };
    const sighting = {
      ...{ session, gateway, sentAt, status: response.status },
      viewer: data?.viewer?.id ?? null,
      hasData: data?.viewer !== undefined || data?.sellers !== undefined,
      code: errors?.[0]?.extensions.code ?? null,
      retryAfter: response.headers.get('retry-after'),
    };
    sightings.push(sighting);
    return sighting;
  }

  async function signIn(gateway: number, user: string): Promise<SessionRecord | number> {
    const jar = jarOf(gateway);
    const response = await jar.signIn(user, SANDBOX_USERS[user]);
    await response.body?.cancel();
    signIns.push(response.status);
    if (response.status !== 201) return response.status;
    const session: SessionRecord = { user, cookies: jar.cookies, signOut: null };
    sessions.push(session);
    return session;
  }

  async function untilSignedIn(user: string): Promise<SessionRecord> {
    for (;;) {
      const session = await signIn(next(), user);
      if (typeof session === 'object') return session;
      await setTimeout(PAUSE_MS);
    }
  }

  /** Signs in on that many devices, asks, and signs out; with more than one, on all by one sign-out. */
  async function comeAndGo(user: string, devices: number): Promise<void> {
    const own: SessionRecord[] = [];
    for (let device = 0; device < devices; device += 1) {
      const session = await signIn(next(), user);
      if (typeof session === 'number') continue;
      own.push(session);
    }
    for (let asked = 0; asked < ASKED_EACH && running; asked += 1) {
      for (const session of own) await ask(next(), session);
      await setTimeout(PAUSE_MS);
    }
    const [first] = own;
    if (!first) return;
    const by = next();
    const copies = own.map(({ cookies }) => new Map(cookies));
    const response = await jarOf(by, first.cookies).signOut(devices > 1);
    const answeredAt = performance.now();
    // A thief copied the cookies before.
    own.forEach((session, index) => {
      for (const [name, value] of copies[index] ?? []) session.cookies.set(name, value);
      session.signOut = { status: response.status, by, answeredAt };
    });
  }

  async function steal(): Promise<void> {
    const ended = sessions.filter(({ signOut }) => signOut !== null);
    const lately = ended.slice(-3);
    const before = ended[Math.floor(Math.random() * ended.length)];
    for (const session of before ? [...lately, before] : lately) await ask(next(), session);
  }

  async function intrude(): Promise<void> {
    const [victim] = steady;
    const claim = victim?.cookies.get('sid-claim') ?? '';
    const other = sessions.at(-1)?.cookies.get('sid') ?? '';
    const unknown = 'A'.repeat(43);
    const forged = `${claim.split('.').slice(0, 2).join('.')}.${'A'.repeat(43)}`;
    for (const cookies of [
      {},
      { sid: unknown },
      { sid: unknown, 'sid-claim': claim },
      { sid: unknown, 'sid-claim': forged },
      { 'sid-claim': claim },
      { '__Host-sid-claim': claim, '__Host-sid': unknown, sid: other },
    ])
      await ask(next(), null, new Map(Object.entries(cookies)));
  }
}
