/** Events of authentication. They carry no id of a session, no token, no password, and nothing that a failed attempt typed. */
export type AuthEvent =
  /** The store was asked for a session. `grace`: it cannot be reached or was emptied, and a recent verification counts. */
  | {
      readonly type: 'session-verified';
      readonly outcome: 'live' | 'absent' | 'grace' | 'unavailable';
      readonly durationMs: number;
    }
  | { readonly type: 'signed-out'; readonly everywhere: boolean; readonly outcome: 'done' | 'kept' }
  /** The store cannot be reached: this process keeps the sign-out until it can. */
  | { readonly type: 'sign-out-kept'; readonly pending: number }
  | { readonly type: 'sign-outs-carried-out' };

export type Report = (event: AuthEvent) => void;
