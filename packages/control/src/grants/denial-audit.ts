import type { Store } from "@berth/store";
import type { GrantHolder } from "./grants.ts";

/** An agent that tries tokens all day long must not fill the audit log. */
const QUIET_MS = 10_000;
const MAX_KNOWN = 10_000;

/** Writes down that somebody showed a token that is not theirs or of nobody's making: no run's log is the place for it. */
export class DenialAudit {
  readonly #audit: Pick<Store["audit"], "append">;
  readonly #now: () => Date;
  readonly #lastAt = new Map<string, number>();

  constructor(audit: Pick<Store["audit"], "append">, now: () => Date) {
    this.#audit = audit;
    this.#now = now;
  }

  /** Never throws: the token is refused all the same. */
  async note({ orgId, agentId }: GrantHolder, why: string): Promise<void> {
    const now = this.#now();
    if (now.getTime() - (this.#lastAt.get(agentId) ?? -Infinity) < QUIET_MS) return;
    if (this.#lastAt.size >= MAX_KNOWN) this.#lastAt.clear();
    this.#lastAt.set(agentId, now.getTime());
    const entry = { orgId, at: now.toISOString(), actor: agentId, action: "grant.use", resource: agentId } as const;
    await this.#audit.append({ ...entry, outcome: "denied", detail: { why } }).catch(() => undefined);
  }
}
