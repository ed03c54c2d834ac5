import type { AgentConnector } from "../agent-connector.ts";

/** Which tasks have a turn on which instance at this moment. */
export class InstanceTurns {
  readonly #tasks = new Map<string, string[]>();

  on(instanceId: string): readonly string[] {
    return [...new Set(this.#tasks.get(instanceId))];
  }

  /** The same connector, and what it carries is known here. */
  watch(connector: AgentConnector): AgentConnector {
    const begin = (instanceId: string, taskId: string): void => {
      this.#tasks.set(instanceId, [...(this.#tasks.get(instanceId) ?? []), taskId]);
    };
    const end = (instanceId: string, taskId: string): void => {
      const tasks = this.#tasks.get(instanceId) ?? [];
      const left = tasks.toSpliced(tasks.indexOf(taskId), 1);
      if (left.length === 0) this.#tasks.delete(instanceId);
      else this.#tasks.set(instanceId, left);
    };
    return {
      async *send(spec, turn, signal) {
        let on: string | undefined;
        try {
          for await (const event of connector.send(spec, turn, signal)) {
            if (event.kind === "instance" && on === undefined) {
              on = event.instanceId;
              begin(on, turn.taskId);
            }
            yield event;
          }
        } finally {
          if (on !== undefined) end(on, turn.taskId);
        }
      },
      resume: (spec, upstream, signal) => connector.resume(spec, upstream, signal),
      steer: async (spec, turn, signal) => await connector.steer(spec, turn, signal),
      cancel: async (spec, upstream) => await connector.cancel(spec, upstream),
      readCard: async (spec, signal) => await connector.readCard(spec, signal),
    };
  }
}
