import { createIds, type Ids } from './ids.ts';
import { between, randomOf, TOPIC } from './random.ts';
import { sellerName } from './vocabulary.ts';

/** A seller as the sandbox knows it. */
export interface SandboxSeller {
  readonly id: number;
  readonly name: string | null;
  readonly customerDisplayId: number;
  readonly isActive: boolean;
}

/** The sellers of a seed, each made up when it is asked for. */
export interface GeneratedSellers {
  readonly ids: Ids;
  at(position: number): SandboxSeller;
}

export function generateSellers({ seed, sellers }: { seed: number; sellers: number }): GeneratedSellers {
  const ids = createIds({ seed, topic: TOPIC.sellerId, spacing: 3, count: sellers });
  return {
    ids,
    at(position) {
      const random = randomOf(seed, TOPIC.seller, position);
      return {
        id: ids.at(position),
        name: sellerName(random, position),
        customerDisplayId: between(random, 1000, 99_999),
        isActive: random() < 0.85,
      };
    },
  };
}
