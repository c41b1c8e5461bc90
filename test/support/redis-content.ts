import { Redis } from 'ioredis';
import type { TestRedis } from './redis.ts';

/** Every key with its value as text, or with its remaining time to live in milliseconds. */
export async function readKeys(
  redis: TestRedis,
  read: 'get' | 'pttl' = 'get',
): Promise<Record<string, string>> {
  const client = new Redis(redis.url);
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(keys.map((key) => client[read](key)));
    return Object.fromEntries(keys.map((key, index) => [key, String(values[index])]));
  } finally {
    client.disconnect();
  }
}

/** Whether the key holds an entry, and not a lease, a generation or a response. */
export function isEntryKey(key: string): boolean {
  return !key.includes(':generation:') && !key.endsWith(':lease') && !key.includes('{answer_');
}

/** Every entry with its value as text, by its name, which is the part of the key in braces. */
export async function readEntries(redis: TestRedis): Promise<Record<string, string>> {
  const keys = Object.entries(await readKeys(redis)).filter(([key]) => isEntryKey(key));
  return Object.fromEntries(keys.map(([key, value]) => [/\{(.*)\}/.exec(key)?.[1] ?? key, value]));
}

/** Resolves when Redis holds that many entries, because responses do not wait for writes. */
export async function untilStored(redis: TestRedis, entries: number): Promise<void> {
  const client = new Redis(redis.url);
  try {
    while ((await client.keys('*')).filter(isEntryKey).length < entries);
  } finally {
    client.disconnect();
  }
}
