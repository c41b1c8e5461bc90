import { expect, it } from 'vitest';
import { createOperationNames } from '../../../src/telemetry/metrics/operation-names.ts';

it('the operation label is the name up to a hundred characters', () => {
  const labelOf = createOperationNames();
  const name = 'x'.repeat(100);
  expect(labelOf(name, 'miss')).toBe(name);
  expect(labelOf(`${name}x`, 'miss')).toBe('other');
  expect(labelOf('y'.repeat(90_000), 'hit')).toBe('other');
});
