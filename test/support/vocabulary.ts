/** A phrase that the texts of this project do not use, and what they say in its place. */
interface AvoidedPhrase {
  readonly pattern: RegExp;
  readonly say: string;
}

/**
 * Words that no glossary of the field has, and turns of phrase that have to be read twice. Ordinary words, such as `ask`,
 * `end` or `turn`, are here only in the phrases in which they meant something of their own.
 */
const AVOIDED: readonly AvoidedPhrase[] = [
  { pattern: /\banew\b/i, say: 'again' },
  { pattern: /\bbelie(f|fs|ve|ves|ved)\b/i, say: 'trusted, or the known generation' },
  { pattern: /\bowed\b/i, say: 'pending' },
  { pattern: /\bpatience\b/i, say: 'timeout' },
  { pattern: /\bupkeep\b/i, say: 'maintenance' },
  { pattern: /\b(un)?dealt\b/i, say: 'grouped, unmatched' },
  { pattern: /\bdepartures?\b/i, say: 'origin of the load' },
  { pattern: /\bwhole keys?\b/i, say: 'Redis key' },
  { pattern: /\bno news\b/i, say: 'unchanged' },
  { pattern: /\b(is|are|was|were|be|been|not|nor|never) told\b/i, say: 'a verb with its subject' },
  { pattern: /\btold (of|by|apart)\b/i, say: 'reported, known, distinguished' },
  { pattern: /\btells? of\b/i, say: 'reports' },
  { pattern: /\blet go\b/i, say: 'released' },
  { pattern: /\bput off\b/i, say: 'denied, delayed' },
  { pattern: /\bleft alone\b/i, say: 'not called, not changed' },
  {
    pattern: /\b(take|takes|took|has|have|had|held|wins?|won) (the |a |its |his |no )?turns?\b/i,
    say: 'lock',
  },
  { pattern: /\bnone that\b/i, say: 'invalid, not one of' },
  { pattern: /\bthat is none\b/i, say: 'is not one' },
  { pattern: /\b(a )?faults? of ours\b/i, say: 'internal error' },
  { pattern: /\bon our side\b/i, say: 'Internal server error.' },
  { pattern: /\bthere is nothing here\b/i, say: 'Not found.' },
  { pattern: /\bis (asked|read) by\b/i, say: 'accepts … only' },
  { pattern: /\b(come|comes) by [A-Z]+\b/, say: 'accepts … only' },
  { pattern: /\bno other site\b/i, say: 'Cross-site requests are not allowed.' },
  { pattern: /\bwants? (no|its|the) /i, say: 'requires' },
  { pattern: /\bwith what it was\b/i, say: 'its previous state' },
  { pattern: /\bwhat is over\b/i, say: 'the elapsed part' },
  { pattern: /\bthat (was|were) no\b/i, say: 'a noun with an adjective' },
  { pattern: /\basked for most\b/i, say: 'most requested' },
  { pattern: /\b(can|could)(not| not)? be had\b/i, say: 'could not be loaded' },
  { pattern: /\bpast (the|every|all) caches?\b/i, say: 'without the cache' },
  { pattern: /\bor the like\b/i, say: 'the names of the others' },
  { pattern: /\b(to|by|for|of) who\b/i, say: 'a noun' },
  { pattern: /(^|[.:;] )Of [\w$]/, say: 'subject first' },
];

/** The phrases of the vocabulary that a text has, in their own words, each with what to say instead. */
export function avoidedIn(text: string): readonly string[] {
  return AVOIDED.flatMap(({ pattern, say }) => {
    const found = pattern.exec(text)?.[0].trim();
    return found === undefined ? [] : [`"${found}" (say: ${say})`];
  });
}
