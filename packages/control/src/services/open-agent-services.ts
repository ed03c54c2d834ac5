import type { IdGenerator, TaskEventBody } from "@berth/protocol";
import type { AgentModels, OutboundHttp, Runtime } from "@berth/runtime";
import type { Store } from "@berth/store";
import { openApprovals } from "../approvals/create-approvals.ts";
import type { Approvals } from "../approvals/approvals.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import type { Grants } from "../grants/grants.ts";
import { actAs } from "../identity/act-as.ts";
import type { Identity } from "../identity/identity.ts";
import { createRunMemory } from "../memory/run-memory.ts";
import type { SpaceMemory } from "../memory/space-memory.ts";
import type { RunStart } from "../steps/run-input.ts";
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
  readonly memory: SpaceMemory;
  readonly identity: Pick<Identity, "mintPrincipalToken" | "spiffeId" | "workload">;
  readonly runtime: Pick<Runtime, "serveAgents">;
  /** The task engine, which needs what this makes. */
  readonly tasks: () => RunningTaskEngine;
  readonly charge?: AgentServicesOptions["charge"];
  /** Absent: agents are given no models. */
  readonly models?: (parts: {
    readonly grants: Grants;
    readonly runs: RunRegistry;
    readonly record: AgentServicesOptions["record"];
  }) => AgentModels;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly signingKeys: Pick<SigningKeys, "approvals" | "webhooks">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export interface RunningAgentServices {
  readonly approvals: Approvals;
  readonly issueCredentials: IssueCredentials;
  /** A run of an earlier process goes on: it has the grant and the open requests that it had. Before `recover`. */
  adopt(run: { readonly orgId: string; readonly taskId: string; readonly start: RunStart }): Promise<void>;
  /** Agents may ask from now on. */
  serve(): void;
  /** Ends what runs of an earlier process have left: their requests and grants. After those runs were settled. */
  recover(): Promise<void>;
  /** A run has ended: its grants and open requests end with it. Never throws. */
  endRun(task: { readonly orgId: string; readonly taskId: string }): void;
  close(): Promise<void>;
}

/** More than a run may have open. */
const MAX_OPEN = 100;

/** What runs on this machine get and may ask for, put together. */
export function openAgentServices(options: OpenAgentServicesOptions): RunningAgentServices {
  const { store, grants, files, identity, tasks, outbound, signingKeys, ids, now, log } = options;
  const runs = new RunRegistry();
  const record = async (
    orgId: string,
    taskId: string,
    bodies: readonly TaskEventBody[],
  ): Promise<number | undefined> => {
    const first = runs.take(taskId);
    try {
      return await tasks().record(orgId, taskId, [...first, ...bodies]);
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
      grantsOfRun: async (orgId, taskId) => await store.grants.ofRun(orgId, taskId),
      principalToken: async ({ orgId, agentName, ...request }) =>
        await identity.mintPrincipalToken({ ...request, agent: { orgId, agentName } }),
    }),
    async adopt({ orgId, taskId, start: { principal } }): Promise<void> {
      const record = await store.tasks.find(orgId, taskId);
      const agent = record === undefined ? undefined : await store.agents.findById(orgId, record.agentId);
      if (record === undefined || agent === undefined) return;
      const { contextId, agentId } = record;
      const [first] = await store.grants.ofRun(orgId, taskId);
      const deadline = first?.runDeadline ?? now().toISOString();
      const agentName = agent.agent.name;
      const run = runs.begin({ orgId, taskId, contextId, agentId, agentName, principal, deadline });
      run.grant = first;
      const open = await store.approvals.list(orgId, { taskId, state: "pending", limit: MAX_OPEN });
      for (const { approvalId } of open) run.openRequests.add(approvalId);
    },
    serve(): void {
      const services = createAgentServices({
        grants,
        memory: createRunMemory({ grants, runs, memory: options.memory, store, record }),
        files,
        approvals,
        runs,
        tasks: tasks(),
        record,
        actAs: (principal, agent) => actAs(principal, identity.spiffeId(agent)),
        identityToken: async ({ orgId, agentName }, audience) =>
          await identity.workload.identityToken({ orgId, agentName }, audience),
        ids,
        now,
        journals: tasks().journals,
        traceOf: (taskId) => tasks().traceOf(taskId),
        ...(options.charge === undefined ? {} : { charge: options.charge }),
      });
      options.runtime.serveAgents(services, options.models?.({ grants, runs, record }));
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
