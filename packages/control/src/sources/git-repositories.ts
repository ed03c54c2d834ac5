import type { GitService, SourceTree } from "@berth/deploy";
import type { Principal } from "@berth/protocol";

/** One exchange of git's smart HTTP. What comes is hostile; `write` is awaited, so that a slow reader slows git down. */
export interface GitRepositoryExchange {
  /** The header Git-Protocol. */
  readonly protocol?: string;
  readonly write: (chunk: Buffer) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * A bare repository per agent, which `git push` makes and deploys. It needs `repository.manage`, and to push also
 * `agent.deploy`; keys that are for certain agents get at theirs only. Pushing `main`, `master` or the branch of the
 * agent's connected source starts a deployment.
 */
export interface GitRepositories {
  /**
   * Which refs there are. A push makes the repository.
   * @throws PERMISSION_DENIED, AGENT_NOT_FOUND when there is none to fetch from, QUOTA_EXCEEDED, RATE_LIMITED
   */
  advertise(
    principal: Principal,
    name: string,
    exchange: GitRepositoryExchange & { readonly service: GitService },
  ): Promise<void>;
  /** @throws as `advertise`, INVALID_REQUEST */
  pull(
    principal: Principal,
    name: string,
    exchange: GitRepositoryExchange & { readonly input: AsyncIterable<Uint8Array> },
  ): Promise<void>;
  /**
   * Takes the push, then says how its deployment goes until that ends or `REPORT_MS` are over. What was pushed stays
   * when the deployment fails. @throws as `advertise`, INVALID_REQUEST
   */
  push(
    principal: Principal,
    name: string,
    exchange: GitRepositoryExchange & { readonly input: AsyncIterable<Uint8Array> },
  ): Promise<void>;
  /** For deployments. @throws SOURCE_FAILED, ARCHIVE_REFUSED, CANCELED, TIMED_OUT */
  read(
    place: { readonly orgId: string; readonly name: string },
    request: { readonly commit: string; readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<SourceTree>;
}
