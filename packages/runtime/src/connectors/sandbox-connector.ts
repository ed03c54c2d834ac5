import { PlatformError, isPlatformError } from "@berth/protocol";
import { isFinal } from "@berth/protocol/wire/v0_3";
import type { AgentConnector, ReadCard, Turn, TurnEvent } from "../agent-connector.ts";
import type { InstancePool } from "../pool/instance-pool.ts";
import type { Lease } from "../pool/pooled-instance.ts";
import type { Wish } from "../pool/release-pool-options.ts";
import { within } from "../pool/timers.ts";
import type { Timers } from "../pool/timers.ts";
import { abortError } from "../pool/abort-error.ts";
import type { Instance, ReleaseSpec } from "../sandbox-driver.ts";
import { isTaskNotFound, taskLost, unresponsive } from "./agent-errors.ts";
import type { AgentRequest, AgentWire } from "./agent-wire.ts";
import { fetchCard } from "./card-reader.ts";
import type { HttpTransport } from "./http-transport.ts";
import { InstanceClient } from "./instance-client.ts";
import { selectWire } from "./select-wire.ts";
import { TaskHomes } from "./task-homes.ts";
import { successOf, turnFrames } from "./turn-frames.ts";
import { TurnInbox } from "./turn-inbox.ts";
import { turnRequest, withTrace } from "./turn-message.ts";

const CANCEL_TIMEOUT_MS = 5_000;
/** As long as the longest turn; its own end comes first. */
const STEER_TIMEOUT_MS = 86_400_000;
/** How long the end of a stream may lag behind the frame that ends its turn before the connection is given up. */
const LINGER_MS = 1_000;
const MAX_WIRES = 1_000;
/** A wait that is worth a line in the task's log. */
const NOTICED_MS = 1_000;

export interface SandboxConnectorOptions {
  readonly pool: InstancePool;
  readonly timers: Timers;
  readonly log: (line: string) => void;
}

/** Carries turns to instances of deployed releases, over HTTP on their unix sockets. */
export class SandboxConnector implements AgentConnector {
  readonly #pool: InstancePool;
  readonly #timers: Timers;
  readonly #log: (line: string) => void;
  readonly #clients = new Map<string, InstanceClient>();
  /** By release: a release and so its card never change. */
  readonly #wires = new Map<string, AgentWire>();
  readonly #homes: TaskHomes;
  /** Instances whose health is being looked at. */
  readonly #checked = new Set<string>();

  constructor({ pool, timers, log }: SandboxConnectorOptions) {
    this.#pool = pool;
    this.#timers = timers;
    this.#log = log;
    this.#homes = new TaskHomes((instanceId) => pool.hold(instanceId));
  }

