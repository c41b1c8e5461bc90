import { join } from 'node:path';
import { createLiveRequests } from '../../../src/http/graphql/live-requests.ts';
import { createLiveHub } from '../../../src/http/live/hub.ts';
import { personalKey } from '../../../src/repository/keys.ts';
import { ENGINE, type Engine, loadEngine } from '../engine.ts';

/** The parts of the product that the simulation runs. */
export interface Program {
  readonly engine: Engine;
  readonly createLiveHub: typeof createLiveHub;
  readonly createLiveRequests: typeof createLiveRequests;
  readonly personalKey: typeof personalKey;
}

export const PROGRAM: Program = { engine: ENGINE, createLiveHub, createLiveRequests, personalKey };

/** The same of a copy of `src`. */
export async function loadProgram(folder: string): Promise<Program> {
  const engine = await loadEngine(join(folder, 'cache'));
  const parts = await Promise.all([
    import(join(folder, 'http/live/hub.ts')),
    import(join(folder, 'http/graphql/live-requests.ts')),
    import(join(folder, 'repository/keys.ts')),
  ]);
  return Object.assign({}, ...parts, { engine });
}
