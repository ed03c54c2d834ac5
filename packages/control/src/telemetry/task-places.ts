/** Tasks whose spans may still come in: agents send theirs seconds after the end. */
const MAX_TASKS = 20_000;

interface Place {
  readonly orgId: string;
  readonly agent: string;
  readonly taskId: string;
}

/**
 * Which task a record of an agent is of: told by its trace, and where an agent has several tasks in one trace, by the
 * span that the platform handed to the run. Never by what the record says of itself.
 */
export class TaskPlaces {
  readonly #bySpan = new Map<string, Place>();
  readonly #byTrace = new Map<string, Set<string>>();

  /** `spanId`: of the exchange, below which the agent's own spans lie. */
  add(
    { orgId, agent, taskId }: Place,
    { traceId, spanId }: { readonly traceId: string; readonly spanId: string },
  ): void {
    remember(this.#bySpan, `${orgId} ${traceId} ${spanId}`, { orgId, agent, taskId });
    const key = `${orgId} ${traceId} ${agent}`;
    const tasks = this.#byTrace.get(key) ?? new Set();
    tasks.add(taskId);
    remember(this.#byTrace, key, tasks);
  }

  /** `spanIds`: of the record, and of what it lies below, as far as is known. */
  find(
    { orgId, agent, traceId }: { readonly orgId: string } & { readonly [K in "agent" | "traceId"]: string | undefined },
    spanIds: readonly string[],
  ): string | undefined {
    if (traceId === undefined || agent === undefined) return undefined;
    for (const spanId of spanIds) {
      const place = this.#bySpan.get(`${orgId} ${traceId} ${spanId}`);
      if (place?.agent === agent) return place.taskId;
    }
    const [only, ...others] = this.#byTrace.get(`${orgId} ${traceId} ${agent}`) ?? [];
    return others.length === 0 ? only : undefined;
  }

  /** Whether this is a span that the platform made and told to an agent. */
  isOurs(orgId: string, { traceId, spanId }: { readonly traceId: string; readonly spanId: string }): boolean {
    return this.#bySpan.has(`${orgId} ${traceId} ${spanId}`);
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_TASKS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
