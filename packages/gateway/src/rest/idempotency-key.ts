import { PlatformError } from "@berth/protocol";
import type { CallExchange } from "../edge/exchange.ts";

/** @throws INVALID_PARAMS unless it is 1 to 255 printable characters. */
export function idempotencyKeyOf(exchange: CallExchange): string | undefined {
  const key = exchange.header("idempotency-key");
  if (key === undefined) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const violation = { field: "Idempotency-Key", description: "must be 1 to 255 printable ASCII characters" };
  throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
    violations: [violation],
  });
}
