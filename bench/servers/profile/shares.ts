import type { Profiler } from 'node:inspector';
import { dirname } from 'node:path/posix';

/** A function on top of the stack, and its part of the samples, from 0 to 1. */
export interface SelfShare {
  readonly name: string;
  /** A file of this repository, a package, a module of node, or nothing for what is not JavaScript. */
  readonly where: string;
  readonly share: number;
  readonly part: Part;
}

export const PARTS = [
  'own code',
  'writing JSON by compiled plans',
  'flattening and encoding text',
  'Yoga, graphql and Pothos',
  'promises and DataLoader',
  'other packages',
  'node:http, streams and sockets',
  'sending: system calls',
  'other modules of node',
  'garbage collection',
  'other native code',
] as const;

export type Part = (typeof PARTS)[number];

// Each rule: the part of what its expressions match. The first that matches wins.
const RULES: readonly { readonly part: Part; readonly where?: RegExp; readonly name?: RegExp }[] = [
  { part: 'garbage collection', name: /^\(garbage collector\)$/ },
  { part: 'own code', where: /^(src|bench)\// },
  // Code without a file is made by `new Function`.
  { part: 'writing JSON by compiled plans', where: /^generated$/ },
  { part: 'promises and DataLoader', where: /^dataloader$|^node:internal\/process\/task_queues$/ },
  {
    part: 'promises and DataLoader',
    where: /^$/,
    name: /^(runMicrotasks|enqueueMicrotask|then|all|allSettled)$/,
  },
  {
    part: 'Yoga, graphql and Pothos',
    where: /^(graphql|graphql-.*|@graphql-.*|@envelop\/.*|@whatwg-node\/.*|@pothos\/.*)$/,
  },
  { part: 'sending: system calls', where: /^$/, name: /^(writev|write(Buffer|Utf8|Latin1|Ascii)\w*)$/ },
  { part: 'flattening and encoding text', where: /^node:(internal\/)?buffer$/ },
  // The function of V8 that writes a text as UTF-8 has no name.
  { part: 'flattening and encoding text', where: /^$/, name: /^$|^(latin1|utf8|ascii)\w*$/ },
  {
    part: 'node:http, streams and sockets',
    where: /^node:(_?http|net|events|stream|internal\/(http|streams\/|stream_|net|timers|js_stream))/,
  },
  { part: 'other modules of node', where: /^node:/ },
  { part: 'other native code', where: /^$/ },
  { part: 'other packages' },
];

const IDLE = '(idle)';
const PACKAGE = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
// Of this checkout or another one.
const CHECKOUT = /^file:.*\/(?=(src|bench)\/)/;

/**
 * The share of each function in the samples in which the thread had work to do, greatest first. Samples are counted, not
 * weighed by their distance: on a busy machine that is the time in which other processes ran.
 */
export function selfShares({ nodes }: Profiler.Profile): readonly SelfShare[] {
  const counts = new Map<string, { readonly name: string; readonly where: string; count: number }>();
  let total = 0;
  for (const { callFrame, hitCount: count = 0 } of nodes) {
    const name = callFrame.functionName;
    if (name === IDLE || count === 0) continue;
    const where = whereIs(callFrame);
    const key = `${name} ${where}:${callFrame.lineNumber}`;
    const counted = counts.get(key) ?? { name, where, count: 0 };
    counted.count += count;
    total += count;
    counts.set(key, counted);
  }
  return [...counts.values()]
    .map(({ name, where, count }) => ({ name, where, share: count / total, part: partOf(name, where) }))
    .toSorted((a, b) => b.share - a.share);
}

/** The shares, added up by what `nameOf` gives: undefined leaves a function out. */
export function sumBy(
  shares: readonly SelfShare[],
  nameOf: (share: SelfShare) => string | undefined,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const each of shares) {
    const name = nameOf(each);
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + each.share);
  }
  return sums;
}

/** The folder of own code, at most three levels under `src`. */
export function ownFolder({ part, where }: SelfShare): string | undefined {
  return part === 'own code' ? dirname(where).split('/').slice(0, 4).join('/') : undefined;
}

function whereIs({ url, scriptId }: Profiler.Profile['nodes'][number]['callFrame']): string {
  if (url === '') return scriptId === '0' ? '' : 'generated';
  const [, packageName] = PACKAGE.exec(url) ?? [];
  return packageName ?? url.replace(CHECKOUT, '');
}

function partOf(name: string, where: string): Part {
  const rule = RULES.find((each) => each.where?.test(where) !== false && each.name?.test(name) !== false);
  return rule?.part ?? 'other packages';
}
