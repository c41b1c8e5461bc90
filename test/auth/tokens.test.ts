import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { exportJWK, exportSPKI, importJWK, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthEvent } from '../../src/auth/events.ts';
import { isJwt, TokenRejected } from '../../src/auth/token-api.ts';
import { createTokenVerifier, type TokenVerifierOptions } from '../../src/auth/tokens.ts';
import { SessionUnavailable } from '../../src/domain/errors.ts';
import { createKeyFetcher, KeySetUnavailable } from '../../src/upstream/jwks.ts';
import { AUDIENCE, ISSUED_AT, ISSUER, type SigningKey, signingKey, signToken } from '../support/tokens.ts';
import { startWebServer } from '../support/web-server.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

let rsa: SigningKey;
let ec: SigningKey;
let ed: SigningKey;
let other: SigningKey;

beforeAll(async () => {
  [rsa, ec, ed, other] = await Promise.all([
    signingKey('RS256'),
    signingKey('ES256'),
    signingKey('EdDSA'),
    signingKey('ES256', 'other'),
  ]);
});

function openVerifier(options: Partial<TokenVerifierOptions> = {}) {
  const events: AuthEvent[] = [];
  let at = ISSUED_AT;
  let keys: readonly JWK[] = [rsa.jwk, ec.jwk, ed.jwk];
  let failure: Error | null = null;
  let fetches = 0;
  const clock = { now: () => at, monotonic: () => at - ISSUED_AT };
  const verifier = createTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    clock,
    fetchKeys: async () => {
      fetches += 1;
      if (failure) throw failure;
      return structuredClone(keys);
    },
    report: (event) => events.push(event),
    ...options,
  });
  return {
    clock,
    events,
    fetches: () => fetches,
    later: (ms: number) => {
      at += ms;
    },
    publish: (...published: readonly JWK[]) => {
      keys = published;
    },
    failWith: (reason: string | null) => {
      failure = reason === null ? null : new KeySetUnavailable(reason);
    },
    verify: verifier.verify,
    /** `sync` if the principal was remembered. */
    verification: (token: string) => {
      const principal = verifier.verify(token);
      if (!(principal instanceof Promise)) return 'sync';
      principal.catch(() => {});
      return 'async';
    },
    outcome: async (token: string) => {
      try {
        return (await verifier.verify(token)).id;
      } catch (error) {
        if (error instanceof SessionUnavailable) return 'unavailable';
        expect(error).toBeInstanceOf(TokenRejected);
        expect(error).toMatchObject({ code: 'UNAUTHENTICATED', message: 'Invalid token.' });
        expect(error).not.toHaveProperty('cause');
        return events.flatMap((event) => (event.type === 'token-rejected' ? [event.reason] : [])).at(-1);
      }
    },
    count: (type: AuthEvent['type']) => events.filter((event) => event.type === type).length,
  };
}

