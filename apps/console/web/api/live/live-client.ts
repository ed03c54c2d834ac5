import { DURABLE_TOPICS } from "./live-frame.ts";
import type { LiveData, LiveFrame, LiveTopic } from "./live-frame.ts";

interface LiveEvent {
  readonly id: number;
  /** When the platform sent it, by its own clock. */
  readonly at: number;
  readonly data: LiveData;
}

export interface LiveListener {
  /** As they come, each exactly once where the topic's ids are durable. */
  onEvents(events: readonly LiveEvent[]): void;
  /** The platform skipped this many for this reader, or could not replay them. */
  onGap?(skipped: number): void;
  /** Nothing more is to come: the deployment is over. */
  onEnd?(): void;
  /** This topic is not followed any more, the others are. */
  onError?(problem: { readonly reason: string; readonly message: string }): void;
}

type LiveStatus = "idle" | "connecting" | "live" | "waiting";

export interface LiveState {
  readonly status: LiveStatus;
  /** Between the platform sending and this page having it, without the clocks' difference; undefined: nothing came yet. */
  readonly lagMs?: number;
  /** `waiting`: when it is tried again. */
  readonly retryAt?: number;
  readonly reconnects: number;
  readonly problem?: string;
}

/** Opens one stream over all topics. It ends when the connection does, and throws when there is none. */
export type OpenLive = (
  topics: readonly (LiveTopic & { readonly id: string })[],
  signal: AbortSignal,
) => Promise<AsyncIterable<readonly LiveFrame[]>>;

export interface LiveClock {
  now(): number;
  /** Answers how to stop it. */
  after(ms: number, run: () => void): () => void;
}

interface Subscription {
  readonly id: string;
  readonly topic: LiveTopic;
  readonly listener: LiveListener;
  last: number;
  isOver: boolean;
}

const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000, 10_000] as const;
/** Subscriptions of one render are one request. */
const GATHER_MS = 10;
/** The platform's heartbeat is more frequent: a stream that is silent for so long is dead, whatever the socket says. */
const SILENCE_MS = 40_000;

/**
 * One stream for everything a tab follows. Whenever the topics change, a new one is opened with all of them and the last ids, and the
 * old one ends when the new one is there; what both bring is delivered once. After a break it comes back by itself, with backoff.
 */
export class LiveClient {
  readonly #open: OpenLive;
  readonly #clock: LiveClock;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #watchers = new Set<() => void>();
  #state: LiveState = { status: "idle", reconnects: 0 };
  #current: AbortController | undefined;
  #stopTimer: (() => void) | undefined;
  #failures = 0;
  #nextId = 1;
  #skewMs = Number.POSITIVE_INFINITY;

  constructor(open: OpenLive, clock: LiveClock) {
    this.#open = open;
    this.#clock = clock;
  }

