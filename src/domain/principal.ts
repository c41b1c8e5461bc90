/** Who sends a request: a person who signed in, or a program with a token of its own. */
export interface Principal {
  /** Unique among principals of its kind. */
  readonly id: string;
  /** For people to read. */
  readonly name: string;
  readonly kind: 'user' | 'machine';
  /** When it signed in, in milliseconds since the epoch; null if that is unknown. */
  readonly signedInAt: number | null;
  /** When it must sign in again at the latest, in milliseconds since the epoch. */
  readonly expiresAt: number;
}
