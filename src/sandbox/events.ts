/** Events of the sandbox. */
export type SandboxEvent =
  /** A webhook was not accepted. `reason` is a status or the code of an error. */
  {
    readonly type: 'sandbox-webhook-failed';
    readonly url: string;
    /** How many changes the webhook reports. */
    readonly signals: number;
    readonly attempts: number;
    readonly reason: string;
  };
