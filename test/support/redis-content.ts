import { Redis } from 'ioredis';
import type { TestRedis } from './redis.ts';

/** Every key with its value as text, or with what is left of its life in milliseconds. */
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

/** Resolves when Redis holds that many keys: answers do not wait for what is written there. */
export async function untilStored(redis: TestRedis, keys: number): Promise<void> {
  const client = new Redis(redis.url);
  try {
    while ((await client.dbsize()) < keys);
  } finally {
    client.disconnect();
  }
}
