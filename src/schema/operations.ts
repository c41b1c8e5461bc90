import { Forbidden } from '../domain/errors.ts';
import type { HeldEntry, Inspection, Invalidation } from '../repository/operations.ts';
import { builder, type Context } from './builder.ts';

/** Root fields that are for operators: to anyone else the schema does not show them. */
export const OPERATOR_FIELDS: ReadonlySet<string> = new Set(['invalidate', 'cacheEntry']);

/** The operations, for who may use them. @throws Forbidden for anyone else. */
function operationsFor({ operator, operations }: Context) {
  if (!operator) throw new Forbidden('This needs the admin token, as "Authorization: Bearer …".');
  return operations;
}

const InvalidatedTagType = builder.objectRef<Invalidation['tags'][number]>('InvalidatedTag').implement({
  description: 'A tag whose entries are misses now.',
  fields: (t) => ({
    tag: t.exposeString('tag', { nullable: false, description: 'The tag.' }),
    known: t.exposeBoolean('known', {
      nullable: false,
      description: 'Whether anything had been cached under it: an unknown tag invalidates nothing.',
    }),
  }),
});

const InvalidationType = builder.objectRef<Invalidation>('Invalidation').implement({
  description:
    'An acknowledged invalidation: from here on nothing older is answered by this process, and by the others within a second.',
  fields: (t) => ({
    tags: t.field({
      type: [InvalidatedTagType],
      nullable: false,
      description: 'What was invalidated.',
      resolve: ({ tags }) => tags,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it was acknowledged.',
      resolve: ({ at }) => new Date(at),
    }),
    acknowledgedBy: t.exposeString('acknowledgedBy', {
      nullable: false,
      description: '`redis` for all processes, or `memory` where there is but this one.',
    }),
  }),
});

const EntryTagType = builder.objectRef<HeldEntry['tags'][number]>('CacheEntryTag').implement({
  description: 'A tag of a cache entry.',
  fields: (t) => ({
    tag: t.exposeString('tag', { nullable: false, description: 'The tag.' }),
    current: t.exposeBoolean('current', {
      nullable: false,
      description:
        'Whether the entry is of the current generation of the tag. One that is not is not served by a process that has asked Redis.',
    }),
  }),
});

const HeldEntryType = builder.objectRef<HeldEntry>('HeldCacheEntry').implement({
  description:
    'What one tier of the cache holds under a key. Times are in milliseconds, negative where they are over.',
  fields: (t) => ({
    state: t.exposeString('state', { nullable: false, description: '`fresh`, `stale` or `dead`.' }),
    ageMs: t.exposeFloat('ageMs', { nullable: false, description: 'How long ago its load began.' }),
    freshForMs: t.exposeFloat('freshForMs', { nullable: false, description: 'How much longer it is fresh.' }),
    staleForMs: t.exposeFloat('staleForMs', {
      nullable: false,
      description: 'How much longer it may be served stale.',
    }),
    loadMs: t.exposeFloat('loadMs', { nullable: false, description: 'How long its load took.' }),
    bytes: t.exposeInt('bytes', { nullable: false, description: 'Its size at rest.' }),
    tags: t.field({
      type: [EntryTagType],
      nullable: false,
      description: 'What invalidates it.',
      resolve: ({ tags }) => tags,
    }),
  }),
});

const CacheEntryType = builder.objectRef<Inspection>('CacheEntry').implement({
  description: 'What the cache holds under a key, without the value.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: false, description: 'The key as it is in Redis.' }),
    memory: t.field({
      type: HeldEntryType,
      description: 'In the memory of the process that answers.',
      resolve: ({ memory }) => memory,
    }),
    redis: t.field({ type: HeldEntryType, description: 'In Redis.', resolve: ({ redis }) => redis }),
    redisAnswered: t.exposeBoolean('redisAnswered', {
      nullable: false,
      description:
        'False where Redis did not answer: what it holds is not known then, nor for sure which tags are current.',
    }),
  }),
});

builder.queryField('cacheEntry', (t) =>
  t.field({
    type: CacheEntryType,
    nullable: false,
    description:
      'For operators: what the cache holds under a key, such as `sellers_all` or `catalogs_seller_42`.',
    args: { key: t.arg.string({ required: true, description: 'The key, with its prefix or without.' }) },
    resolve: (_, { key }, context) => operationsFor(context).inspect(key),
  }),
);

builder.mutationType({ description: 'What operators do.' });

builder.mutationField('invalidate', (t) =>
  t.field({
    type: InvalidationType,
    nullable: false,
    description: 'For operators: makes every entry of the tags a miss, however many there are.',
    args: {
      tags: t.arg.stringList({
        required: true,
        description: 'Such as `sellers`, `seller:42`, `catalogs` or `catalogs:seller:42`.',
      }),
    },
    resolve: (_, { tags }, context) => operationsFor(context).invalidate(tags),
  }),
);
