import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RequestDirectives, readDirectives } from '../../../src/http/response-cache/parsed-request.ts';

const NONE: RequestDirectives = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: null,
};

function read(cacheControl: string): RequestDirectives {
  return readDirectives({ 'cache-control': cacheControl });
}

describe('a request without Cache-Control', () => {
  it('has no directives, and allocates no object', () => {
    expect(readDirectives({})).toEqual(NONE);
    expect(readDirectives({})).toBe(readDirectives({ accept: '*/*' }));
    expect(Object.isFrozen(readDirectives({}))).toBe(true);
  });

  it.each([
    ['no-cache', true],
    ['No-Cache', true],
    ['other, no-cache', true],
    ['other', false],
    ['x="no-cache"', false],
    ['', false],
  ])('with Pragma: %s has no-cache: %s', (pragma, noCache) => {
    expect(readDirectives({ pragma })).toEqual({ ...NONE, noCache });
  });
});

describe('Cache-Control', () => {
  it.each<[string, Partial<RequestDirectives>]>([
    ['no-cache', { noCache: true }],
    ['no-store', { noStore: true }],
    ['only-if-cached', { onlyIfCached: true }],
    ['max-age=60', { maxAgeSeconds: 60 }],
    ['max-age=0', { maxAgeSeconds: 0 }],
    ['max-age="60"', { maxAgeSeconds: 60 }],
    ['NO-Cache,Max-Age=5', { noCache: true, maxAgeSeconds: 5 }],
    [' no-store ,\tonly-if-cached, ', { noStore: true, onlyIfCached: true }],
    // An unexpected argument does not change a directive.
    ['no-cache="set-cookie"', { noCache: true }],
    ['max-age = 5', { maxAgeSeconds: 5 }],
    ['max-age=007', { maxAgeSeconds: 7 }],
  ])('%j is parsed as %j', (header, directives) => {
    expect(read(header)).toEqual({ ...NONE, ...directives });
  });

  it.each(['', ',,,', '=', '==,=', 'no-cached', 'x-no-store', 'max-stale=5', 'min-fresh=5', 'max-age-5'])(
    'has no directives if it is %j',
    (header) => {
      expect(read(header)).toEqual(NONE);
    },
  );

  it.each([
    'max-age',
    'max-age=',
    'max-age=-1',
    'max-age=1.5',
    'max-age=1e3',
    'max-age=x',
    'max-age="5',
    "max-age='5'",
  ])('means max-age=0 if the age is not a number: %s', (header) => {
    expect(read(header).maxAgeSeconds).toBe(0);
  });

  it.each(['2147483649', '99999999999999999999', '9'.repeat(1_000_000)])(
    'caps max-age=%.20s at 2^31',
    (age) => {
      expect(read(`max-age=${age}`).maxAgeSeconds).toBe(2 ** 31);
    },
  );

  it('ignores directives in quoted strings', () => {
    expect(read('x="a, no-store", max-age=5')).toEqual({ ...NONE, maxAgeSeconds: 5 });
    expect(read('x="\\", no-store", max-age=5')).toEqual({ ...NONE, maxAgeSeconds: 5 });
    expect(read('max-age=5, x="a, no-store')).toEqual({ ...NONE, maxAgeSeconds: 5 });
  });

  it('takes precedence over Pragma', () => {
    expect(readDirectives({ 'cache-control': 'max-age=5', pragma: 'no-cache' })).toEqual({
      ...NONE,
      maxAgeSeconds: 5,
    });
  });

  it('means the strictest of its directives, in any order and case, among others', () => {
    const directive = fc.oneof(
      fc.constantFrom('no-cache', 'no-store', 'only-if-cached', 'max-age=oops').map((text) => ({ text })),
      fc.nat().map((seconds) => ({ text: `max-age=${seconds}`, seconds })),
      fc.constantFrom('x', 'y=1', 'z="no-store, max-age=0"', '').map((text) => ({ text })),
    );
    fc.assert(
      fc.property(fc.array(directive), fc.boolean(), (list, loud) => {
        const header = list.map(({ text }) => (loud ? text.toUpperCase() : text)).join(', ');
        const has = (text: string) => list.some((each) => each.text === text);
        const ages = list.flatMap((each) => ('seconds' in each ? [each.seconds] : []));
        if (has('max-age=oops')) ages.push(0);
        expect(read(header)).toEqual({
          noCache: has('no-cache'),
          noStore: has('no-store'),
          onlyIfCached: has('only-if-cached'),
          maxAgeSeconds: ages.length === 0 ? null : Math.min(...ages),
        });
      }),
    );
  });

  // A parser slower than linear would not finish.
  it.each(['"', ',', '=', '\\"', 'x="', ' ', 'max-age=1,'])(
    'is parsed in linear time with a megabyte of %j',
    (unit) => {
      const hostile = unit.repeat((1024 * 1024) / unit.length);
      expect(read(`no-store,${hostile}`).noStore).toBe(true);
    },
  );
});
