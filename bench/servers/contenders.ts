import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/redis.ts';
import type { Client } from './client.ts';
import { cpuTime, type Launch, launch, residentMemory, type Server, stop, untilThere } from './process.ts';
import type { Surroundings } from './scenario.ts';

/** A server that can be started on a port. */
export interface Contender {
  readonly name: string;
  launch(port: number): Launch;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const REPOSITORY = file('../..');

/** The base settings of every gateway: no entry goes stale during a run. */
const GATEWAY_VARIABLES = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  CACHE_TTL_SELLERS: '86400',
  CACHE_TTL_CATALOGS: '86400',
};

/** Turns the cache of complete responses off, so that every request is executed. */
export const RESPONSE_CACHE_OFF = { RESPONSE_CACHE_MB: '0' };

type Variables = Readonly<Record<string, string>>;

/** The gateway with these further variables. */
export function gateway(
  variables: Variables,
  name = 'catalog-gateway',
  checkout: string = REPOSITORY,
): Contender {
  return {
    name,
    launch: (port) => ({
      args: [join(checkout, 'src/main.ts')],
      env: { ...GATEWAY_VARIABLES, ...variables, PORT: String(port) },
    }),
  };
}

/** The gateway, and that of the checkout to compare with, if there is one. */
export function gateways(
  variables: Variables,
  { before }: Pick<Surroundings, 'before'>,
  name = 'catalog-gateway',
): readonly Contender[] {
  const own = gateway(variables, name);
  return before === undefined ? [own] : [own, gateway(variables, `${name}, before`, before)];
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

/** A module that node loads before the server's own code, and that answers messages from the benchmark. */
export interface Preload {
  readonly file: string;
  /** Flags of node. */
  readonly flags?: readonly string[];
}

/** A server with a preloaded module. */
export interface PreloadedServer extends Server {
  /** The module's answer. */
  tell<Answer>(message: string): Promise<Answer>;
}

type Place = Pick<Surroundings, 'client' | 'cores'>;

/** Starts it on the cores and waits for its first response. */
export async function start(contender: Contender, place: Place): Promise<Server> {
  const port = await freePort();
  return untilItAnswers(
    launch({ ...contender.launch(port), cores: place.cores?.server }),
    port,
    place.client,
  );
}

/** Starts a server that runs on node, with the module. */
export async function startPreloaded(
  contender: Contender,
  { file, flags = [] }: Preload,
  { client, cores }: Place,
): Promise<PreloadedServer> {
  const port = await freePort();
  const { args, ...launched } = contender.launch(port);
  const child = launch({
    ...launched,
    args: [...flags, '--import', file, ...args],
    cores: cores?.server,
    channel: true,
  });
  return {
    ...(await untilItAnswers(child, port, client)),
    async tell<Answer>(message: string) {
      const answer = once(child, 'message');
      child.send(message);
      return (await answer)[0] as Answer;
    },
  };
}

async function untilItAnswers(child: ChildProcess, port: number, client: Client): Promise<Server> {
  const url = `http://127.0.0.1:${port}/graphql`;
  await untilThere(child, () =>
    client.ask(url, '{"query":"{__typename}"}').then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    memory: () => residentMemory(child),
    cpuMs: () => cpuTime(child),
    stop: () => stop(child),
  };
}
