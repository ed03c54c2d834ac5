import type { FormField } from "./read-schema.ts";
import { isObject } from "./read-schema.ts";

/** What a form shows before anything is typed: defaults, and objects for the groups that must be there. */
export function initialValue(field: FormField): unknown {
  if (field.initial !== undefined) return field.initial;
  if (field.kind === "group") {
    const members = field.members.flatMap(({ key, field: member }) => {
      const value = initialValue(member);
      return value === undefined ? [] : [[key, value] as const];
    });
    return members.length > 0 || field.isRequired ? Object.fromEntries(members) : undefined;
  }
  if (!field.isRequired) return undefined;
  if (field.kind === "list" || field.kind === "several") return [];
  if (field.kind === "choice" && field.options.length === 1) return field.options[0];
  return undefined;
}

/** A member of the group's value; undefined takes it out, and a group that need not be there goes with its last one. */
export function withMember(group: unknown, key: string, value: unknown, isRequired: boolean): unknown {
  // As entries: `__proto__` is a name like any other.
  const members = new Map(Object.entries(isObject(group) ? group : {}));
  if (value === undefined) members.delete(key);
  else members.set(key, value);
  const next = [...members];
  return next.length === 0 && !isRequired ? undefined : Object.fromEntries(next);
}

export function memberOf(group: unknown, key: string): unknown {
  return isObject(group) && Object.hasOwn(group, key) ? group[key] : undefined;
}

/** What was typed for a number; text that is none stays text, so that it is shown and told as a problem. */
export function toNumber(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : trimmed;
}

export function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
