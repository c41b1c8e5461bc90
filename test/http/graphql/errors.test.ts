import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BadUserInput, UpstreamTimeout } from '../../../src/domain/errors.ts';
import { post, send } from '../../support/http-client.ts';
import { type FakeRepository, startHttpLayer } from '../../support/http-layer.ts';
import { seller } from '../../support/records.ts';

const SECRET = 'Bearer s3cret for redis.internal:6379';
const MASKED = 'Internal server error.';

const SELLERS = '{ sellers { items { id name customerDisplayId } } }';
const CATALOGS = '{ seller(id: 1) { name futureCatalogs { items { id startDate } } } }';

const failing = (cause: unknown) => async () => {
  throw cause;
};
const withSellers = (sellers: readonly object[]) => ({ sellers: { list: async () => sellers as never } });

/** Faults of resolvers, with messages that no client may see. */
const FAULTS: readonly [string, FakeRepository, string][] = [
  ['throws', { sellers: { list: failing(new Error(SECRET)) } }, SELLERS],
  [
    'throws an error with a cause',
    { sellers: { list: failing(new Error('x', { cause: SECRET })) } },
    SELLERS,
  ],
  ['throws text', { sellers: { list: failing(SECRET) } }, SELLERS],
  ['throws nothing', { sellers: { list: failing(undefined) } }, SELLERS],
  [
    'throws several errors',
    { sellers: { list: failing(new AggregateError([new Error(SECRET)], SECRET)) } },
    SELLERS,
  ],
  ['is aborted', { sellers: { list: failing(new DOMException(SECRET, 'AbortError')) } }, SELLERS],
  ['throws what GraphQL throws', { sellers: { list: failing(new GraphQLError(SECRET)) } }, SELLERS],
  [
    'throws what GraphQL throws, with a code',
    {
      sellers: {
        list: failing(new GraphQLError(SECRET, { extensions: { code: 'SECRET', secret: SECRET } })),
      },
    },
    SELLERS,
  ],
  [
    'throws before it is asynchronous',
    {
      sellers: {
        list: () => {
          throw new Error(SECRET);
        },
      },
    },
    SELLERS,
  ],
  ['has no method for it', {}, SELLERS],
  ['gives null where there must be a value', withSellers([{ id: null }]), SELLERS],
  ['gives a number that is too large', withSellers([{ id: 1, customerDisplayId: 2 ** 40 }]), SELLERS],
  ['gives an object for text', withSellers([{ id: 1, name: { secret: SECRET } }]), SELLERS],
  ['gives something else than a list', withSellers(SECRET as never), SELLERS],
];

describe('an internal error', () => {
  it.each(FAULTS)('is masked if the repository %s', async (_, repository, query) => {
    const gateway = await startHttpLayer(repository);
    const answer = await post(gateway, { query });
    expect(answer.body.errors?.[0]).toMatchObject({
      message: MASKED,
      path: expect.arrayContaining(['sellers']),
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
    expectNoLeak(answer);
    expect(gateway.events).toContainEqual({ type: 'internal-error', cause: expect.toSatisfy(() => true) });
  });

  it('is reported with its cause', async () => {
    const cause = new Error(SECRET);
    const gateway = await startHttpLayer({ sellers: { list: failing(cause) } });
    await post(gateway, { query: SELLERS });
    expect(gateway.events).toContainEqual({ type: 'internal-error', cause });
  });

  it('leaves the rest of the response intact', async () => {
    const gateway = await startHttpLayer({
      sellers: { find: async () => seller(1, { name: 'Ann' }) },
      catalogs: { ofSellers: failing(new Error(SECRET)) },
    });
    const answer = await post(gateway, { query: CATALOGS });
    expect(answer.body).toMatchObject({
      data: { seller: { name: 'Ann', futureCatalogs: null } },
      errors: [{ message: MASKED, path: ['seller', 'futureCatalogs'] }],
    });
    expectNoLeak(answer);
  });

  it.each(['{ __typename }', SELLERS])('before the execution is a 500 (%s)', async (query) => {
    const today = () => {
      throw new Error(SECRET);
    };
    const gateway = await startHttpLayer({ today });
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await post(gateway, { query }, { accept });
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual({
        errors: [{ message: MASKED, extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      });
      expectNoLeak(answer);
    }
  });

  it('outside GraphQL is a 500 of the same form', async () => {
    const readiness = () => {
      throw new Error(SECRET);
    };
    const gateway = await startHttpLayer({}, { readiness });
    const answer = await send(gateway, '/readyz');
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      errors: [{ message: MASKED, extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expectNoLeak(answer);
    expect((await send(gateway, '/healthz')).status).toBe(200);
  });

  function expectNoLeak({ text, headers }: { text: string; headers: Headers }) {
    // A random request id may contain any of these.
    const told = [...headers].filter(([name]) => name !== 'x-request-id');
    const whole = `${text}${JSON.stringify(told)}`;
    for (const part of [
      's3cret',
      'redis',
      '6379',
      'SECRET',
      'stack',
      'node_modules',
      '.ts',
      'at ',
      'Error:',
    ]) {
      expect(whole).not.toContain(part);
    }
  }
});

describe('an error for the client', () => {
  it.each([
    [new BadUserInput('page must be from 1.'), 'BAD_USER_INPUT'],
    [new UpstreamTimeout('Too late.', { cause: new Error(SECRET) }), 'UPSTREAM_TIMEOUT'],
  ])('keeps its message, its code and its path: %s', async (error, code) => {
    const gateway = await startHttpLayer({ sellers: { list: failing(error) } });
    const { status, text } = await post(gateway, { query: SELLERS });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      data: null,
      errors: [
        {
          message: error.message,
          path: ['sellers'],
          locations: [{ line: 1, column: 3 }],
          extensions: { code },
        },
      ],
    });
    expect(gateway.events.map(({ type }) => type)).not.toContain('internal-error');
  });
});
