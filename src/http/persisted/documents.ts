import { hash } from 'node:crypto';
import { parseDocument } from '../limits/parse.ts';
import { RequestRefused } from '../refusal.ts';
import type { DocumentStore } from './document-store.ts';

/** Documents by the SHA-256 of their text in hexadecimal, as GraphQL Code Generator writes them. */
type Manifest = ReadonlyMap<string, string>;

export interface PersistedDocumentsOptions {
  readonly store: DocumentStore;
  /** Those that the front ends were built with. */
  readonly manifest: Manifest;
  /** Whether only those are executed. */
  readonly only: boolean;
}

type Parameters = Readonly<Record<string, unknown>>;

const HASH = /^[0-9a-f]{64}$/;

// Operations that front ends send are a few kilobytes.
const LONGEST_KEPT = 16 * 1024;
const MOST_TOKENS_KEPT = 4000;

/**
 * Gives a request that names its document by a hash the document's text: by Apollo's protocol of automatic persisted
 * queries (`extensions.persistedQuery`, of which version 1 is known), or by a trusted document's `documentId`.
 */
export interface PersistedDocuments {
  /**
   * The parameters with the text in them. `trusted`: the request may execute whatever it sends.
   * @throws RequestRefused for a hash that is not known, is not the text's, or is none.
   */
  resolve(parameters: Parameters, trusted: boolean): Promise<Parameters>;
}

export function createPersistedDocuments({
  store,
  manifest,
  only,
}: PersistedDocumentsOptions): PersistedDocuments {
  const trustedDigests = new Set([...manifest.values()].map(digestOf));
  return {
    async resolve(parameters, trusted) {
      const id = idOf(parameters);
      const { query } = parameters;
      const locked = only && !trusted;
      if (id === undefined) {
        if (locked && !trustedDigests.has(digestOf(query))) throw untrusted();
        return parameters;
      }
      if (typeof query !== 'string' || query === '') {
        const text = manifest.get(id) ?? (locked || !HASH.test(id) ? undefined : await store.get(id));
        if (text !== undefined) return { ...withoutId(parameters), query: text };
        throw locked ? untrusted() : notFound();
      }
      if (manifest.get(id) === query) return withoutId(parameters);
      if (digestOf(query) !== id)
        throw new RequestRefused(400, 'The hash of the persisted query is not that of its text.');
      if (!trustedDigests.has(id)) {
        if (locked) throw untrusted();
        // Nothing waits for it: who asks by the hash too early is asked for the text once more.
        if (isWorthKeeping(query)) store.set(id, query);
      }
      return withoutId(parameters);
    },
  };
}

/** The hash that a request names its document by. @throws RequestRefused for one that is none. */
function idOf({ extensions, documentId }: Parameters): string | undefined {
  // A manifest may name its documents as it likes.
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '');
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: unknown };
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as Parameters;
  if (version !== 1) throw new RequestRefused(400, 'Of persisted queries only version 1 is known.');
  return checked(sha256Hash);
}

function checked(id: unknown): string {
  if (typeof id === 'string' && HASH.test(id)) return id;
  throw new RequestRefused(400, 'A document is named by its SHA-256, in 64 hexadecimal digits.');
}

/** Whether it is a document, and not too large a one: anybody can send anything under its right hash. */
function isWorthKeeping(text: string): boolean {
  if (text.length > LONGEST_KEPT) return false;
  try {
    parseDocument(text, { maxTokens: MOST_TOKENS_KEPT, withLocations: false });
    return true;
  } catch {
    return false;
  }
}

/** What is left is a request as any other. */
function withoutId({ documentId, ...parameters }: Parameters): Parameters {
  return parameters;
}

function digestOf(text: unknown): string {
  return typeof text === 'string' ? hash('sha256', text) : '';
}

// 200, the message and the code are what clients of the protocol look for before they send the text.
function notFound(): RequestRefused {
  return new RequestRefused(200, 'PersistedQueryNotFound', { code: 'PERSISTED_QUERY_NOT_FOUND' });
}

function untrusted(): RequestRefused {
  return new RequestRefused(400, 'Only documents that this gateway was told of are executed.', {
    code: 'FORBIDDEN',
  });
}
