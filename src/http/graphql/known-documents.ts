import { hash } from 'node:crypto';
import {
  type ASTNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { KnownDocument, KnownOperation } from '../response-cache/cache-query.ts';
import { parseDocument } from './limits/parse.ts';

// The only field whose value depends on who asks.
const VIEWER = 'viewer';

// A query without name, variables and directives may do without its keyword.
const SHORTHAND = /^query\{/;

const MAX_DOCUMENTS = 1000;
const MAX_BYTES = 8 * 1024 * 1024;

// Measured: the memory of an operation and of its variables, each of which has at least a few characters of text.
const BYTES_PER_OPERATION = 150;
const BYTES_PER_VARIABLE = 60;

/**
 * The operations of documents, by text; null for a document that does not parse, or has more than `maxTokens`. Its
 * execution reports the fault.
 */
export function createKnownDocuments(maxTokens: number): (text: string) => KnownDocument | null {
  const documents = new LRUCache<string, KnownDocument>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    sizeCalculation: weightOf,
  });
  return (text) => {
    const known = documents.get(text);
    if (known) return known;
    try {
      const { definitions } = parseDocument(text, { maxTokens, withLocations: false });
      const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
      const digest = hash('sha256', stripIgnoredCharacters(text).replace(SHORTHAND, '{'), 'base64url');
      const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
      const document = { digest, operations: operations.map((each) => toOperation(each, fragments)) };
      documents.set(text, document);
      return document;
    } catch {
      return null;
    }
  };
}

function weightOf({ operations }: KnownDocument, text: string): number {
  const variables = operations.reduce((count, operation) => count + operation.variables.length, 0);
  return 500 + 2 * text.length + BYTES_PER_OPERATION * operations.length + BYTES_PER_VARIABLE * variables;
}

function toOperation(
  definition: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): KnownOperation {
  const { name, operation, variableDefinitions = [] } = definition;
  return {
    name: name?.value ?? null,
    type: operation,
    isPersonal: showsViewer(definition, fragments),
    variables: variableDefinitions.map(({ variable }) => variable.name.value),
  };
}

/** Whether the operation selects the field `viewer`, itself or by its fragments. A skipped selection counts too. */
function showsViewer(
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): boolean {
  const spread = new Set<string>();
  let isFound = false;
  const search = (node: ASTNode): void => {
    visit(node, {
      Field({ name }) {
        isFound ||= name.value === VIEWER;
      },
      FragmentSpread({ name: { value } }) {
        if (spread.has(value)) return;
        spread.add(value);
        for (const fragment of fragments) if (fragment.name.value === value) search(fragment);
      },
    });
  };
  search(operation);
  return isFound;
}
