import { ApolloProvider } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { listenTo, useAddress } from './address.ts';
import { Catalogs } from './catalogs.tsx';
import { client } from './client.ts';
import { POLL_MS, useConnection } from './live.ts';
import { useResponses } from './responses.ts';
import { Sellers } from './sellers.tsx';
import { Account, SignIn } from './session.tsx';
import { Upcoming } from './upcoming.tsx';
import './style.css';

function App() {
  const address = useAddress();
  const [isSignedOut, setSignedOut] = useState(false);
  useEffect(() => listenTo('signed-out')(() => setSignedOut(true)), []);
  const seller = address.get('seller');
  if (isSignedOut) return <SignIn onDone={() => setSignedOut(false)} />;
  return (
    <>
      <header>
        <h1>Sellers and catalogs</h1>
        <p>
          <kbd>/</kbd> search <kbd>Esc</kbd> clear <kbd>↑</kbd> <kbd>↓</kbd> move
        </p>
        <Connection />
        <Sources />
        <Account />
      </header>
      <main>
        <Sellers address={address} />
        {seller && <Catalogs key={seller} id={seller} address={address} />}
        {!seller && <p className="panel empty">Choose a seller to see its catalogs.</p>}
        <Upcoming address={address} />
      </main>
    </>
  );
}

/** A note while changes do not arrive by themselves. */
function Connection() {
  const isLost = useConnection() === 'lost';
  return (
    <p className="miss" role="status">
      {isLost && (navigator.onLine ? `Not live: asks every ${POLL_MS / 1000} s.` : 'Offline.')}
    </p>
  );
}

/** The corner that shows where the last responses came from. */
function Sources() {
  return (
    <ul className="sources" aria-label="Where the last responses came from">
      {useResponses().map(({ operation, source, age, ms }) => (
        <li key={operation}>
          {operation} <b className={source}>{source}</b> {age && `${age} s old, `}
          {ms} ms
        </li>
      ))}
    </ul>
  );
}

addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
});

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <ApolloProvider client={client}>
    <App />
  </ApolloProvider>,
);
