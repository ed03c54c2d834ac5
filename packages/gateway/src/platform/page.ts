import { PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import type { QueryDoc } from "../edge/routes.ts";

export const PAGE_QUERY: readonly QueryDoc[] = [
  { name: "pageSize", description: "1 to 100, default 50.", type: "integer" },
  { name: "pageToken", description: "From the page before." },
];

/** @throws INVALID_PARAMS */
export function pageOf(exchange: Exchange): { readonly size: number; readonly token?: string } {
  const size = exchange.integer("pageSize", { min: 1, max: 100 }) ?? 50;
  const token = textParameter(exchange, "pageToken");
  return { size, ...(token === undefined ? {} : { token }) };
}

/** @throws INVALID_PARAMS for what is too long or holds control characters. */
export function textParameter({ query }: Exchange, field: string): string | undefined {
  const value = query.get(field);
  return value === null || value === "" ? undefined : checkedText(field, value);
}

export function checkedText(field: string, value: string): string {
  // oxlint-disable-next-line no-control-regex
  if (value.length <= 512 && !/[\u0000-\u001f\u007f]/.test(value)) return value;
  const description = "must be at most 512 characters without control characters";
  throw new PlatformError("INVALID_PARAMS", `${field}: ${description}`, { violations: [{ field, description }] });
}

/** @throws INVALID_PARAMS unless it is one of the values. */
export function choiceParameter<T extends string>(
  exchange: Exchange,
  field: string,
  choices: readonly T[],
): T | undefined {
  const value = exchange.query.get(field);
  if (value === null || value === "") return undefined;
  const choice = choices.find((each) => each === value);
  if (choice !== undefined) return choice;
  const description = `must be one of ${choices.join(", ")}`;
  throw new PlatformError("INVALID_PARAMS", `${field}: ${description}`, { violations: [{ field, description }] });
}
