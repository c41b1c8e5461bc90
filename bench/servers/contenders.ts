import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/redis.ts';
import type { Client } from './client.ts';
import { type Launch, launch, residentMemory, type Server, stop, untilThere } from './process.ts';

/** A server that can be started on a port. */
export interface Contender {
  readonly name: string;
  launch(port: number): Launch;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const GATEWAY = file('../../src/main.ts');

/** The base settings of every gateway: no entry goes stale during a run. */
const GATEWAY_VARIABLES = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  CACHE_TTL_SELLERS: '86400',
  CACHE_TTL_CATALOGS: '86400',
};

/** Turns the cache of complete responses off, so that every request is executed. */
export const RESPONSE_CACHE_OFF = { RESPONSE_CACHE_MB: '0' };

/** The gateway with these further variables. */
export function gateway(variables: Readonly<Record<string, string>>, name = 'catalog-gateway'): Contender {
  return {
    name,
    launch: (port) => ({
      args: [GATEWAY],
      env: { ...GATEWAY_VARIABLES, ...variables, PORT: String(port) },
    }),
  };
}

/** The peers that `peers` names, over the data in a file. */
export function peers<Name extends PeerName>(
  worldFile: string,
  ...names: readonly Name[]
): readonly Contender[] {
  return names.map((name) => {
    const [path, ...flags] = PEERS[name];
    return peer(name, worldFile, path, flags);
  });
}

/** The program of a peer, over the data in a file. */
export function peer(
  name: string,
  worldFile: string,
  path: string,
  flags: readonly string[] = [],
): Contender {
  return { name, launch: (port) => ({ args: [file(path), String(port), worldFile, ...flags] }) };
}

const PEERS = {
  'bare node:http': ['./peers/bare.ts'],
  'Yoga 5': ['./peers/yoga.ts'],
  'Yoga 5, response cache': ['./peers/yoga.ts', '--response-cache'],
  'Apollo Server 5, response cache': ['./peers/graphql16/apollo.ts'],
  'Mercurius, JIT': ['./peers/graphql16/mercurius.ts'],
  'Mercurius, JIT and cache': ['./peers/graphql16/mercurius.ts', '--cache'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type PeerName = keyof typeof PEERS;

export const ALL_PEERS = Object.keys(PEERS) as readonly PeerName[];

/** Starts it on the cores and waits for its first response. */
export async function start(
  contender: Contender,
  { client, cores }: { readonly client: Client; readonly cores: { readonly server: string } | undefined },
): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const child = launch({ ...contender.launch(port), cores: cores?.server });
  await untilThere(child, () =>
    client.ask(url, '{"query":"{__typename}"}').then(
      () => true,
      () => false,
    ),
  );
  return { url, memory: () => residentMemory(child), stop: () => stop(child) };
}
