import type { Setting } from './settings.ts';

const BEGIN = '      # The others are written by `npm run generate`.\n';
const END = '      # End of the others.\n';

/** The Compose file, which passes on each setting that it does not fix from the shell or `.env`. */
export function insertComposeVariables(compose: string, groups: readonly (readonly Setting[])[]): string {
  const begin = compose.indexOf(BEGIN);
  const end = compose.indexOf(END);
  if (begin === -1 || end < begin) throw new Error('docker-compose.yml lacks the marks of the variables');
  const fixed = compose.slice(0, begin);
  const handedOn = groups.flat().filter(({ name }) => !fixed.includes(`\n      ${name}: `));
  return fixed + BEGIN + handedOn.map(({ name }) => `      ${name}:\n`).join('') + compose.slice(end);
}
