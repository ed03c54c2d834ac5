import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BareRepository, HeldFlush, readPushHead } from "@berth/deploy";
import type { PushCommand } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Deploys } from "../deploys/deploys.ts";
import { assertAgentName } from "../registry/agent-name.ts";
import { assertMayDeploy } from "./assert-may-deploy.ts";
import { reportDeployment } from "./report-deployment.ts";
import type { GitRepositories, GitRepositoryExchange } from "./git-repositories.ts";

export interface GitRepositoriesOptions {
  readonly store: Pick<Store, "audit" | "sources">;
  /** Known once everything is put together. */
  readonly deploys: () => Pick<Deploys, "start" | "follow">;
  /** A folder per organization, in it one per agent. */
  readonly folder: string;
  /** Where programs are looked for. */
  readonly programs: string;
  /** Default: false. */
  readonly denyNonFastForwards?: boolean;
  readonly now: () => Date;
}

const MIB = 1024 * 1024;
const MAX_PUSH_BYTES = 200 * MIB;
const MAX_REPOSITORY_BYTES = 1024 * MIB;
const MAX_REPOSITORIES = 500;
/** Processes of git at once, over all organizations. */
const MAX_RUNNING = 4;
const DEPLOYING = ["refs/heads/main", "refs/heads/master"];

export function createGitRepositories(options: GitRepositoriesOptions): GitRepositories {
  return new FolderGitRepositories(options);
}

class FolderGitRepositories implements GitRepositories {
  readonly #options: GitRepositoriesOptions;
  #running = 0;

  constructor(options: GitRepositoriesOptions) {
    this.#options = options;
  }

  async advertise(...[principal, name, exchange]: Parameters<GitRepositories["advertise"]>): Promise<void> {
    const isPush = exchange.service === "git-receive-pack";
    const repository = await this.#open(principal, name, { isPush, signal: exchange.signal });
    await this.#counted(async () => await repository.advertise(exchange.service, exchange));
  }

  async pull(...[principal, name, exchange]: Parameters<GitRepositories["pull"]>): Promise<void> {
    const repository = await this.#open(principal, name, { isPush: false, signal: exchange.signal });
    await this.#counted(async () => await repository.serve("git-upload-pack", exchange));
  }

  async push(...[principal, name, exchange]: Parameters<GitRepositories["push"]>): Promise<void> {
    assertMay(principal, name, { isPush: true });
    const head = await readPushHead(exchange.input);
    const repository = await this.#open(principal, name, { isPush: true, signal: exchange.signal });
    const { write, end } = head.sideBand ? heldBack(exchange) : { write: exchange.write, end: () => Buffer.alloc(0) };
    const act = async (): Promise<void> =>
      await this.#counted(
        async () => await repository.serve("git-receive-pack", { ...exchange, input: head.body, write }),
      );
    await (head.commands.length === 0 ? act() : this.#audited(principal, name, act));
    const deploying = await this.#deploying(principal, name, head.commands);
    // What git refused is not there.
    const isThere =
      deploying !== undefined && (await repository.commitOf(deploying.ref, exchange.signal)) === deploying.after;
    if (isThere) {
      await reportDeployment(this.#options.deploys(), principal, {
        name,
        ref: deploying.ref,
        commit: deploying.after,
        ...(head.sideBand ? { write: exchange.write } : {}),
        signal: exchange.signal,
      });
    }
    await exchange.write(end());
  }

  async read(...[{ orgId, name }, request]: Parameters<GitRepositories["read"]>): ReturnType<GitRepositories["read"]> {
    return await this.#at(orgId, name).read(request.commit, request);
  }

  /** @throws PERMISSION_DENIED, CONFIG_INVALID, AGENT_NOT_FOUND, QUOTA_EXCEEDED */
  async #open(
    principal: Principal,
    name: string,
    { isPush, signal }: { readonly isPush: boolean; readonly signal: AbortSignal },
  ): Promise<BareRepository> {
    assertMay(principal, name, { isPush });
    const repository = this.#at(principal.orgId, name);
    if (!isPush) {
      if (repository.exists) return repository;
      throw new PlatformError("AGENT_NOT_FOUND", `Nothing was pushed for ${name} yet.`, {
        hint: "`git push` makes the repository; what was deployed in another way is not in it.",
      });
    }
    if (repository.exists) {
      const bytes = await repository.bytes();
      if (bytes > MAX_REPOSITORY_BYTES) throw full(`The repository of ${name} has ${Math.round(bytes / MIB)} MiB`);
      return repository;
    }
    const folder = join(this.#options.folder, principal.orgId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length >= MAX_REPOSITORIES) throw full(`There are ${MAX_REPOSITORIES} repositories`);
    await this.#counted(async () => await repository.create(signal));
    return repository;
  }

  #at(orgId: string, name: string): BareRepository {
    assertAgentName(name);
    const { folder, programs, denyNonFastForwards = false } = this.#options;
    const place = join(folder, orgId, `${name}.git`);
    return new BareRepository({ folder: place, programs, maxPushBytes: MAX_PUSH_BYTES, denyNonFastForwards });
  }

  /** One of them is deployed, however many branches are pushed at once. */
  async #deploying(
    { orgId }: Principal,
    name: string,
    commands: readonly PushCommand[],
  ): Promise<PushCommand | undefined> {
    if (commands.length === 0) return undefined;
    const source = await this.#options.store.sources.ofAgent(orgId, name);
    const refs = source === undefined ? DEPLOYING : [`refs/heads/${source.branch}`, ...DEPLOYING];
    const written = commands.filter(({ after }) => !/^0+$/.test(after));
    return refs.map((ref) => written.find((command) => command.ref === ref)).find((command) => command !== undefined);
  }

  /** @throws RATE_LIMITED */
  async #counted(act: () => Promise<void>): Promise<void> {
    if (this.#running >= MAX_RUNNING) {
      throw new PlatformError("RATE_LIMITED", "Too many repositories are in use at this moment.", { retryable: true });
    }
    this.#running += 1;
    try {
      await act();
    } finally {
      this.#running -= 1;
    }
  }

  async #audited({ orgId, id: actor }: Principal, resource: string, act: () => Promise<void>): Promise<void> {
    const at = this.#options.now().toISOString();
    await audited(
      this.#options.store.audit,
      { orgId, at, actor, action: "repository.push", resource, outcome: "ok" },
      act,
    );
  }
}

/** @throws PERMISSION_DENIED, CONFIG_INVALID */
function assertMay(principal: Principal, name: string, { isPush }: { readonly isPush: boolean }): void {
  authorize(principal, "repository.manage");
  if (isPush) authorize(principal, "agent.deploy");
  assertAgentName(name);
  assertMayDeploy(principal, name);
}

/** The end of git's answer waits until there is nothing more to say. */
function heldBack({ write }: Pick<GitRepositoryExchange, "write">): {
  readonly write: GitRepositoryExchange["write"];
  readonly end: () => Buffer;
} {
  const held = new HeldFlush();
  return {
    write: async (chunk) => {
      const ready = held.add(chunk);
      if (ready.length > 0) await write(ready);
    },
    end: () => held.end(),
  };
}

function full(what: string): PlatformError {
  return new PlatformError("QUOTA_EXCEEDED", `${what}, which is the most.`, {
    hint: "Ask whoever runs the platform to remove what is no longer used.",
  });
}
