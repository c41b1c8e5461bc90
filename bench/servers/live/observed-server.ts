import { fileURLToPath } from 'node:url';
import { type Contender, startPreloaded } from '../contenders.ts';
import type { Surroundings } from '../scenario.ts';
import type { Usage } from './probe.ts';

const PROBE = { file: fileURLToPath(new URL('./probe.ts', import.meta.url)), flags: ['--expose-gc'] };

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
  surroundings: Surroundings,
): Promise<ObservedServer> {
  const { url, tell, stop } = await startPreloaded(contender, PROBE, surroundings);
  return {
    url,
    usage: () => tell<Usage>('usage'),
    collectedUsage: () => tell<Usage>('collected-usage'),
    stop,
  };
}
