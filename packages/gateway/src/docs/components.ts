import { A2A_SCHEMAS } from "./a2a-schemas.ts";
import type { A2aSchemaName } from "./a2a-schemas.ts";
import { ERROR_SCHEMAS } from "./error-schemas.ts";
import type { ErrorSchemaName } from "./error-schemas.ts";
import type { JsonSchema } from "./json-schema.ts";
import { PLATFORM_SCHEMAS } from "./platform-schemas.ts";
import type { PlatformSchemaName } from "./platform-schemas.ts";

export type ComponentName = A2aSchemaName | ErrorSchemaName | PlatformSchemaName;

const COMPONENTS: Readonly<Record<ComponentName, JsonSchema>> = {
  ...A2A_SCHEMAS,
  ...ERROR_SCHEMAS,
  ...PLATFORM_SCHEMAS,
};

/** The schemas that a document refers to, and those they refer to themselves; no others. */
export function componentsOf(document: unknown): { readonly [name: string]: JsonSchema } {
  const found = new Map<string, JsonSchema>();
  const visit = (value: unknown): void => {
    for (const name of referencedNames(value)) {
      if (found.has(name) || !isComponent(name)) continue;
      found.set(name, COMPONENTS[name]);
      visit(COMPONENTS[name]);
    }
  };
  visit(document);
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function referencedNames(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    const name =
      key === "$ref" && typeof each === "string" ? /^#\/components\/schemas\/(\w+)/.exec(each)?.[1] : undefined;
    return name === undefined ? referencedNames(each) : [name];
  });
}

function isComponent(name: string): name is ComponentName {
  return Object.hasOwn(COMPONENTS, name);
}
