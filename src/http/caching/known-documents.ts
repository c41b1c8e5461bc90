import { hash } from 'node:crypto';
import {
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  stripIgnoredCharacters,
} from 'graphql';
import { LRUCache } from 'lru-cache';

export interface KnownOperation {
  readonly name: string | null;
  readonly isQuery: boolean;
  /** The variables that it declares: no other changes its answer. */
  readonly variables: readonly string[];
}

export interface KnownDocument {
  /** Of the document without whitespace, commas and comments. */
  readonly digest: string;
  readonly operations: readonly KnownOperation[];
}

const MOST_DOCUMENTS = 1000;
const MOST_CHARACTERS = 1024 * 1024;

/**
 * What documents have in them, by their text; null for one that does not parse, or has more than `maxTokens`, of which
 * whoever executes it says what is wrong.
 */
export function createKnownDocuments(maxTokens: number): (text: string) => KnownDocument | null {
  const documents = new LRUCache<string, KnownDocument>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_, text) => text.length || 1,
  });
  return (text) => {
    const known = documents.get(text);
    if (known) return known;
    try {
      const { definitions } = parse(text, { maxTokens, noLocation: true });
      const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
      const digest = hash('sha256', stripIgnoredCharacters(text), 'base64url');
      const document = { digest, operations: operations.map(toOperation) };
      documents.set(text, document);
      return document;
    } catch {
      return null;
    }
  };
}

function toOperation({ name, operation, variableDefinitions = [] }: OperationDefinitionNode): KnownOperation {
  return {
    name: name?.value ?? null,
    isQuery: operation === OperationTypeNode.QUERY,
    variables: variableDefinitions.map(({ variable }) => variable.name.value),
  };
}
