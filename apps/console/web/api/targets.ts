import { queryOptions } from "@tanstack/react-query";
import type { FormField } from "../ui/fields-form/form-field.ts";
import { api, path, search } from "./client.ts";

interface FormPart {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly fields: readonly FormField[];
}

export interface TargetForms {
  readonly kinds: readonly (FormPart & { readonly credential?: string })[];
  readonly deployment: { readonly sources: readonly FormPart[] };
}

export interface Target {
  readonly name: string;
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hasCredential: boolean;
  readonly registry: { readonly repository: string; readonly credential: string | null } | null;
  readonly createdBy: string;
  readonly updatedAt: string;
}

export interface TargetCheck {
  readonly ok: boolean;
  readonly problems: readonly { readonly message: string; readonly hint?: string }[];
  readonly warnings: readonly string[];
}

export interface Placement {
  readonly release: string;
  readonly target: string;
  readonly url: string | null;
  readonly placedAt: string;
  readonly status: {
    readonly state: string;
    readonly reason?: string;
    readonly instances?: { readonly ready: number; readonly wanted: number };
    readonly traffic?: readonly { readonly revision: string; readonly percent: number }[];
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

export interface TargetChange {
  readonly resource: string;
  readonly change: "create" | "update" | "delete" | "unchanged";
  readonly differences: readonly { readonly path: string; readonly is: unknown; readonly wanted: unknown }[];
}

export const targetFormsQuery = queryOptions({
  queryKey: ["target-kinds"],
  queryFn: async ({ signal }) => await api<TargetForms>("/v1/target-kinds", { signal }),
  // The platform's own program; it changes with the next one.
  staleTime: Number.POSITIVE_INFINITY,
});

export const targetsQuery = queryOptions({
  queryKey: ["targets"],
  queryFn: async ({ signal }) => (await api<{ targets: readonly Target[] }>("/v1/targets", { signal })).targets,
});

/** The target is asked each time, so not as often as the platform itself. */
export function placementQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "placement", name],
    queryFn: async ({ signal }) => await api<Placement>(path`/v1/agents/${name}/placement`, { signal }),
    refetchInterval: 15_000,
  });
}

/** What others have changed since it was placed. */
export function driftQuery(target: string, agent: string) {
  return queryOptions({
    queryKey: ["agents", "drift", agent, target],
    queryFn: async ({ signal }) => {
      const plan = await api<{ changes: readonly TargetChange[] }>(
        `${path`/v1/targets/${target}/plan`}${search({ agent })}`,
        { signal },
      );
      return plan.changes.filter(({ change }) => change !== "unchanged");
    },
    refetchInterval: 60_000,
  });
}
