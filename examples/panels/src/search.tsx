import { useEffect, useState } from 'react';
import { go, type ListState } from './address.ts';

const DEBOUNCE_MS = 200;

/** Searches as you type. Otherwise follows the address, for example when the browser goes back. */
export function Search({ state: { name, text } }: { readonly state: ListState }) {
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => {
      go({ [`${name}.search`]: typed, [`${name}.page`]: '' }, name);
      setTyped(null);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [typed, name]);
  return (
    <input
      type="search"
      aria-label={`Search ${name}`}
      placeholder={`Search ${name}`}
      maxLength={100}
      value={typed ?? text}
      onChange={({ target }) => setTyped(target.value)}
      onKeyDown={({ key }) => key === 'Escape' && setTyped('')}
    />
  );
}
