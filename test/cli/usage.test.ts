import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/cli-process.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import { SLOW } from '../support/shared-gateways.ts';

describe.skipIf(noRedis)('an invalid command line', SLOW, () => {
  it('ends with 2 and the usage, and changes nothing', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const plain = redis.connect();
    onTestFinished(() => plain.disconnect());
    await plain.set('cat_v1.00000000:generation:{sellers}', 'a-generation');
    const before = await readKeys(redis);
    for (const args of [
      [],
      ['frobnicate'],
      ['inspect', 'no_such_key'],
      ['invalidate', 'sellers', 'no-such-tag'],
      ['invalidate', 'sellers', '--no-such-option'],
    ]) {
      const { code, stdout, stderr } = await runCli(args, { REDIS_URL: redis.url });
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toContain('Usage: catalog-gateway');
    }
    expect(await readKeys(redis)).toEqual(before);
  });
});

describe('help', SLOW, () => {
  it.each([[['--help']], [['warm', '--help']]])(
    '%j goes to standard output, and needs nothing',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args, { PORT: 'none' });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`Usage: catalog-gateway ${args.length > 1 ? args[0] : ''}`);
    },
  );
});

describe('the configuration', SLOW, () => {
  const SECRETS = {
    ABCONNECT_USERNAME: 'user-of-the-account',
    ABCONNECT_PASSWORD: 'password-of-the-account',
    ABCONNECT_CLIENT_ID: 'id-of-the-client',
    ABCONNECT_CLIENT_SECRET: 'secret-of-the-client',
    REDIS_URL: 'redis://somebody:password-of-redis@127.0.0.1:6379',
    ADMIN_TOKEN: 'token-of-the-operators',
    HOOK_SECRETS: 'secret-of-the-source,another-of-the-source',
  };
  const TOLD = /of-the-|of-redis|somebody/;

  it('is shown as it takes effect, and a secret is only shown as set', async () => {
    const { code, json, stdout, stderr } = await runCli(['check-config'], { ...SECRETS, PORT: '4100' });
    expect([code, stderr]).toEqual([0, '']);
    expect(json).toContainEqual({ variable: 'PORT', value: '4100', from: 'environment' });
    expect(json).toContainEqual({ variable: 'CACHE_TTL_SELLERS', value: '600', from: 'default' });
    expect(json).toContainEqual({ variable: 'GRAPHIQL', value: 'true', from: 'derived' });
    expect(json).toContainEqual({ variable: 'OBSERVATORY', value: 'true', from: 'derived' });
    expect(json).toContainEqual({ variable: 'METRICS_PORT', value: '4100', from: 'derived' });
    expect(json).toContainEqual({ variable: 'ABCONNECT_ENVIRONMENT', value: 'production', from: 'derived' });
    expect(json).toContainEqual({
      ...{ variable: 'ABCONNECT_CATALOG_URL', from: 'derived' },
      value: 'https://catalog-api.abconnect.co/api',
    });
    expect(json).toContainEqual({ variable: 'WARM_ON_START', value: 'false', from: 'default' });
    expect(json).toContainEqual({ variable: 'SANDBOX_LATENCY_MS', value: '80-300', from: 'default' });
    for (const variable of Object.keys(SECRETS))
      expect(json).toContainEqual({ variable, value: '(set)', from: 'environment' });
    expect(stdout).not.toMatch(TOLD);
  });

  it('has a warning for an unknown variable, and is shown nevertheless', async () => {
    const { code, json, stderr } = await runCli(['check-config'], { CACHE_TTL_SELERS: '60', PROT: '4100' });
    expect(code).toBe(0);
    expect(json).toContainEqual({ variable: 'CACHE_TTL_SELLERS', value: '600', from: 'default' });
    expect(stderr).toBe(
      'warning: CACHE_TTL_SELERS is not a setting and has no effect; did you mean CACHE_TTL_SELLERS?\n' +
        'warning: PROT is not a setting and has no effect; did you mean PORT?\n',
    );
  });

  it.each([[['check-config']], [['inspect', 'cat_v1:{sellers_all}']], [['bench-upstream']]])(
    'that is invalid ends %j with exit code 78 and every fault, without a secret',
    async (args) => {
      const { code, stdout, stderr } = await runCli(args, {
        ...SECRETS,
        PORT: 'none',
        REDIS_URL: 'http://somebody:password-of-redis@127.0.0.1:6379',
        HOOK_SECRETS: 'of-the-',
      });
      expect([code, stdout]).toEqual([78, '']);
      for (const variable of ['PORT', 'REDIS_URL', 'HOOK_SECRETS']) expect(stderr).toContain(variable);
      expect(stderr).not.toMatch(TOLD);
    },
  );
});
