import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A digest of the source code. Responses of another release may differ. Its digest differs by itself, without a version
 * number to maintain.
 */
export async function digestOfProgram(): Promise<string> {
  const root = dirname(import.meta.dirname);
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(root, name))));
  const digest = createHash('sha256');
  names.forEach((name, index) => {
    digest.update(`${name}\0${texts[index]?.length}\0`).update(texts[index] ?? '');
  });
  return digest.digest('base64url');
}
