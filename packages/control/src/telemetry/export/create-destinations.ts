import { PlatformError } from "@berth/protocol";
import type { IdGenerator, JsonObject, Principal } from "@berth/protocol";
import type { OutboundHttp, SecretSource } from "@berth/runtime";
import type { ExportDestination, ExportState, Store } from "@berth/store";
import { audited } from "../../audit/audited.ts";
import { authorize } from "../../auth/authorize.ts";
import type { DestinationSettings, Destinations } from "../telemetry.ts";
import { DestinationOutbox } from "./destination-outbox.ts";
import type { ExportRecords } from "./destination-outbox.ts";
import { assertDestination } from "./destination-rules.ts";
import { DestinationSender } from "./destination-sender.ts";
import { encodeExport } from "./encode-export.ts";
import { sampleSpan } from "./sample-span.ts";
import { sendBatch } from "./send-batch.ts";
import type { SendOptions } from "./send-batch.ts";

export interface DestinationsOptions {
  readonly store: Pick<Store, "telemetry" | "audit">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly secrets: Pick<SecretSource, "value">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
  /** How long records wait for others, and how often retries are looked for; default a second. For tests. */
  readonly paceMs?: number;
}

/** Life: 1. `start`, which goes on with what an earlier process left; 2. `offer`; 3. `close`, once. */
export interface RunningDestinations extends Destinations {
  start(): Promise<void>;
  /** What was taken in, to be sent besides. On the path of every record: never waits, never throws. */
  offer(orgId: string, records: ExportRecords): void;
  /** Looks at the queues, for `seen`. Never rejects: what could not be read is what was seen last. */
  look(): Promise<void>;
  readonly seen: readonly SeenDestination[];
  /** Writes down what waits in memory; what waits in the queue is sent after the next start. */
  close(): Promise<void>;
}

const PACE_MS = 1_000;
const MAX_DESTINATIONS = 32;
/** Of all organizations, in metrics. */
const MAX_SEEN = 100;

export function createDestinations(options: DestinationsOptions): RunningDestinations {
  return new StoredDestinations(options);
}

/** For metrics: how it stands with a destination. */
export interface SeenDestination {
  readonly orgId: string;
  readonly name: string;
  readonly state: ExportState;
  /** Why the last request failed; undefined: it did not. */
  readonly failure: string | undefined;
}

interface RunningDestination {
  readonly destination: ExportDestination;
  readonly outbox: DestinationOutbox;
  readonly sender: DestinationSender;
}

class StoredDestinations implements RunningDestinations {
  readonly #options: DestinationsOptions;
  readonly #sending: SendOptions;
  /** By organization, then by name. */
  readonly #running = new Map<string, Map<string, RunningDestination>>();
  #seen: readonly SeenDestination[] = [];

  constructor(options: DestinationsOptions) {
    this.#options = options;
    const { outbound, secrets, now } = options;
    this.#sending = { outbound, secrets, now };
  }

