import { clientKeyOf } from '../../auth/addresses.ts';
import type { ClientLimit } from '../../auth/client-limit.ts';
import type { Exchange } from '../exchange.ts';
import { RequestRefused } from '../refusal.ts';
import { refusalOf } from '../route.ts';
import { CHALLENGE, type Identify, type Identity, NOBODY } from './identity.ts';
import { rateLimitHeaders, TOO_MANY_REQUESTS } from './rate-limit-headers.ts';
import type { CookieAccess } from './session-cookies.ts';

/** Who may store a response between client and gateway: every cache, or the client alone; `viewer`: it shows who asks. */
export type Audience = 'public' | 'private' | 'viewer';

/** A GraphQL request that may be answered. */
export interface Admission {
  readonly identity: Identity;
  /** Who may store the response outside. */
  readonly audience: Audience;
  /** Headers of the response beside those of GraphQL. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null without a limit. */
  readonly charge: Charge | null;
}

/** Takes the page cost of an execution from the points of the client. */
export interface Charge {
  /** Resolves to the headers of a refusal, or null. */
  take(items: number): Promise<Readonly<Record<string, string>> | null>;
  /** Whether an execution may take them without a wait. If not, it has to wait for `take`. */
  canTakeAtOnce(items: number): boolean;
  /** For an execution that may, in the same turn of the event loop. */
  takeAtOnce(items: number): void;
}

/** A GraphQL request before it is admitted. */
interface Applicant extends Pick<Exchange, 'request' | 'requestId'> {
  /** For new cookies; null where no response has headers. */
  readonly response: Exchange['response'] | null;
}

/** @throws RequestRefused with 401, 403, 429 or 503. Synchronous for whoever was verified lately. */
export type Admit = (applicant: Applicant) => Admission | Promise<Admission>;

export interface AdmissionOptions {
  /** Null if nobody signs in. */
  readonly auth: {
    readonly identify: Identify;
    readonly cookies: CookieAccess;
    /** Whether nobody is refused. */
    readonly required: boolean;
    /** How long a browser keeps a claim, in milliseconds. */
    readonly graceMs: number;
  } | null;
  /** Whether responses are public, whatever credentials a request carries. */
  readonly sharedResponses: boolean;
  /** Null if clients have no limit. */
  readonly limit: { readonly client: ClientLimit; readonly windowMs: number } | null;
  readonly addressOf: (request: Exchange['request']) => string;
  /**
   * Whether the request carries the admin token. Null without one.
   * @throws RequestRefused for a wrong one.
   */
  readonly hasAdminToken: ((request: Exchange['request'], requestId: string) => Promise<boolean>) | null;
}

const NO_HEADERS = {};
/** A request that carries no credentials, where clients have no limit. */
export const ANYBODY: Admission = { identity: NOBODY, audience: 'public', headers: NO_HEADERS, charge: null };
const PRIVATE: Admission = { ...ANYBODY, audience: 'private' };

export function createAdmission(options: AdmissionOptions): Admit {
  const { auth, sharedResponses, limit, addressOf, hasAdminToken } = options;

  return (applicant) => {
    if (!auth) return admit(applicant, NOBODY);
    const identity = auth.identify(applicant.request);
    return identity instanceof Promise
      ? identity.then((each) => admitIdentity(applicant, each), refuse)
      : admitIdentity(applicant, identity);
  };

  function admitIdentity(applicant: Applicant, identity: Identity): Admission | Promise<Admission> {
    const { request, response } = applicant;
    if (identity.claim !== null && auth && response)
      auth.cookies.set(request, response, { claim: identity.claim, maxAgeMs: auth.graceMs });
    if (identity.principal || !auth?.required) return admit(applicant, identity);
    return admitOperator(applicant);
  }

  /** An operator needs no principal beside the admin token. */
  async function admitOperator(applicant: Applicant): Promise<Admission> {
    const { request, requestId } = applicant;
    if (await hasAdminToken?.(request, requestId)) return admit(applicant, NOBODY);
    throw new RequestRefused(401, 'Sign in to use this API.', {
      code: 'UNAUTHENTICATED',
      headers: CHALLENGE,
    });
  }

  function admit(applicant: Applicant, identity: Identity): Admission {
    const audience = audienceOf(applicant.request, identity);
    if (!limit && identity === NOBODY) return audience === 'public' ? ANYBODY : PRIVATE;
    if (!limit) return { identity, audience, headers: NO_HEADERS, charge: null };
    const { client, windowMs } = limit;
    const key = identity.client ?? clientKeyOf(addressOf(applicant.request));
    const decision = client.charge(key, 1);
    const headers = rateLimitHeaders(decision, windowMs);
    if (!decision.allowed) throw limited(headers);
    return {
      identity,
      audience,
      // A shared cache would send the count of one client to others.
      headers: audience === 'public' ? NO_HEADERS : headers,
      // One point is taken already.
      charge: {
        async take(items) {
          if (items <= 1) return null;
          const taken = await client.consume(key, items - 1);
          return taken.allowed ? null : rateLimitHeaders(taken, windowMs);
        },
        canTakeAtOnce: (items) => items <= 1 || client.canCharge(key, items - 1),
        takeAtOnce(items) {
          if (items > 1) client.charge(key, items - 1);
        },
      },
    };
  }

  /** Credentials that the gateway could know make a response private, and so does a rule that everybody must sign in. */
  function audienceOf(request: Exchange['request'], { principal }: Identity): Audience {
    if (sharedResponses) return 'public';
    const isPrivate =
      principal !== null ||
      request.headers.authorization !== undefined ||
      (auth !== null && (auth.required || auth.cookies.read(request) !== null));
    return isPrivate ? 'private' : 'public';
  }
}

function limited(headers: Readonly<Record<string, string>>): RequestRefused {
  return new RequestRefused(429, TOO_MANY_REQUESTS, { code: 'RATE_LIMITED', headers });
}

/** A session that cannot be judged is neither nobody nor somebody. */
function refuse(error: unknown): never {
  const { status, message, code, headers } = refusalOf(error);
  throw new RequestRefused(status, message, { code, headers });
}
