import type { IdGenerator, TaskEventBody } from "@berth/protocol";
import type { OutboundHttp, Runtime } from "@berth/runtime";
import type { Store } from "@berth/store";
import { openApprovals } from "../approvals/create-approvals.ts";
import type { Approvals } from "../approvals/approvals.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import type { Grants } from "../grants/grants.ts";
import { actAs } from "../identity/act-as.ts";
import type { Identity } from "../identity/identity.ts";
import type { RunningTaskEngine } from "../tasks/create-task-engine.ts";
import type { IssueCredentials } from "../tasks/turn-runner.ts";
import type { WorkspaceFiles } from "../workspaces/workspaces.ts";
import { createAgentServices } from "./create-agent-services.ts";
import type { AgentServicesOptions } from "./create-agent-services.ts";
import { createIssueCredentials } from "./issue-credentials.ts";
import { RunRegistry } from "./run-registry.ts";
import type { Run } from "./run-registry.ts";

export interface OpenAgentServicesOptions {
  readonly store: Store;
  readonly grants: Grants;
  readonly files: WorkspaceFiles;
  readonly identity: Pick<Identity, "mintPrincipalToken" | "spiffeId" | "workload">;
  readonly runtime: Pick<Runtime, "serveAgents">;
  /** The task engine, which needs what this makes. */
  readonly tasks: () => RunningTaskEngine;
  readonly charge?: AgentServicesOptions["charge"];
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly signingKeys: Pick<SigningKeys, "approvals" | "webhooks">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export interface RunningAgentServices {
  readonly approvals: Approvals;
  readonly issueCredentials: IssueCredentials;
  /** Agents may ask from now on. */
  serve(): void;
  /** Ends what runs of an earlier process have left: their requests and grants. After those runs were settled. */
  recover(): Promise<void>;
  /** A run has ended: its grants and open requests end with it. Never throws. */
  endRun(task: { readonly orgId: string; readonly taskId: string }): void;
  close(): Promise<void>;
}

/** What runs on this machine get and may ask for, put together. */
export function openAgentServices(options: OpenAgentServicesOptions): RunningAgentServices {
  const { store, grants, files, identity, tasks, outbound, signingKeys, ids, now, log } = options;
  const runs = new RunRegistry();
  const record = async (orgId: string, taskId: string, bodies: readonly TaskEventBody[]): Promise<void> => {
    const first = runs.take(taskId);
    try {
      await tasks().record(orgId, taskId, [...first, ...bodies]);
    } catch (error) {
      runs.giveBack(taskId, first);
      throw error;
    }
  };
  const approvals = openApprovals({
    store,
    grants,
    files,
    runs,
    record,
    outbound,
    signer: signingKeys.approvals,
    hookSigner: signingKeys.webhooks,
    ids,
    now,
    ...(log === undefined ? {} : { log }),
  });
  const ending = new Set<Promise<void>>();
  const endRun = async (run: Run): Promise<void> => {
    runs.end(run.taskId);
    await grants.endRun(run.orgId, run.taskId);
    await approvals.endRun(run);
  };
  return {
    approvals,
    issueCredentials: createIssueCredentials({
      grants,
      runs,
      principalToken: async ({ orgId, agentName, ...request }) =>
        await identity.mintPrincipalToken({ ...request, agent: { orgId, agentName } }),
    }),
    serve(): void {
      const services = createAgentServices({
        grants,
        files,
        approvals,
        runs,
        tasks: tasks(),
        record,
        actAs: (principal, agent) => actAs(principal, identity.spiffeId(agent)),
        identityToken: async ({ orgId, agentName }, audience) =>
          await identity.workload.identityToken({ orgId, agentName }, audience),
        ids,
        ...(options.charge === undefined ? {} : { charge: options.charge }),
      });
      options.runtime.serveAgents(services);
    },
    async recover(): Promise<void> {
      for (const { orgId, taskId } of await approvals.recover()) await grants.endRun(orgId, taskId);
    },
    endRun({ orgId, taskId }): void {
      const run = runs.find(orgId, taskId);
      // A run of an agent elsewhere was given nothing.
      if (run === undefined) return;
      const ended: Promise<void> = endRun(run)
        .catch((error: unknown) => log?.(`the grants of ${taskId} could not be ended: ${String(error)}`))
        .finally(() => ending.delete(ended));
      ending.add(ended);
    },
    async close(): Promise<void> {
      await Promise.all(ending);
      await approvals.close();
    },
  };
}
