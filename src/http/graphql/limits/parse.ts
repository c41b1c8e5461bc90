import { type DocumentNode, parse } from 'graphql';
import { tooMuch } from './refusal.ts';

/**
 * How many brackets, or selection sets with those of fragments, may be open at once. Parsing and validation recurse once
 * for each. No operation within the greatest limit of depth comes near it.
 */
export const MAX_NESTING = 200;

// The line and column of an error take time by the lines before it, and thousands of fields can fail.
const MAX_LINES_WITH_LOCATIONS = 500;

export interface ParseOptions {
  readonly maxTokens: number;
  /** Whether errors have locations. False takes less memory. */
  readonly withLocations: boolean;
}

/**
 * Parses a document in time linear in its length and with a bounded stack. The locations of a document of more than 500
 * lines are left out.
 * @throws GraphQLError for a syntax error, more than `maxTokens` tokens, or more than `MAX_NESTING` open brackets.
 */
export function parseDocument(text: string, { maxTokens, withLocations }: ParseOptions): DocumentNode {
  if (nestingOf(text) > MAX_NESTING) throw tooMuch('has brackets that are nested too deeply', MAX_NESTING);
  return parse(text, { maxTokens, noLocation: !withLocations || hasManyLines(text) });
}

// Strings and comments may have brackets in them. A string without an end is a syntax error later.
const BRACKETS = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*|[{([]|[})\]]/g;

/** How many brackets are open at once at most; no more than one over the limit is counted. */
function nestingOf(text: string): number {
  let open = 0;
  let most = 0;
  for (const [token] of text.matchAll(BRACKETS)) {
    if (token === '{' || token === '(' || token === '[') most = Math.max(most, ++open);
    else if (token === '}' || token === ')' || token === ']') open -= 1;
    if (most > MAX_NESTING) break;
  }
  return most;
}

function hasManyLines(text: string): boolean {
  let lines = 0;
  for (const _ of text.matchAll(/\r\n|[\n\r]/g)) {
    lines += 1;
    if (lines > MAX_LINES_WITH_LOCATIONS) return true;
  }
  return false;
}
