import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  print,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';

export interface SubscriptionDocumentsOptions {
  readonly schema: GraphQLSchema;
  /** Parses within the limits of size. Throws for a document that has more, or is malformed. */
  readonly parse: (text: string) => DocumentNode;
}

const MAX_DOCUMENTS = 1000;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * The text of a document in which each subscription is the query for the same fields; null for a document that is not
 * valid. The query has the same response, and shares it with all who ask for that.
 */
export function createSubscriptionDocuments({ schema, parse }: SubscriptionDocumentsOptions) {
  const queries = new LRUCache<string, string>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (query, text) => query.length + text.length,
  });
  const names = {
    subscription: schema.getSubscriptionType()?.name ?? '',
    query: schema.getQueryType()?.name ?? '',
  };

  return (text: string): string | null => {
    const known = queries.get(text);
    if (known !== undefined) return known;
    try {
      const document = parse(text);
      if (validate(schema, document, specifiedRules, { maxErrors: 1 }).length > 0) return null;
      const query = print(asQueries(document));
      queries.set(text, query);
      return query;
    } catch {
      return null;
    }
  };

  function asQueries(document: DocumentNode): DocumentNode {
    return visit(document, {
      OperationDefinition: (node) =>
        node.operation === OperationTypeNode.SUBSCRIPTION
          ? { ...node, operation: OperationTypeNode.QUERY }
          : undefined,
      // The condition of a fragment on the root.
      NamedType: ({ name }) =>
        name.value === names.subscription
          ? { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: names.query } }
          : undefined,
    });
  }
}
