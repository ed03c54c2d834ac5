import type { DeploymentSource } from "@berth/store";

/** Brings a commit into a folder of its own. Hostile sources are contained; no hook, filter or submodule runs. */
export interface SourceFetcher {
  /**
   * `folder` must not exist; when this throws it does not. Gives the exact revision.
   * @throws SOURCE_FAILED, ARCHIVE_REFUSED, CANCELED, TIMED_OUT
   */
  readonly fetch: (
    source: Extract<DeploymentSource, { readonly kind: "git" | "push" }>,
    request: {
      readonly orgId: string;
      readonly folder: string;
      readonly log: (line: string) => void;
      readonly signal: AbortSignal;
    },
  ) => Promise<{ readonly url: string; readonly commit: string; readonly ref?: string }>;
}
