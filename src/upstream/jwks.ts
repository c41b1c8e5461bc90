import type { JWK } from 'jose';
import type { Clock } from '../domain/clock.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { withDeadline } from './deadline.ts';
import { createExchange } from './http-exchange.ts';
import { PayloadFault } from './payloads.ts';
import { TransientFailure } from './retry.ts';

/** Fetches the public keys of the issuer of tokens. Throws KeySetUnavailable. */
export type FetchKeys = () => Promise<readonly JWK[]>;

/** The key set could not be fetched or has no usable key. The message is the reason for operators. */
export class KeySetUnavailable extends Error {
  override name = 'KeySetUnavailable' as const;
}

const DEADLINE_MS = 5000;
/** A set has a few keys of less than 1 KB, or a few KB with certificates. */
const MAX_BYTES = 256 * 1024;
const HEADERS = { accept: 'application/jwk-set+json, application/json' };

/** Fetches a JSON Web Key Set (RFC 7517). Redirects are not followed: the URL in the settings is the one to trust. */
export function createKeyFetcher({ url, clock }: { readonly url: string; readonly clock: Clock }): FetchKeys {
  const exchange = createExchange(MAX_BYTES);
  return async () => {
    try {
      const { status, text } = await withDeadline(DEADLINE_MS, clock, ({ signal }) =>
        exchange(
          { method: 'GET', url, headers: HEADERS, maxBytes: MAX_BYTES },
          { signal, silenceMs: DEADLINE_MS, onTooLarge: () => {} },
        ),
      );
      if (status !== 200) throw new KeySetUnavailable(`status ${status}`);
      return readKeys(parseBoundedJson(text));
    } catch (error) {
      throw toKeySetUnavailable(error);
    }
  };
}

/** Keys of other uses are ignored, as RFC 7517, section 5, demands. A symmetric or private key that is public is nobody's. */
function readKeys(body: unknown): readonly JWK[] {
  const { keys } = Object(body) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new KeySetUnavailable('the response is no key set');
  const usable = keys.filter(isPublicKey);
  if (usable.length === 0) throw new KeySetUnavailable('the key set has no usable key');
  return usable;
}

const ASYMMETRIC: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

function isPublicKey(key: unknown): key is JWK {
  const { kty, use = 'sig', d } = Object(key) as JWK;
  return ASYMMETRIC.has(kty) && use === 'sig' && d === undefined;
}

function toKeySetUnavailable(error: unknown): KeySetUnavailable {
  if (error instanceof KeySetUnavailable) return error;
  if (error instanceof TransientFailure || error instanceof PayloadFault)
    return new KeySetUnavailable(error.message);
  if (error instanceof GatewayError && error.cause instanceof Error)
    return new KeySetUnavailable(error.cause.message);
  throw error;
}
