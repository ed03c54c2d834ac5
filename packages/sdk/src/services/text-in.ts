import type { JsonObject } from "@berth/protocol";
import { ServiceError } from "../context.ts";

/** A member that the endpoint promises. @throws ServiceError when it is not there */
export function textIn(answer: JsonObject, name: string): string {
  const value = answer[name];
  if (typeof value === "string") return value;
  throw new ServiceError("INTERNAL", `The platform's answer has no "${name}".`);
}
