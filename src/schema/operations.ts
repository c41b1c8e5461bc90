import { Forbidden } from '../domain/errors.ts';
import type { HeldEntry, Inspection, Invalidation } from '../repository/operations.ts';
import { builder, type Context } from './builder.ts';

/** Root fields for operators. The public schema does not contain them. */
export const OPERATOR_FIELDS: ReadonlySet<string> = new Set(['invalidate', 'cacheEntry']);

/** The operations. @throws Forbidden if the request does not come from an operator. */
function operationsFor({ operator, operations }: Context) {
  if (!operator) throw new Forbidden('The admin token is required, as "Authorization: Bearer …".');
  return operations;
}

const InvalidatedTagType = builder.objectRef<Invalidation['tags'][number]>('InvalidatedTag').implement({
  description: 'An invalidated tag.',
  fields: (t) => ({
    tag: t.exposeString('tag', { nullable: false, description: 'The tag.' }),
    known: t.exposeBoolean('known', {
      nullable: false,
      description: 'Whether any entry had this tag. The invalidation of an unknown tag has no effect.',
    }),
  }),
});

const CacheTierType = builder.enumType('CacheTier', {
  description: 'A tier of the cache.',
  values: {
    redis: { description: 'Redis, which all processes share.' },
    memory: { description: 'The memory of the responding process.' },
  },
});

const InvalidationType = builder.objectRef<Invalidation>('Invalidation').implement({
  description:
    'An acknowledged invalidation: this process no longer returns older data, and the other processes stop within a second.',
  fields: (t) => ({
    tags: t.field({
      type: [InvalidatedTagType],
      nullable: false,
      description: 'The invalidated tags.',
      resolve: ({ tags }) => tags,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'Time of the acknowledgement.',
      resolve: ({ at }) => new Date(at),
    }),
    acknowledgedBy: t.expose('acknowledgedBy', {
      type: CacheTierType,
      nullable: false,
      description: '`redis` if it applies to all processes, `memory` if it applies to this process only.',
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
        'Whether the entry has the current generation of the tag. An entry with another generation is not served once a process has checked it in Redis.',
    }),
  }),
});

const CacheEntryStateType = builder.enumType('CacheEntryState', {
  description: 'Whether a cache entry may be served.',
  values: {
    fresh: { description: 'Served as it is.' },
    stale: { description: 'Served while it is refreshed in the background.' },
    dead: { description: 'Not served.' },
  },
});

const HeldEntryType = builder.objectRef<HeldEntry>('HeldCacheEntry').implement({
  description:
    'An entry in one tier of the cache. Durations are in milliseconds; a negative duration lies in the past.',
  fields: (t) => ({
    state: t.expose('state', {
      type: CacheEntryStateType,
      nullable: false,
      description: 'State of the entry now.',
    }),
    ageMs: t.exposeFloat('ageMs', { nullable: false, description: 'Time since its load began.' }),
    freshForMs: t.exposeFloat('freshForMs', {
      nullable: false,
      description: 'Time until it is no longer fresh.',
    }),
    staleForMs: t.exposeFloat('staleForMs', {
      nullable: false,
      description: 'Time until it may no longer be served stale.',
    }),
    loadMs: t.exposeFloat('loadMs', { nullable: false, description: 'Duration of its load.' }),
    bytes: t.exposeInt('bytes', { nullable: false, description: 'Size of the stored entry.' }),
    tags: t.field({
      type: [EntryTagType],
      nullable: false,
      description: 'Tags that invalidate it.',
      resolve: ({ tags }) => tags,
    }),
  }),
});

const CacheEntryType = builder.objectRef<Inspection>('CacheEntry').implement({
  description: 'A cache entry, without its value.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: false, description: 'The full key, as in Redis.' }),
    memory: t.field({
      type: HeldEntryType,
      description: 'The entry in the memory of the responding process.',
      resolve: ({ memory }) => memory,
    }),
    redis: t.field({
      type: HeldEntryType,
      description: 'The entry in Redis.',
      resolve: ({ redis }) => redis,
    }),
    redisAnswered: t.exposeBoolean('redisAnswered', {
      nullable: false,
      description: 'Whether Redis responded. If false, `redis` is unknown and `current` may be outdated.',
    }),
  }),
});

builder.queryField('cacheEntry', (t) =>
  t.field({
    type: CacheEntryType,
    nullable: false,
    description: 'For operators: the cache entry of a key, such as `sellers_all` or `catalogs_seller_42`.',
    args: { key: t.arg.string({ required: true, description: 'The key, with or without its prefix.' }) },
    resolve: (_, { key }, context) => operationsFor(context).inspect(key),
  }),
);

builder.mutationType({ description: 'Operations for operators.' });

builder.mutationField('invalidate', (t) =>
  t.field({
    type: InvalidationType,
    nullable: false,
    description: 'For operators: invalidates every entry that has one of the tags.',
    args: {
      tags: t.arg.stringList({
        required: true,
        description: 'Tags such as `sellers`, `seller:42`, `catalogs` or `catalogs:seller:42`.',
      }),
    },
    resolve: (_, { tags }, context) => operationsFor(context).invalidate(tags),
  }),
);
