import type { RawBuilder } from "kysely";

/** Forward only, and never edited once released: databases remember that they have run it. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly id: number;
  readonly name: string;
  readonly statements: readonly RawBuilder<unknown>[];
}
