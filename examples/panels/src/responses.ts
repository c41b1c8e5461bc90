import { useSyncExternalStore } from 'react';
import { listenTo } from './address.ts';

/** The last response to each operation: where the gateway took it from, its age in seconds, and the elapsed time. */
let last: readonly { operation: string; source: string; age: string | null; ms: number }[] = [];

/** The `fetch` of Apollo's link. Reads `Cache-Status` (RFC 9211) and `Age`. */
export const observedFetch: typeof fetch = async (input, init) => {
  const operation: string = JSON.parse(String(init?.body)).operationName;
  const began = performance.now();
  const response = await fetch(input, init);
  // Nobody is signed in, or nobody any more.
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  if (operation === 'Viewer') return response;
  const ms = Math.max(1, Math.round(performance.now() - began));
  const status = response.headers.get('Cache-Status') ?? '';
  const [found = 'no answer'] = /(?<=; )hit|(?<=fwd=)\w+/.exec(status) ?? [];
  const source = /ttl=-|stale-if-error/.test(status) ? 'stale' : found;
  const others = last.filter((other) => other.operation !== operation);
  last = [...others, { operation, source, age: response.headers.get('Age'), ms }];
  dispatchEvent(new Event('response'));
  return response;
};

const onResponse = listenTo('response');

export const useResponses = () => useSyncExternalStore(onResponse, () => last);
