import { join } from 'node:path';
import { createRedisSessions } from '../../../src/auth/redis-sessions.ts';
import { createSessions } from '../../../src/auth/sessions.ts';
import { keyOf } from '../../../src/http/auth/identity.ts';
import { createKnownDocuments } from '../../../src/http/graphql/known-documents.ts';

/** The parts of the product that the simulation runs. */
export interface Program {
  readonly createSessions: typeof createSessions;
  readonly createRedisSessions: typeof createRedisSessions;
  readonly keyOf: typeof keyOf;
  readonly createKnownDocuments: typeof createKnownDocuments;
}

export const PROGRAM: Program = { createSessions, createRedisSessions, keyOf, createKnownDocuments };

/** The same of a copy of `src`. */
export async function loadProgram(folder: string): Promise<Program> {
  const parts = await Promise.all([
    import(join(folder, 'auth/sessions.ts')),
    import(join(folder, 'auth/redis-sessions.ts')),
    import(join(folder, 'http/auth/identity.ts')),
    import(join(folder, 'http/graphql/known-documents.ts')),
  ]);
  return Object.assign({}, ...parts);
}
