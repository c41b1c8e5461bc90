import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countAliases, depthOf } from '../../../src/http/graphql/limits/document-size.ts';

describe('the depth of a document', () => {
  it.each([
    ['{ a }', 1],
    ['{ a { b } }', 2],
    ['{ a b { c { d } } e { f } }', 3],
    ['{ ... { a { ... on T { b } } } }', 2],
    ['query A { a } query B { a { b { c } } }', 3],
    ['{ a { ...F } } fragment F on T { b { c } }', 3],
    ['{ ...F a { ...F } } fragment F on T { b { c } }', 3],
    ['{ a } fragment Unused on T { b { c } }', 1],
    ['{ a { ...Unknown } }', 1],
    ['{ __schema { types { fields { type { name } } } } a { b } }', 2],
    ['{ a { __typename } }', 1],
    ['fragment F on T { a }', 0],
    ['type T { a: Int }', 0],
  ])('%s is %d', (text, depth) => {
    expect(depthOf(parse(text))).toBe(depth);
  });

  it.each([
    '{ ...F } fragment F on T { ...F }',
    '{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { ...F }',
  ])('is bounded if fragments form a cycle: %s', (text) => {
    expect(depthOf(parse(text))).toBeLessThan(10);
  });
});

describe('the aliases of a document', () => {
  it.each([
    ['{ a }', 0],
    ['{ x: a { y: b } }', 2],
    ['{ ...F } fragment F on T { x: a }', 1],
    ['query A { x: a } query B { x: a ... { y: b } }', 3],
  ])('%s are %d', (text, aliases) => {
    expect(countAliases(parse(text))).toBe(aliases);
  });
});
