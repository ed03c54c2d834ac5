/** One instance that wants to start. */
export interface StartRequest {
  readonly orgId: string;
  readonly memoryMb: number;
  /** Asked again when there is room: a call waits for it, only the release's own wish does, or nobody any more. */
  readonly wanted: () => "call" | "wish" | undefined;
  /** There is room; `free` gives it back, twice is harmless. */
  readonly start: (free: () => void) => void;
}

/** What has to be freed before the first of those that wait can start. */
export interface RoomNeeded {
  readonly orgId: string;
  readonly memoryMb: number;
  /** A call waits, not only a wish. */
  readonly forCall: boolean;
  /** The organization has less than its share of the machine. */
  readonly belowShare: boolean;
  /** Whether an organization has more than its share. */
  readonly isAboveShare: (orgId: string) => boolean;
}

export interface CapacityOptions {
  /** Of the limits of all instances together. */
  readonly memoryMb: number;
  readonly instances: number;
  /** Ends something, if there is something that may end; what it frees arrives later. */
  readonly makeRoom: (needed: RoomNeeded) => void;
}

interface Organization {
  readonly waiting: Set<StartRequest>;
  usedMb: number;
  /** The number of its last start: of two that use the same, the one that started longer ago goes first. */
  lastStart: number;
}

/**
 * The machine as a bound over all agents. When starts compete, the organization that uses least memory is served first,
 * so that no number of waiting calls takes another organization's turn; within one, first come first served, and calls
 * before wishes. The first one in this order is waited for: smaller ones do not overtake it for ever.
 */
export class Capacity {
  readonly #options: CapacityOptions;
  readonly #orgs = new Map<string, Organization>();
  #usedMb = 0;
  #instances = 0;
  #starts = 0;
  #waiting = 0;
  #granting = false;
  #again = false;

  constructor(options: CapacityOptions) {
    this.#options = options;
  }

  /** Starts at once where there is room and nobody waits before it. Returns what takes the request back. */
  request(request: StartRequest): () => void {
    const org = this.#orgs.get(request.orgId) ?? { waiting: new Set(), usedMb: 0, lastStart: 0 };
    this.#orgs.set(request.orgId, org);
    org.waiting.add(request);
    this.#waiting += 1;
    this.serve();
    return () => {
      if (!org.waiting.delete(request)) return;
      this.#waiting -= 1;
      this.#forget(request.orgId);
      this.serve();
    };
  }

  /** Something changed that may make room. Re-entrant: starting and freeing call it again. */
  serve(): void {
    if (this.#waiting === 0) return;
    if (this.#granting) {
      this.#again = true;
      return;
    }
    this.#granting = true;
    try {
      do {
        this.#again = false;
        this.#grant();
      } while (this.#again);
    } finally {
      this.#granting = false;
    }
  }

  #grant(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (!this.#fits(next)) {
        this.#options.makeRoom(this.#needed(next));
        return;
      }
      this.#start(next);
    }
  }

  #next(): StartRequest | undefined {
    const byNeed = [...this.#orgs.values()]
      .filter(({ waiting }) => waiting.size > 0)
      .sort((a, b) => a.usedMb - b.usedMb || a.lastStart - b.lastStart);
    return firstOf(byNeed, "call") ?? firstOf(byNeed, "wish");
  }

  /** What wants more than there is gets the machine alone; its own limit holds it. */
  #sizeOf({ memoryMb }: StartRequest): number {
    return Math.min(memoryMb, this.#options.memoryMb);
  }

  #fits(request: StartRequest): boolean {
    const { memoryMb, instances } = this.#options;
    return this.#instances < instances && this.#usedMb + this.#sizeOf(request) <= memoryMb;
  }

  #needed(request: StartRequest): RoomNeeded {
    const size = this.#sizeOf(request);
    const share = this.#options.memoryMb / this.#orgs.size;
    const used = (orgId: string): number => this.#orgs.get(orgId)?.usedMb ?? 0;
    return {
      orgId: request.orgId,
      memoryMb: Math.max(1, this.#usedMb + size - this.#options.memoryMb),
      forCall: request.wanted() === "call",
      belowShare: used(request.orgId) + size <= share,
      isAboveShare: (orgId) => used(orgId) > share,
    };
  }

  #start(request: StartRequest): void {
    const size = this.#sizeOf(request);
    const org = this.#orgs.get(request.orgId);
    if (org === undefined) return;
    org.waiting.delete(request);
    this.#waiting -= 1;
    org.usedMb += size;
    org.lastStart = ++this.#starts;
    this.#usedMb += size;
    this.#instances += 1;
    let held = true;
    request.start(() => {
      if (!held) return;
      held = false;
      org.usedMb -= size;
      this.#usedMb -= size;
      this.#instances -= 1;
      this.#forget(request.orgId);
      this.serve();
    });
  }

  #forget(orgId: string): void {
    const org = this.#orgs.get(orgId);
    if (org !== undefined && org.usedMb === 0 && org.waiting.size === 0) this.#orgs.delete(orgId);
  }
}

/** Requests that nobody wants any more stay until their owner takes them back, and are passed over. */
function firstOf(orgs: readonly Organization[], wanted: "call" | "wish"): StartRequest | undefined {
  for (const { waiting } of orgs) {
    for (const request of waiting) if (request.wanted() === wanted) return request;
  }
  return undefined;
}
