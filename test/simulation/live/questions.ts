/** A live question of the simulation. Its response lists the versions of its items. */
export interface SimulatedQuestion {
  readonly name: string;
  /** The subscription. All are valid in the public schema, and are executed by the simulation. */
  readonly text: string;
  readonly ids: readonly number[];
  /** Whether its response has the business day. */
  readonly isDaily: boolean;
  /** Whether its response has the viewer. */
  readonly isPersonal: boolean;
}

/** What a response shows. */
export interface Shown {
  /** The version of each item; null for one that could not be loaded. */
  readonly items: readonly (readonly [id: number, version: number | null])[];
  readonly day: number | null;
  readonly viewer: string | null;
}

/** The length of a day: several midnights pass in each history. */
export const DAY_MS = 1500;

export const QUESTIONS: readonly SimulatedQuestion[] = [
  question('One', [1]),
  question('Two', [1, 2]),
  question('Daily', [2, 3], { isDaily: true }),
  question('Own', [3], { isPersonal: true }),
  question('OwnTwo', [1, 3], { isPersonal: true }),
];

/** The question whose document has the text of a query or a subscription. */
export function questionOf(text: string): SimulatedQuestion {
  const name = /\b(?:query|subscription) (\w+)/.exec(text)?.[1];
  return QUESTIONS.find((each) => each.name === name) as SimulatedQuestion;
}

export function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}

function question(
  name: string,
  ids: readonly number[],
  { isDaily = false, isPersonal = false } = {},
): SimulatedQuestion {
  return { name, text: `subscription ${name} { viewer { id } }`, ids, isDaily, isPersonal };
}
