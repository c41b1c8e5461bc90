import { hash } from 'node:crypto';
import { parseDocument } from '../http/graphql/limits/parse.ts';

/** Trusted documents by the names that clients use, without the `sha256:` of a hash. */
export type Manifest = ReadonlyMap<string, string>;

/** A manifest is invalid. The message follows the name of its variable, and quotes a bounded part. */
export class InvalidManifest extends Error {
  override name = 'InvalidManifest' as const;
}

// Trusted documents have no size limit. This bound rejects files with other content.
const MAX_TOKENS = 100_000;

const SHA256 = /^[0-9a-f]{64}$/;

const APOLLO = 'apollo-persisted-query-manifest';

/**
 * Reads a manifest of trusted documents, in the format of Apollo (`apollo-persisted-query-manifest`, version 1) or as
 * texts by their hash or name, which GraphQL Code Generator and Relay write.
 * @throws InvalidManifest
 */
export function parseManifest(text: string): Manifest {
  const documents = new Map<string, string>();
  for (const [id, document] of entriesOf(parseJson(text))) {
    const name = id.replace(/^sha256:/, '');
    if (name === '') throw new InvalidManifest('must not contain a document with an empty name');
    if ((documents.get(name) ?? document) !== document)
      throw new InvalidManifest(`must not contain two documents with the name ${quoted(name)}`);
    // A name with the form of a hash must be the hash: clients of automatic persisted queries rely on it.
    if ((SHA256.test(name) || id !== name) && hash('sha256', document) !== name)
      throw new InvalidManifest(`must use the SHA-256 of its text as the name of ${quoted(id)}`);
    checkSyntax(name, document);
    documents.set(name, document);
  }
  if (documents.size === 0) throw new InvalidManifest('must contain at least one document');
  return documents;
}

function parseJson(text: string): unknown {
  const content = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(content);
  } catch {
    if (content.trim() === '') throw new InvalidManifest('must be valid JSON, and is empty');
    const found = content.trimStart().startsWith('<') ? ', and is HTML or XML' : '';
    throw new InvalidManifest(`must be valid JSON${found}`);
  }
}

function entriesOf(json: unknown): (readonly [string, string])[] {
  if (!isObject(json)) throw new InvalidManifest('must be an object of documents by their hash or name');
  if (json.format === APOLLO) return apolloEntries(json);
  if (isObject(json.operations) || Array.isArray(json.operations))
    throw new InvalidManifest(`must have the format ${quoted(APOLLO)} beside its operations`);
  return plainEntries(json);
}

function apolloEntries({
  format,
  version,
  operations,
  ...others
}: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  if (version !== 1) throw new InvalidManifest("must be version 1 of Apollo's format");
  if (!Array.isArray(operations)) throw new InvalidManifest('must contain a list of operations');
  const [other] = Object.keys(others);
  if (other !== undefined) throw new InvalidManifest(`must not mix Apollo's format with ${quoted(other)}`);
  return operations.map((operation: unknown) => {
    const { id, body } = isObject(operation) ? operation : {};
    if (typeof id === 'string' && typeof body === 'string') return [id, body];
    throw new InvalidManifest('must contain operations with an id and a body');
  });
}

function plainEntries(json: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(json).map(([id, document]) => {
    if (typeof document === 'string') return [id, document];
    throw new InvalidManifest(`must contain a text for ${quoted(id)}`);
  });
}

function checkSyntax(name: string, document: string): void {
  try {
    parseDocument(document, { maxTokens: MAX_TOKENS, withLocations: false });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    throw new InvalidManifest(`must contain valid GraphQL for ${quoted(name)} (${shortened(message)})`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100).toWellFormed()}…` : text;
}
