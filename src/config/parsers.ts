import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { InvalidManifest, type Manifest, parseManifest } from './manifest.ts';

// Parsers of variables. An error message follows the name of the variable: `PORT must be …`.

export function text(fallback: string) {
  return z.string().default(fallback);
}

export function credential() {
  return z.string().optional();
}

export function adminToken() {
  return z
    .string()
    .regex(/^\S{16,}$/, { error: 'must have at least 16 characters and no spaces' })
    .optional();
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` }).default(() => fallback as never);
}

export function integer(min: number, max: number, fallback: number) {
  return wholeNumber(min, max).default(fallback);
}

/** A port without a default. */
export function optionalPort() {
  return wholeNumber(0, 65_535).optional();
}

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .refine((value) => /^\d{1,12}$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);
}

export function seconds(fallback: number) {
  return integer(0, 1_000_000, fallback);
}

export function share(fallback: number) {
  return z
    .string()
    .refine((value) => /^(0(\.\d+)?|1(\.0+)?)$/.test(value), { error: 'must be a number from 0 to 1' })
    .transform(Number)
    .default(fallback);
}

export function range(fallback: { min: number; max: number }) {
  return z
    .string()
    .regex(/^\d{1,6}(-\d{1,6})?$/, { error: 'must be a number, or a range such as 80-300' })
    .transform((value) => {
      const [min = 0, max = min] = value.split('-').map(Number);
      return { min, max };
    })
    .refine(({ min, max }) => min <= max, { error: 'must not have a start above its end' })
    .default(fallback);
}

export function flag() {
  return z
    .enum(['true', 'false', '1', '0', 'on', 'off'], { error: 'must be true or false' })
    .transform((value) => ['true', '1', 'on'].includes(value))
    .optional();
}

export function keyPart(fallback: string) {
  return z
    .string()
    .regex(/^[\w.:-]{1,64}$/, { error: 'must have 1 to 64 letters, digits, or characters of _ . : -' })
    .default(fallback);
}

/** A file of trusted documents. It is read here, so that an error in it is an error of the configuration. */
export function manifest() {
  return z
    .string()
    .transform((path, context): Manifest => {
      try {
        return parseManifest(readFileSync(path, 'utf8'));
      } catch (error) {
        const message =
          error instanceof InvalidManifest ? error.message : 'must be the path of a readable file';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    })
    .optional();
}

export function timeZone() {
  return z
    .string()
    .refine(isTimeZone, { error: 'must be an IANA time zone such as Europe/Paris' })
    .default('UTC');
}

export function locale() {
  return z
    .string()
    .refine((tag) => isLocale(tag), {
      error: 'must be a BCP 47 tag of a language with a known alphabet, such as en or sv',
    })
    .default('en');
}

export function httpUrl() {
  return z
    .string()
    .refine((value) => isUrl(value, ['http:', 'https:']), {
      error: 'must be an http:// or https:// URL without user, query or fragment',
    })
    .transform((value) => value.replace(/\/+$/, ''))
    .optional();
}

export function httpUrls() {
  return z
    .string()
    .transform((value) => value.split(',').map((url) => url.trim()))
    .refine((urls) => urls.every((url) => isUrl(url, ['http:', 'https:'])), {
      error: 'must be http:// or https:// URLs without user, query or fragment, separated by commas',
    })
    .default([]);
}

export function redisUrl() {
  return z
    .string()
    .refine((value) => isRedisUrl(value), {
      error: 'must be redis://[user:password@]host[:port][/database] or the same with rediss://',
    })
    .optional();
}

export function addresses(defaultPort: number) {
  return z
    .string()
    .transform((value) => value.split(',').map((address) => parseAddress(address.trim(), defaultPort)))
    .refine((list) => list.every((address) => address !== null), {
      error: 'must be a list of host:port such as cache-1:6379,cache-2:6379',
    })
    .optional();
}

export function origins() {
  return z
    .string()
    .transform((value, context) => {
      const list = value.split(',').map((origin) => origin.trim());
      const wrong = list.find((origin) => originOf(origin) !== origin);
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: originFault(wrong) });
      return list;
    })
    .default([]);
}

function originFault(wrong: string): string {
  const right = originOf(wrong);
  const hint = right === null || right.length > 100 ? '' : ` (use ${right})`;
  return `must be a list of origins such as https://app.example.com, without a path or a wildcard${hint}`;
}

/** The origin as browsers send it; null if no page in a browser can have it. */
function originOf(text: string): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || !/^(\[[\da-f:.]+\]|[\w.-]+)$/.test(url.hostname))
    return null;
  return `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/'
    ? url.origin
    : null;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.Collator.supportedLocalesOf(tag).length === 1;
  } catch {
    return false;
  }
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  const url = URL.parse(value);
  if (!url || !protocols.includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

function parseAddress(address: string, defaultPort: number) {
  // Only the authority of a URL, without any other part.
  const url = URL.parse(`redis://${address}`);
  if (!url || url.hostname === '' || address.includes('@') || url.href !== `redis://${url.host}`) return null;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

function isRedisUrl(value: string): boolean {
  const url = URL.parse(value);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') return false;
  return /^\/?$|^\/\d{1,4}$/.test(url.pathname) && url.search === '' && url.hash === '';
}
