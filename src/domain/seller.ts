/** A party that sells at auction. What the gateway keeps of the upstream's much larger record. */
export interface Seller {
  readonly id: number;
  readonly name: string | null;
  readonly customerDisplayId: number | null;
  /** Null where the upstream does not say. */
  readonly isActive: boolean | null;
}

/** What a seller list can be narrowed by; an absent field does not narrow. */
export interface SellerFilter {
  readonly id?: number;
  readonly name?: string;
  readonly customerDisplayId?: number;
  readonly isActive?: boolean;
}
