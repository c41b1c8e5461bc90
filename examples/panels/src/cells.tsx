import type { ComponentProps, MouseEvent } from 'react';
import { go, hrefOf } from './address.ts';

type SellerLinkProps = ComponentProps<'a'> & { seller: { id: string; name: string | null } };

/** Chooses the seller. As a link it can also be opened in a new tab. */
export function SellerLink({ seller: { id, name }, ...props }: SellerLinkProps) {
  const changes = { seller: id, 'catalogs.search': '', 'catalogs.page': '' };
  const choose = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(changes);
    // On a phone the catalogs are below the sellers.
    if (matchMedia('(width < 45rem)').matches) document.getElementById('catalogs')?.scrollIntoView();
  };
  return (
    <a {...props} href={hrefOf(changes)} onClick={choose}>
      {name ?? `Seller ${id}`}
    </a>
  );
}

/** An instant in the browser's time zone. */
export function Moment({ at, withTime = false }: { at: string | null; withTime?: boolean }) {
  const style = { dateStyle: 'medium', timeStyle: withTime ? 'short' : undefined } as const;
  return at ? <time dateTime={at}>{new Date(at).toLocaleString(undefined, style)}</time> : '–';
}

export const Mark = ({ of: value }: { readonly of: boolean | null }) => (
  <span className={value ? 'yes' : 'no'}>{value === null ? '–' : value ? 'yes' : 'no'}</span>
);

export const Button = ({ label, ...props }: ComponentProps<'button'> & { readonly label: string }) => (
  <button type="button" {...props}>
    {label}
  </button>
);
