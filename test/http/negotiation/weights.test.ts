import { describe, expect, it } from 'vitest';
import { weightsOf } from '../../../src/http/negotiation/representation.ts';

describe('the weights in a header', () => {
  it.each<[string | undefined, Record<string, number>]>([
    ['gzip', { gzip: 1 }],
    ['gzip, br;q=0.5', { gzip: 1, br: 0.5 }],
    ['GZIP ; Q=0.25', { gzip: 0.25 }],
    ['text/html;level=1;q=0.3', { 'text/html': 0.3 }],
    ['gzip;q=0', { gzip: 0 }],
    ['gzip;q=oops, br;q=', { gzip: 0, br: 0 }],
    [undefined, { '': 1 }],
  ])('%j are %j', (header, weights) => {
    expect(Object.fromEntries(weightsOf(header))).toEqual(weights);
  });
});
