import { describe, expect, it } from 'vitest';
import type { App } from '../../src/app/app.ts';
import { banner } from '../../src/app/banner.ts';
import { loadConfig } from '../../src/config/config.ts';
import { SANDBOX_USERS } from '../../src/sandbox/server.ts';
import { CREDENTIALS } from '../support/catalog-api-mock.ts';

const SECRETS = 'secret-of-the-test-'.repeat(2);
const TOKENS = {
  AUTH_JWT_ISSUER: 'https://issuer.example',
  AUTH_JWT_AUDIENCE: 'catalog',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
};
const ABCONNECT = {
  ABCONNECT_ENVIRONMENT: 'staging',
  ABCONNECT_USERNAME: CREDENTIALS.username,
  ABCONNECT_PASSWORD: CREDENTIALS.password,
  ABCONNECT_CLIENT_ID: CREDENTIALS.clientId,
  ABCONNECT_CLIENT_SECRET: CREDENTIALS.clientSecret,
};

function textOf(variables: Record<string, string>): string {
  const config = loadConfig(variables);
  const isSandbox = config.upstream.source.kind === 'sandbox';
  const sandbox = isSandbox ? { controlUrl: 'http://127.0.0.1:1/control' } : null;
  return banner(config, { port: 4000, sandbox } as unknown as App);
}

describe('the text at the start', () => {
  it('says nothing about signing in if nobody signs in', () => {
    expect(textOf({})).not.toContain('sign');
  });

  it.each(['optional', 'required'])(
    'says how to sign in with AUTH=%s, and names the users of the sandbox',
    (AUTH) => {
      const text = textOf({ AUTH });
      expect(text).toContain(`  sign-in   ${AUTH}: http://localhost:4000/sign-in\n`);
      for (const [name, password] of Object.entries(SANDBOX_USERS))
        expect(text).toContain(`${name} / ${password}`);
    },
  );

  it('names no users of ABConnect, and no host of another system', () => {
    const text = textOf({ ...ABCONNECT, ...TOKENS, AUTH: 'required', SESSION_SECRETS: SECRETS });
    expect(text).toContain('sign-in   required: http://localhost:4000/sign-in, or a bearer token\n');
    for (const hidden of [' / ', SECRETS, 'issuer.example']) expect(text).not.toContain(hidden);
  });

  it('says that tokens are required where nobody signs in with a password', () => {
    const text = textOf({ ...TOKENS, AUTH: 'required' });
    expect(text).toContain('  sign-in   required: a bearer token\n');
    expect(text).not.toContain('/sign-in\n');
    expect(text).not.toContain('anna');
  });

  it('has an example that signs in first where that is required', () => {
    expect(textOf({ AUTH: 'optional' })).not.toContain('/session');
    expect(textOf({ AUTH: 'required' })).toMatch(/curl -s -c \S+ http:\/\/localhost:4000\/session .*\n.*-b /);
  });

  it.each([
    [{ ADMIN_TOKEN: 'a-token-of-operators' }, '(any user name, ADMIN_TOKEN as the password)'],
    [{ AUTH: 'required', ADMIN_USERS: 'operator' }, '(sign in as one of ADMIN_USERS)'],
    [{}, 'set ADMIN_TOKEN to enable the observatory'],
  ])('says who opens the observatory with %o', (variables, expected) => {
    expect(textOf(variables)).toContain(expected);
  });
});
