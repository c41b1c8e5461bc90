import Table from 'cli-table3';

/** The output of a command. */
export interface Output {
  /** Rows with the same columns; people get `brief` instead if it is given. */
  rows(rows: readonly object[], empty: string, brief?: readonly object[]): void;
  /** One record; people get `brief` instead if it is given. */
  facts(facts: object, brief?: object): void;
}

interface Sink {
  write(text: string): unknown;
}

/** Tables for people; JSON for programs, one document for each call. */
export function createOutput(json: boolean, sink: Sink): Output {
  if (json) {
    const write = (value: unknown) => void sink.write(`${JSON.stringify(value, null, 2)}\n`);
    return { rows: (rows) => write(rows), facts: (facts) => write(facts) };
  }
  return {
    rows(rows, empty, brief = rows) {
      const [first] = brief;
      if (!first) {
        sink.write(`${empty}\n`);
        return;
      }
      const columns = Object.keys(first);
      const table = new Table({ head: columns.map(words), style: { head: [], border: [] } });
      for (const row of brief)
        table.push(columns.map((column) => textOf((row as Record<string, unknown>)[column])));
      sink.write(`${table.toString()}\n`);
    },
    facts(facts, brief = facts) {
      const table = new Table({ style: { head: [], border: [] } });
      for (const [name, value] of flatten(brief)) table.push([name, textOf(value)]);
      sink.write(`${table.toString()}\n`);
    },
  };
}

/** The leaves of a nested record, by their path. */
function flatten(value: object, path = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([name, part]) => {
    const whole = path === '' ? words(name) : `${path} ${words(name)}`;
    const isBranch = typeof part === 'object' && part !== null && !isListOfLeaves(part);
    return isBranch ? flatten(part, whole) : [[whole, part] as const];
  });
}

function isListOfLeaves(value: object): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object' || each === null);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(4)));
  return String(value);
}

/** `freshForMs` → `fresh for ms`. */
function words(name: string): string {
  return /^[a-z]+([A-Z][a-z]*)+$/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    : name;
}
