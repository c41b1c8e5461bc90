import { describe, expect, it } from 'vitest';
import {
  acceptsGzip,
  acceptsHtml,
  negotiateMediaType,
} from '../../../src/http/negotiation/representation.ts';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

describe('the media type of a response', () => {
  it.each([
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/graphql-response+json', GRAPHQL_TYPE],
    // Apollo Client, and urql.
    ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_TYPE],
    [
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
      GRAPHQL_TYPE,
    ],
    ['application/json, application/graphql-response+json', GRAPHQL_TYPE],
    ['application/graphql-response+json, */*', GRAPHQL_TYPE],
    ['application/graphql-response+json;q=0.5, application/json', JSON_TYPE],
    ['application/graphql-response+json;q=0.5, */*', JSON_TYPE],
    ['application/graphql-response+json;q=0', JSON_TYPE],
    ['Application/GraphQL-Response+JSON; charset=utf-8', GRAPHQL_TYPE],
    ['application/graphql-response+json; charset=utf-8 ;Q=0.1, application/json; q=1.0', JSON_TYPE],
    ['text/html', JSON_TYPE],
    ['text/event-stream', JSON_TYPE],
    ['multipart/mixed', JSON_TYPE],
    [',;q=,=;;,', JSON_TYPE],
  ])('for %j is %s', (accept, mediaType) => {
    expect(negotiateMediaType(accept === undefined ? {} : { accept })).toBe(mediaType);
  });
});

describe('a page', () => {
  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['text/html;q=0', false],
    ['*/*', false],
    ['application/json', false],
    [undefined, false],
  ])('is accepted by %j: %s', (accept, accepted) => {
    expect(acceptsHtml(accept === undefined ? {} : { accept })).toBe(accepted);
  });
});

describe('gzip', () => {
  it.each([
    ['gzip, deflate, br', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['br, gzip; q=0.000', false],
    ['identity', false],
    ['x-not-gzip', false],
    [undefined, false],
  ])('is accepted by %j: %s', (encodings, accepted) => {
    expect(acceptsGzip(encodings === undefined ? {} : { 'accept-encoding': encodings })).toBe(accepted);
  });
});
