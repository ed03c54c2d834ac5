import type { TargetRequest } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation, JsonObject } from "@berth/protocol";
import { isText, membersOf } from "./body.ts";

const MAX_CREDENTIAL = 256 * 1024;
const MAX_TEXT = 500;
const KNOWN = ["kind", "settings", "credential", "registry"];

/** What a kind's settings are its own parser says. @throws INVALID_PARAMS with every field that does not fit */
export function parseTargetRequest(body: unknown): Omit<TargetRequest, "name"> {
  const members = membersOf(body);
  const { kind, settings = {}, credential, registry } = members;
  const violations = Object.keys(members)
    .filter((field) => !KNOWN.includes(field))
    .map((field): FieldViolation => ({ field: field.slice(0, 100), description: "is not known" }));
  const refuse = (field: string, description: string): void => void violations.push({ field, description });
  if (!isText(kind, MAX_TEXT)) refuse("kind", "must be one of GET /v1/target-kinds");
  if (!isObject(settings)) refuse("settings", "must be an object");
  if (credential !== undefined && credential !== null && !isText(credential, MAX_CREDENTIAL))
    refuse("credential", "must be a text of at most 256 KiB, or null");
  const images = registry === undefined || registry === null ? undefined : membersOf(registry);
  if (images !== undefined && !isText(images["repository"], MAX_TEXT))
    refuse("registry.repository", "must be such as registry.example/agents");
  const secret = images?.["credential"];
  if (secret !== undefined && secret !== null && !isText(secret, MAX_TEXT))
    refuse("registry.credential", "must be a secret's name, google, or null");
  if (violations.length > 0) throw invalidParams(violations);
  return {
    kind: String(kind),
    // What is not an object is among the violations.
    settings: settings as JsonObject,
    ...(typeof credential === "string" || credential === null ? { credential } : {}),
    ...(images === undefined
      ? {}
      : {
          registry: {
            repository: String(images["repository"]),
            ...(typeof secret === "string" ? { credential: secret } : {}),
          },
        }),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
