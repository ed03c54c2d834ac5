import { PlatformError, isInterrupted, isPlatformError, isTerminal } from "@berth/protocol";
import type { FileEvent, IdGenerator, JsonObject, Principal, Reason, TaskEventBody } from "@berth/protocol";
import type {
  AgentCall,
  AgentMemory,
  AgentServices,
  ScopeRequest,
  ServicesCall,
  ServicesPeer,
  StepReport,
  WorkspaceEntry,
} from "@berth/runtime";
import type { FileVersion, GrantRecord } from "@berth/store";
import { traceHeaders } from "@berth/telemetry";
import type { TraceContext } from "@berth/telemetry";
import type { Approvals } from "../approvals/approvals.ts";
import type { GrantOperation, Grants, HeldGrant } from "../grants/grants.ts";
import { CallSteps } from "../steps/call-steps.ts";
import { ScopeSteps } from "../steps/scope-steps.ts";
import { StepServices } from "../steps/step-services.ts";
import type { Journals } from "../steps/step-services.ts";
import type { TaskEngine } from "../tasks/task-engine.ts";
import { waitsForApproval } from "../tasks/waits-for-approval.ts";
import type { WorkspaceFiles } from "../workspaces/workspaces.ts";
import { handedScope } from "./handed-scope.ts";
import { grantEvent } from "./issue-credentials.ts";
import type { Run, RunRegistry } from "./run-registry.ts";
import { toMessage, toResult } from "./skill-call.ts";

export interface AgentServicesOptions {
  readonly grants: Grants;
  readonly memory: AgentMemory;
  readonly files: WorkspaceFiles;
  readonly approvals: Approvals;
  readonly runs: RunRegistry;
  readonly tasks: Pick<TaskEngine, "accept" | "settle" | "get" | "cancel">;
  readonly record: (orgId: string, taskId: string, bodies: readonly TaskEventBody[]) => Promise<unknown>;
  /** The caller's principal with this agent put in front as the one who acts. @throws CALL_DEPTH_EXCEEDED */
  readonly actAs: (principal: Principal, agent: { readonly orgId: string; readonly agentName: string }) => Principal;
  /** Counts a call to another agent against the run's budget, and gives why the run ends. Absent: there is none. */
  readonly charge?: (
    run: { readonly taskId: string },
    used: { readonly calls: number },
  ) => Promise<PlatformError | undefined>;
  readonly identityToken: (peer: ServicesPeer, audience: string) => Promise<string>;
  readonly journals: Journals;
  /** Of a run that is under way. */
  readonly traceOf?: (taskId: string) => TraceContext | undefined;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

type Act<T> = (
  held: HeldGrant,
) => Promise<{ readonly result: T; readonly bytes?: number; readonly digest?: string | undefined }>;

/** Who asks, with which token, and whose that is if it is one. */
interface Asked {
  readonly peer: ServicesPeer;
  readonly token: string;
  readonly shown: HeldGrant | undefined;
}

type FileNote = Omit<FileEvent, "kind" | "grantId">;

const LIST_PAGE = 1_000;
const DEFAULT_CALL_SECONDS = 300;
/** Calls to other agents of one run, where its grant does not say less. */
const MAX_CALLS = 1_000;

/** What agents ask of the platform while they run. Nothing is answered before it stands in the run's log. */
export function createAgentServices(options: AgentServicesOptions): AgentServices {
  return new ControlledServices(options);
}

class ControlledServices implements AgentServices {
  readonly #options: AgentServicesOptions;
  readonly memory: AgentMemory;
  readonly #steps: StepServices;
  readonly #calls: CallSteps;
  readonly #scopes: ScopeSteps;

  constructor(options: AgentServicesOptions) {
    this.#options = options;
    this.#steps = new StepServices(options);
    this.#calls = new CallSteps(options);
    this.#scopes = new ScopeSteps(options);
    this.memory = options.memory;
  }

