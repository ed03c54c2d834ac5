import { PlatformError } from "@berth/protocol";
import { parseQuery } from "@berth/telemetry";
import type { Query } from "@berth/telemetry";

export interface QueryProblem {
  readonly message: string;
  readonly hint?: string;
  /** In the text, from 0. */
  readonly at?: number;
}

export type ReadQuery =
  | { readonly query: Query; readonly problem?: undefined }
  | { readonly query?: undefined; readonly problem: QueryProblem };

/** A query, or what is wrong with it and where. */
export function readQuery(text: string, nowMs: number = Date.now()): ReadQuery {
  try {
    return { query: parseQuery(text, { nowUs: nowMs * 1_000 }) };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const position = Number(error.metadata?.["position"]);
    return {
      problem: {
        message: error.message.replace(/ \(query, character \d+\)$/, ""),
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(Number.isInteger(position) ? { at: position - 1 } : {}),
      },
    };
  }
}
