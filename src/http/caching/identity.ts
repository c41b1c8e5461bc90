import { hash } from 'node:crypto';
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  stripIgnoredCharacters,
} from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { MediaType } from '../accept.ts';

/** What a request asks for. */
export interface Identity {
  readonly parameters: GraphQLParams;
  /**
   * The key of its answer in each media type: one for all requests that must be answered alike, whatever their
   * whitespace and the order of their keys.
   */
  readonly keys: Readonly<Record<MediaType, string>>;
}

export interface Identities {
  /** The identity of a request whose text came before. */
  known(text: string): Identity | undefined;
  /** Null for what is no query: it is answered each time. */
  of(text: string, parameters: unknown): Identity | null;
}

interface KnownDocument {
  /** Of the document without whitespace, commas and comments. */
  readonly digest: string;
  readonly operations: readonly OperationDefinitionNode[];
}

// Requests as they come are looked up by all their text, so this is about how much of it there is.
const MOST_REQUEST_CHARACTERS = 16 * 1024 * 1024;
const MOST_DOCUMENTS = 1000;
const MOST_DOCUMENT_CHARACTERS = 512 * 1024;

/** `maxTokens` as for the parser that the operation meets later. */
export function createIdentities(maxTokens: number): Identities {
  const identities = new LRUCache<string, Identity>({
    maxSize: MOST_REQUEST_CHARACTERS,
    sizeCalculation: (_, text) => 2 * text.length + 500,
  });
  const documents = new LRUCache<string, KnownDocument>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_DOCUMENT_CHARACTERS,
    sizeCalculation: (_, text) => text.length || 1,
  });

  return {
    known: (text) => identities.get(text),
    of(text, parameters) {
      // What else they hold does not change the answer.
      const name = nameOf((parameters ?? {}) as GraphQLParams);
      if (name === null) return null;
      // Made once: a string that is put together for each request is hashed for each.
      const keys = { 'application/json': `${name}j`, 'application/graphql-response+json': `${name}g` };
      const identity = { parameters: parameters as GraphQLParams, keys };
      identities.set(text, identity);
      return identity;
    },
  };

  function nameOf({ query, operationName, variables }: GraphQLParams): string | null {
    const document = typeof query === 'string' ? documentOf(query) : null;
    const operation = document && operationOf(document, operationName);
    if (!operation || operation.operation !== OperationTypeNode.QUERY) return null;
    const canonical = canonicalJson(variables ?? {});
    if (canonical === null) return null;
    const parts = [document.digest, operation.name?.value ?? null, canonical];
    return `answer_${hash('sha256', JSON.stringify(parts), 'base64url')}`;
  }

  function documentOf(text: string): KnownDocument | null {
    const known = documents.get(text);
    if (known) return known;
    try {
      const { definitions }: DocumentNode = parse(text, { maxTokens, noLocation: true });
      const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
      const document = { digest: hash('sha256', stripIgnoredCharacters(text), 'base64url'), operations };
      documents.set(text, document);
      return document;
    } catch {
      // Whoever executes it says what is wrong with it.
      return null;
    }
  }
}

function operationOf({ operations }: KnownDocument, name: string | null | undefined) {
  if (typeof name === 'string' && name !== '') return operations.find((each) => each.name?.value === name);
  return operations.length === 1 ? operations[0] : undefined;
}

/** JSON with the keys of objects in order; null for what JSON cannot write, by its depth or as a number beyond all. */
function canonicalJson(value: unknown): string | null {
  try {
    return JSON.stringify(value, (_, each: unknown) => {
      if (each === Number.POSITIVE_INFINITY || each === Number.NEGATIVE_INFINITY) throw new RangeError();
      if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
      return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    });
  } catch {
    return null;
  }
}
