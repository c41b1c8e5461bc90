import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RequestRefused } from '../../refusal.ts';
import type { DocumentStore } from './document-store.ts';
import { createRegistrations } from './registrations.ts';

/** Documents by name: the SHA-256 of their text in hexadecimal, or any other name. */
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
const MAX_KEPT_LENGTH = 16 * 1024;

// Those that this process has registered lately are not registered again.
const MAX_KNOWN = 10_000;
const KNOWN_MS = 60 * 60_000;

/**
 * Gives a request that names its document by a hash the document's text: by Apollo's protocol of automatic persisted
 * queries (`extensions.persistedQuery`, version 1), by `documentId`, as the draft of GraphQL over HTTP has it, or by `doc_id`
 * or `id`, as Relay does, if the manifest has that and the request has no text.
 */
export interface PersistedDocuments {
  /**
   * The parameters with the text in them. `trusted`: the request may execute whatever it sends.
   * @throws RequestRefused for an unknown, wrong or malformed hash.
   */
  resolve(parameters: Parameters, trusted: boolean): Promise<Parameters>;
  /**
   * Keeps the text of an automatic persisted query, whose resolved parameters were executed without an error, within what
   * the client of an address may register.
   */
  register(parameters: unknown, address: string): void;
}

export function createPersistedDocuments({
  store,
  manifest,
  only,
}: PersistedDocumentsOptions): PersistedDocuments {
  const trustedDigests = new Set([...manifest.values()].map(digestOf));
  const registrations = createRegistrations();
  const known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: KNOWN_MS });
  return {
    async resolve(parameters, trusted) {
      const id = idOf(parameters, manifest);
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
        throw new RequestRefused(400, 'The hash does not match the text of the query.');
      if (locked && !trustedDigests.has(id)) throw untrusted();
      return withoutId(parameters);
    },
    register(parameters, address) {
      const { extensions, query } = (parameters ?? {}) as Parameters;
      const { sha256Hash } = persistedQueryOf(extensions) ?? {};
      if (only || typeof sha256Hash !== 'string' || typeof query !== 'string') return;
      // Documents that came by their hash are stored already, and so are trusted ones.
      if (query.length > MAX_KEPT_LENGTH || known.has(sha256Hash) || trustedDigests.has(sha256Hash)) return;
      if (digestOf(query) !== sha256Hash || !registrations.take(address, query.length)) return;
      known.set(sha256Hash, true);
      // Nothing waits for it: a client that sends the hash too early is asked for the text again.
      store.set(sha256Hash, query);
    },
  };
}

/** The name of the document in a request. @throws RequestRefused for a malformed hash. */
function idOf(
  { extensions, documentId, doc_id, id, query }: Parameters,
  manifest: Manifest,
): string | undefined {
  // A manifest may name its documents as it likes.
  if (typeof documentId === 'string') return withoutPrefix(documentId);
  const persistedQuery = persistedQueryOf(extensions);
  if (!persistedQuery)
    return query ? undefined : [doc_id, id].map(withoutPrefix).find((each) => manifest.has(each));
  const { version, sha256Hash } = persistedQuery;
  if (version !== 1) throw new RequestRefused(400, 'Unsupported persisted-query version; use 1.');
  const name = withoutPrefix(sha256Hash);
  if (HASH.test(name) || manifest.has(name)) return name;
  throw new RequestRefused(
    400,
    'sha256Hash must be the SHA-256 of the document, in 64 lower-case hexadecimal digits.',
  );
}

function persistedQueryOf(extensions: unknown): Parameters | undefined {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: unknown };
  return typeof persistedQuery === 'object' && persistedQuery !== null
    ? (persistedQuery as Parameters)
    : undefined;
}

function withoutPrefix(id: unknown): string {
  return typeof id === 'string' ? id.replace(/^sha256:/, '') : '';
}

/** The rest is a request like any other. */
function withoutId({ documentId, doc_id, id, ...parameters }: Parameters): Parameters {
  return parameters;
}

function digestOf(text: unknown): string {
  return typeof text === 'string' ? hash('sha256', text) : '';
}

// Clients of the protocol recognize 200, the message and the code, and then send the text.
function notFound(): RequestRefused {
  return new RequestRefused(200, 'PersistedQueryNotFound', { code: 'PERSISTED_QUERY_NOT_FOUND' });
}

function untrusted(): RequestRefused {
  return new RequestRefused(400, 'Only trusted documents are accepted.', {
    code: 'FORBIDDEN',
  });
}
