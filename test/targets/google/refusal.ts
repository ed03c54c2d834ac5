import type { Violation } from "./proto-schema.ts";

export type Json = { readonly [key: string]: unknown };

/** An answer that is no success: google.rpc.Status in JSON. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly violations: readonly Violation[];

  constructor(status: number, code: string, message: string, violations: readonly Violation[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.violations = violations;
  }
}

export function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
