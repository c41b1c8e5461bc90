import { hash } from 'node:crypto';
import type { OperationTypeNode } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { responseKeys } from '../../repository/keys.ts';
import type { MediaType } from '../negotiation/representation.ts';

export interface KnownOperation {
  readonly name: string | null;
  readonly type: OperationTypeNode;
  /** Whether its response shows who asks. */
  readonly isPersonal: boolean;
  /** The variables that it declares. No others affect its response. */
  readonly variables: readonly string[];
}

export interface KnownDocument {
  /** The digest of the document without whitespace, commas and comments. */
  readonly digest: string;
  readonly operations: readonly KnownOperation[];
}

/** A query whose response may be stored: the same object for all requests of one text. */
export interface CacheQuery {
  readonly parameters: GraphQLParams;
  /** The name of the operation; null for one without. */
  readonly operation: string | null;
  /**
   * The key of its response in each media type. Requests that differ in whitespace, or in the order of their keys, have
   * the same keys.
   */
  readonly keys: Readonly<Record<MediaType, string>>;
  /** Whether its response shows who asks: then the keys lack the key of the principal. */
  readonly isPersonal: boolean;
}

export interface CacheQueries {
  /** The query of a text that came before. */
  known(text: string): CacheQuery | undefined;
  /** Null for a request that is not a query or is malformed: it is executed each time. */
  of(text: string, parameters: unknown): CacheQuery | null;
  /** The operation of any type that the parameters select; null if there is none. */
  operationOf(parameters: unknown): KnownOperation | null;
}

export interface CacheQueriesOptions {
  readonly documentOf: (text: string) => KnownDocument | null;
  /** A digest of all that responses depend on beside the request and their entries, such as the schema. */
  readonly dependencies: string;
}

// The key is the whole text of a request. Parsed variables take many times the memory of their text.
const MAX_BYTES = 32 * 1024 * 1024;
const BYTES_PER_CHARACTER = 4;
const BYTES_PER_VARIABLE_CHARACTER = 20;

export function createCacheQueries({ documentOf, dependencies }: CacheQueriesOptions): CacheQueries {
  const queries = new LRUCache<string, CacheQuery>({ maxSize: MAX_BYTES });

  return {
    known: (text) => queries.get(text),
    of(text, parameters) {
      if (!isWellFormed(parameters)) return null;
      const { query, variables } = parameters;
      const { document, operation } = find(parameters);
      const values = operation?.type === 'query' ? canonicalJson(declared(variables, operation)) : null;
      if (!document || !operation || values === null) return null;
      const digest = hash(
        'sha256',
        JSON.stringify([dependencies, document.digest, operation.name, values]),
        'base64url',
      );
      // Made once: a string that is concatenated for each request is hashed for each.
      const keys = responseKeys(digest);
      const { name, isPersonal } = operation;
      const cacheQuery = { parameters, operation: name, keys, isPersonal };
      const besideQuery = Math.max(0, text.length - (query?.length ?? 0));
      const size =
        500 +
        BYTES_PER_CHARACTER * (text.length + (query?.length ?? 0)) +
        BYTES_PER_VARIABLE_CHARACTER * besideQuery;
      queries.set(text, cacheQuery, { size });
      return cacheQuery;
    },
    operationOf: (parameters) => (isWellFormed(parameters) ? (find(parameters).operation ?? null) : null),
  };

  function find({ query, operationName }: GraphQLParams) {
    const document = typeof query === 'string' ? documentOf(query) : null;
    return { document, operation: document && operationOf(document, operationName) };
  }
}

/** Whether an execution accepts the form of a request: a refused request must not share the key of an accepted one. */
export function isWellFormed(parameters: unknown): parameters is GraphQLParams {
  if (!isObject(parameters)) return false;
  const { operationName, variables, extensions } = parameters;
  return (
    (isAbsent(operationName) || typeof operationName === 'string') &&
    (isAbsent(variables) || isObject(variables)) &&
    (isAbsent(extensions) || isObject(extensions))
  );
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function operationOf({ operations }: KnownDocument, name: string | null | undefined) {
  if (typeof name === 'string') return operations.find((each) => each.name === name);
  return operations.length === 1 ? operations[0] : undefined;
}

/** The values of the variables that the operation declares, in their order; one that is absent is not null. */
function declared(values: GraphQLParams['variables'], { variables }: KnownOperation): unknown {
  return variables.map((name) => (values && Object.hasOwn(values, name) ? [values[name]] : []));
}

/** JSON with sorted object keys; null for a value that JSON cannot express: too deep, or an infinite number. */
function canonicalJson(value: unknown): string | null {
  try {
    return JSON.stringify(value, (_, each: unknown) => {
      if (each === Number.POSITIVE_INFINITY || each === Number.NEGATIVE_INFINITY) throw new RangeError();
      if (!isObject(each)) return each;
      return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    });
  } catch {
    return null;
  }
}
