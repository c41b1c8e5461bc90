import { createHmac } from 'node:crypto';
import { NOW, startGateway, type TestGateway } from '../../support/gateway.ts';
import { type HttpAnswer, send } from '../../support/http-client.ts';

export const SECRET = 'a-secret-of-the-source';
export const OTHER_SECRET = 'another-of-the-source';

export type HookedGateway = Pick<TestGateway, 'origin' | 'events' | 'clock'>;

type Event = HookedGateway['events'][number];

/** A gateway that takes change signals, in front of the mocked Catalog API. It is closed when the test has finished. */
export function startHookedGateway(variables: Record<string, string> = {}): Promise<HookedGateway> {
  return startGateway({ HOOK_SECRETS: SECRET, ...variables });
}

/** A valid signal, with these fields overridden. */
export function signal(fields: Record<string, unknown> = {}) {
  return { event: 'changed', entity: 'seller', id: 1, occurredAt: '2026-06-15T11:59:58Z', ...fields };
}

export interface Delivery {
  /** Text is sent unchanged, other values as JSON. */
  readonly body?: unknown;
  readonly secret?: string;
  /** Unix seconds. Default: the time that gateways start at. */
  readonly timestamp?: number | string;
  /** Added to the headers of the delivery, or replacing them. */
  readonly headers?: Record<string, string>;
}

export function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export function signatureOf(text: string, timestamp: number | string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex')}`;
}

/** The headers of a delivery, signed. */
export function headersOf({ body, secret = SECRET, timestamp = NOW / 1000, headers = {} }: Delivery) {
  return {
    'content-type': 'application/json',
    'x-timestamp': String(timestamp),
    'x-signature': signatureOf(textOf(body), timestamp, secret),
    ...headers,
  };
}

/** Sends a signed delivery, as a source does. */
export function deliver(
  gateway: Pick<HookedGateway, 'origin'>,
  { body = signal(), ...delivery }: Delivery = {},
): Promise<HttpAnswer> {
  return send(gateway, '/hooks/catalog', {
    method: 'POST',
    headers: headersOf({ body, ...delivery }),
    body: textOf(body),
  });
}

/** The status, and the code and message of the error if there is one. */
export function told({ status, body }: HttpAnswer) {
  const [error] = body.errors ?? [];
  return error ? [status, error.extensions.code, error.message] : [status];
}

export function eventsOf({ events }: Pick<HookedGateway, 'events'>, type: string): readonly Event[] {
  return events.filter((event) => event.type === type);
}
