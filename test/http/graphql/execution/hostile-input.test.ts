import { describe, expect, it } from 'vitest';
import { createKnownDocuments } from '../../../../src/http/graphql/known-documents.ts';
import {
  FUZZ_TIMEOUT,
  heapInUse,
  MAX_HEAP_BYTES,
  MAX_REFUSAL_BYTES,
  samplesOf,
} from '../../../support/fuzz.ts';
import { seller } from '../../../support/records.ts';
import { createTestExecution, repositoryOf } from './both-ways.ts';
import { hostileDocument, hostileVariables } from './hostile-input.ts';

const SELLERS = Array.from({ length: 3 }, (_, index) => seller(index + 1));
const repository = repositoryOf({ sellers: SELLERS, catalogs: new Map() });

/** Executes each, and checks every response against the bounds of all responses. */
async function expectBounded(inputs: Iterable<{ readonly query: string; readonly variables?: unknown }>) {
  const { execute, events } = createTestExecution(repository, {
    tokens: 2000,
    aliases: 50,
    depth: 10,
    pageCost: 10_000,
    values: 50_000,
    upstreamCalls: 25,
  });
  const documentOf = createKnownDocuments(2000);
  const before = heapInUse();
  const seen = { answered: 0, refused: 0 };
  for (const input of inputs) {
    documentOf(input.query);
    const { status, text } = await execute(input);
    const { data, errors = [] } = JSON.parse(text);
    seen[data ? 'answered' : 'refused'] += 1;
    const isBounded =
      status < 500 &&
      (errors.length === 0 || text.length < MAX_REFUSAL_BYTES) &&
      (data !== undefined || errors.length <= 10) &&
      errors.every(
        ({ message, extensions }: { message: string; extensions: { code: string } }) =>
          message.length <= 300 && message.isWellFormed() && extensions.code !== 'INTERNAL_SERVER_ERROR',
      );
    if (!isBounded)
      expect.fail(`${JSON.stringify(input).slice(0, 1000)} gets ${status} ${text.slice(0, 1000)}`);
  }
  expect(events.filter(({ type }) => type === 'internal-error')).toEqual([]);
  expect(heapInUse() - before).toBeLessThan(MAX_HEAP_BYTES);
  return seen;
}

describe('ten thousand', FUZZ_TIMEOUT, () => {
  it('random documents get bounded responses', async () => {
    const seen = await expectBounded(
      samplesOf(
        hostileDocument.map((query) => ({ query })),
        1,
      ),
    );
    expect(seen.refused).toBeGreaterThan(5000);
  });

  it('random variables get bounded responses', async () => {
    const { answered, refused } = await expectBounded(samplesOf(hostileVariables, 2));
    expect(Math.min(answered, refused)).toBeGreaterThan(500);
  });
});
