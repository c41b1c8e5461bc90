/** The configuration is invalid. The message lists every error by variable name; no secret is quoted. */
export class InvalidConfig extends Error {
  override name = 'InvalidConfig' as const;

  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? 'one setting is' : `${faults.length} settings are`;
    super(`${count} wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}
