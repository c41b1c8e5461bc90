import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType } from 'node:util';
import { RequestRefused } from '../refusal.ts';
import { rememberHeaders } from './accept.ts';

const JSON_TYPES: readonly string[] = ['application/json', 'application/graphql+json'];
const isJson = rememberHeaders(isJsonType);

/**
 * Accepts only uncompressed JSON in UTF-8.
 * @throws RequestRefused with 415 and a header with the accepted values (RFC 9110, 15.5.16).
 */
export function checkJsonContent(headers: IncomingHttpHeaders): void {
  const { 'content-type': type, 'content-encoding': coding = 'identity' } = headers;
  const isCoded = coding.trim().toLowerCase() !== 'identity';
  if (!isCoded && isJson(type)) return;
  throw new RequestRefused(415, 'The request body must be application/json, in UTF-8 and not compressed.', {
    headers: isCoded ? { 'Accept-Encoding': 'identity' } : { Accept: 'application/json' },
  });
}

function isJsonType(contentType: string): boolean {
  try {
    const { essence, params } = new MIMEType(contentType);
    const charset = params.get('charset')?.toLowerCase() ?? 'utf-8';
    return JSON_TYPES.includes(essence) && ['utf-8', 'utf8'].includes(charset);
  } catch {
    return false;
  }
}