  async start(): Promise<void> {
    for (const destination of await this.#options.store.telemetry.exports.all()) this.#open(destination);
  }

  offer(orgId: string, records: ExportRecords): void {
    const running = this.#running.get(orgId);
    if (running === undefined) return;
    for (const { outbox } of running.values()) outbox.offer(records);
  }

  get seen(): readonly SeenDestination[] {
    return this.#seen;
  }

  async look(): Promise<void> {
    const running = [...this.#running.values()].flatMap((each) => [...each.values()]).slice(0, MAX_SEEN);
    try {
      this.#seen = await Promise.all(
        running.map(async ({ destination, sender }) => {
          const { orgId, name } = destination;
          return { orgId, name, state: await this.#stateOf(destination), failure: sender.failure };
        }),
      );
    } catch (error) {
      this.#options.log?.(`the queues of destinations could not be read: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()].flatMap((running) => [...running.values()]);
    await Promise.all(all.map(async (each) => await shut(each)));
    this.#running.clear();
  }

  async list(
    principal: Principal,
  ): Promise<readonly { readonly destination: ExportDestination; readonly state: ExportState }[]> {
    authorize(principal, "telemetry.manage");
    const { exports } = this.#options.store.telemetry;
    const known = await exports.list(principal.orgId);
    return await Promise.all(
      known.map(async (destination) => ({ destination, state: await this.#stateOf(destination) })),
    );
  }

  async put(principal: Principal, name: string, settings: DestinationSettings): Promise<ExportDestination> {
    authorize(principal, "telemetry.manage");
    const { store, outbound, ids, now } = this.#options;
    const { exports } = store.telemetry;
    const { orgId } = principal;
    await assertDestination(outbound, name, settings);
    const known = await exports.list(orgId);
    const before = known.find((each) => each.name === name);
    if (before === undefined && known.length >= MAX_DESTINATIONS) {
      throw new PlatformError(
        "QUOTA_EXCEEDED",
        `The organization has ${MAX_DESTINATIONS} destinations, which is the most.`,
        { hint: "Remove one that is no longer used." },
      );
    }
    // What waits is written in the encoding it was queued in.
    const keeps = before !== undefined && before.encoding === settings.encoding;
    const destination: ExportDestination = {
      ...settings,
      url: settings.url.replace(/\/+$/, ""),
      orgId,
      name,
      destinationId: keeps ? before.destinationId : ids("destination"),
      createdAt: before?.createdAt ?? now().toISOString(),
      updatedAt: now().toISOString(),
    };
    const { url, encoding, signals } = destination;
    const detail = { url, encoding, signals: [...signals], secrets: Object.values(settings.secretHeaders) };
    await this.#audited(principal, { action: "telemetry_destination.put", name, detail }, async () => {
      if (before !== undefined && !keeps) await exports.remove(orgId, before.destinationId);
      await exports.put(destination);
    });
    await this.#shut(destination);
    this.#open(destination);
    return destination;
  }

  async remove(principal: Principal, name: string): Promise<void> {
    authorize(principal, "telemetry.manage");
    const destination = await this.#named(principal, name);
    await this.#audited(principal, { action: "telemetry_destination.remove", name }, async () => {
      await this.#options.store.telemetry.exports.remove(principal.orgId, destination.destinationId);
      await this.#shut(destination);
    });
  }

  async test(
    principal: Principal,
    name: string,
  ): Promise<{ readonly ok: boolean; readonly status?: number; readonly detail: string; readonly ms: number }> {
    authorize(principal, "telemetry.manage");
    const destination = await this.#named(principal, name);
    const { now, randomBytes } = this.#options;
    const beganAt = now().getTime();
    const span = sampleSpan({ beganAt, randomBytes });
    const body = await encodeExport({ signal: "traces", records: [span] }, destination.encoding);
    const result = await sendBatch(this.#sending, destination, { signal: "traces", body });
    const ms = now().getTime() - beganAt;
    const status = result.status === undefined ? {} : { status: result.status };
    if (result.type === "sent") return { ok: true, ...status, detail: `${result.detail} (trace ${span.traceId})`, ms };
    return { ok: false, ...status, detail: result.error, ms };
  }

  async #named({ orgId }: Principal, name: string): Promise<ExportDestination> {
    const known = await this.#options.store.telemetry.exports.list(orgId);
    const destination = known.find((each) => each.name === name);
    if (destination !== undefined) return destination;
    throw new PlatformError("DESTINATION_NOT_FOUND", "There is no destination of this name.");
  }

  /** With what did not get as far as the queue. */
  async #stateOf(destination: ExportDestination): Promise<ExportState> {
    const state = await this.#options.store.telemetry.exports.state(destination.destinationId);
    return { ...state, dropped: state.dropped + (this.#find(destination)?.outbox.dropped ?? 0) };
  }

  #find({ orgId, name }: Pick<ExportDestination, "orgId" | "name">): RunningDestination | undefined {
    return this.#running.get(orgId)?.get(name);
  }

  #open(destination: ExportDestination): void {
    const { store, ids, now, randomBytes, log = () => undefined, paceMs = PACE_MS } = this.#options;
    const shared = { destination, store: store.telemetry.exports, now, log };
    const sender = new DestinationSender({
      ...shared,
      send: async (batch, signal) => await sendBatch(this.#sending, destination, batch, signal),
      pollMs: paceMs,
      random: () => (randomBytes(1)[0] ?? 0) / 255,
    });
    const outbox = new DestinationOutbox({
      ...shared,
      newBatchId: () => ids("exportBatch"),
      onEnqueued: () => sender.notify(),
      gatherMs: paceMs,
    });
    const running = this.#running.get(destination.orgId) ?? new Map<string, RunningDestination>();
    this.#running.set(destination.orgId, running.set(destination.name, { destination, outbox, sender }));
    sender.start();
  }

  async #shut(destination: Pick<ExportDestination, "orgId" | "name">): Promise<void> {
    const running = this.#find(destination);
    this.#running.get(destination.orgId)?.delete(destination.name);
    if (running !== undefined) await shut(running);
  }

  async #audited(
    { orgId, id: actor }: Principal,
    { action, name, detail }: { readonly action: string; readonly name: string; readonly detail?: JsonObject },
    act: () => Promise<void>,
  ): Promise<void> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor, action, resource: name, outcome: "ok" } as const;
    await audited(store.audit, detail === undefined ? entry : { ...entry, detail }, act);
  }
}

async function shut({ outbox, sender }: RunningDestination): Promise<void> {
  await outbox.close();
  await sender.close();
}
