import { hash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { stripIgnoredCharacters } from 'graphql';
import { decodeJwt } from 'jose';
import { expect } from 'vitest';
import { type BrowserJar, createBrowserJar } from '../support/browser-jar.ts';
import type { TestGateway } from '../support/gateway.ts';
import { exchange, type WireAnswer } from '../support/http-client.ts';
import type { Operation, Viewer } from './audience-operations.ts';

/** Who sends requests, and what the gateway may tell them. */
export interface Sender {
  readonly headers: Readonly<Record<string, string>>;
  /** Null for nobody. */
  readonly viewer: Viewer | null;
  readonly by: 'nothing' | 'session' | 'token' | 'other token';
  /** The browser of a session. */
  readonly browser: BrowserJar | null;
  state: 'valid' | 'ending' | 'ended';
}

export interface Ask {
  readonly sender: number;
  readonly gateway: number;
  readonly operation: Operation;
  readonly method: 'GET' | 'POST';
  readonly persisted: 'no' | 'with text' | 'by hash';
  readonly junk: string;
  /** Of a response that any sender got; null without one. */
  readonly etag: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The requests that were sent, and how often a response was compared with something that it must not have. */
export interface Counts {
  requests: number;
  bodies: number;
  notModified: number;
  refusals: number;
  comparisons: number;
  executions: number;
  hits: number;
  shared: number;
}

/** Sends requests of all senders, and checks every response against the one that its sender must get. */
export function createWorld(gateways: readonly TestGateway[], required: boolean, counts: Counts) {
  const senders: Sender[] = [];
  const texts = new Map<string, string>();
  /** Who executed what on which gateway, for each response that is stored. */
  const executions = new Map<string, number>();
  const responses = new Set<string>();
  const everExecuted = new Set<string>();
  /** Those that may be executed more than once. */
  const repeatable = new Set<string>();

  return { senders, burst, signIn, signOut, pass, checkExecutions, sharedResponses };

  async function signIn(username: string, password: string, gateway: number): Promise<void> {
    const { origin } = gateways[gateway % gateways.length] as TestGateway;
    // No two sessions begin at the same moment.
    pass(1);
    const browser = createBrowserJar(origin);
    const response = await browser.signIn(username, password);
    expect(response.status).toBe(201);
    const { kind: _, ...viewer } = (await response.json()) as Viewer & { kind: string };
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    senders.push({ headers: { cookie }, viewer, by: 'session', browser, state: 'valid' });
  }

  /** Also of the other sessions of the user, if `everywhere`. */
  async function signOut(sender: Sender, everywhere: boolean, meanwhile: () => Promise<void>): Promise<void> {
    const ending = senders.filter(
      (each) =>
        each === sender || (everywhere && each.by === 'session' && each.viewer?.id === sender.viewer?.id),
    );
    if (sender.state === 'valid')
      for (const each of ending) if (each.state === 'valid') each.state = 'ending';
    const [response] = await Promise.all([(sender.browser as BrowserJar).signOut(everywhere), meanwhile()]);
    expect(response.status).toBe(204);
    // Every process knows after the trust time.
    pass(1001);
    for (const each of senders) if (each.state === 'ending') each.state = 'ended';
  }

  function pass(ms: number): void {
    for (const { clock } of gateways) clock.ms += ms;
    const now = gateways[0]?.clock.ms ?? 0;
    for (const each of senders)
      if (each.viewer && Date.parse(each.viewer.expiresAt) + 31_000 <= now) each.state = 'ended';
    // Responses of before have expired.
    if (ms < 3_600_000) return;
    executions.clear();
    repeatable.clear();
  }

  async function burst(asks: readonly Ask[]): Promise<void> {
    const answers = await Promise.all(asks.map(send));
    // An execution counts before the responses that others share with it.
    for (const [index, ask] of asks.entries()) noteExecution(ask, answers[index] as WireAnswer);
    for (const [index, ask] of asks.entries()) check(ask, answers[index] as WireAnswer);
  }

  function send({ sender, gateway, operation, method, persisted, junk, etag, headers }: Ask) {
    const { headers: credentials } = senderOf(sender);
    const cookie = [junk, credentials.cookie].filter(Boolean).join('; ');
    const known = [...texts.keys()];
    const parameters = {
      ...(persisted !== 'by hash' && { query: operation.document }),
      ...(operation.name && { operationName: operation.name }),
      variables: operation.variables,
      ...(persisted !== 'no' && {
        extensions: { persistedQuery: { version: 1, sha256Hash: hash('sha256', operation.document) } },
      }),
    };
    const sent = {
      ...headers,
      ...credentials,
      ...(cookie && { cookie }),
      ...(etag !== null && known.length > 0 && { 'if-none-match': known[etag % known.length] as string }),
    };
    counts.requests += 1;
    const target = gateways[gateway % gateways.length] as TestGateway;
    if (method === 'POST')
      return exchange(target, '/graphql', {
        method,
        headers: { ...sent, 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      });
    const query = Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return exchange(target, `/graphql?${new URLSearchParams(query)}`, { headers: sent });
  }

  function check(ask: Ask, answer: WireAnswer): void {
    const sender = senderOf(ask.sender);
    const { status, headers } = answer;
    const text = textOf(answer);
    checkHeaders(sender, answer);
    checkMarks(sender, `${text} ${JSON.stringify(headers)}`);
    const viewers =
      sender.state === 'ending' ? [sender.viewer, null] : [sender.state === 'valid' ? sender.viewer : null];
    const accepted = viewers
      .filter((viewer) => viewer || (!required && sender.by !== 'token'))
      .map((viewer) => JSON.stringify({ data: ask.operation.dataFor(viewer) }));
    const isRefusable =
      (ask.headers['cache-control'] ?? '').includes('only-if-cached') || ask.persisted === 'by hash';
    if (status === 200 && headers.etag) {
      expect(accepted).toContain(text);
      texts.set(headers.etag, text);
      counts.bodies += 1;
      checkSharing(ask, answer);
    } else if (status === 304) {
      expect(accepted).toContain(texts.get(headers.etag ?? ''));
      counts.notModified += 1;
      checkSharing(ask, answer);
    } else if (accepted.includes(text)) {
      counts.bodies += 1;
    } else {
      expect(text).not.toContain('"data"');
      expect(headers['cache-control']).toBe('no-store');
      if (status === 401) expect(accepted.length).toBeLessThan(viewers.length);
      else
        expect([isRefusable, status]).toEqual([true, ask.persisted === 'by hash' ? expect.any(Number) : 504]);
      counts.refusals += 1;
    }
  }

  function checkHeaders(sender: Sender, { headers, status }: WireAnswer): void {
    const names = (headers.vary ?? '').split(', ');
    expect(names).toEqual(expect.arrayContaining(['Authorization', 'Cookie']));
    const isPublic = sender.by === 'nothing' && !required;
    if (headers.etag) expect(headers['cache-control']).toMatch(isPublic ? /^public, / : /^private, /);
    const cookies = headers['set-cookie'] ?? [];
    const own = hash('sha256', idOf(sender), 'base64url');
    for (const line of cookies) {
      const [, name, value = ''] = /^([\w-]+)=([^;]*)/.exec(line) ?? [];
      expect([status, name, decodeJwt(value).sid]).toEqual([status, 'sid-claim', own]);
    }
  }

  /** The response has nothing that marks another principal. */
  function checkMarks(sender: Sender, text: string): void {
    const own = marksOf(sender.viewer);
    for (const other of senders) {
      if (other.viewer === sender.viewer) continue;
      counts.comparisons += 1;
      const foreign = marksOf(other.viewer).filter((mark) => !own.includes(mark));
      expect(foreign.filter((mark) => text.includes(mark))).toEqual([]);
    }
  }

  function noteExecution(ask: Ask, answer: WireAnswer): void {
    const cacheStatus = String(answer.headers['cache-status'] ?? '');
    if (!cacheStatus.includes('fwd=') || cacheStatus.includes('collapsed')) return;
    const isStored = ask.operation.readsCatalogs && !ask.headers['cache-control'];
    for (const key of keysOf(ask)) {
      if (!ask.operation.isPersonal) responses.add(keysOf({ ...ask, gateway: 0 })[0] as string);
      everExecuted.add(key);
      executions.set(key, (executions.get(key) ?? 0) + 1);
      if (!isStored || senderOf(ask.sender).state === 'ending') repeatable.add(key);
    }
    counts.executions += 1;
  }

  /** A response that was not executed for its sender was executed for the same audience. */
  function checkSharing(ask: Ask, { headers }: WireAnswer): void {
    const cacheStatus = String(headers['cache-status']);
    if (cacheStatus.includes('fwd=') && !cacheStatus.includes('collapsed')) return;
    counts[cacheStatus.includes('hit') ? 'hits' : 'shared'] += 1;
    const everywhere = ask.operation.isPersonal ? [ask.gateway] : gateways.map((_, gateway) => gateway);
    const keys = everywhere.flatMap((gateway) => keysOf({ ...ask, gateway }));
    expect(keys.filter((key) => everExecuted.has(key))).not.toEqual([]);
  }

  /** Each audience has had one execution of each operation, unless a request demanded another one. */
  function checkExecutions(): void {
    for (const [key, count] of executions) if (!repeatable.has(key)) expect([key, count]).toEqual([key, 1]);
  }

  /** The number of different responses that all principals share. */
  function sharedResponses(): number {
    return responses.size;
  }

  /** A response that is stored, on one gateway, and for whom. A session that ends may be that of its user or of nobody. */
  function keysOf({ sender, gateway, operation, headers }: Ask): readonly string[] {
    const { document, name, variables, isPersonal } = operation;
    const { state, viewer } = senderOf(sender);
    const audiences = !isPersonal
      ? ['all']
      : state === 'ending'
        ? [viewer, null]
        : [state === 'valid' ? viewer : null];
    const of = [stripIgnoredCharacters(document), name, variables, headers.accept];
    return audiences.map((audience) => JSON.stringify({ gateway: gateway % gateways.length, audience, of }));
  }

  function senderOf(index: number): Sender {
    return senders[index % senders.length] as Sender;
  }
}

function idOf({ headers }: Sender): string {
  return /(?:^|; )sid=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? '';
}

function marksOf(viewer: Viewer | null): readonly string[] {
  return viewer ? Object.values(viewer).filter((mark) => mark !== null) : [];
}

function textOf({ headers, bytes }: WireAnswer): string {
  const decode = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
  const coding = headers['content-encoding'] as keyof typeof decode | undefined;
  return `${coding && bytes.length > 0 ? decode[coding](bytes) : bytes}`;
}
