import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Mutation {
  readonly file: string;
  /** Text of the file, which occurs exactly once. */
  readonly from: string;
  readonly to: string;
  /** A seed that caught it once, which is tried first. A change of the plans makes it an ordinary one. */
  readonly caughtBy?: number;
}

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
// Copies lie beside the tests, so that the engine's imports resolve.
const HERE = fileURLToPath(new URL('./', import.meta.url));

/**
 * Runs `use` on a copy of `part`, a folder in `src`, with one text replaced. The copy is deleted afterwards.
 */
export async function withMutant<T>(
  { file, from, to }: Mutation,
  use: (folder: string) => Promise<T>,
  part = 'cache',
): Promise<T> {
  const folder = await mkdtemp(join(HERE, '.mutant-'));
  try {
    await cp(join(SOURCE, part), folder, { recursive: true });
    const text = await readFile(join(folder, file), 'utf8');
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} places, not one, that read: ${from}`);
    await writeFile(
      join(folder, file),
      text.replace(from, () => to),
    );
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
