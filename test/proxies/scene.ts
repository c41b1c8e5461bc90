import { type DocumentNode, print } from 'graphql';
import { onTestFinished } from 'vitest';
import { SellersDocument } from '../operations/generated.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { exchange, type WireAnswer } from '../support/http-client.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startVarnish, type Varnish } from '../support/varnish.ts';

/** A gateway, the network before it, and a real HTTP cache in front, whose clock is the machine's. All end with the test. */
export interface Scene {
  readonly gateway: TestGateway;
  readonly between: TcpProxy;
  readonly varnish: Varnish;
}

/** Starts a gateway with these variables, for which the test has an upstream already. */
export async function startScene(variables: Record<string, string> = {}): Promise<Scene> {
  const gateway = await startGateway(variables);
  const between = await startTcpProxy(Number(new URL(gateway.origin).port));
  onTestFinished(() => between.close());
  return { gateway, between, varnish: await startVarnish(between.port) };
}

export function pathOf(operation: unknown, variables: Readonly<Record<string, unknown>> = {}): string {
  const query = print(operation as DocumentNode);
  return `/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
}

export const SELLERS = pathOf(SellersDocument);

export function get(
  varnish: Varnish,
  headers: Record<string, string> = {},
  path = SELLERS,
): Promise<WireAnswer> {
  return exchange(varnish, path, { headers });
}

export function isFromProxy({ headers }: WireAnswer): boolean {
  return headers['x-proxy'] === 'hit';
}

/** For how long the proxy has the answer fresh, in seconds; less than 0 once that is over. */
export function ttlAtProxy({ headers }: WireAnswer): number {
  return Number(headers['x-ttl'] ?? headers['x-taken-ttl']);
}

/** The statuses of what reached the gateway. */
export function reached(gateway: TestGateway): number[] {
  return gateway.events.flatMap((event) => (event.type === 'request' ? [event.status] : []));
}
