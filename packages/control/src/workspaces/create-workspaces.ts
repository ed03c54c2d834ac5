import { isUtf8 } from "node:buffer";
import { invalidParams, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { FileVersion, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import { unifiedDiff } from "./text-diff.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { FileContent, FileDiff, WorkspaceFiles, Workspaces, WriteRequest } from "./workspaces.ts";

export interface WorkspacesOptions {
  readonly files: WorkspaceFiles;
  readonly audit: Store["audit"];
  readonly limits: Pick<WorkspaceLimits, "quota">;
  readonly now: () => Date;
}

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;
const MAX_PREFIX_LENGTH = 1_024;
/** Of each side of a comparison. */
const MAX_DIFF_BYTES = 1024 * 1024;
const MAX_DIFF_LINES = 20_000;

export function createWorkspaces({ files, audit, limits, now }: WorkspacesOptions): Workspaces {
  const recorded = async (
    { orgId, id: actor }: Principal,
    action: string,
    { path, content }: { readonly path: string; readonly content?: Uint8Array },
    act: () => Promise<FileVersion>,
  ): Promise<FileVersion> => {
    const entry = { orgId, at: now().toISOString(), actor, action, resource: path, outcome: "ok" } as const;
    const detail = content === undefined ? {} : { detail: { digest: digestOf(content) } };
    return await audited(audit, { ...entry, ...detail }, act);
  };

  /** A deletion, and what was before the first version, is empty; so is a file that never was, to whoever asks for 0. */
  const sideOf = async (orgId: string, path: string, version: number): Promise<Uint8Array> => {
    if (version === 0) return new Uint8Array();
    try {
      return (await files.read(orgId, path, version)).content;
    } catch (error) {
      const absent = isPlatformError(error) && error.reason === "FILE_NOT_FOUND";
      const known = absent && (await files.history(orgId, path, MAX_PAGE)).some((each) => each.version === version);
      if (known) return new Uint8Array();
      throw error;
    }
  };

  return {
    raw: files,
    async list(principal, { prefix = "", after, limit = DEFAULT_PAGE }) {
      authorize(principal, "workspace.read");
      assertPrefix(prefix);
      const size = Math.min(Math.max(1, limit), MAX_PAGE);
      const page = await files.list(principal.orgId, prefix, {
        limit: size,
        ...(after === undefined ? {} : { after }),
      });
      const last = page.at(-1);
      return { files: page, ...(page.length < size || last === undefined ? {} : { next: last.path }) };
    },
    async read(principal, path, version): Promise<FileContent> {
      authorize(principal, "workspace.read");
      return await files.read(principal.orgId, path, version);
    },
    async write(principal, request: WriteRequest): Promise<FileVersion> {
      authorize(principal, "workspace.write");
      return await recorded(
        principal,
        "workspace.write",
        request,
        async () => await files.write(principal.orgId, { id: principal.id }, request),
      );
    },
    async remove(principal, path, options = {}): Promise<FileVersion> {
      authorize(principal, "workspace.write");
      return await recorded(
        principal,
        options.history === true ? "workspace.remove_history" : "workspace.remove",
        { path },
        async () => await files.remove(principal.orgId, { id: principal.id }, path, options),
      );
    },
    async history(principal, path, limit = DEFAULT_PAGE): Promise<readonly FileVersion[]> {
      authorize(principal, "workspace.read");
      return await files.history(principal.orgId, path, limit);
    },
    async usage(principal) {
      authorize(principal, "workspace.read");
      return { ...(await files.usage(principal.orgId)), quota: limits.quota };
    },
    async diff(principal, path, versions = {}): Promise<FileDiff> {
      authorize(principal, "workspace.read");
      const { orgId } = principal;
      const [newest] = await files.history(orgId, path, 1);
      const to = versions.to ?? newest?.version ?? 0;
      const from = versions.from ?? Math.max(0, to - 1);
      const [before, after] = await Promise.all([sideOf(orgId, path, from), sideOf(orgId, path, to)]);
      const [a, b] = [comparable(before), comparable(after)];
      if (a === undefined || b === undefined) return { path, from, to };
      const labels = { from: `${path} (version ${from})`, to: `${path} (version ${to})` };
      return { path, from, to, text: unifiedDiff(a, b, labels) };
    },
  };
}

/** As text; undefined when it is none, or more than is compared. */
function comparable(content: Uint8Array): string | undefined {
  if (content.byteLength > MAX_DIFF_BYTES || !isUtf8(content) || content.includes(0)) return undefined;
  const text = Buffer.from(content).toString("utf8");
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines > MAX_DIFF_LINES ? undefined : text;
}

function assertPrefix(prefix: string): void {
  if (prefix.length <= MAX_PREFIX_LENGTH && prefix.isWellFormed()) return;
  throw invalidParams([{ field: "prefix", description: `must be text of at most ${MAX_PREFIX_LENGTH} characters` }]);
}
