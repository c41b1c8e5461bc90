/**
 * The value with its instants in ISO 8601: numbers named `at` or `…At`, in milliseconds since the epoch. Every API tells
 * instants alike, whatever the process keeps.
 */
export function withIsoInstants(value: object): object {
  return JSON.parse(JSON.stringify(value), (name, each: unknown) =>
    typeof each === 'number' && /^(at|.+At)$/.test(name) ? new Date(each).toISOString() : each,
  );
}
