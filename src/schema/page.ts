import type { ObjectRef } from '@pothos/core';
import type { Page } from '../domain/page.ts';
import { builder } from './builder.ts';

const PageInterface = builder.interfaceRef<Page<unknown>>('Page').implement({
  description: 'One page of a list, and where it stands in the whole.',
  fields: (t) => ({
    page: t.exposeInt('page', { nullable: false, description: 'Which page this is, counted from 1.' }),
    pageSize: t.exposeInt('pageSize', { nullable: false, description: 'How many items a full page holds.' }),
    totalItems: t.exposeInt('totalItems', {
      nullable: false,
      description: 'How many items the whole list has.',
    }),
    totalPages: t.exposeInt('totalPages', {
      nullable: false,
      description: 'How many pages the whole list has; an empty list has one.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      nullable: false,
      description: 'Whether there is a page before this one.',
    }),
    hasNextPage: t.exposeBoolean('hasNextPage', {
      nullable: false,
      description: 'Whether there is a page after this one.',
    }),
  }),
});

/** An object type that is a Page of `items`. */
export function pageOf<T>(
  name: string,
  item: ObjectRef<typeof builder.$inferSchemaTypes, T>,
  description: string,
) {
  return builder.objectRef<Page<T>>(name).implement({
    description,
    interfaces: [PageInterface],
    fields: (t) => ({
      items: t.field({
        type: [item],
        nullable: false,
        description: 'What is on this page, in the order of the list.',
        resolve: (page) => page.items,
      }),
    }),
  });
}
