import { fileURLToPath } from 'node:url';
import { type Answers, check } from '../answers.ts';
import { type Contender, startPreloaded } from '../contenders.ts';
import type { Surroundings } from '../scenario.ts';

const FLUSH = { file: fileURLToPath(new URL('./flush.ts', import.meta.url)) };
// From the second time on, a compiled plan of the gateway executes the request.
const TIMES = 3;

/** The contender with Node's compile cache in the directory, as the gateway's image has it. */
export function withCompileCache(contender: Contender, directory: string): Contender {
  return {
    ...contender,
    launch(port) {
      const launched = contender.launch(port);
      return { ...launched, env: { ...launched.env, NODE_COMPILE_CACHE: directory } };
    },
  };
}

/** Starts it once, so that the directory has what it compiles until it has answered. */
export async function fillCompileCache(
  contender: Contender,
  answers: Answers,
  surroundings: Surroundings,
): Promise<void> {
  const server = await startPreloaded(contender, FLUSH, surroundings);
  try {
    for (let time = 0; time < TIMES; time += 1)
      await check(surroundings.client, { name: contender.name, url: server.url }, answers);
    await server.tell('flush');
  } finally {
    await server.stop();
  }
}
