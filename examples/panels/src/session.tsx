import { useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { Button } from './cells.tsx';
import { client } from './client.ts';
import { graphql } from './gql/index.ts';

/** Signs in (POST) or out (DELETE). `failure` has the message of the gateway if it refused. */
function useSession(method: 'POST' | 'DELETE', onDone: () => unknown) {
  const [failure, setFailure] = useState('');
  const send = async (body: string | null) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch('/session', { method, headers, body }).catch(() => null);
    if (response?.ok) return onDone();
    const answer = await response?.json().catch(() => null);
    setFailure(answer?.errors?.[0].message ?? 'The gateway does not answer.');
  };
  return { failure, send };
}

/** The form for signing in. It may be another user: nothing stays of what was loaded for the one before. */
export function SignIn({ onDone }: { readonly onDone: () => void }) {
  const { failure, send } = useSession('POST', () => client.clearStore().then(onDone));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void send(JSON.stringify(Object.fromEntries(new FormData(event.currentTarget))));
  };
  return (
    <form className="panel" aria-label="Sign in" onSubmit={submit}>
      <div className="tools" style={{ paddingTop: 12 }}>
        <input name="username" autoComplete="username" placeholder="User name" required />
        <input name="password" type="password" placeholder="Password" required />
        <Button label="Sign in" type="submit" />
      </div>
      {failure && <p role="alert">{failure}</p>}
    </form>
  );
}

/** Who is signed in; nothing for nobody. */
export function Account() {
  const { data } = useQuery(graphql(`query Viewer { viewer { name } }`));
  const { failure, send } = useSession('DELETE', () => dispatchEvent(new Event('signed-out')));
  if (!data?.viewer) return null;
  return (
    <p>
      {failure} {data.viewer.name} <Button label="Sign out" onClick={() => send(null)} />
    </p>
  );
}
