import { PlatformError, TURN_POLICY_METADATA, withHistoryLength } from "@berth/protocol";
import type {
  AgentCard,
  CancelTaskRequest,
  GetTaskRequest,
  IdGenerator,
  SendMessageRequest,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  SendMessageResponse,
  SubscribeToTaskRequest,
  Task,
} from "@berth/protocol";
import type { Workspace } from "../context.ts";
import type { AgentOptions } from "../define-agent.ts";
import { buildCard } from "./card.ts";
import { DEFAULT_MODES, checkInputModes } from "./content-types.ts";
import { listTasks } from "./list-tasks.ts";
import { LiveTask } from "./live-task.ts";
import type { TaskListener } from "./live-task.ts";
import type { Memory } from "../memory.ts";
import { platformMemory } from "../services/platform-memory.ts";
import { platformWorkspace } from "../services/platform-workspace.ts";
import type { LlmTransport } from "../llm/llm.ts";
import type { ServicesClient } from "../services/services-client.ts";
import { runServicesOf } from "./run-credentials.ts";
import { runTask } from "./run-task.ts";
import { openReplay } from "./steps/open-replay.ts";
import { selectSkill } from "./select-skill.ts";
import type { Selection } from "./select-skill.ts";
import { createTaskContext } from "./task-context.ts";
import { TaskMemory } from "./task-memory.ts";

export interface AgentServiceOptions {
  readonly agent: AgentOptions;
  /** Where the agent answers, for its card. */
  readonly url: string;
  /** Where no platform offers its own. */
  readonly workspace: Workspace;
  readonly memory: Memory;
  /** The platform's services; undefined when the agent runs alone. */
  readonly services?: ServicesClient | undefined;
  /** Where models are for an agent that runs alone. */
  readonly localLlm: LlmTransport;
  readonly newId: IdGenerator;
  readonly now: () => number;
}

/**
 * A run that said nothing yet may still answer with a plain message. After this long the task is shown all the same,
 * so that a caller can follow and cancel it.
 */
const REVEAL_AFTER_MS = 250;

/** The operations of A2A on one agent, without a transport. */
export class AgentService {
  readonly #options: AgentServiceOptions;
  readonly #memory: TaskMemory;
  /** Runs that have not returned, suspended ones included. */
  readonly #running = new Set<LiveTask>();
  #card: AgentCard | undefined;

  constructor(options: AgentServiceOptions) {
    this.#options = options;
    this.#memory = new TaskMemory(options.now);
  }

  /** Made once: schemas and skills do not change while the agent runs. */
  card(): AgentCard {
    this.#card ??= buildCard(this.#options.agent, this.#options.url);
    return this.#card;
  }

  /** Answers when the turn is over, or at once with `returnImmediately`. `signal`: the caller went away. */
  async send(request: SendMessageRequest, signal: AbortSignal): Promise<SendMessageResponse> {
    const { returnImmediately = false, historyLength } = request.configuration ?? {};
    const steered = this.#steered(request);
    if (steered !== undefined) {
      await steered.steering.push(request.message, signal);
      if (!returnImmediately) await waitForTurn(steered, signal);
      return { task: withHistoryLength(steered.task, historyLength) };
    }
    const { task, start } = this.#accept(request);
    if (returnImmediately) task.reveal();
    const reply = waitForTurn(task, signal);
    start();
    const message = returnImmediately ? undefined : await reply;
    return message === undefined ? { task: withHistoryLength(task.task, historyLength) } : { message };
  }

  /** Returns how to stop listening; the task runs on. */
  stream(request: SendMessageRequest, listener: TaskListener): () => void {
    const { historyLength } = request.configuration ?? {};
    if (this.#steered(request) !== undefined) {
      throw new PlatformError("UNSUPPORTED_OPERATION", "A message that steers a turn is sent without a stream.", {
        hint: "The stream of the turn, or SubscribeToTask, shows what comes of it.",
      });
    }
    const { task, start } = this.#accept(request);
    const stop = task.listen({
      ...listener,
      frame: (frame, seq) =>
        listener.frame("task" in frame ? { task: withHistoryLength(frame.task, historyLength) } : frame, seq),
    });
    start();
    return stop;
  }

  /** @throws TASK_NOT_FOUND, UNSUPPORTED_OPERATION when it is over */
  subscribe({ id }: SubscribeToTaskRequest, listener: TaskListener): () => void {
    const task = this.#memory.get(id);
    if (task.isOver) {
      throw new PlatformError(
        "UNSUPPORTED_OPERATION",
        `Task ${id} is ${task.task.status.state}: nothing more will come.`,
      );
    }
    return task.listen(listener);
  }

