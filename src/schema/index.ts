import { filterSchema, pruneSchema } from '@graphql-tools/utils';
import { builder } from './builder.ts';
import './query.ts';
import { OPERATOR_FIELDS } from './operations.ts';
import { withSubscriptions } from './subscriptions.ts';

export { checkListArguments } from './arguments.ts';
export type { Context } from './builder.ts';
export { createLoaders } from './loaders.ts';
export { OPERATOR_FIELDS };

export const schema = withSubscriptions(builder.toSchema({ sortSchema: false }));

/** The schema without the fields for operators. */
export const publicSchema = pruneSchema(
  filterSchema({ schema, rootFieldFilter: (_, name) => !OPERATOR_FIELDS.has(name ?? '') }),
);
