import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import { type ErrorCode, InvalidationNotAcknowledged } from '../../domain/errors.ts';
import type { HttpEvent } from '../events.ts';
import type { Exchange } from '../exchange.ts';
import { checkJsonContent } from '../negotiation/representation.ts';
import { PATHS } from '../paths.ts';
import { RequestRefused } from '../refusal.ts';
import { sendError, sendJson } from '../responses.ts';
import { POST, type Route } from '../route.ts';
import { createIntake, type DeliveryResult, type IntakeOptions } from './intake.ts';
import { claimOf, identityOf, isSigned } from './signature.ts';

export interface WebhookOptions extends IntakeOptions {
  /** Any of them is valid. */
  readonly secrets: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly report: (event: HttpEvent) => void;
}

type Reason = Extract<HttpEvent, { type: 'hook-refused' }>['why'];
type PartialResult = Extract<DeliveryResult, { kind: 'partly' }>;

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const MAX_FAULTS = 20;

// A 401 must name a way to authenticate (RFC 9110, 11.6.1). This one is not registered.
const CHALLENGE = { 'WWW-Authenticate': 'HMAC-SHA256' };

/**
 * Accepts signed change signals, and responds 202 when all that they affect is invalidated in every process. The sender
 * may repeat a delivery after any response.
 */
export function createWebhookRoute(options: WebhookOptions): Route {
  const { secrets, clock, report } = options;
  const intake = createIntake(options);
  return {
    path: PATHS.webhook,
    methods: POST,
    async serve(exchange) {
      try {
        await receive(exchange);
      } catch (error) {
        if (error instanceof InvalidationNotAcknowledged) {
          return refuse(exchange, 'not-acknowledged', 503, error.code, error.message, { 'Retry-After': '1' });
        }
        if (!(error instanceof RequestRefused)) throw error;
        // The client disconnected before the end of the body, and nothing was done.
        if (exchange.request.errored) return;
        const why = error.code === 'OVERLOADED' ? 'overloaded' : 'body';
        refuse(exchange, why, error.status, error.code, error.message, error.headers);
      }
    },
  };

  async function receive(exchange: Exchange): Promise<void> {
    const { headers } = exchange.request;
    checkJsonContent(headers);
    const claim = claimOf(headers, clock.now());
    if (claim === 'timestamp') {
      const message =
        'X-Timestamp must be in Unix seconds, and at most five minutes from the time of the gateway.';
      return refuse(exchange, 'timestamp', 401, 'UNAUTHENTICATED', message, CHALLENGE);
    }
    if (claim === 'signature') return refuseUnsigned(exchange);
    const body = await exchange.bodies.read(exchange, BODY_LIMIT_BYTES);
    if (!isSigned(claim, body, secrets)) return refuseUnsigned(exchange);
    sendResult(exchange, await intake.take(identityOf(claim, body), body));
  }

  function sendResult(exchange: Exchange, result: DeliveryResult): void {
    const { response } = exchange;
    if (result.kind === 'taken') {
      const { accepted, tags, at } = result;
      sendJson(response, 202, { accepted, tags, at: new Date(at) });
    } else sendFaults(exchange, result);
  }

  function sendFaults({ response, requestId }: Exchange, { accepted, refused }: PartialResult): void {
    // A partly accepted delivery is reported as accepted, with the number of invalid signals.
    if (accepted === 0) report({ type: 'hook-refused', requestId, why: 'body' });
    const message = `${refused.length} of ${accepted + refused.length} signals are invalid; ${accepted} were accepted.`;
    const faults = { accepted, refusedCount: refused.length, refused: refused.slice(0, MAX_FAULTS) };
    sendJson(response, 400, { errors: [{ message, extensions: { code: 'BAD_USER_INPUT', ...faults } }] });
  }

  // One response for every fault of a signature: the details would help only an attacker.
  function refuseUnsigned(exchange: Exchange): void {
    const message =
      'X-Signature must be sha256= and the HMAC-SHA256 of X-Timestamp, a dot and the body, by a configured secret.';
    refuse(exchange, 'signature', 401, 'UNAUTHENTICATED', message, CHALLENGE);
  }

  function refuse(
    { response, requestId }: Exchange,
    why: Reason,
    status: number,
    code: ErrorCode,
    message: string,
    headers: OutgoingHttpHeaders = {},
  ): void {
    report({ type: 'hook-refused', requestId, why });
    sendError(response, status, code, message, headers);
  }
}
