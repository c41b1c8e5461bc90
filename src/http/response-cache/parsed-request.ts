import type { IncomingHttpHeaders } from 'node:http';

/** What a client asks of the caches on the way (RFC 9111, 5.2.1). */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  /** The oldest answer it takes, in seconds from 0 to 2^31; null where it did not say. */
  readonly maxAgeSeconds: number | null;
}

const NONE: RequestDirectives = Object.freeze({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: null,
});
const NO_CACHE: RequestDirectives = Object.freeze({ ...NONE, noCache: true });

// RFC 9111 (1.2.2) reads what is too large to count as this.
const MOST_SECONDS = 2 ** 31;
const DELTA_SECONDS = /^("?)(\d+)\1$/;

/**
 * Reads `Cache-Control`, and `Pragma: no-cache` where there is none (RFC 9111, 5.4). Of a directive given twice the
 * stricter counts, and a max-age that is no number is the strictest, 0. Directives that are not known are ignored.
 */
export function readDirectives(headers: IncomingHttpHeaders): RequestDirectives {
  const cacheControl = headers['cache-control'];
  if (cacheControl !== undefined) return membersOf(cacheControl).reduce(withMember, NONE);
  if (headers.pragma === undefined) return NONE;
  return membersOf(headers.pragma).some((member) => member.trim().toLowerCase() === 'no-cache')
    ? NO_CACHE
    : NONE;
}

function withMember(directives: RequestDirectives, member: string): RequestDirectives {
  const equals = member.indexOf('=');
  const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase();
  switch (name) {
    case 'no-cache':
      return { ...directives, noCache: true };
    case 'no-store':
      return { ...directives, noStore: true };
    case 'only-if-cached':
      return { ...directives, onlyIfCached: true };
    case 'max-age': {
      const asked = equals < 0 ? 0 : secondsOf(member.slice(equals + 1).trim());
      return { ...directives, maxAgeSeconds: Math.min(asked, directives.maxAgeSeconds ?? MOST_SECONDS) };
    }
    default:
      return directives;
  }
}

/** RFC 9111 (5.2) wants the quoted form taken too. */
function secondsOf(argument: string): number {
  return Number(DELTA_SECONDS.exec(argument)?.[2] ?? 0);
}

/** The members of a list, split at the commas that are not in a quoted string. One look at each character. */
function membersOf(list: string): string[] {
  const members: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      members.push(list.slice(start, at));
      start = at + 1;
    }
  }
  members.push(list.slice(start));
  return members;
}
