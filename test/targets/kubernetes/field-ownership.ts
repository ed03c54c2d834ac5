/** Server-side apply as far as a target uses it: who owns which leaf, what a conflict is, what an applier gives up. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonRecord = { readonly [key: string]: Json };

/** By manager: the leaves it has set. */
export type Owners = Map<string, ReadonlySet<string>>;

/** Lists whose entries have a name (OpenAPI: x-kubernetes-list-map-keys); every other list is one leaf. */
const LIST_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  volumes: "name",
  volumeMounts: "mountPath",
  ports: "port",
  imagePullSecrets: "name",
};

export interface Applied {
  readonly object: JsonRecord;
  readonly conflicts: readonly { readonly field: string; readonly manager: string }[];
}

export function applyFields(
  existing: JsonRecord | undefined,
  wanted: JsonRecord,
  { manager, owners }: { readonly manager: string; readonly owners: Owners },
): Applied {
  const leaves = leavesOf(wanted);
  const now = existing === undefined ? new Map<string, string>() : leavesOf(existing);
  const conflicts = [...leaves].flatMap(([field, value]) =>
    [...owners]
      .filter(([other, theirs]) => other !== manager && theirs.has(field) && now.get(field) !== value)
      .map(([other]) => ({ field, manager: other })),
  );
  if (conflicts.length > 0) return { object: existing ?? {}, conflicts };
  const before = owners.get(manager) ?? new Set<string>();
  const givenUp = [...before].filter(
    (field) => !leaves.has(field) && ![...owners].some(([other, theirs]) => other !== manager && theirs.has(field)),
  );
  owners.set(manager, new Set(leaves.keys()));
  const merged = merge(existing ?? {}, wanted);
  return { object: without(merged, new Set(givenUp)), conflicts: [] };
}

/** What an update by other means makes its own. */
export function takeFields(
  changed: JsonRecord,
  { manager, owners }: { readonly manager: string; readonly owners: Owners },
): void {
  owners.set(manager, new Set([...(owners.get(manager) ?? []), ...leavesOf(changed).keys()]));
}

export function merge(base: Json, over: Json, key = ""): JsonRecord {
  const merged = mergeJson(base, over, key);
  if (!isRecord(merged)) throw new Error("an object was merged with something else");
  return merged;
}

function mergeJson(base: Json, over: Json, key: string): Json {
  if (isRecord(base) && isRecord(over)) {
    const merged: Record<string, Json> = { ...base };
    for (const [name, value] of Object.entries(over)) {
      if (value === null) delete merged[name];
      else merged[name] = name in base ? mergeJson(base[name] ?? null, value, name) : value;
    }
    return merged;
  }
  const listKey = LIST_KEYS[key];
  if (!Array.isArray(base) || !Array.isArray(over) || listKey === undefined) return over;
  const keyOf = (entry: Json | undefined): Json | undefined =>
    isRecord(entry) ? (entry[listKey] ?? entry["containerPort"]) : undefined;
  const result: Json[] = base.map((entry: Json) => {
    const change = over.find((candidate: Json) => keyOf(candidate) === keyOf(entry));
    return change === undefined ? entry : mergeJson(entry, change, "");
  });
  return [...result, ...over.filter((entry: Json) => !base.some((known: Json) => keyOf(known) === keyOf(entry)))];
}

function leavesOf(value: JsonRecord): Map<string, string> {
  const found = new Map<string, string>();
  collect(value, "", "", found);
  for (const field of ["apiVersion", "kind", "metadata.name", "metadata.namespace"]) found.delete(field);
  return found;
}

function collect(value: Json, path: string, key: string, found: Map<string, string>): void {
  const listKey = LIST_KEYS[key];
  if (isRecord(value)) {
    for (const [name, part] of Object.entries(value))
      collect(part, path === "" ? name : `${path}.${name}`, name, found);
    return;
  }
  if (Array.isArray(value) && listKey !== undefined && value.every(isRecord)) {
    for (const entry of value) {
      if (isRecord(entry))
        collect(entry, `${path}[${JSON.stringify(entry[listKey] ?? entry["containerPort"])}]`, "", found);
    }
    return;
  }
  found.set(path, JSON.stringify(value));
}

function without(value: JsonRecord, fields: ReadonlySet<string>): JsonRecord {
  const strip = (part: Json, path: string, key: string): Json | undefined => {
    if (fields.has(path)) return undefined;
    if (isRecord(part)) {
      const kept = Object.entries(part).flatMap(([name, inner]): (readonly [string, Json])[] => {
        const stripped = strip(inner, path === "" ? name : `${path}.${name}`, name);
        return stripped === undefined ? [] : [[name, stripped]];
      });
      return kept.length === 0 && Object.keys(part).length > 0 ? undefined : Object.fromEntries(kept);
    }
    const listKey = LIST_KEYS[key];
    if (!Array.isArray(part) || listKey === undefined) return part;
    return part.flatMap((entry: Json) => {
      const name = isRecord(entry) ? JSON.stringify(entry[listKey] ?? entry["containerPort"]) : "";
      const stripped = strip(entry, `${path}[${name}]`, "");
      return stripped === undefined ? [] : [stripped];
    });
  };
  const stripped = strip(value, "", "");
  return isRecord(stripped) ? stripped : {};
}

export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