  getTask({ id, historyLength }: GetTaskRequest): Task {
    return withHistoryLength(this.#memory.get(id).task, historyLength);
  }

  listTasks(request: ListTasksRequest): ListTasksResponse {
    return listTasks(
      this.#memory.all().map(({ task }) => task),
      request,
    );
  }

  /** @throws TASK_NOT_FOUND, TASK_NOT_CANCELABLE */
  cancelTask({ id }: CancelTaskRequest): Task {
    const task = this.#memory.get(id);
    if (task.isOver) {
      throw new PlatformError("TASK_NOT_CANCELABLE", `Task ${id} is ${task.task.status.state} already.`);
    }
    task.cancel();
    return task.task;
  }

  /** Resolves when no turn is in work, or when `signal` says that it took too long. */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#running].map((task) => waitForTurn(task, signal)));
  }

  /** The task whose running turn the message is for: of an agent that reads such messages. */
  #steered({ message }: SendMessageRequest): LiveTask | undefined {
    const { steering, defaultInputModes } = this.#options.agent;
    if (message.taskId === undefined || steering !== true || !isSteering(message)) return undefined;
    const task = this.#memory.get(message.taskId);
    if (task.isTurnOver) return undefined;
    checkContext(task, message);
    checkInputModes(message, defaultInputModes ?? DEFAULT_MODES);
    return task;
  }

  /** A turn of a known task goes on at once; a new task waits for `start`, so that its first listener misses nothing. */
  #accept(request: SendMessageRequest): { readonly task: LiveTask; readonly start: () => void } {
    const { message, configuration } = request;
    if (configuration?.taskPushNotificationConfig !== undefined) {
      throw new PlatformError("PUSH_NOTIFICATION_NOT_SUPPORTED", "This agent sends no push notifications.");
    }
    const { agent } = this.#options;
    if (message.taskId !== undefined) {
      const task = this.#memory.get(message.taskId);
      checkContext(task, message);
      checkInputModes(message, agent.defaultInputModes ?? DEFAULT_MODES);
      task.answer(message);
      return { task, start: () => undefined };
    }
    const selection = selectSkill(agent, request);
    const modes = selection.kind === "skill" ? selection.skill.inputModes : undefined;
    checkInputModes(message, modes ?? agent.defaultInputModes ?? DEFAULT_MODES);
    this.#memory.checkRoom(this.#running.size);
    const task = this.#create(message);
    return { task, start: () => void this.#run(task, message, selection) };
  }

  #create(message: Message): LiveTask {
    const { newId, now } = this.#options;
    return new LiveTask({
      id: newId("task"),
      contextId: message.contextId ?? newId("context"),
      message,
      now,
      onReveal: (task) => this.#memory.add(task),
      onTerminal: (task) => this.#memory.end(task),
    });
  }

  async #run(task: LiveTask, message: Message, selection: Selection): Promise<void> {
    const { agent, newId } = this.#options;
    const services = runServicesOf(message, this.#options.services, task.signal);
    const workspace = services === undefined ? this.#options.workspace : platformWorkspace(services);
    const memory = services === undefined ? this.#options.memory : platformMemory(services);
    const newMessageId = (): string => newId("message");
    const skillId = selection.kind === "skill" ? selection.id : undefined;
    const timer = setTimeout(() => task.reveal(), REVEAL_AFTER_MS);
    this.#running.add(task);
    try {
      const isDurable = selection.kind === "skill" && selection.skill.durable === true;
      const replay = isDurable ? await openReplay(task, services) : undefined;
      if (task.isOver) return;
      const ctx = createTaskContext({
        task,
        message,
        skillId,
        workspace,
        memory,
        services,
        localLlm: this.#options.localLlm,
        replay,
        newMessageId,
      });
      const run = runTask({ agent, task, selection, ctx, replay, newMessageId });
      await (replay === undefined ? run : Promise.race([run, replay.over]));
    } finally {
      clearTimeout(timer);
      this.#running.delete(task);
    }
  }
}

function isSteering({ metadata }: Message): boolean {
  const said = metadata?.[TURN_POLICY_METADATA];
  return typeof said === "object" && said !== null && "policy" in said && said.policy === "steer";
}

function checkContext(task: LiveTask, { contextId }: Message): void {
  if (contextId === undefined || contextId === task.contextId) return;
  throw new PlatformError("CONTEXT_MISMATCH", `Task ${task.id} belongs to another context than ${contextId}.`);
}

/** The agent's plain message, or undefined when the turn of a task is over. Also resolves when `signal` fires: then nobody reads it. */
function waitForTurn(task: LiveTask, signal: AbortSignal): Promise<Message | undefined> {
  return new Promise((resolve) => {
    let reply: Message | undefined;
    let stop = (): void => undefined;
    const done = (): void => {
      signal.removeEventListener("abort", done);
      stop();
      resolve(reply);
    };
    if (signal.aborted) return done();
    signal.addEventListener("abort", done, { once: true });
    stop = task.listen({
      frame(frame) {
        if ("message" in frame) reply = frame.message;
        else if (task.isTurnOver) done();
      },
      end: done,
    });
    return undefined;
  });
}