  get state(): LiveState {
    return this.#state;
  }

  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /** Each subscription has its own place in its topic. */
  subscribe(topic: LiveTopic, listener: LiveListener): () => void {
    const id = `t${this.#nextId}`;
    this.#nextId += 1;
    const last = "after" in topic ? (topic.after ?? 0) : 0;
    this.#subscriptions.set(id, { id, topic, listener, last, isOver: false });
    this.#reopenSoon(GATHER_MS);
    return () => {
      if (this.#subscriptions.delete(id)) this.#reopenSoon(GATHER_MS);
    };
  }

  /** Without waiting for the backoff: the network is back, or the tab is looked at again. */
  retryNow(): void {
    if (this.#state.status === "waiting") this.#reopenSoon(0);
  }

  #reopenSoon(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#clock.after(ms, () => {
      this.#stopTimer = undefined;
      void this.#connect();
    });
  }

  async #connect(): Promise<void> {
    const before = this.#current;
    const topics = [...this.#subscriptions.values()].filter(({ isOver }) => !isOver).map(resumable);
    if (topics.length === 0) {
      before?.abort();
      this.#current = undefined;
      this.#setState({ status: "idle", reconnects: this.#state.reconnects });
      return;
    }
    const controller = new AbortController();
    this.#current = controller;
    if (this.#state.status !== "live") this.#setState({ status: "connecting", reconnects: this.#state.reconnects });
    let problem = "The stream ended.";
    let stopWatch: () => void = () => undefined;
    try {
      const frames = await this.#open(topics, controller.signal);
      before?.abort();
      if (controller.signal.aborted) return;
      this.#setState({ status: "live", reconnects: this.#state.reconnects, ...lagOf(this.#state) });
      const rewatch = (): void => {
        stopWatch();
        stopWatch = this.#clock.after(SILENCE_MS, () => controller.abort());
      };
      rewatch();
      for await (const batch of frames) {
        if (controller.signal.aborted) break;
        this.#failures = 0;
        rewatch();
        this.#deliver(batch);
      }
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    } finally {
      stopWatch();
    }
    before?.abort();
    // A newer stream has taken over, or nobody listens any more.
    if (this.#current !== controller) return;
    this.#current = undefined;
    if (this.#stopTimer !== undefined) return;
    if ([...this.#subscriptions.values()].every(({ isOver }) => isOver)) {
      this.#setState({ status: "idle", reconnects: this.#state.reconnects });
      return;
    }
    const delay = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 10_000;
    this.#failures += 1;
    this.#setState({
      status: "waiting",
      retryAt: this.#clock.now() + delay,
      reconnects: this.#state.reconnects + 1,
      problem,
    });
    this.#reopenSoon(delay);
  }

  #deliver(batch: readonly LiveFrame[]): void {
    const byTopic = new Map<Subscription, LiveEvent[]>();
    for (const frame of batch) {
      this.#measure(frame.at);
      const subscription = this.#subscriptions.get(frame.topic);
      if (subscription === undefined) continue;
      if (frame.type === "event") {
        if (!isNew(subscription, frame.id)) continue;
        const events = byTopic.get(subscription) ?? [];
        events.push({ id: frame.id, at: frame.at, data: frame.data });
        byTopic.set(subscription, events);
        continue;
      }
      // What came before goes first.
      flush(subscription, byTopic);
      if (frame.type === "gap") {
        subscription.listener.onGap?.(frame.skipped);
        continue;
      }
      subscription.isOver = true;
      if (frame.type === "error") subscription.listener.onError?.(frame);
      else subscription.listener.onEnd?.();
    }
    for (const subscription of byTopic.keys()) flush(subscription, byTopic);
  }

  /** The smallest difference that was ever seen is the clocks'; what is beyond it is lag. */
  #measure(at: number): void {
    const difference = this.#clock.now() - at;
    this.#skewMs = Math.min(this.#skewMs, difference);
    const lagMs = Math.round(difference - this.#skewMs);
    if (lagMs !== this.#state.lagMs) this.#setState({ ...this.#state, lagMs });
  }

  #setState(state: LiveState): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

function flush(subscription: Subscription, byTopic: Map<Subscription, LiveEvent[]>): void {
  const events = byTopic.get(subscription);
  if (events === undefined) return;
  byTopic.delete(subscription);
  subscription.listener.onEvents(events);
}

/** Ids of the others begin anew with each stream: their events are states, and the same one twice is harmless. */
function isNew(subscription: Subscription, id: number): boolean {
  if (!DURABLE_TOPICS.has(subscription.topic.topic)) return true;
  // What a deployment does between two lines of its log has the id of the first.
  const isOld = subscription.topic.topic === "deployment" ? id < subscription.last : id <= subscription.last;
  if (isOld) return false;
  subscription.last = id;
  return true;
}

/** A log that was followed from now on is resumed where it broke; one that brought nothing yet begins at its end again. */
function resumable({ id, topic, last }: Subscription): LiveTopic & { readonly id: string } {
  if (!DURABLE_TOPICS.has(topic.topic) || (last === 0 && topic.topic === "logs")) return { ...topic, id };
  // These three are the ones with an `after`.
  return { ...topic, id, after: last } as LiveTopic & { readonly id: string };
}

function lagOf({ lagMs }: LiveState): { readonly lagMs?: number } {
  return lagMs === undefined ? {} : { lagMs };
}
