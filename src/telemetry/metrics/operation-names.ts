import type { RequestOutcome } from '../../http/events.ts';

const MOST_NAMES = 100;
const MOST_CHARACTERS = 100;

/**
 * The label of an operation's name. Clients choose names, so the first hundred of operations that were not refused
 * have a label of their own, unless they are long, and all others share one.
 */
export function createOperationNames(): (name: string | null, outcome: RequestOutcome) => string {
  const known = new Set<string>();
  return (name, outcome) => {
    if (name === null) return 'anonymous';
    if (known.has(name)) return name;
    if (outcome === 'failed' || known.size >= MOST_NAMES || name.length > MOST_CHARACTERS) return 'other';
    known.add(name);
    return name;
  };
}
