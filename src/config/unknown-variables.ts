import { variables } from './variables.ts';

// Other programs read variables with these beginnings too.
const SHARED_PREFIXES: ReadonlySet<string> = new Set(['LOG', 'NODE', 'OTEL']);
// Kubernetes sets these for each Service: `REDIS_SERVICE_HOST`, `REDIS_PORT_6379_TCP_ADDR`.
const SERVICE_LINK = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const LINK_URL = /^(tcp|udp|sctp):\/\//;
const MAX_CHARACTERS = 64;
const MAX_WARNINGS = 20;

const known = Object.keys(variables);
const ownPrefixes = prefixesOfSeveral(known);

/** One warning for each variable that looks like a setting but is not, with the nearest name. No value is quoted. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const warnings = Object.entries(environment).flatMap(([name, value]) => {
    if (!value || Object.hasOwn(variables, name) || name.length > MAX_CHARACTERS) return [];
    if (SERVICE_LINK.test(name) || (name.endsWith('_PORT') && LINK_URL.test(value))) return [];
    const upper = name.toUpperCase();
    const [nearest, distance] = nearestTo(upper);
    if (!ownPrefixes.has(prefixOf(upper)) && distance > (name.length > 6 ? 2 : 1)) return [];
    const hint = distance <= Math.max(2, name.length / 4) ? `; did you mean ${nearest}?` : '';
    return [`${name} is not a setting and has no effect${hint}`];
  });
  if (warnings.length <= MAX_WARNINGS) return warnings;
  return [
    ...warnings.slice(0, MAX_WARNINGS),
    `${warnings.length - MAX_WARNINGS} more variables are not settings`,
  ];
}

function prefixOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('_')));
}

function prefixesOfSeveral(names: readonly string[]): ReadonlySet<string> {
  const prefixes = names.map(prefixOf);
  const isOwn = (prefix: string, index: number) =>
    prefix !== '' && !SHARED_PREFIXES.has(prefix) && prefixes.indexOf(prefix) !== index;
  return new Set(prefixes.filter(isOwn));
}

function nearestTo(name: string): readonly [name: string, distance: number] {
  return known
    .map((each) => [each, distanceBetween(name, each)] as const)
    .reduce((nearest, each) => (each[1] < nearest[1] ? each : nearest));
}

/** Insertions, deletions, substitutions and swaps of neighbours: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance */
function distanceBetween(a: string, b: string): number {
  let [beforePrevious, previous]: number[][] = [
    [],
    Array.from({ length: b.length + 1 }, (_, index) => index),
  ];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(substitution, at(previous, j) + 1, at(row, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(at(row, j), at(beforePrevious, j - 2) + 1);
    }
    [beforePrevious, previous] = [previous, row];
  }
  return at(previous, b.length);
}

function at(row: readonly number[] | undefined, index: number): number {
  return row?.[index] ?? Number.POSITIVE_INFINITY;
}
