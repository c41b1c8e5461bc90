import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../test/support/redis.ts';
import type { Contender } from '../contenders.ts';
import { launch, stop, untilThere } from '../process.ts';
import type { Surroundings } from '../scenario.ts';
import type { Usage } from './probe.ts';

const PROBE = fileURLToPath(new URL('./probe.ts', import.meta.url));

/** A server that tells what it uses. */
export interface ObservedServer {
  readonly url: string;
  usage(): Promise<Usage>;
  /** The usage after a garbage collection. */
  collectedUsage(): Promise<Usage>;
  stop(): Promise<void>;
}

export async function startObserved(
  contender: Contender,
  { client, cores }: Surroundings,
): Promise<ObservedServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const { args, env } = contender.launch(port);
  const child = launch({
    args: ['--expose-gc', '--import', PROBE, ...args],
    ...(env && { env }),
    cores: cores?.server,
    channel: true,
  });
  await untilThere(child, () =>
    client.ask(url, '{"query":"{__typename}"}').then(
      () => true,
      () => false,
    ),
  );
  const ask = async (question: 'usage' | 'collected-usage') => {
    const answer = once(child, 'message');
    child.send(question);
    const [usage] = await answer;
    return usage as Usage;
  };
  return {
    url,
    usage: () => ask('usage'),
    collectedUsage: () => ask('collected-usage'),
    stop: () => stop(child),
  };
}
