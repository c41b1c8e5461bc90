import { describe, expect, it } from 'vitest';
import { seller } from '../../../support/records.ts';
import { createTestExecution, executeBothWays, repositoryOf } from './both-ways.ts';

const SELLER = seller(1, { name: 'Ann', customerDisplayId: 1 });
const repository = repositoryOf({ sellers: [SELLER], catalogs: new Map() });
const MUTATION = 'mutation { invalidate(tags: "sellers") { acknowledgedBy } }';

describe('an execution', () => {
  it('returns the text of a complete query, without headers or codes', async () => {
    const { execute } = createTestExecution(repository);
    expect(await execute({ query: '{ seller(id: 1) { name } }' })).toEqual({
      status: 200,
      text: '{"data":{"seller":{"name":"Ann"}}}',
      headers: {},
      codes: [],
      complete: true,
    });
  });

  it('refuses a mutation by GET', async () => {
    const { execute } = createTestExecution(repository);
    const answer = await execute({ query: MUTATION }, { method: 'GET', fullSchema: true });
    expect(answer).toMatchObject({ status: 405, headers: { Allow: 'POST' }, complete: false });
    expect(answer.text).toContain('Can only perform a mutation operation from a POST request.');
  });

  it.each([
    ['application/json', 200],
    ['application/graphql-response+json', 400],
  ] as const)('refuses an invalid document as %s with %i', async (mediaType, status) => {
    const { execute } = createTestExecution(repository);
    expect(await execute({ query: '{' }, { mediaType })).toMatchObject({
      status,
      headers: {},
      complete: false,
    });
  });

  it.each([
    ['a mutation', MUTATION],
    ['a partial answer', '{ seller(id: 1) { name } a: seller(id: "x") { name } }'],
    ['an error', '{ sellers(page: 0) { page } }'],
  ])('does not call %s complete', async (_, query) => {
    const { execute } = createTestExecution(repository);
    const answer = await execute({ query }, { operator: true, fullSchema: true });
    expect(answer).toMatchObject({ status: 200, complete: false });
  });

  it('reads each record once, even if a plan is abandoned', async () => {
    let reads = 0;
    const { execute, events } = createTestExecution({
      sellers: { list: async () => [SELLER, { ...SELLER, id: 2 }] },
      catalogs: {
        ofSellers: async (ids) => {
          reads += 1;
          return new Map(ids.map((id) => [id, id === 2 ? new Error('no catalogs') : []]));
        },
      },
    });
    const query = '{ sellers { items { id futureCatalogs { page } } } }';
    await execute({ query });
    expect((await execute({ query })).text).toContain('"errors"');
    expect(events).toContainEqual({ type: 'plan-abandoned', why: 'resolver' });
    expect(reads).toBe(2);
  });

  it('executes a mutation once', async () => {
    let invalidations = 0;
    const invalidate = async () => {
      invalidations += 1;
      throw new Error('redis is away');
    };
    const { execute } = createTestExecution({ ...repository, operations: { invalidate } as never });
    const answer = await execute({ query: MUTATION }, { operator: true, fullSchema: true });
    expect(answer.text).toContain('"errors"');
    expect(invalidations).toBe(1);
  });
});

describe('a plan', () => {
  const query = 'query Name($id: ID!) { seller(id: $id) { name } }';

  it('is compiled once, at the second execution', async () => {
    const { execute, events } = createTestExecution(repository);
    await execute({ query, variables: { id: 1 } });
    expect(events).toEqual([]);
    for (const id of [1, 2, 3]) await execute({ query, variables: { id } });
    expect(events).toEqual([{ type: 'plan-made', fields: 2 }]);
  });

  it('is compiled for each operation of a document, and for each outcome of its conditions', async () => {
    const { execute, events } = createTestExecution(repository);
    const two = `${query} query Both($a: Boolean!) { sellers { page @skip(if: $a) pageSize } }`;
    const variants = [{ a: true }, { a: false }];
    for (let round = 0; round < 3; round += 1) {
      await execute({ query: two, operationName: 'Name', variables: { id: 1 } });
      for (const variables of variants) await execute({ query: two, operationName: 'Both', variables });
    }
    expect(events).toEqual([
      { type: 'plan-made', fields: 3 },
      { type: 'plan-made', fields: 2 },
      { type: 'plan-made', fields: 2 },
    ]);
  });

  it('with an internal fault is reported, and the query is executed by the reference executor', async () => {
    const fault = new Error('nobody foresaw this');
    let reads = 0;
    const seller = {
      get name() {
        reads += 1;
        if (reads === 2) throw fault;
        return 'Ann';
      },
    };
    const { reference, others, events } = await executeBothWays(
      { sellers: { find: async () => seller as never } },
      { query, variables: { id: 1 } },
    );
    expect(others).toEqual([reference, reference]);
    expect(events).toEqual([
      { type: 'plan-made', fields: 2 },
      { type: 'internal-error', cause: fault },
      { type: 'plan-abandoned', why: 'fault' },
    ]);
  });

  it('is evicted by others: their fields are bounded in total', async () => {
    const { execute, events } = createTestExecution(repository);
    const made = () => events.filter(({ type }) => type === 'plan-made').length;
    const first = { query: '{ seller(id: 1) { name } }' };
    const twice = async (parameters: object) => [await execute(parameters), await execute(parameters)];
    await twice(first);
    await twice(first);
    expect(made()).toBe(1);
    const fields = Array.from({ length: 30 }, (_, index) => `b${index}: items { id }`).join(' ');
    for (let index = 0; index < 60; index += 1) {
      const spreads = Array.from(
        { length: 7 },
        (_, at) => `a${at}: sellers(page: ${index + 1}) { ...F }`,
      ).join(' ');
      await twice({ query: `{ ${spreads} } fragment F on SellerPage { ${fields} }` });
    }
    expect(made()).toBe(61);
    await execute(first);
    expect(made()).toBe(62);
  });
});
