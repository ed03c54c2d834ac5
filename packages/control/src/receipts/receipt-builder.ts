import { isPlatformError } from "@berth/protocol";
import { buildReceipt } from "./build-receipt.ts";
import type { ReceiptOrder, UnsealedReceipt } from "./build-receipt.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

/** The receipt, or why there can be none for this run. */
export type BuiltReceipt = { readonly receipt: UnsealedReceipt } | { readonly failure: string };

/** Makes receipts and signs them; nothing is stored. */
export interface ReceiptBuilder {
  /** One outcome per order, in order. @throws Error when it says nothing about any run: try again. */
  build(orders: readonly ReceiptOrder[]): Promise<readonly BuiltReceipt[]>;
  /** A key was replaced: what is built from now on is soon signed by the new one. Absent: it always is. */
  reload?(): void;
}

/** Builds on the thread that asks. */
export function createReceiptBuilder(options: {
  readonly keys: ReceiptKeys;
  readonly yieldNow: () => Promise<void>;
}): ReceiptBuilder {
  const one = async (order: ReceiptOrder): Promise<BuiltReceipt> => {
    try {
      return { receipt: await buildReceipt(order, options) };
    } catch (error) {
      return { failure: describe(error) };
    }
  };
  return {
    async build(orders) {
      const built: BuiltReceipt[] = [];
      for (const order of orders) built.push(await one(order));
      return built;
    },
  };
}

export function describe(error: unknown): string {
  if (isPlatformError(error)) return `${error.reason}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
