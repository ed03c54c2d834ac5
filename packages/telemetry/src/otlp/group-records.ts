import type { Attributes } from "../attributes.ts";

export interface ResourceGroup<R> {
  readonly resource: Attributes | undefined;
  readonly scopes: readonly { readonly scope: string | undefined; readonly records: readonly R[] }[];
}

interface Sourced {
  readonly resource?: Attributes;
  readonly scope?: string;
}

/** As OTLP nests them: by resource, then by scope, in the order in which they come first. */
export function groupRecords<R extends Sourced>(records: readonly R[]): readonly ResourceGroup<R>[] {
  const groups = new Map<
    string,
    { readonly resource: Attributes | undefined; readonly scopes: Map<string | undefined, R[]> }
  >();
  // Records that were read together share their resource object.
  const keys = new Map<Attributes | undefined, string>();
  for (const record of records) {
    let key = keys.get(record.resource);
    if (key === undefined) {
      key = record.resource === undefined ? "" : JSON.stringify(record.resource);
      keys.set(record.resource, key);
    }
    let group = groups.get(key);
    if (group === undefined) {
      group = { resource: record.resource, scopes: new Map() };
      groups.set(key, group);
    }
    const scope = group.scopes.get(record.scope);
    if (scope === undefined) group.scopes.set(record.scope, [record]);
    else scope.push(record);
  }
  return Array.from(groups.values(), ({ resource, scopes }) => ({
    resource,
    scopes: Array.from(scopes, ([scope, records]) => ({ scope, records })),
  }));
}

/** The name and version that `scopeName` joined. */
export function splitScope(scope: string): { readonly name: string; readonly version: string } {
  const slash = scope.lastIndexOf("/");
  const version = scope.slice(slash + 1);
  // Names have slashes too (`@scope/package`); versions begin with a digit.
  if (slash <= 0 || !/^v?\d/.test(version)) return { name: scope, version: "" };
  return { name: scope.slice(0, slash), version };
}
