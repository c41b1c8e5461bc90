import { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { OPERATOR_FIELDS } from './operations.ts';

/**
 * The schema with a subscription for each field of Query, but those of operators. They have no resolvers of their own: a
 * subscription is answered as the query for the same field.
 */
export function withSubscriptions(schema: GraphQLSchema): GraphQLSchema {
  const query = schema.getQueryType()?.toConfig();
  if (!query) return schema;
  const fields = Object.entries(query.fields).filter(([name]) => !OPERATOR_FIELDS.has(name));
  const subscription = new GraphQLObjectType({
    name: 'Subscription',
    description:
      'Root of all subscriptions: what the query for the same field answers, now and again whenever that has changed.',
    fields: Object.fromEntries(fields),
  });
  return new GraphQLSchema({
    ...schema.toConfig(),
    subscription,
    types: [...schema.toConfig().types, subscription],
  });
}
