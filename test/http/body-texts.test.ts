import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createBodyTexts } from '../../src/http/body-texts.ts';

describe('the text of a body', () => {
  it('has one character per byte, each time', () => {
    const textOf = createBodyTexts();
    const bytes = Buffer.from('{"query":"{ é 💎 }"}');
    for (let time = 0; time < 3; time += 1) expect(textOf(Buffer.from(bytes))).toBe(bytes.toString('latin1'));
  });

  it('is its own, also beside another body with the same checksum', () => {
    const textOf = createBodyTexts();
    expect(crc32('plumless')).toBe(crc32('buckeroo'));
    for (const text of ['plumless', 'buckeroo', 'plumless']) expect(textOf(Buffer.from(text))).toBe(text);
  });
});