/** A token whose parts are not signed by jose. `sign` makes the signature of the first two parts. */
function rawToken(header: unknown, claims: unknown, sign: (input: string) => string = () => ''): string {
  const encode = (part: unknown) =>
    Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(input)}`;
}

const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ada',
  exp: ISSUED_AT / 1000 + 3600,
};

describe('a valid token', () => {
  it.each([
    ['RS256', () => rsa],
    ['ES256', () => ec],
    ['EdDSA', () => ed],
  ])('signed by %s gives its principal', async (_, key) => {
    const { verify } = openVerifier();
    expect(await verify(await signToken(key(), { name: 'Ada Lovelace' }))).toEqual({
      id: 'ada',
      name: 'Ada Lovelace',
      kind: 'user',
      signedInAt: ISSUED_AT,
      expiresAt: ISSUED_AT + 60 * MINUTE,
    });
  });

  it('is not verified again until it expires', async () => {
    const { verify, verification, later, count, fetches } = openVerifier();
    const token = await signToken(ec);
    const principal = await verify(token);
    for (let minute = 0; minute < 59; minute += 1) {
      later(MINUTE);
      expect(verify(token)).toBe(principal);
      // Lets a fetch in the background end.
      await Promise.resolve().then(() => new Promise(setImmediate));
    }
    expect(count('token-verified')).toBe(1);
    expect(fetches()).toBeGreaterThan(5);
    later(MINUTE);
    expect(verification(token)).toBe('async');
  });

  it('may name the gateway in a list of audiences, and one of several audiences of the gateway', async () => {
    const { outcome } = openVerifier({ audience: ['first', AUDIENCE] });
    expect(await outcome(await signToken(ec, { aud: ['elsewhere', AUDIENCE] }))).toBe('ada');
    expect(await outcome(await signToken(ec, { aud: 'first' }))).toBe('ada');
  });

  it.each([
    [{ name: 'Ada', preferred_username: 'al', email: 'a@example.test' }, 'Ada'],
    [{ preferred_username: 'al', email: 'a@example.test' }, 'al'],
    [{ email: 'a@example.test' }, 'a@example.test'],
    [{}, 'ada'],
    [{ name: '', preferred_username: 7, email: ' ' }, 'ada'],
    [{ name: 'x'.repeat(257), preferred_username: 'two\nlines', email: 'a\u202eb' }, 'ada'],
    [{ name: 'نازنین\u200cزهرا' }, 'نازنین\u200cزهرا'],
    [{ name: '\ud83d\ude00'.repeat(256) }, '\ud83d\ude00'.repeat(256)],
  ])('with %j has the name %j', async (claims, name) => {
    const { verify } = openVerifier();
    expect(await verify(await signToken(ec, claims))).toMatchObject({ name });
  });

  it('has a well-formed name', async () => {
    const { verify } = openVerifier();
    // JSON has the lone surrogate as an escape.
    expect(await verify(await signToken(ec, { name: 'a\ud800' }))).toMatchObject({ name: 'ada' });
  });

  it.each([
    [{ client_id: 'ada' }, 'machine'],
    [{ azp: 'ada' }, 'machine'],
    [{ gty: 'client-credentials' }, 'machine'],
    [{ client_id: 'web', azp: 'web' }, 'user'],
    [{ gty: 'password' }, 'user'],
  ])('with %j is of a %s', async (claims, kind) => {
    const { verify } = openVerifier();
    expect(await verify(await signToken(ec, claims))).toMatchObject({ kind });
  });

  it.each([
    [{ auth_time: 100 }, 100_000],
    [{ auth_time: 'then' }, ISSUED_AT],
    [{ auth_time: 1e300 }, ISSUED_AT],
    [{ iat: undefined }, null],
  ])('with %j was signed in at %j', async (claims, signedInAt) => {
    const { verify } = openVerifier();
    expect(await verify(await signToken(ec, claims))).toMatchObject({ signedInAt });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt'])('may have the type %s', async (typ) => {
    const { outcome } = openVerifier();
    expect(await outcome(await signToken(ec, {}, { typ }))).toBe('ada');
  });
});

describe('a token is rejected', () => {
  it.each([
    ['of another issuer', { iss: 'https://issuer.example/' }, 'issuer'],
    ['without an issuer', { iss: undefined }, 'issuer'],
    ['for another audience', { aud: 'another' }, 'audience'],
    ['for a list of other audiences', { aud: ['another', 'catalog-gateway-2'] }, 'audience'],
    ['for an audience that is no text', { aud: { [AUDIENCE]: true } }, 'audience'],
    ['without an audience', { aud: undefined }, 'audience'],
    ['without an expiry', { exp: undefined }, 'claims'],
    ['with an expiry that is no number', { exp: '2099-01-01' }, 'claims'],
    ['with an expiry beyond the year 9999', { exp: 1e300 }, 'claims'],
    ['with a start that is no number', { nbf: 'now' }, 'claims'],
    ['without a subject', { sub: undefined }, 'claims'],
    ['with a subject that is no text', { sub: 42 }, 'claims'],
    ['with a subject in a list', { sub: ['ada'] }, 'claims'],
    ['with an empty subject', { sub: '' }, 'claims'],
    ['with a subject of 257 characters', { sub: 's'.repeat(257) }, 'claims'],
    ['with a control character in the subject', { sub: 'ada\u0000' }, 'claims'],
    ['with a change of direction in the subject', { sub: 'ada\u202e' }, 'claims'],
    ['with a subject that is not well-formed', { sub: 'ada\ud800' }, 'claims'],
  ])('%s', async (_, claims, reason) => {
    const { outcome } = openVerifier();
    expect(await outcome(await signToken(ec, claims))).toBe(reason);
  });

  it('of a type that identifies nobody', async () => {
    const { outcome } = openVerifier();
    expect(await outcome(await signToken(ec, {}, { typ: 'logout+jwt' }))).toBe('claims');
    expect(await outcome(await signToken(ec, {}, { typ: 7 as never }))).toBe('claims');
  });

  it('with the algorithm none', async () => {
    const { outcome } = openVerifier();
    expect(await outcome(rawToken({ alg: 'none' }, CLAIMS))).toBe('algorithm');
    expect(await outcome(rawToken({ alg: 'None', kid: 'ES256' }, CLAIMS))).toBe('algorithm');
    expect(await outcome(rawToken({ alg: 'ES256', kid: 'ES256' }, CLAIMS))).toBe('signature');
  });

  it('with HS256 and the public key as secret, also if settings allow HS256', async () => {
    const spki = await exportSPKI((await importJWK(rsa.jwk, 'RS256', { extractable: true })) as CryptoKey);
    const sign = (input: string) => createHmac('sha256', spki).update(input).digest('base64url');
    const token = rawToken({ alg: 'HS256', kid: 'RS256' }, CLAIMS, sign);
    expect(await openVerifier().outcome(token)).toBe('algorithm');
    expect(await openVerifier({ algorithms: ['HS256' as never] }).outcome(token)).toBe('malformed');
    expect(
      await openVerifier({ algorithms: ['none' as never] }).outcome(rawToken({ alg: 'none' }, CLAIMS)),
    ).toBe('malformed');
  });

  it('with an algorithm that settings do not allow', async () => {
    const { outcome, fetches } = openVerifier({ algorithms: ['ES256'] });
    expect(await outcome(await signToken(rsa))).toBe('algorithm');
    expect(fetches()).toBe(0);
  });

  it.each(['unknown', '../../etc/passwd', 'https://attacker.example/key', "' OR 1=1", '', ['ES256'], {}, 7])(
    'with the key id %j',
    async (kid) => {
      const { outcome } = openVerifier();
      expect(await outcome(await signToken(ec, {}, { kid: kid as never }))).toBe('no-key');
    },
  );

  it('with the id of a key of another type', async () => {
    const { outcome } = openVerifier();
    expect(await outcome(await signToken(ec, {}, { kid: 'RS256' }))).toBe('no-key');
  });

  it('signed by another key, whatever keys its header brings along', async () => {
    const { outcome, fetches } = openVerifier();
    const jwk = other.jwk as never;
    expect(await outcome(await signToken(other, {}, { kid: 'ES256' }))).toBe('signature');
    expect(await outcome(await signToken(other, {}, { kid: 'ES256', jwk }))).toBe('signature');
    expect(await outcome(await signToken(other, {}, { kid: 'other', jwk }))).toBe('no-key');
    const urls = { jku: 'https://attacker.example/jwks', x5u: 'https://attacker.example/x5u' };
    expect(await outcome(await signToken(other, {}, { kid: 'ES256', ...urls }))).toBe('signature');
    expect(fetches()).toBe(1);
  });

  it('without a key id if several keys fit', async () => {
    const { outcome, publish, later, fetches } = openVerifier();
    publish(ec.jwk, other.jwk);
    const token = await signToken(ec, {}, { kid: undefined as never });
    expect(await outcome(token)).toBe('no-key');
    later(30 * SECOND);
    expect(await outcome(token)).toBe('no-key');
    expect(fetches()).toBe(1);
  });

  it('with critical extensions', async () => {
    const { outcome } = openVerifier();
    const header = { alg: 'ES256', kid: 'ES256', crit: ['x'], x: 1 };
    expect(await outcome(rawToken(header, CLAIMS))).toBe('malformed');
    const b64 = await signToken(ec, {}, { crit: ['b64'], b64: true } as never);
    expect(await outcome(b64)).toBe('ada');
    expect(await outcome(rawToken({ ...header, crit: ['b64'], b64: false }, CLAIMS))).not.toBe('ada');
  });

  it('if it has been changed', async () => {
    const { outcome } = openVerifier();
    const [header, , signature] = (await signToken(ec)).split('.');
    const [, claims] = (await signToken(ec, { sub: 'root' })).split('.');
    expect(await outcome(`${header}.${claims}.${signature}`)).toBe('signature');
  });

  it('with more than 8 KB', async () => {
    const { outcome, fetches } = openVerifier();
    expect(await outcome(await signToken(ec, { padding: 'p'.repeat(6000) }))).toMatch('malformed');
    expect(await outcome(await signToken(ec, { padding: 'p'.repeat(5700) }))).toMatch('ada');
    expect(fetches()).toBe(1);
  });

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    '\ud800.\u0000.\uffff',
    rawToken('', ''),
    rawToken('[]', '{}'),
    rawToken('null', 'null'),
    rawToken('{"alg":null}', '{}'),
    rawToken('{"__proto__":{"alg":"ES256"}}', '{}'),
    rawToken('{"alg":"ES256","alg":"none"}', CLAIMS),
  ])('that is garbage: %j', async (token) => {
    const { outcome } = openVerifier();
    expect(await outcome(token)).toMatch(/^(malformed|algorithm)$/);
  });

  it.each(['[1]', 'null', '"ada"', '{'])('whose signed claims are no object: %s', async (claims) => {
    const { outcome, publish } = openVerifier();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    publish({ ...(await exportJWK(publicKey)), kid: 'raw' });
    const token = rawToken({ alg: 'EdDSA', kid: 'raw' }, claims, (input) =>
      sign(null, Buffer.from(input), privateKey).toString('base64url'),
    );
    expect(await outcome(token)).toBe('malformed');
  });
});

describe('the times of a token', () => {
  it.each([
    ['exp', -29, 'ada'],
    ['exp', -30, 'expired'],
    ['exp', -3600, 'expired'],
    ['nbf', 30, 'ada'],
    ['nbf', 31, 'not-yet-valid'],
    ['nbf', 3600, 'not-yet-valid'],
  ])('have a leeway of 30 s: %s in %i s, %s', async (claim, seconds, expected) => {
    const { outcome } = openVerifier();
    expect(await outcome(await signToken(ec, { [claim]: ISSUED_AT / 1000 + seconds }))).toBe(expected);
  });

  it('have no leeway for what is remembered', async () => {
    const { outcome, verification, later } = openVerifier();
    const token = await signToken(ec, { exp: ISSUED_AT / 1000 + 60 });
    await outcome(token);
    later(MINUTE - 1);
    expect(verification(token)).toBe('sync');
    later(1);
    expect(verification(token)).toBe('async');
    later(30 * SECOND);
    expect(await outcome(token)).toBe('expired');
  });

  it('are judged again once a token that is not yet valid has become so', async () => {
    const { outcome, later } = openVerifier();
    const token = await signToken(ec, { nbf: ISSUED_AT / 1000 + 31 });
    expect(await outcome(token)).toBe('not-yet-valid');
    later(SECOND);
    expect(await outcome(token)).toBe('ada');
  });
});

describe('a rejection', () => {
  it('is remembered for a minute, and reported each time', async () => {
    const { verify, outcome, verification, later, events } = openVerifier();
    const token = await signToken(other, {}, { kid: 'ES256' });
    expect(await outcome(token)).toBe('signature');
    later(59 * SECOND);
    expect(() => verify(token)).toThrow(TokenRejected);
    later(SECOND);
    expect(verification(token)).toBe('async');
    expect(events.filter(({ type }) => type === 'token-rejected')).toEqual([
      { type: 'token-rejected', reason: 'signature' },
      { type: 'token-rejected', reason: 'signature' },
    ]);
    await outcome(token);
  });

  it('for want of a key is not remembered', async () => {
    const { outcome, publish, later } = openVerifier();
    const token = await signToken(other);
    expect(await outcome(token)).toBe('no-key');
    publish(ec.jwk, other.jwk);
    later(30 * SECOND);
    expect(await outcome(token)).toBe('ada');
  });
});

describe('the keys', () => {
  it('are fetched once for 100 concurrent tokens of a new key', async () => {
    const { verify, publish, later, fetches } = openVerifier();
    await verify(await signToken(ec));
    publish(ec.jwk, other.jwk);
    later(30 * SECOND);
    const tokens = await Promise.all(
      Array.from({ length: 100 }, (_, number) => signToken(other, { sub: `user-${number}` })),
    );
    const principals = await Promise.all(tokens.map((token) => verify(token)));
    expect(principals.map(({ id }) => id)).toEqual(tokens.map((_, number) => `user-${number}`));
    expect(fetches()).toBe(2);
  });

  it('are fetched once at a time, also while the first fetch takes long', async () => {
    const gate = Promise.withResolvers<readonly JWK[]>();
    let fetches = 0;
    const { verify, later } = openVerifier({
      fetchKeys: () => {
        fetches += 1;
        return gate.promise;
      },
    });
    const tokens = await Promise.all([signToken(ec), signToken(ec, { sub: 'grace' })]);
    const principals = tokens.map(async (token) => {
      const principal = verify(token);
      await new Promise(setImmediate);
      later(2 * SECOND);
      return principal;
    });
    await new Promise(setImmediate);
    const third = verify(await signToken(rsa));
    await new Promise(setImmediate);
    expect(fetches).toBe(1);
    gate.resolve([ec.jwk, rsa.jwk]);
    expect((await Promise.all([...principals, third])).map(({ id }) => id)).toEqual(['ada', 'grace', 'ada']);
  });

  it('are fetched once in 30 s because of unknown key ids', async () => {
    const { outcome, later, fetches } = openVerifier();
    for (let second = 0; second < 60; second += 1) {
      expect(await outcome(await signToken(ec, {}, { kid: `made-up-${second}` }))).toBe('no-key');
      later(SECOND);
    }
    expect(fetches()).toBe(2);
  });

  it('end what is remembered within 10 minutes if they change', async () => {
    const { verify, outcome, publish, later } = openVerifier();
    const [old, kept] = [await signToken(ec), await signToken(rsa)];
    await Promise.all([verify(old), verify(kept)]);
    publish(rsa.jwk, other.jwk);
    later(9 * MINUTE - 1);
    expect(await outcome(old)).toBe('ada');
    later(MINUTE + 1);
    expect(await outcome(old)).toBe('no-key');
    expect(await outcome(kept)).toBe('ada');
  });

  it('may change amid a request: neither the old nor the new token fails, and the old one ends', async () => {
    const gates: PromiseWithResolvers<readonly JWK[]>[] = [];
    const { verify, outcome, later } = openVerifier({
      fetchKeys: () => {
        const gate = Promise.withResolvers<readonly JWK[]>();
        gates.push(gate);
        return gate.promise;
      },
    });
    const oldToken = await signToken(ec);
    const first = verify(oldToken);
    await expect.poll(() => gates.length).toBe(1);
    gates[0]?.resolve([ec.jwk]);
    await first;

    later(30 * SECOND);
    const newOne = verify(await signToken(other));
    await expect.poll(() => gates.length).toBe(2);
    const amid = verify(await signToken(ec, { sub: 'amid' }));
    await amid;
    gates[1]?.resolve([other.jwk]);
    expect(await newOne).toMatchObject({ id: 'ada' });
    expect(await outcome(oldToken)).toBe('no-key');
    expect(gates).toHaveLength(2);
  });

  it('cannot be judged without, so the answer is 503 until they are fetched', async () => {
    const { outcome, verify, failWith, later, events, fetches } = openVerifier();
    const token = await signToken(ec);
    failWith('status 503');
    expect(await outcome(token)).toBe('unavailable');
    expect(await outcome(token)).toBe('unavailable');
    await expect(verify(token)).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE', retryAfterMs: 1000 });
    expect(fetches()).toBe(1);
    later(SECOND);
    expect(await outcome(token)).toBe('unavailable');
    expect(fetches()).toBe(2);
    later(SECOND);
    failWith(null);
    expect(await outcome(token)).toBe('ada');
    expect(events).toEqual([
      { type: 'jwks-failed', reason: 'status 503' },
      { type: 'jwks-fetched', keys: 3, changed: true, durationMs: 0 },
      { type: 'token-verified', durationMs: 0 },
    ]);
  });

  it('are kept while their source is away, without a delay, and fetched when it is back', async () => {
    const { verify, outcome, verification, failWith, later, publish, count, fetches } = openVerifier();
    const exp = ISSUED_AT / 1000 + 86_400;
    const token = await signToken(ec, { exp });
    await verify(token);
    failWith('connection failed: ECONNREFUSED');
    later(10 * MINUTE);
    expect(await outcome(token)).toBe('ada');
    for (let minute = 0; minute < 60; minute += 1) {
      later(MINUTE);
      expect(verification(token)).toBe('sync');
      expect(await outcome(await signToken(rsa, { exp }))).toBe('ada');
      // Only its source could tell whether this key is new.
      expect(await outcome(await signToken(other))).toBe('unavailable');
    }
    expect(count('jwks-failed')).toBe(1);
    expect(fetches()).toBeGreaterThan(60);

    failWith(null);
    publish(other.jwk);
    later(30 * SECOND);
    expect(await outcome(await signToken(other, { exp }))).toBe('ada');
    expect(await outcome(token)).toBe('no-key');
    expect(count('jwks-fetched')).toBe(2);
  });

  it('are fetched in the background by the requests of the last minute before they are too old', async () => {
    let gate: PromiseWithResolvers<readonly JWK[]> | null = null;
    let fetches = 0;
    const { verify, verification, later } = openVerifier({
      fetchKeys: async () => {
        fetches += 1;
        return gate?.promise ?? [ec.jwk];
      },
    });
    const token = await signToken(ec);
    await verify(token);
    later(9 * MINUTE - 1);
    expect(verification(token)).toBe('sync');
    expect(fetches).toBe(1);
    gate = Promise.withResolvers();
    later(1);
    expect([verification(token), verification(token)]).toEqual(['sync', 'sync']);
    expect(fetches).toBe(2);
    gate.reject(new KeySetUnavailable('no response within 5000 ms'));
    await new Promise(setImmediate);
    later(MINUTE);
    expect(verification(token)).toBe('sync');
  });

  it('with invalid parameters, or of less than 2048 bits, verify nothing', async () => {
    const { outcome, publish, later } = openVerifier();
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    publish({ ...(await exportJWK(publicKey)), kid: 'RS256' }, { ...ec.jwk, x: 'AAAA' });
    const weak = rawToken({ alg: 'RS256', kid: 'RS256' }, CLAIMS, (input) =>
      sign('sha256', Buffer.from(input), privateKey).toString('base64url'),
    );
    expect(await outcome(weak)).toBe('no-key');
    later(30 * SECOND);
    expect(await outcome(await signToken(ec))).toBe('no-key');
  });
});

describe('with a key set on a server', () => {
  it('verifies tokens, keeps the keys if the server sends nonsense, and takes new ones', async () => {
    let body = JSON.stringify({ keys: [ec.jwk] });
    const { origin } = await startWebServer((_, response) => response.end(body));
    const clock = { now: () => ISSUED_AT, monotonic: () => performance.now() };
    const { outcome, later, events } = openVerifier({
      fetchKeys: createKeyFetcher({ url: `${origin}/jwks`, clock }),
    });
    expect(await outcome(await signToken(ec))).toBe('ada');
    const secret = Buffer.alloc(32, 7);
    const oct = { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' };
    for (const nonsense of ['{', '{"keys":{}}', '{"keys":[]}', JSON.stringify({ keys: [oct] })]) {
      body = nonsense;
      later(30 * SECOND);
      expect(await outcome(await signToken(other))).toBe('unavailable');
      expect(await outcome(await signToken(ec, { nonsense }))).toBe('ada');
    }
    expect(events.filter(({ type }) => type === 'jwks-failed')).toHaveLength(1);

    body = JSON.stringify({ keys: [oct, other.jwk] });
    later(30 * SECOND);
    expect(await outcome(await signToken(other))).toBe('ada');
    expect(events.findLast(({ type }) => type === 'jwks-fetched')).toMatchObject({ keys: 1, changed: true });
    const sign = (input: string) => createHmac('sha256', secret).update(input).digest('base64url');
    expect(await outcome(rawToken({ alg: 'HS256', kid: 'oct' }, CLAIMS, sign))).toBe('algorithm');
  });
});

describe('whatever is sent', () => {
  it('is accepted only as it was signed, and rejected in one form', async () => {
    const { outcome, later } = openVerifier();
    const token = await signToken(ec);
    const texts = fc.oneof(
      fc.string({ maxLength: 200, unit: 'binary' }),
      fc
        .tuple(fc.jsonValue(), fc.jsonValue(), fc.base64String())
        .map(([header, claims, signature]) => rawToken(header, claims, () => signature)),
      fc
        .tuple(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'b64', 'jwk'), fc.jsonValue())
        .map(([name, value]) =>
          rawToken({ alg: 'ES256', kid: 'ES256', [name]: value }, CLAIMS, () => 'AAAA'),
        ),
      fc
        .tuple(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.=+ \u0000'))
        .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1)),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        later(SECOND);
        const result = await outcome(text);
        // The last character of a signature has bits that no byte needs.
        if (result === 'ada') expect(text.slice(0, -1)).toBe(token.slice(0, -1));
        else expect(result).toMatch(/^[a-z-]+$/);
      }),
      { numRuns: 1000, endOnFailure: true },
    );
  });
});

describe('a bearer token', () => {
  it.each([
    ['aaa.bbb.ccc', true],
    ['aaa.bbb.', true],
    ['an-admin-token-of-16', false],
    ['aaa.bbb', false],
    ['aaa.bbb.ccc.ddd.eee', false],
    ['aa+.bbb.ccc', false],
    ['..', false],
  ])('%s is a JWT: %s', (token, expected) => {
    expect(isJwt(token)).toBe(expected);
  });
});
