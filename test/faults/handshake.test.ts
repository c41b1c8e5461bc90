import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate, noCertificates } from '../support/certificate.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { send } from '../support/http-client.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { type Guard, open, passwordOnly, tlsOnly, usersOnly } from '../support/redis-guard.ts';
import { PATIENCE, SLOW } from '../support/shared-gateways.ts';
import { openGateways, SELLERS } from './gateways.ts';
import { reasonsIn, statesIn } from './sharing.ts';

// Some attempts to connect later.
const LATER_MS = 1500;

/** Has the gateway say that Redis is down, once, and answer. */
async function expectDown(gateway: GatewayProcess, reason: string, kind = ''): Promise<void> {
  await expect.poll(() => [kind, ...statesIn(gateway.log)], PATIENCE).toEqual([kind, 'store-down']);
  expect([kind, ...reasonsIn(gateway.log)]).toEqual([kind, expect.stringContaining(reason)]);
  expect((await gateway.query(SELLERS)).errors).toEqual([]);
  await setTimeout(LATER_MS);
  expect(statesIn(gateway.log)).toEqual(['store-down']);
  const { status, text } = await send(gateway, '/readyz');
  expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 200, redis: 'down' });
}

interface Refusal {
  readonly guard: Guard;
  readonly access: string;
  readonly path: string;
  readonly reason: string;
}

const RIGHTS = ['on', '>secret', '~cat_*', '&cat_*', '+@all', '-select'];
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a database that is not there': {
    guard: open,
    access: '',
    path: '/99',
    reason: 'DB index is out of range',
  },
  'a database, without the right to SELECT': {
    ...{ guard: usersOnly({ gateway: RIGHTS }), access: 'gateway:secret@', path: '/3', reason: 'NOPERM' },
  },
  'no password': { guard: passwordOnly('secret'), access: '', path: '', reason: 'NOAUTH' },
  'a wrong password of the default user': {
    ...{ guard: passwordOnly('secret'), access: ':guessed@', path: '', reason: 'WRONGPASS' },
  },
};

describe.skipIf(noRedis)('a gateway whose REDIS_URL is refused', SLOW, () => {
  it('logs the reason once, and writes nothing', async () => {
    const { start } = await openGateways(0);
    const expectRefusal = async ([kind, { guard, access, path, reason }]: readonly [string, Refusal]) => {
      const redis = await startRedis([], undefined, guard);
      onTestFinished(() => redis.kill());
      const gateway = await start({ REDIS_URL: `redis://${access}127.0.0.1:${redis.port}${path}` });
      await expectDown(gateway, reason, kind);
      expect(gateway.output()).not.toMatch(/secret|guessed|\[WARN\]/);
      const operator = redis.connect();
      onTestFinished(() => operator.disconnect());
      expect(await operator.info('keyspace')).not.toContain('keys=');
      expect(await gateway.terminate()).toBe(0);
    };
    await Promise.all(Object.entries(REFUSALS).map(expectRefusal));
  });
});

const ANSWERS: Readonly<Record<string, readonly [(socket: Socket) => void, reason: string]>> = {
  'closes each connection with FIN': [(socket) => socket.end(), 'closed'],
  'closes each connection with RST': [(socket) => socket.resetAndDestroy(), 'ECONNRESET'],
  'closes each connection with FIN once it has read': [
    (socket) => socket.once('data', () => socket.end()),
    'closed',
  ],
  'says nothing': [() => {}, 'no reply within'],
  'speaks HTTP': [replyAlways('HTTP/1.1 400 Bad Request\r\n\r\n'), 'RESP'],
  'is loading': [replyAlways('-LOADING Redis is loading the dataset in memory\r\n'), 'LOADING'],
  'is a replica without its master': [replyAlways('-MASTERDOWN Link with MASTER is down\r\n'), 'MASTERDOWN'],
  'passes over a password': [
    replyAlways('-ERR AUTH <password> called without any password configured for the default user\r\n'),
    'requires no password',
  ],
  'is busy with a script': [replyAlways('-BUSY Redis is busy running a script\r\n'), 'BUSY'],
};

function replyAlways(reply: string): (socket: Socket) => void {
  // As often as it is sent a command.
  const times = (bytes: Buffer) => bytes.toString().match(/\*\d+\r\n/g)?.length ?? 0;
  return (socket) => socket.on('data', (bytes) => socket.write(reply.repeat(times(bytes))));
}

/** A port that behaves as told, and later as the Redis behind it. */
async function startFront(redisPort: number, behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  let isRight = false;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (!isRight) {
      behave(socket);
      return;
    }
    const target = connect(redisPort, '127.0.0.1').on('error', () => socket.destroy());
    sockets.add(target);
    socket.pipe(target).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    breakAll();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    becomeRight() {
      isRight = true;
      breakAll();
    },
  };
}

describe.skipIf(noRedis)('a gateway whose Redis', SLOW, () => {
  it('misbehaves logs it once, and uses Redis once it works', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const { start } = await openGateways(0);
    const expectStates = async ([kind, [behave, reason]]: [string, (typeof ANSWERS)[string]]) => {
      const front = await startFront(redis.port, behave);
      const gateway = await start({ REDIS_URL: `redis://127.0.0.1:${front.port}` });
      await expectDown(gateway, reason, kind);
      front.becomeRight();
      await expect
        .poll(() => [kind, ...statesIn(gateway.log)], PATIENCE)
        .toEqual([kind, 'store-down', 'store-up']);
      expect((await gateway.query(SELLERS)).errors).toEqual([]);
      expect(await gateway.terminate()).toBe(0);
    };
    const kinds = Object.entries(ANSWERS);
    while (kinds.length > 0) await Promise.all(kinds.splice(0, 3).map(expectStates));
  });

  it.skipIf(noCertificates)('and TLS setting do not match logs it once', async () => {
    const certificate = makeCertificate();
    onTestFinished(() => certificate.remove());
    const encrypted = await startRedis([], undefined, tlsOnly(certificate));
    onTestFinished(() => encrypted.kill());
    const plain = await startRedis();
    onTestFinished(() => plain.kill());
    const { start } = await openGateways(0);
    await Promise.all([
      expectDown(await start({ REDIS_URL: `redis://127.0.0.1:${encrypted.port}` }), ''),
      expectDown(await start({ REDIS_URL: `rediss://127.0.0.1:${plain.port}` }), ''),
    ]);
  });

  it.each(['FIN', 'silence'])(
    'is a Cluster or has Sentinels that answer with %s is reported as down',
    async (kind) => {
      const front = await startFront(0, kind === 'FIN' ? (socket) => socket.end() : () => {});
      const { start } = await openGateways(0);
      const address = `127.0.0.1:${front.port}`;
      await Promise.all([
        expectDown(await start({ REDIS_CLUSTER_NODES: address }), ''),
        expectDown(await start({ REDIS_SENTINELS: address, REDIS_SENTINEL_NAME: 'main' }), ''),
      ]);
    },
  );
});
