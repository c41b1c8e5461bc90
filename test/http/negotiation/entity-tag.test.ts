import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Coding, entityTag, isNotModified } from '../../../src/http/negotiation/representation.ts';

const MEGABYTE = 1024 * 1024;
const CODINGS: readonly Coding[] = ['identity', 'gzip', 'br', 'zstd'];

const coding = fc.constantFrom(...CODINGS);
const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));
// The characters that RFC 9110 (8.8.3) allows between the quotes, commas and backslashes included.
const opaque = fc.stringMatching(/^[\x21\x23-\x7e]{0,12}$/);
const member = fc.tuple(fc.constantFrom('', 'W/'), opaque).map(([weak, text]) => `${weak}"${text}"`);
const separator = fc.stringMatching(/^[ \t]{0,2},[ ,\t]{0,3}$/);

describe('an entity tag', () => {
  it('is strong and quoted, and the same for the same content', () => {
    const tag = entityTag(Buffer.from('{"data":null}'), 'identity');
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    expect(entityTag(Buffer.from('{"data":null}'), 'identity')).toBe(tag);
  });

  it('differs for other content and for each coding', () => {
    const contents = [Buffer.from('{"data":1}'), Buffer.from('{"data":2}'), Buffer.alloc(0)];
    const tags = contents.flatMap((content) => CODINGS.map((each) => entityTag(content, each)));
    expect(new Set(tags).size).toBe(tags.length);
  });

  it('names its coding', () => {
    expect(entityTag(Buffer.from('{}'), 'br')).toMatch(/^"[\w-]{27}-br"$/);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['*', true],
    [' * ', true],
    ['"b", "a"', true],
    ['"b",W/"a"', true],
    [',, "b" ,\t"a",', true],
    ['"x,y", "a"', true],
    ['junk, "a"', true],
    [undefined, false],
    ['', false],
    ['a', false],
    ['"A"', false],
    ['"a', false],
    ['a"', false],
    ['"aa"', false],
    ['"b", "c"', false],
    ['*, "b"', false],
    ['"*"', false],
    // Between two quotes, but not a tag: the second quote closes one tag, and the third opens the next.
    ['"b"a"c"', false],
    // The first tag has no end, so the rest is inside it.
    ['"b, "a"', false],
  ])('%j is satisfied by the tag "a": %s', (header, notModified) => {
    expect(isNotModified(header, '"a"')).toBe(notModified);
  });

  it('compares weakly', () => {
    expect(isNotModified('"a"', 'W/"a"')).toBe(true);
    expect(isNotModified('W/"b"', 'W/"a"')).toBe(false);
  });

  it('matches the tags in a list, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(member, separator), { maxLength: 8 }),
        fc.tuple(bytes, coding).map((content) => entityTag(...content)),
        fc.option(fc.nat({ max: 8 })),
        fc.boolean(),
        (others, ours, position, weak) => {
          const list: [string, string][] = [...others];
          if (position !== null) list.splice(position, 0, [weak ? `W/${ours}` : ours, ' , ']);
          expect(isNotModified(list.flat().join(''), ours)).toBe(position !== null);
        },
      ),
    );
  });

  it('never matches a tag that it does not contain', () => {
    fc.assert(
      fc.property(fc.string(), opaque, (header, text) => {
        fc.pre(header.trim() !== '*');
        if (isNotModified(header, `"${text}"`)) expect(header).toContain(`"${text}"`);
      }),
    );
  });

  // An algorithm that is slower than linear would not finish.
  it.each([['"'], [','], [' '], ['W/'], ['"",'], ['W/"b",'], ['"b'], ['\\"']])(
    'may be a megabyte of %j',
    (unit) => {
      const header = unit.repeat(MEGABYTE / unit.length);
      expect(isNotModified(header, '"a"')).toBe(false);
      expect(isNotModified(`"a",${header}`, '"a"')).toBe(true);
    },
  );
});
