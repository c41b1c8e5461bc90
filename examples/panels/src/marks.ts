import { useLayoutEffect, useRef, useState } from 'react';

const MARK_MS = 6000;

/**
 * Marks the cells of a table whose text changes, for some seconds, and says in which rows. `key` names the question that the
 * table answers: what another question has is not a change.
 */
export function useMarks(key: string | undefined) {
  const body = useRef<HTMLTableSectionElement>(null);
  // Of the last look; nothing is a change before there was one.
  const last = useRef<{ key: string | undefined; texts: Map<string, string> }>(undefined);
  const [changed, setChanged] = useState('');
  useLayoutEffect(() => {
    const before = last.current;
    const texts = new Map<string, string>();
    const rows = [...(body.current?.rows ?? [])].filter((row) => {
      const cells = [...row.cells].filter((cell) => {
        const name = `${row.dataset.id} ${cell.cellIndex}`;
        texts.set(name, cell.innerText);
        return before?.key === key && before?.texts.get(name) !== cell.innerText;
      });
      for (const cell of cells) cell.animate({ backgroundColor: ['var(--mark)', 'transparent'] }, MARK_MS);
      return cells.length > 0;
    });
    last.current = { key, texts };
    const names = rows.slice(0, 3).map((row) => row.cells[0]?.innerText.split('\n')[0]);
    const more = rows.length > 3 ? ` and ${rows.length - 3} more` : '';
    if (rows.length > 0)
      setChanged(`Changed at ${new Date().toLocaleTimeString()}: ${names.join(', ')}${more}`);
    else if (before?.key !== key) setChanged('');
  });
  return { body, changed };
}
