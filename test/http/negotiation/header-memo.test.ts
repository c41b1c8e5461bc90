import { describe, expect, it, vi } from 'vitest';
import { rememberHeaders } from '../../../src/http/negotiation/representation.ts';

function remembered() {
  const read = vi.fn((header: string) => ({ header }));
  return { read, remember: rememberHeaders(read) };
}

describe('a memoized header', () => {
  it('is read once', () => {
    const { read, remember } = remembered();
    const first = remember('gzip, deflate, br');
    expect(remember('gzip, deflate, br')).toBe(first);
    expect(read.mock.calls).toEqual([['gzip, deflate, br']]);
  });

  it('is read as empty if it was not sent', () => {
    const { read, remember } = remembered();
    expect(remember(undefined)).toEqual({ header: '' });
    expect(remember(undefined)).toBe(remember(''));
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('stays while it is in use, whatever other clients send', () => {
    const { read, remember } = remembered();
    for (let stranger = 0; stranger < 1000; stranger += 1) {
      remember('gzip');
      remember(`x-${stranger}`);
    }
    expect(read.mock.calls.filter(([header]) => header === 'gzip')).toHaveLength(1);
  });

  it('is evicted after a hundred others', () => {
    const { read, remember } = remembered();
    for (let stranger = 0; stranger <= 100; stranger += 1) remember(`x-${stranger}`);
    remember('x-0');
    expect(read).toHaveBeenCalledTimes(102);
  });

  it('is not kept if it is longer than any client sends', () => {
    const { read, remember } = remembered();
    const long = 'x'.repeat(257);
    expect(remember(long)).toEqual({ header: long });
    remember(long);
    expect(read).toHaveBeenCalledTimes(2);
  });
});
