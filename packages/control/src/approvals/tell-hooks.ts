import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { ApprovalHookRecord, ApprovalRecord } from "@berth/store";
import { signJws } from "../cards/jws.ts";
import type { JwsSigner } from "../cards/jws-signer.ts";

export interface HookTellerOptions {
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly signer: JwsSigner;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024;
const PAUSES_MS = [1_000, 5_000, 30_000];
/** Deliveries under way; beyond it a request is not told of, and the log says so. */
const MAX_UNDER_WAY = 100;

/** Tells addresses of new requests, a few times each. The request itself stands in the store whoever hears of it. */
export class HookTeller {
  readonly #options: HookTellerOptions;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: HookTellerOptions) {
    this.#options = options;
  }

  tell(hooks: readonly ApprovalHookRecord[], approval: ApprovalRecord): void {
    for (const hook of hooks) {
      if (this.#underWay.size >= MAX_UNDER_WAY) {
        this.#options.log(`approvals: ${hook.url} is not told of ${approval.approvalId}: too many others wait`);
        continue;
      }
      const delivery: Promise<void> = this.#deliver(hook, approval)
        .catch((error: unknown) => this.#options.log(`approvals: ${hook.url}: ${String(error)}`))
        .finally(() => this.#underWay.delete(delivery));
      this.#underWay.add(delivery);
    }
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#underWay);
  }

  async #deliver(hook: ApprovalHookRecord, approval: ApprovalRecord): Promise<void> {
    const body = JSON.stringify(toNews(approval));
    for (const pause of [...PAUSES_MS, undefined]) {
      const failure = await this.#post(hook, approval.approvalId, body);
      if (failure === undefined || this.#closed.signal.aborted) return;
      this.#options.log(`approvals: ${hook.url} was not told of ${approval.approvalId}: ${failure}`);
      if (pause === undefined || !(await this.#pause(pause))) return;
    }
  }

  async #post(hook: ApprovalHookRecord, approvalId: string, body: string): Promise<string | undefined> {
    const { outbound, signer, now } = this.#options;
    const iat = String(Math.floor(now().getTime() / 1_000));
    const jws = await signJws(signer, new TextEncoder().encode(body), {
      typ: "JOSE",
      aud: hook.url,
      jti: approvalId,
      iat,
    });
    try {
      const { status } = await outbound.request({
        method: "POST",
        url: hook.url,
        headers: { "Content-Type": "application/json", "Berth-Signature": `${jws.protected}..${jws.signature}` },
        body,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        signal: this.#closed.signal,
      });
      return status >= 200 && status < 300 ? undefined : `HTTP ${status}`;
    } catch (error) {
      if (error instanceof OutboundError) return error.message;
      throw error;
    }
  }

  /** False when the platform closes meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const stop = (): void => resolve();
    this.#closed.signal.addEventListener("abort", stop, { once: true });
    await promise;
    clearTimeout(timer);
    this.#closed.signal.removeEventListener("abort", stop);
    return !this.#closed.signal.aborted;
  }
}

function toNews({
  approvalId,
  taskId,
  agentName,
  requesterId,
  read,
  write,
  reason,
  requestedAt,
  expiresAt,
}: ApprovalRecord): object {
  return {
    type: "approval.requested",
    approvalId,
    taskId,
    agent: agentName,
    requesterId,
    read,
    ...(write === undefined ? {} : { write }),
    reason,
    requestedAt,
    expiresAt,
  };
}
