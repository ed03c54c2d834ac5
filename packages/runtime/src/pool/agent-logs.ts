import type { LogLine } from "../runtime.ts";
import { withoutCredentials } from "../secrets/own-credentials.ts";

const MAX_LINES = 2_000;
/** In characters. Lines alone would allow 32 MB per agent. */
const MAX_SIZE = 2 * 1024 * 1024;
const TAIL_LINES = 20;
const MAX_LINE = 16 * 1024;
/** Agents whose lines are kept; the one that was silent longest goes first. */
const MAX_AGENTS = 1_000;

type Listener = (line: LogLine) => void;

/** The last lines of every agent, and who listens for the next ones. */
export class AgentLogs {
  readonly #lines = new Map<string, LineBuffer>();
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Gives the line as it is kept: bounded, and without credentials of the platform's own. */
  append(line: LogLine): LogLine {
    const bounded = boundedLine({ ...line, text: withoutCredentials(line.text) });
    this.#bufferOf(line.agentId).push(bounded);
    for (const listener of this.#listeners.get(line.agentId) ?? []) {
      try {
        listener(bounded);
      } catch {
        // A broken listener must not cost the others, or the agent, their lines.
      }
    }
    return bounded;
  }

  recent(agentId: string, limit: number): readonly LogLine[] {
    return this.#lines.get(agentId)?.last(limit) ?? [];
  }

  /** The last lines of one instance. */
  tail(agentId: string, instanceId: string): string {
    const lines = this.recent(agentId, MAX_LINES).filter((line) => line.instanceId === instanceId);
    return lines
      .slice(-TAIL_LINES)
      .map(({ text }) => text)
      .join("\n");
  }

  subscribe(agentId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(agentId) ?? new Set();
    this.#listeners.set(agentId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(agentId) === listeners) this.#listeners.delete(agentId);
    };
  }

  #bufferOf(agentId: string): LineBuffer {
    const buffer = this.#lines.get(agentId) ?? new LineBuffer();
    // Deleting first moves the agent to the young end of the map.
    this.#lines.delete(agentId);
    this.#lines.set(agentId, buffer);
    if (this.#lines.size > MAX_AGENTS) {
      const [oldest] = this.#lines.keys();
      if (oldest !== undefined) this.#lines.delete(oldest);
    }
    return buffer;
  }
}

/** Drops from the front by index and compacts now and then, so that a push stays cheap. */
class LineBuffer {
  #lines: LogLine[] = [];
  #first = 0;
  #size = 0;

  push(line: LogLine): void {
    this.#lines.push(line);
    this.#size += line.text.length;
    while (this.#lines.length - this.#first > MAX_LINES || this.#size > MAX_SIZE) {
      this.#size -= this.#lines[this.#first]?.text.length ?? 0;
      this.#first += 1;
    }
    if (this.#first > MAX_LINES) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }

  last(limit: number): readonly LogLine[] {
    return this.#lines.slice(Math.max(this.#first, this.#lines.length - Math.max(0, Math.floor(limit))));
  }
}

function boundedLine(line: LogLine): LogLine {
  if (line.text.length <= MAX_LINE) return line;
  const dropped = line.text.length - MAX_LINE;
  return { ...line, text: `${line.text.slice(0, MAX_LINE)}… (${dropped} more characters)` };
}
