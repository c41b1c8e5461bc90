const ASCII = /^[\0-\x7f]*$/;
const MARKS = /\p{M}+/gu;
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/u;

// Letters that Unicode does not decompose, although people search for them by their base letters. The sigma at the end
// of a word is among them: the beginning of a word may end with it.
const BASE_LETTERS: Readonly<Record<string, string>> = {
  ...{ ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ß: 'ss', ı: 'i', ħ: 'h', ŧ: 't', ς: 'σ' },
};
const NOT_DECOMPOSED = new RegExp(`[${Object.keys(BASE_LETTERS).join('')}]`, 'g');

/** The text without the differences of case and diacritics. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  if (ASCII.test(lower)) return lower;
  // NFKD also replaces compatibility characters, such as ligatures and full-width letters, which may be upper case.
  const decomposed = lower.normalize('NFKD').replace(MARKS, '').toLowerCase();
  return decomposed.replace(NOT_DECOMPOSED, (letter) => BASE_LETTERS[letter] ?? letter);
}

/** The words of a text, folded: runs of letters and digits. */
export function searchWords(text: string): readonly string[] {
  return folded(text).split(BETWEEN_WORDS).filter(Boolean);
}

const APOSTROPHES = /['’]/g;

/** The words of a text that searches find. A name such as O'Brien is found by `obrien` too. */
export function indexedWords(text: string): readonly string[] {
  const words = searchWords(text);
  const joined = text.replace(APOSTROPHES, '');
  return joined === text ? words : [...words, ...searchWords(joined)];
}

/** The words of a search, each once, without those that another begins with: what matches that one matches them. */
export function requiredWords(search: string): readonly string[] {
  const words = [...new Set(searchWords(search))];
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
}
