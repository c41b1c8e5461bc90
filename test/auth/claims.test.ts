import { hash } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { describe, expect, it } from 'vitest';
import { type Claim, createClaims } from '../../src/auth/claims.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const GRACE_MS = 15 * 60_000;
const SECRET = 'secret of the test';

const claim: Claim = {
  ...{ hash: 'h'.repeat(43), userId: 'anna', userName: 'Anna', epoch: 'epoch' },
  ...{ signedInAt: NOW - 5000, expiresAt: NOW + 3_600_000, verifiedAt: NOW },
};

function start({ secrets = [SECRET], issuer = 'test', graceMs = GRACE_MS } = {}) {
  const clock = { ms: NOW };
  return { clock, ...createClaims({ secrets, issuer, graceMs, clock: { now: () => clock.ms } }) };
}

/** A token with another header, payload or key than those of a claim. */
function forge({ header = {}, payload = {}, key = SECRET } = {}): Promise<string> {
  const { hash: sid, userId: sub, userName: name, epoch } = claim;
  const seconds = Math.floor(NOW / 1000);
  return new SignJWT({
    ...{ sid, sub, name, epoch, since: claim.signedInAt, until: claim.expiresAt, iss: 'test' },
    ...{ iat: seconds, exp: seconds + 900, ...payload },
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'session-claim+jwt', ...header })
    .sign(hash('sha256', key, 'buffer'));
}

describe('a claim', () => {
  it('says what was signed, to every process with the secret', async () => {
    const { sign } = start();
    expect(await start().read(await sign(claim))).toEqual(claim);
  });

  it('holds no secret, and names its key without telling it', async () => {
    const [header = '', payload = ''] = (await start().sign(claim)).split('.');
    const text = Buffer.from(header, 'base64url').toString() + Buffer.from(payload, 'base64url').toString();
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(hash('sha256', SECRET, 'base64url').slice(0, 8));
  });

  it('counts for the grace after its verification, to the second', async () => {
    const { sign, read, clock } = start();
    const token = await sign(claim);
    clock.ms = NOW + GRACE_MS - 1;
    expect(await read(token)).toEqual(claim);
    clock.ms = NOW + GRACE_MS;
    expect(await read(token)).toBe(null);
  });

  it('counts no longer than the session, and no longer than the grace of its reader', async () => {
    const brief = start();
    const token = await brief.sign({ ...claim, expiresAt: NOW + 5000 });
    brief.clock.ms = NOW + 5000;
    expect(await brief.read(token)).toBe(null);
    const reader = start({ graceMs: 60_000 });
    const long = await start().sign(claim);
    reader.clock.ms = NOW + 60_001;
    expect(await reader.read(long)).toBe(null);
  });

  it('counts if the clock of its maker is ahead by up to a minute', async () => {
    const { sign, read } = start();
    expect(await read(await sign({ ...claim, verifiedAt: NOW + 60_000 }))).not.toBe(null);
    expect(await read(await sign({ ...claim, verifiedAt: NOW + 61_000 }))).toBe(null);
  });

  it('counts after its secret moved to a later place, and no more once that is gone', async () => {
    const token = await start({ secrets: ['old'] }).sign(claim);
    expect(await start({ secrets: ['new', 'old'] }).read(token)).toEqual(claim);
    expect(await start({ secrets: ['new'] }).read(token)).toBe(null);
    const renewed = await start({ secrets: ['new', 'old'] }).sign(claim);
    expect(await start({ secrets: ['new'] }).read(renewed)).toEqual(claim);
    expect(await start({ secrets: ['old'] }).read(renewed)).toBe(null);
  });

  it('of another source of sessions does not count', async () => {
    expect(await start().read(await start({ issuer: 'other' }).sign(claim))).toBe(null);
  });

  it('must be signed, as a claim, by the secret, and complete', async () => {
    const { read } = start();
    expect(await read(await forge())).toEqual(claim);
    const [header = '', payload = '', signature = ''] = (await forge()).split('.');
    const none = Buffer.from('{"alg":"none","typ":"session-claim+jwt"}').toString('base64url');
    const admin = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'operator' }),
    ).toString('base64url');
    const bad = [
      await forge({ key: 'another secret' }),
      await forge({ header: { kid: 'unknown' }, key: 'another secret' }),
      await forge({ header: { typ: 'JWT' } }),
      await forge({ header: { typ: undefined } }),
      await forge({ payload: { iss: undefined } }),
      await forge({ payload: { epoch: undefined } }),
      await forge({ payload: { sub: 1 } }),
      await forge({ payload: { iat: 'now' } }),
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      ...['', '..', '...', 'a.b.c', '{}', ' ', 'A'.repeat(16_000), `${await forge()}x`],
    ];
    for (const token of bad) expect([token, await read(token)]).toEqual([token, null]);
  });
});
