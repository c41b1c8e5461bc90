import type { ObjectRef } from '@pothos/core';
import type { Page } from '../domain/page.ts';
import { builder } from './builder.ts';

const PageInterface = builder.interfaceRef<Page<unknown>>('Page').implement({
  description: 'One page of a list, and its position in the list.',
  fields: (t) => ({
    page: t.exposeInt('page', { nullable: false, description: 'Number of this page, starting at 1.' }),
    pageSize: t.exposeInt('pageSize', { nullable: false, description: 'Number of items on a full page.' }),
    totalItems: t.exposeInt('totalItems', {
      nullable: false,
      description: 'Number of items in the whole list.',
    }),
    totalPages: t.exposeInt('totalPages', {
      nullable: false,
      description: 'Number of pages in the whole list; 1 for an empty list.',
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

/** An object type that implements Page and has `items`. */
export function pageOf<T>(
  name: string,
  item: ObjectRef<typeof builder.$inferSchemaTypes, T>,
  description: string,
) {
  return builder.objectRef<Page<T>>(name).implement({
    description,
    interfaces: [PageInterface],
    fields: (t) => ({
      items: t.expose('items', {
        type: [item],
        // The builder cannot tell this of a generic page.
        nullable: false as never,
        description: 'Items on this page, in the order of the list.',
      }),
    }),
  });
}