  async list(
    { peer, grant }: ServicesCall,
    { prefix, after }: { readonly prefix: string; readonly after?: string },
  ): ReturnType<AgentServices["list"]> {
    const { grants, files } = this.#options;
    return await this.#operate(peer, grant, { op: "list", path: prefix }, async (held) => {
      const page = { limit: LIST_PAGE, ...(after === undefined ? {} : { after }) };
      const found = await files.list(peer.orgId, prefix, page);
      const readable = found.filter(({ path }) => grants.allows(held, { op: "list", path })).map(toEntry);
      const last = found.length === LIST_PAGE ? found.at(-1)?.path : undefined;
      return { result: { files: readable, ...(last === undefined ? {} : { next: last }) } };
    });
  }

  async read({ peer, grant }: ServicesCall, path: string): Promise<WorkspaceEntry & { readonly content: Uint8Array }> {
    return await this.#operate(peer, grant, { op: "read", path }, async () => {
      const { file, content } = await this.#options.files.read(peer.orgId, path);
      return { result: { ...toEntry(file), content }, bytes: file.bytes, digest: file.digest };
    });
  }

  async write(
    { peer, grant }: ServicesCall,
    file: { readonly path: string; readonly content: Uint8Array; readonly mediaType?: string },
  ): Promise<WorkspaceEntry> {
    const { path, content, mediaType } = file;
    return await this.#operate(peer, grant, { op: "write", path, bytes: content.length }, async (record) => {
      const by = { id: peer.agentId, runId: record.runId };
      const request = { path, content, ...(mediaType === undefined ? {} : { mediaType }) };
      const written = await this.#options.files.write(peer.orgId, by, request);
      return { result: toEntry(written), bytes: written.bytes, digest: written.digest };
    });
  }

  async remove({ peer, grant }: ServicesCall, path: string): Promise<void> {
    await this.#operate(peer, grant, { op: "delete", path }, async (record) => {
      await this.#options.files.remove(peer.orgId, { id: peer.agentId, runId: record.runId }, path);
      return { result: undefined };
    });
  }

  async currentGrant({
    peer,
    grant,
  }: Omit<ServicesCall, "signal">): Promise<{ readonly grant: string; readonly expiresAt: string }> {
    const shown = await this.#options.grants.identify(grant, peer);
    const run = this.#options.runs.find(shown.orgId, shown.runId);
    if (run?.superseded.has(shown.grantId) === true) {
      throw new PlatformError("RUN_SUPERSEDED", "This execution of the run is over; another may go on with it.");
    }
    const { record, token, renewed } = await this.#options.grants.current(grant, peer);
    this.#runOf(record);
    if (renewed) await this.#options.record(record.orgId, record.runId, [grantEvent("renewed", record)]);
    return { grant: token, expiresAt: record.expiresAt };
  }

  async requestScope({ peer, grant }: ServicesCall, request: ScopeRequest): ReturnType<AgentServices["requestScope"]> {
    const { held } = await this.#run(peer, grant);
    const { approvalId, expiresAt, state } = await this.#scopes.request(peer, held, request);
    return { approvalId, expiresAt, state };
  }

  async approval(
    { peer, grant, signal }: ServicesCall,
    approvalId: string,
    waitMs: number,
  ): ReturnType<AgentServices["approval"]> {
    const { grants, approvals } = this.#options;
    // The grant in hand is the prior one, and may be revoked by the approval that is being waited for.
    const held = await grants.identify(grant, peer);
    const run = this.#runOf(held);
    const ended = AbortSignal.any([signal, run.over]);
    const { state, decision } = await approvals.wait({ ...held, taskId: held.runId, approvalId }, waitMs, ended);
    const note = decision?.note === undefined ? {} : { note: decision.note };
    if (state !== "approved") return { state, ...note };
    const current = await this.currentGrant({ peer, grant });
    return { state, grant: current.grant, ...note };
  }

  async callAgent({ peer, grant, signal }: ServicesCall, request: AgentCall): Promise<JsonObject> {
    const { tasks, ids, actAs, record: write } = this.#options;
    const { held, run } = await this.#run(peer, grant);
    const known = request.step === undefined ? undefined : this.#calls.known(run.taskId, request.step);
    const principal = actAs(run.principal, peer);
    const trace = this.#options.traceOf?.(run.taskId);
    const call = {
      principal,
      protocol: "a2a" as const,
      ...(trace === undefined ? {} : { trace: traceHeaders(trace) }),
    };
    if (known !== undefined) return await this.#calls.result(call, known, signal);
    const scope = request.grant === undefined ? undefined : handedScope(held, request.grant, ids("task"));
    this.#countCall(run, held);
    const overspent = await this.#options.charge?.(run, { calls: 1 });
    if (overspent !== undefined) throw overspent;
    const turn = await tasks.accept(
      call,
      request.agent,
      { message: toMessage(request, ids("message")) },
      {
        skill: request.skill,
        ...this.#calls.once(run.taskId, request.step),
        parent: { taskId: run.taskId, ...(scope === undefined ? {} : { grant: { held, scope } }) },
      },
    );
    if (request.step !== undefined) {
      const entry = await this.#calls.write(run.taskId, request.step, { ...request, childTaskId: turn.taskId });
      return await this.#calls.result(call, entry, signal);
    }
    // Whoever waits can be gone, and so can the run in whose name it waits: nobody else knows of the call.
    const ended = AbortSignal.any([signal, run.over]);
    try {
      const { agent: agentName, skill } = request;
      await write(peer.orgId, run.taskId, [{ kind: "call", agentName, skill, childTaskId: turn.taskId }]);
      const timeoutMs = (request.timeoutSeconds ?? DEFAULT_CALL_SECONDS) * 1_000;
      const view = await tasks.settle(turn, call, { timeoutMs, signal: ended, throughApprovals: true });
      const { state } = view.task.status;
      if (isTerminal(state) || (isInterrupted(state) && !waitsForApproval(view))) return toResult(view);
    } catch (error) {
      await tasks.cancel(call, turn.taskId).catch(() => undefined);
      throw error;
    }
    await tasks.cancel(call, turn.taskId).catch(() => undefined);
    return toResult((await tasks.get(call, turn.taskId)).view);
  }

  async journal(
    { peer, grant }: ServicesCall,
    query: { readonly execution: number; readonly after: number },
  ): Promise<JsonObject> {
    const { run } = await this.#run(peer, grant);
    return this.#steps.page(run.taskId, query);
  }

  async writeStep({ peer, grant }: ServicesCall, report: StepReport): Promise<{ readonly until?: string }> {
    const { run } = await this.#run(peer, grant);
    return await this.#steps.write(run.taskId, report);
  }

  async identityToken({ peer }: Pick<ServicesCall, "peer">, audience: string): Promise<string> {
    return await this.#options.identityToken(peer, audience);
  }

  /** A grant that holds in these hands, and its run. */
  async #run(peer: ServicesPeer, token: string): Promise<{ readonly held: HeldGrant; readonly run: Run }> {
    const held = await this.#options.grants.verify(token, peer);
    return { held, run: this.#runOf(held) };
  }

  /** @throws GRANT_INVALID for a run that is not under way. */
  #runOf({ orgId, runId }: GrantRecord): Run {
    const run = this.#options.runs.find(orgId, runId);
    if (run !== undefined) return run;
    throw new PlatformError("GRANT_INVALID", "The run of this grant is over.");
  }

  /** Under way from before the grant is checked: who waits for the run's operations sees every one that was allowed. */
  async #operate<T>(peer: ServicesPeer, token: string, operation: GrantOperation, act: Act<T>): Promise<T> {
    const { grants, runs } = this.#options;
    const shown = await grants.identify(token, peer).catch(() => undefined);
    const operate = async (): Promise<T> => await this.#perform({ peer, token, shown }, operation, act);
    return shown === undefined ? await operate() : await runs.during(shown.runId, operate);
  }

  /** Checks, does it, and writes down what came of it; a refusal is written down too. */
  async #perform<T>(asked: Asked, operation: GrantOperation, act: Act<T>): Promise<T> {
    const { peer, token } = asked;
    const { op, path } = operation;
    let held: HeldGrant;
    try {
      held = await this.#options.grants.check(token, peer, operation);
      this.#runOf(held);
    } catch (error) {
      await this.#noteDenied(asked, { op, path, outcome: "denied", reason: reasonOf(error) });
      throw error;
    }
    let done: Awaited<ReturnType<typeof act>>;
    try {
      done = await act(held);
    } catch (error) {
      await this.#note(held, { op, path, outcome: "failed", reason: reasonOf(error) });
      throw error;
    }
    const { result, bytes, digest } = done;
    const what = { ...(bytes === undefined ? {} : { bytes }), ...(digest === undefined ? {} : { digest }) };
    await this.#note(held, { op, path, outcome: "ok", ...what });
    return result;
  }

  /** In the log of the run whose token it is, while that goes on. Who shows another's, or a forged one, has none. */
  async #noteDenied({ peer, token, shown }: Asked, event: FileNote): Promise<void> {
    if (shown === undefined || this.#options.runs.find(shown.orgId, shown.runId) === undefined) return;
    const stale = event.reason === "GRANT_EXPIRED" || event.reason === "GRANT_REVOKED";
    // Another grant stands in its place: the run is about to ask for that one, and is denied nothing.
    if (stale && (await this.#hasCurrent(peer, token))) return;
    await this.#note(shown, event);
  }

  async #hasCurrent(peer: ServicesPeer, grant: string): Promise<boolean> {
    try {
      await this.currentGrant({ peer, grant });
      return true;
    } catch (error) {
      if (isPlatformError(error)) return false;
      throw error;
    }
  }

  async #note({ orgId, runId, grantId }: GrantRecord, event: FileNote): Promise<void> {
    const path = event.path.slice(0, 1_024).toWellFormed();
    await this.#options.record(orgId, runId, [{ ...event, kind: "file", path, grantId }]);
  }

  #countCall(run: Run, { scope }: GrantRecord): void {
    const most = Math.min(scope.maxCalls ?? MAX_CALLS, MAX_CALLS);
    if (run.calls >= most) {
      throw new PlatformError("BUDGET_EXCEEDED", `This run may call other agents ${most} times, and has.`);
    }
    run.calls++;
  }
}

function reasonOf(error: unknown): Reason {
  return isPlatformError(error) ? error.reason : "INTERNAL";
}

function toEntry({ path, bytes, digest = "", version, mediaType, at }: FileVersion): WorkspaceEntry {
  return { path, bytes, digest, version, mediaType, at };
}
