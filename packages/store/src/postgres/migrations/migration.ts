import type { RawBuilder } from "kysely";

/** Forward only, and never edited once released: databases remember that they have run it. */
export interface Migration {
  /** In this order; numbers may be left out. */
  readonly id: number;
  readonly name: string;
  readonly statements: readonly RawBuilder<unknown>[];
}
