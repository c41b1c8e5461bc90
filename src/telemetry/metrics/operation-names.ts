import type { RequestOutcome } from '../../http/events.ts';

const MAX_NAMES = 100;
const MAX_CHARACTERS = 100;

/**
 * The metric label of an operation name. Clients choose names, so only the first 100 names of operations that did not
 * fail get a label of their own, if they are short. All others share one.
 */
export function createOperationNames(): (name: string | null, outcome: RequestOutcome) => string {
  const known = new Set<string>();
  return (name, outcome) => {
    if (name === null) return 'anonymous';
    if (known.has(name)) return name;
    if (outcome === 'failed' || known.size >= MAX_NAMES || name.length > MAX_CHARACTERS) return 'other';
    known.add(name);
    return name;
  };
}
