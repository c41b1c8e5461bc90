import { hash } from 'node:crypto';
import type { GraphQLParams } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { MediaType } from '../negotiation/accept.ts';

export interface KnownOperation {
  readonly name: string | null;
  readonly isQuery: boolean;
  /** The variables that it declares. No others affect its response. */
  readonly variables: readonly string[];
}

export interface KnownDocument {
  /** Of the document without whitespace, commas and comments. */
  readonly digest: string;
  readonly operations: readonly KnownOperation[];
}

/** What a request asks for. */
export interface Identity {
  readonly parameters: GraphQLParams;
  /** The name of the operation; null for one without. */
  readonly operation: string | null;
  /**
   * The key of its answer in each media type: one for all requests that must be answered alike, whatever their
   * whitespace and the order of their keys.
   */
  readonly keys: Readonly<Record<MediaType, string>>;
}

export interface Identities {
  /** The identity of a request whose text came before. */
  known(text: string): Identity | undefined;
  /** Null for what is no query, or is refused for its form: it is answered each time. */
  of(text: string, parameters: unknown): Identity | null;
  /** The name of the operation that the parameters ask for, of whatever kind it is; null where that is none. */
  operationOf(parameters: unknown): string | null;
}

export interface IdentitiesOptions {
  readonly documentOf: (text: string) => KnownDocument | null;
  /** Stands for all that answers depend on beside the request and their entries, such as the schema. */
  readonly dependencies: string;
}

// Requests are remembered by all their text. One with much in its variables takes many times that when it is parsed.
const MOST_BYTES = 32 * 1024 * 1024;
const BYTES_PER_CHARACTER = 4;
const BYTES_PER_VARIABLE_CHARACTER = 20;

export function createIdentities({ documentOf, dependencies }: IdentitiesOptions): Identities {
  const identities = new LRUCache<string, Identity>({ maxSize: MOST_BYTES });

  return {
    known: (text) => identities.get(text),
    of(text, parameters) {
      if (!isWellFormed(parameters)) return null;
      const { query, variables } = parameters;
      const { document, operation } = find(parameters);
      const values = operation?.isQuery ? canonicalJson(declared(variables, operation)) : null;
      if (!document || !operation || values === null) return null;
      const digest = hash(
        'sha256',
        JSON.stringify([dependencies, document.digest, operation.name, values]),
        'base64url',
      );
      // Made once: a string that is put together for each request is hashed for each.
      const keys = {
        'application/json': `answer_${digest}j`,
        'application/graphql-response+json': `answer_${digest}g`,
      };
      const identity = { parameters, operation: operation.name, keys };
      const besideQuery = Math.max(0, text.length - (query?.length ?? 0));
      const size =
        500 +
        BYTES_PER_CHARACTER * (text.length + (query?.length ?? 0)) +
        BYTES_PER_VARIABLE_CHARACTER * besideQuery;
      identities.set(text, identity, { size });
      return identity;
    },
    operationOf: (parameters) =>
      isWellFormed(parameters) ? (find(parameters).operation?.name ?? null) : null,
  };

  function find({ query, operationName }: GraphQLParams) {
    const document = typeof query === 'string' ? documentOf(query) : null;
    return { document, operation: document && operationOf(document, operationName) };
  }
}

/** Whether a request has the form of one that is executed: what is refused must not share the key of what is not. */
function isWellFormed(parameters: unknown): parameters is GraphQLParams {
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

/** JSON with the keys of objects in order; null for what JSON cannot write, by its depth or as a number beyond all. */
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
