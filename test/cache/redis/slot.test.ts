import slotOf from 'cluster-key-slot';
import { describe, expect, it } from 'vitest';

// As a Redis answers `CLUSTER KEYSLOT`.
describe('the cluster slot of a key', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['{foo}', 12_182],
    ['cat_v1:{foo}:lease', 12_182],
    ['{foo}{bar}', 12_182],
    ['', 0],
  ])('of %j is %i', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  it('is that of the complete key if the braces are not closed', () => {
    expect(slotOf('foo{bar')).not.toBe(slotOf('bar'));
  });

  it('is the same for an entry and its lease', () => {
    expect(slotOf('cat_v1:{catalog_1}')).toBe(slotOf('cat_v1:{catalog_1}:lease'));
  });
});
