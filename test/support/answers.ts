import { type DocumentNode, print } from 'graphql';
import type { TestGateway } from './gateway.ts';
import { type HttpAnswer, post } from './http-client.ts';

/** Sends an operation by POST, as a front end does. */
export function ask(
  gateway: Pick<TestGateway, 'origin'>,
  operation: unknown,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return post(gateway, { query: print(operation as DocumentNode), variables }, headers);
}

/** The parameters of Cache-Status after the cache name: `hit`, `fwd=miss; stored` and so on. */
export function statusOf({ headers }: HttpAnswer): string {
  return (headers.get('cache-status') ?? '').replace(/^catalog-gateway; /, '');
}

export function isHit(answer: HttpAnswer): boolean {
  return statusOf(answer).startsWith('hit');
}
