import { useEffect, useState } from 'react';
import { go, type ListState } from './address.ts';

const DEBOUNCE_MS = 200;

/** Searches as you type. Follows the address, for example when the browser goes back. */
export function Search({ state: { name, text } }: { readonly state: ListState }) {
  const [typed, setTyped] = useState(text);
  const [followed, setFollowed] = useState(text);
  if (text !== followed) {
    setFollowed(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === followed) return;
    const timer = setTimeout(() => {
      setFollowed(typed);
      go({ [`${name}.search`]: typed, [`${name}.page`]: '' }, name);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [typed, followed, name]);
  return (
    <input
      type="search"
      aria-label={`Search ${name}`}
      placeholder={`Search ${name}`}
      maxLength={100}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      onKeyDown={({ key }) => key === 'Escape' && setTyped('')}
    />
  );
}
