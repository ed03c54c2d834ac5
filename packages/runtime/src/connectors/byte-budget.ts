import { PlatformError } from "@berth/protocol";

const MIB = 1024 * 1024;

/** What an agent may send in one turn, over all its connections. */
export class ByteBudget {
  readonly #maxMib: number;
  #left: number;

  constructor({ maxMib }: { readonly maxMib: number }) {
    this.#maxMib = maxMib;
    this.#left = maxMib * MIB;
  }

  /** @throws PlatformError INVALID_AGENT_RESPONSE when it is used up. */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new PlatformError("INVALID_AGENT_RESPONSE", `The agent sent more than ${this.#maxMib} MiB in one turn.`);
  }
}
