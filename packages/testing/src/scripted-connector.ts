import { DEFAULT_AGENT_CONFIG, TaskState } from "@berth/protocol";
import type { AgentCard, AgentConfig, StreamResponse, TaskState as State } from "@berth/protocol";
import type { AgentConnector, ReadCard, ReleaseSpec, Turn, TurnEvent } from "@berth/runtime";

export type TurnScript = (turn: Turn, agent: ScriptedAgent, signal: AbortSignal) => AsyncGenerator<StreamResponse>;

/** What a script says in an agent's words, with the agent's own ids. */
export interface ScriptedAgent {
  task(state?: State): StreamResponse;
  status(state: State, text?: string): StreamResponse;
  artifact(text: string, options?: { readonly append?: boolean; readonly lastChunk?: boolean }): StreamResponse;
  message(text: string): StreamResponse;
}

/** An agent that behaves as its script says, without a process: for tests of everything above the runtime. */
export class ScriptedConnector implements AgentConnector {
  readonly turns: Turn[] = [];
  readonly canceled: string[] = [];
  readonly resumed: string[] = [];
  readonly steered: Turn[] = [];
  script: TurnScript;
  card: AgentCard = scriptedCard();
  /** What a cancel does at the agent; default: nothing but being noted. */
  onCancel: (upstreamTaskId: string) => void | Promise<void> = () => undefined;
  /** What the agent says of a task that is taken up again; default: nothing. */
  onResume: (upstreamTaskId: string) => AsyncIterable<StreamResponse> = async function* () {};

  /** What the running turn makes of a message that is to steer it; default: it reads it at once. */
  onSteer: (turn: Turn, signal: AbortSignal) => void | Promise<void> = () => undefined;

  constructor(script: TurnScript = echoScript) {
    this.script = script;
  }

  async *send(_spec: ReleaseSpec, turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent> {
    // This turn's, whatever a test sets for the next ones.
    const { script } = this;
    this.turns.push(turn);
    yield { kind: "instance", instanceId: "ins_scripted" };
    for await (const frame of script(turn, speaker(turn), signal)) {
      if (signal.aborted) return;
      yield { kind: "frame", frame };
    }
  }

  async *resume(_spec: ReleaseSpec, upstream: { readonly taskId: string }): AsyncGenerator<TurnEvent> {
    this.resumed.push(upstream.taskId);
    for await (const frame of this.onResume(upstream.taskId)) yield { kind: "frame", frame };
  }

  async cancel(_spec: ReleaseSpec, upstream: { readonly taskId: string }): Promise<void> {
    this.canceled.push(upstream.taskId);
    await this.onCancel(upstream.taskId);
  }

  async steer(_spec: ReleaseSpec, turn: Turn, signal: AbortSignal): Promise<void> {
    this.steered.push(turn);
    await this.onSteer(turn, signal);
  }

  async readCard(): Promise<ReadCard> {
    return { card: this.card, text: JSON.stringify(this.card) };
  }
}

/** Task, WORKING, one artifact with the text that was sent, COMPLETED. */
export async function* echoScript(turn: Turn, agent: ScriptedAgent): AsyncGenerator<StreamResponse> {
  yield agent.task();
  yield agent.status(TaskState.Working);
  yield agent.artifact(turn.message.parts.map((part) => part.text ?? JSON.stringify(part.data)).join(""), {
    lastChunk: true,
  });
  yield agent.status(TaskState.Completed);
}

function speaker(turn: Turn): ScriptedAgent {
  const taskId = turn.upstream?.taskId ?? `agent-${turn.taskId}`;
  const contextId = turn.upstream?.contextId ?? "agent-context";
  let said = 0;
  const message = (text: string): { messageId: string; role: "ROLE_AGENT"; parts: { text: string }[] } => {
    said += 1;
    return { messageId: `${taskId}-said-${turn.message.messageId}-${said}`, role: "ROLE_AGENT", parts: [{ text }] };
  };
  return {
    task: (state = TaskState.Submitted) => ({ task: { id: taskId, contextId, status: { state } } }),
    status: (state, text) => ({
      statusUpdate: { taskId, contextId, status: { state, ...(text === undefined ? {} : { message: message(text) }) } },
    }),
    artifact: (text, options = {}) => ({
      artifactUpdate: {
        taskId,
        contextId,
        artifact: { artifactId: "output", name: "output", parts: [{ text }] },
        ...options,
      },
    }),
    message: (text) => ({ message: message(text) }),
  };
}

export function scriptedCard(): AgentCard {
  return {
    name: "scripted",
    description: "Does what a test says.",
    version: "1.0.0",
    supportedInterfaces: [{ url: "http://localhost/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: { streaming: true },
    defaultInputModes: ["text/plain", "application/json"],
    defaultOutputModes: ["text/plain", "application/json"],
    skills: [{ id: "echo", name: "echo", description: "Says it again.", tags: ["test"] }],
  };
}

export function scriptedConfig(change: Partial<AgentConfig> = {}): AgentConfig {
  return { ...DEFAULT_AGENT_CONFIG, ...change };
}
