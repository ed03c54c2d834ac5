import { hasAccess } from "@berth/control";
import type { Principal } from "@berth/protocol";
import { isAllowed } from "@berth/protocol";

/** As docker's token specification has them: `repository:echo:pull,push`. */
export type RegistryAction = "pull" | "push" | "delete";

export interface ScopeEntry {
  readonly type: "repository" | "registry";
  readonly name: string;
  readonly actions: readonly string[];
}

const ACTIONS = { pull: "image.read", push: "image.write", delete: "image.delete" } as const;
const MAX_SCOPES = 16;
const MAX_LENGTH = 512;

/** What cannot be read asks for nothing. */
export function parseScopes(texts: readonly string[]): readonly ScopeEntry[] {
  const parts = texts.flatMap((text) => text.split(" ")).filter((text) => text !== "" && text.length <= MAX_LENGTH);
  return parts.slice(0, MAX_SCOPES).flatMap((text): ScopeEntry[] => {
    // The class is docker's for plugins, and says nothing here.
    const [, type, name = "", actions = ""] =
      /^(repository|registry)(?:\([a-z0-9]+\))?:(.+):([a-z*,]*)$/.exec(text) ?? [];
    if (type !== "repository" && type !== "registry") return [];
    return [{ type, name, actions: actions.split(",").filter((action) => action !== "") }];
  });
}

/** Of what is asked for: what the caller may do. Nobody hears what exists. */
export function grantedScopes(principal: Principal, asked: readonly ScopeEntry[]): readonly ScopeEntry[] {
  return asked
    .map((entry) => ({ ...entry, actions: allowedOf(principal, entry) }))
    .filter(({ actions }) => actions.length > 0);
}

function allowedOf(principal: Principal, { type, name, actions }: ScopeEntry): readonly string[] {
  if (type === "registry") {
    return name === "catalog" && actions.includes("*") && isAllowed(principal, "image.read") ? ["*"] : [];
  }
  const wanted = actions.includes("*") ? Object.keys(ACTIONS) : actions;
  return wanted.filter((action) => isAction(action) && hasAccess(principal, ACTIONS[action], name));
}

function isAction(text: string): text is RegistryAction {
  return Object.hasOwn(ACTIONS, text);
}
