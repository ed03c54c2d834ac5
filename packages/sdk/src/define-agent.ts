import type { AgentExtension, Message } from "@berth/protocol";
import type { TaskContext } from "./context.ts";
import type { Skill } from "./skill.ts";

export interface AgentOptions {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly skills?: { readonly [id: string]: Skill };
  /**
   * Takes every message that names no skill; for agents that converse. What it returns becomes the message of the
   * COMPLETED status.
   */
  // oxlint-disable-next-line typescript/no-invalid-void-type -- a handler without a return statement is typed void
  onMessage?(message: Message, ctx: TaskContext): string | undefined | void | Promise<string | undefined | void>;
  readonly provider?: { readonly organization: string; readonly url: string };
  readonly iconUrl?: string;
  readonly documentationUrl?: string;
  /** Default: text/plain and application/json. */
  readonly defaultInputModes?: readonly string[];
  readonly defaultOutputModes?: readonly string[];
  /** Its runs read `ctx.steering`: the card says that a message may be sent into a running turn. */
  readonly steering?: boolean;
  /** Further extensions that the card declares, such as prompts for MCP clients. */
  readonly extensions?: readonly AgentExtension[];
}

export interface ServeOptions {
  /** Default: BERTH_LISTEN (a unix socket's path), else PORT (8080) on HOST (127.0.0.1). */
  readonly listen?: { readonly socketPath: string } | { readonly port: number; readonly host?: string };
  /** Default true: SIGTERM and SIGINT drain the agent and end the process. */
  readonly handleSignals?: boolean;
}

export interface RunningAgent {
  /** Where it listens; with a unix socket only `http://localhost`. */
  readonly url: string;
  /** Stops accepting, lets running turns finish (at most 10 s), closes. Twice is harmless. */
  close(): Promise<void>;
}

/** Under this key any agent can be served by whoever imported its module, without knowing this SDK. */
export const SERVE: unique symbol = Symbol.for("berth.agent.serve");

export interface Agent {
  readonly definition: AgentOptions;
  readonly [SERVE]: (options?: ServeOptions) => Promise<RunningAgent>;
}

/**
 * Declares an agent. Nothing listens until it is served: by the platform, or by `serve(agent)`.
 * @throws Error when the declaration cannot make a valid AgentCard.
 */
export function defineAgent(options: AgentOptions): Agent {
  checkDeclaration(options);
  let atDefault: Promise<RunningAgent> | undefined;
  const start = async (serveOptions: ServeOptions): Promise<RunningAgent> => {
    // The server needs Node; a declaration alone also loads in a browser.
    const { serveAgent } = await import("./server/serve.ts");
    return serveAgent(options, serveOptions);
  };
  return {
    definition: options,
    [SERVE]: (serveOptions = {}) => {
      if (serveOptions.listen !== undefined) return start(serveOptions);
      // A module that serves itself may also be served by its launcher: there is one default address, so one server.
      atDefault ??= start(serveOptions);
      return atDefault;
    },
  };
}

/** Serves the agent until it is closed. */
export function serve(agent: Agent, options: ServeOptions = {}): Promise<RunningAgent> {
  return agent[SERVE](options);
}

function checkDeclaration(options: AgentOptions): void {
  const { name, version, description, skills = {} } = options;
  const problems: string[] = [];
  for (const [field, value] of Object.entries({ name, version, description })) {
    if (typeof value !== "string" || value.trim() === "") problems.push(`${field} must be a non-empty string`);
  }
  const ids = Object.keys(skills);
  if (ids.length === 0 && options.onMessage === undefined) problems.push("it needs at least one skill, or onMessage");
  for (const id of ids) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(id)) {
      problems.push(`skill id "${id}" must be 1 to 64 letters, digits, _ or -, and begin with a letter`);
    }
  }
  if (problems.length > 0) throw new Error(`The agent's declaration is not valid: ${problems.join("; ")}.`);
}
