import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { usersOnly } from '../support/redis-guard.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

/** The commands that docs/redis.md grants the user of one server, with those for sessions and limits. */
function documentedRights(): readonly string[] {
  const text = readFileSync('docs/redis.md', 'utf8');
  const [, basic = ''] = /ACL SETUSER gateway on '>password' (.*?)\n```/s.exec(text) ?? [];
  const [, further = ''] = /Sessions and limits of clients need `(.*?)`/.exec(text) ?? [];
  return `${basic.replaceAll(/[\\']/g, '')} ${further}`.split(/\s+/).filter(Boolean);
}

describe.skipIf(noRedis)('sessions and limits with a least-privilege ACL user', () => {
  it('have all rights that they need', async () => {
    const guard = usersOnly({ gateway: ['on', '>secret', ...documentedRights()] });
    const redis = await startRedis([], undefined, guard);
    onTestFinished(() => redis.kill());
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway({
      AUTH: 'required',
      REDIS_URL: `redis://gateway:secret@127.0.0.1:${redis.port}`,
      SESSION_SECRETS: 'secret-of-the-test-'.repeat(2),
      RATE_LIMIT_COST: '1000',
    });
    const browser = createBrowserJar(gateway.origin);
    expect((await browser.signIn('anna', 'wrong')).status).toBe(401);
    // More than a user may have, so that the oldest session is dropped.
    for (let count = 0; count <= 100; count += 1)
      expect((await createBrowserJar(gateway.origin).signIn()).status).toBe(201);
    await browser.signIn();
    expect((await browser.ask('{ sellers { totalItems } }')).status).toBe(200);
    expect((await browser.signOut(true)).status).toBe(204);

    const operator = redis.connect();
    onTestFinished(() => operator.disconnect());
    const refusals = ((await operator.call('ACL', 'LOG')) as unknown[][]).map((entry) => entry[7]);
    // How a client names itself is not needed.
    expect(refusals.filter((object) => !String(object).startsWith('client|'))).toEqual([]);
    expect(gateway.events.filter(({ type }) => type === 'session-store-refused')).toEqual([]);
  });
});
