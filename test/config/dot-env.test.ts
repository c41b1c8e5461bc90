import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDotEnv, readDotEnv } from '../../src/config/dot-env.ts';
import { InvalidConfig } from '../../src/config/invalid-config.ts';

const FILE = 'PORT=4100\nADMIN_TOKEN=a-token-of-operators\n';
const VARIABLES = { PORT: '4100', ADMIN_TOKEN: 'a-token-of-operators' };

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

function parse(text: string) {
  return parseDotEnv(Buffer.from(text));
}

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-env-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('an .env file', () => {
  it.each([
    ['UTF-8', Buffer.from(FILE)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${FILE}`)],
    ['UTF-16LE with one', Buffer.from(`\uFEFF${FILE}`, 'utf16le')],
    ['UTF-16BE with one', utf16be(`\uFEFF${FILE}`)],
    ['UTF-8 with CRLF', Buffer.from(FILE.replaceAll('\n', '\r\n'))],
    ['UTF-8 with CR', Buffer.from(FILE.replaceAll('\n', '\r'))],
  ])('is read in %s', (_, bytes) => {
    expect(parseDotEnv(bytes)).toEqual({ variables: VARIABLES, warnings: [] });
  });

  it.each([
    [
      'UTF-16LE without a byte order mark',
      Buffer.from(FILE, 'utf16le'),
      /NUL characters.*UTF-16.*save it as UTF-8/,
    ],
    ['UTF-16BE without one', utf16be(FILE), /NUL characters/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), /NUL characters/],
    ['Latin-1', Buffer.from('NAME=m\xfcller', 'latin1'), /not valid UTF-8/],
    ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x41]), /not valid UTF-16LE/],
    ['text with NUL', Buffer.from('ADMIN_TOKEN=hunter2\0'), /NUL characters/],
    ['more than 64 KiB', Buffer.alloc(64 * 1024 + 1, 'a'), /must not be larger than 64 KiB/],
  ])('is refused in %s', (_, bytes, fault) => {
    const message = faultOf(() => parseDotEnv(bytes));
    expect(message).toMatch(fault);
    expect(message).not.toContain('hunter2');
  });

  it('is refused if it is a directory', () => {
    const path = join(temporaryDirectory(), '.env');
    mkdirSync(path);
    expect(faultOf(() => readDotEnv(path))).toContain('.env cannot be read (EISDIR)');
  });

  it('may be missing', () => {
    expect(readDotEnv(join(temporaryDirectory(), '.env'))).toEqual({ variables: {}, warnings: [] });
  });

  it('is read from its given path', () => {
    const path = join(temporaryDirectory(), '.env');
    writeFileSync(path, FILE);
    expect(readDotEnv(path).variables).toEqual(VARIABLES);
  });

  it('may have comments, blanks, quotes and export', () => {
    const text = '# PORT=1\n\n  export PORT = 4100 # free\nADMIN_TOKEN="a-token-of-operators"\nHOST=\'::1\'';
    expect(parse(text)).toEqual({ variables: { ...VARIABLES, HOST: '::1' }, warnings: [] });
  });

  it('does not take the next line as a blank value', () => {
    expect(parse('HOST=  \nPORT=4100').variables).toEqual({ HOST: '', PORT: '4100' });
  });

  it.each([
    ['PORT 4100', ['.env line 1 is not NAME=value and has no effect']],
    ['PORT=1\nPORT: 4100', ['.env line 2 is not NAME=value and has no effect']],
    ['=4100', ['.env line 1 is not NAME=value and has no effect']],
    ['PORT=1\n\nPORT=2', ['.env line 3 replaces the value of line 1']],
    ['ADMIN_TOKEN="hunter2', ['.env line 1 has a quote that is not closed']],
    [
      'ADMIN_TOKEN="hunter2\nPORT=4100\nHOST="::1"\nhunter2',
      [
        '.env line 1 has a value that ends on line 3; is a quote missing?',
        '.env line 4 is not NAME=value and has no effect',
      ],
    ],
  ])('has a warning for each suspicious line, and the warning quotes nothing: %j', (text, warnings) => {
    expect(parse(text).warnings).toEqual(warnings);
  });

  it('has a bounded number of warnings', () => {
    const { warnings } = parse('hunter2\n'.repeat(5000));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('.env has 4980 more such lines');
  });

  it('of many unclosed quotes is read in linear time', () => {
    for (const line of ['A="\n', "A='\n", '\n', 'a\n', '=', '"', 'A=" \'`\n'])
      expect(parse(line.repeat(Math.floor(65_000 / line.length))).warnings.length).toBeLessThanOrEqual(21);
  });
});

describe('10,000 files by grammar', () => {
  const SECRET = 'hunter2';
  const space = fc.constantFrom('', ' ', '\t', '  ');
  const name = fc.constantFrom(
    'PORT',
    'ADMIN_TOKEN',
    'CACHE_TTL_SELERS',
    'a.b',
    'X-Y',
    '',
    '1',
    '__proto__',
    'ÄÖ',
  );
  const quote = fc.constantFrom('', '"', "'", '`');
  const value = fc.constantFrom(
    '',
    '4100',
    SECRET,
    '#',
    '=',
    '\\n',
    '"',
    "'",
    '$PORT',
    '${',
    '\u2028',
    '😀',
    '\uFEFF',
  );
  const assignment = fc
    .tuple(
      space,
      fc.constantFrom('', 'export ', 'export'),
      name,
      space,
      fc.constantFrom('=', '', ':', '=='),
      space,
    )
    .map((parts) => parts.join(''));
  const line = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(assignment, quote, value, value, quote, space).map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: fc.constantFrom('', '# a comment', SECRET, '\0', '"""', "'\\'") },
  );
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\u2028'))
    .map(([lines, ending]) => lines.join(ending));
  const bytes = fc
    .tuple(text, fc.constantFrom('utf8', 'utf16le', 'latin1'), fc.constantFrom('', '\uFEFF'), fc.nat(3))
    .map(([content, encoding, mark, cut]) => {
      const whole = Buffer.from(mark + content, encoding as BufferEncoding);
      return whole.subarray(0, whole.length - (cut === 3 ? 1 : 0));
    });

  it('are read, or refused as an invalid configuration, and no warning quotes a value', () => {
    let refused = 0;
    fc.assert(
      fc.property(bytes, (file) => {
        try {
          const { variables, warnings } = parseDotEnv(file);
          expect(warnings.length).toBeLessThanOrEqual(21);
          expect(warnings.join()).not.toContain(SECRET);
          for (const each of Object.values(variables)) expect(each).toBeTypeOf('string');
        } catch (error) {
          if (!(error instanceof InvalidConfig)) throw error;
          expect(error.message).not.toContain(SECRET);
          expect(error.message.length).toBeLessThan(200);
          refused += 1;
        }
      }),
      { numRuns: 10_000, seed: 31 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(9000);
  });
});
