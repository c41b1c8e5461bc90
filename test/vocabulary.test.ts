import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringLiterals, textsOf } from './support/source-texts.ts';
import { avoidedIn } from './support/vocabulary.ts';

/** `file:line` and the phrase, for each phrase that the vocabulary avoids. Keys and paths are not prose. */
function avoidedPhrases(path: string): readonly string[] {
  return textsOf(path)
    .filter(({ text }) => text.includes(' '))
    .flatMap(({ line, text }) => avoidedIn(text).map((phrase) => `${path}:${line} ${phrase}`));
}

describe('the texts that people read use the words of the field', () => {
  it.each([
    ['messages, logs, metrics, settings, help and pages', ['src/**/*.{ts,js,html}']],
    ['the schema and the example of the settings', ['schema*.graphql', '.env.example']],
    ['the documents', ['*.md', '{docs,src}/**/*.md']],
    ['alerts and dashboards', ['deploy/**/*.{yml,yaml,json}']],
  ])('in %s', (_, globs) => {
    const paths = globSync(globs);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.toSorted().flatMap(avoidedPhrases)).toEqual([]);
  });
});

describe('a phrase that the vocabulary avoids', () => {
  it.each([
    'There is nothing here. GraphQL is at /graphql.',
    'GraphQL is asked by GET or POST.',
    'This is taken from no other site.',
    'cursor is none that was given.',
    'Something went wrong on our side.',
    'A fault of ours: out of memory',
    'Of persisted queries only version 1 is known.',
    'Only documents that this gateway was told of are executed.',
    'There is no stored answer, and the request wants no other.',
    'the source was compared with what it was',
    'Requests that were no GraphQL, probes among them.',
    'a node of Redis is left alone',
    'Null, with an error, where they cannot be had.',
    'For how many of the sellers that are asked for most catalogs are renewed before they go stale.',
  ])('is found in "%s"', (text) => {
    expect(avoidedIn(text)).not.toEqual([]);
  });

  it('is found in strings and in each part of a template, but not in code and comments', () => {
    const source = `
// anew in a comment
const anew = /'anew/.test('first') ? 1 / 2 : \`second \${ { a: \`third\` }.a } fourth\`;
const text = "fifth";
`;
    expect(stringLiterals(source).map(({ line, text }) => `${line} ${text}`)).toEqual([
      '3 first',
      '3 second ',
      '3 third',
      '3  fourth',
      '4 fifth',
    ]);
  });
});