  async *send(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const { upstream } = turn;
    const { releaseId } = spec;
    const home = upstream === undefined ? undefined : this.#homes.instanceOf(releaseId, upstream.taskId);
    const inbox = new TurnInbox();
    const { taskId, principal } = turn;
    const lease = yield* this.#acquire(spec, {
      instanceId: home,
      signal,
      onEgress: (decision) => inbox.egress(decision),
      call: { by: principal.id, taskId },
    });
    const { instanceId } = lease.instance;
    const client = this.#client(spec, lease.instance);
    const left = client.hangs.enter();
    const onAbort = (): void => inbox.fail(abortError(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    let cancelLinger = (): void => {};
    let ended = false;
    try {
      yield { kind: "instance", instanceId };
      if (signal.aborted) throw abortError(signal);
      const { http } = client;
      const wire = await this.#wireOf(spec, lease.instance, signal);
      if (upstream !== undefined) this.#homes.resume(releaseId, upstream.taskId);
      const request = withTrace(withPrincipalToken(wire.send(turnRequest(turn), turn.extensions), turn), turn);
      http.dispatch(request, inbox, { patient: !wire.streaming });
      for await (const event of turnFrames({ http, wire, inbox, timers: this.#timers, signal })) {
        if (event.kind === "frame") {
          this.#homes.learn(releaseId, instanceId, event.frame);
          ended = isFinal(event.frame);
          cancelLinger();
          cancelLinger = ended ? this.#timers.after(LINGER_MS, () => inbox.finish()) : () => {};
        }
        yield event;
      }
    } catch (error) {
      if (isUnresponsive(error)) void this.#checkHealth(spec, lease.instance);
      const lost = upstream !== undefined && home !== instanceId && isTaskNotFound(error);
      throw lost && isPlatformError(error) ? taskLost(error) : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      left();
      lease.release();
      // A stream that is about to end is given the time: its connection serves the next call.
      if (!ended || signal.aborted) inbox.finish();
      if (inbox.over) cancelLinger();
      else void drain(inbox).then(cancelLinger);
    }
  }

  resume(): AsyncIterable<TurnEvent> {
    throw new PlatformError("PLATFORM_RESTARTED", "The platform was restarted while the agent worked on this task.");
  }

  async steer(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): Promise<void> {
    const { releaseId } = spec;
    const home = turn.upstream === undefined ? undefined : this.#homes.instanceOf(releaseId, turn.upstream.taskId);
    const instance = home === undefined ? undefined : this.#pool.find(home);
    if (instance === undefined) {
      throw new PlatformError("UNSUPPORTED_OPERATION", `No turn of this task runs at agent "${spec.agentName}".`);
    }
    const endHold = this.#pool.hold(instance.instanceId);
    try {
      const http = this.#http(spec, instance);
      const wire = await this.#wireOf(spec, instance, signal);
      const request = { ...turnRequest(turn), configuration: { returnImmediately: true } };
      const options = { timeoutMs: STEER_TIMEOUT_MS, signal, patient: true };
      wire.frame(successOf(await http.request(wire.steer(request), options)));
    } finally {
      endHold();
    }
  }

  async cancel(spec: ReleaseSpec, { taskId }: { readonly taskId: string }): Promise<void> {
    const { releaseId } = spec;
    const home = this.#homes.instanceOf(releaseId, taskId);
    const holder = home === undefined ? undefined : this.#pool.find(home);
    // Without a known holder every running instance is asked: those that do not know the task say so.
    const asked = holder === undefined ? this.#pool.running(releaseId) : [holder];
    const answered = Promise.all(asked.map(async (instance) => await this.#cancelOn(spec, instance, taskId)));
    await within(this.#timers, CANCEL_TIMEOUT_MS, answered);
    this.#homes.forget(releaseId, taskId);
  }

  async readCard(spec: ReleaseSpec, signal?: AbortSignal): Promise<ReadCard> {
    const lease = await this.#pool.acquire(spec, { signal });
    try {
      const read = await this.#card(spec, lease.instance, signal);
      this.#keepWire(spec, selectWire(read.card));
      return read;
    } finally {
      lease.release();
    }
  }

  async #cancelOn(spec: ReleaseSpec, instance: Instance, taskId: string): Promise<void> {
    const endHold = this.#pool.hold(instance.instanceId);
    try {
      const http = this.#http(spec, instance);
      const wire = await this.#wireOf(spec, instance, undefined);
      await http.request(wire.cancel(taskId), { timeoutMs: CANCEL_TIMEOUT_MS });
    } catch (error) {
      // The task ends as canceled whatever the agent says; this is for whoever wonders why the agent went on.
      this.#log(`agent ${spec.agentName}: cancel of its task ${taskId} was not answered: ${String(error)}`);
    } finally {
      endHold();
    }
  }

  /** One call without an answer may be that call's fault; an agent that does not even show its card is stuck for all. */
  async #checkHealth(spec: ReleaseSpec, instance: Instance): Promise<void> {
    const { instanceId } = instance;
    if (this.#checked.has(instanceId)) return;
    this.#checked.add(instanceId);
    try {
      await fetchCard(this.#http(spec, instance), undefined);
    } catch (error) {
      if (isUnresponsive(error)) this.#stopHung(spec, instanceId, "after a call without an answer");
    } finally {
      this.#checked.delete(instanceId);
    }
  }

  /** Says where the call stands when it has to wait longer than anybody would not notice. */
  async *#acquire(spec: ReleaseSpec, asked: Wish): AsyncGenerator<TurnEvent, Lease> {
    let queued = false;
    const wish: Wish = { ...asked, onQueued: () => (queued = true) };
    const leasing = this.#pool.acquire(spec, wish);
    if (!queued) return await leasing;
    const soon = await within(this.#timers, NOTICED_MS, leasing);
    if (soon !== undefined) return soon;
    let taken = false;
    try {
      yield { kind: "queued", position: this.#pool.position(spec, wish) };
      const lease = await leasing;
      taken = true;
      return lease;
    } finally {
      // Whoever reads the turn left while it waited.
      if (!taken) leasing.then((lease) => lease.release()).catch(() => {});
    }
  }

  #http(spec: ReleaseSpec, instance: Instance): HttpTransport {
    return this.#client(spec, instance).http;
  }

  #client(spec: ReleaseSpec, instance: Instance): InstanceClient {
    const { instanceId } = instance;
    const known = this.#clients.get(instanceId);
    if (known !== undefined) {
      known.spec = spec;
      return known;
    }
    const onHung = (seconds: number): void => this.#stopHung(spec, instanceId, `for ${seconds} s`);
    const client = new InstanceClient(spec, instance, { timers: this.#timers, onHung });
    this.#clients.set(instanceId, client);
    void instance.exited.then(() => this.#clients.delete(instanceId));
    return client;
  }

  #stopHung(spec: ReleaseSpec, instanceId: string, howLong: string): void {
    if (this.#pool.find(instanceId) === undefined) return;
    const what = `did not answer its health probe ${howLong} and was stopped`;
    this.#log(`agent ${spec.agentName}: instance ${instanceId} ${what}`);
    this.#clients.get(instanceId)?.condemn(unresponsive(spec, what));
    this.#pool.discard(instanceId, `it ${what}`);
  }

  async #card(spec: ReleaseSpec, instance: Instance, signal: AbortSignal | undefined): Promise<ReadCard> {
    try {
      return await fetchCard(this.#http(spec, instance), signal);
    } catch (error) {
      if (isPlatformError(error) && error.reason === "CARD_INVALID") {
        this.#pool.cardInvalid(instance.instanceId, error.message);
      }
      throw error;
    }
  }

  async #wireOf(spec: ReleaseSpec, instance: Instance, signal: AbortSignal | undefined): Promise<AgentWire> {
    const known = this.#wires.get(spec.releaseId);
    if (known !== undefined) return known;
    const wire = selectWire((await this.#card(spec, instance, signal)).card);
    this.#keepWire(spec, wire);
    return wire;
  }

  #keepWire({ releaseId }: ReleaseSpec, wire: AgentWire): void {
    this.#wires.set(releaseId, wire);
    if (this.#wires.size <= MAX_WIRES) return;
    const [oldest] = this.#wires.keys();
    if (oldest !== undefined) this.#wires.delete(oldest);
  }
}

/** Draft-ietf-oauth-transaction-tokens §8.1; nothing that a caller sends as a header comes this far. */
function withPrincipalToken(request: AgentRequest, { credentials }: Turn): AgentRequest {
  const token = credentials?.principalToken;
  return token === undefined ? request : { ...request, headers: { ...request.headers, "txn-token": token } };
}

function isUnresponsive(error: unknown): boolean {
  return isPlatformError(error) && error.reason === "AGENT_UNRESPONSIVE";
}

async function drain(inbox: TurnInbox): Promise<void> {
  while (!inbox.over) await inbox.next();
}
