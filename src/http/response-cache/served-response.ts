import type { Derived } from '../../cache/index.ts';
import type { UpstreamCalls } from '../../repository/upstream-calls.ts';
import type { CacheOutcome, Dependencies, ServedResponse, StoredResponse } from './stored-response.ts';

/** An executed response, which the requests of one flight share. */
export interface ExecutedResponse extends Omit<ServedResponse, 'outcome' | 'callsAvoided' | 'dependencies'> {
  readonly dependencies: Dependencies;
  readonly calls: UpstreamCalls;
}

type ExecutedOutcome = Extract<CacheOutcome, { readonly collapsed: boolean }>;

/** What all stored responses have in common. */
export const SUCCESS = { status: 200, headers: {}, codes: [], dependencies: null } as const;

export function storedResponse(
  derived: Derived<StoredResponse>,
  outcome: CacheOutcome,
  callsAvoided = derived.value.upstreamCalls,
): ServedResponse {
  return { ...SUCCESS, stored: derived.value, derived, outcome, callsAvoided };
}

export function executed(kind: 'miss' | 'request', stored: boolean, collapsed = false): ExecutedOutcome {
  return { kind, stored, collapsed };
}

/** A request that joined the flight of another has made none of its calls. */
export function servedOf({ calls, ...response }: ExecutedResponse, outcome: ExecutedOutcome): ServedResponse {
  return { ...response, outcome, callsAvoided: calls.needed - (outcome.collapsed ? 0 : calls.made) };
}
