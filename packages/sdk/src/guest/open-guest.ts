import "./install-globals.ts";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { RejectError, ServiceError } from "../context.ts";
import type { Agent } from "../define-agent.ts";
import { buildCard } from "../server/card.ts";
import { runSelected } from "../server/run-selected.ts";
import { selectSkill } from "../server/select-skill.ts";
import { createGuestContext } from "./guest-context.ts";
import type { GuestRequest } from "./guest-context.ts";
import { askHost } from "./host.ts";
import { runNextTimer } from "./timers.ts";

/** What the module around the engine calls, each once in an instance; `result` until it is not empty. */
interface EngineAgent {
  describe(): void;
  handle(json: string): void;
  result(): string;
  /** Loading the agent's code threw this: told to its author when something is asked of it. */
  failed(error: unknown): void;
}

declare global {
  // oxlint-disable-next-line no-var -- a global is declared so
  var __agent: EngineAgent;
}

let outcome: string | undefined;
let load = (): unknown => undefined;

function settle(value: JsonObject): void {
  outcome = JSON.stringify(value);
}

globalThis.__agent = {
  describe() {
    try {
      settle(cardOf(agentOf(load())));
    } catch (error) {
      settle(failure(error));
    }
  },
  handle(json) {
    // The host's request, as docs/reference/wasm.md has it.
    run(JSON.parse(json) as GuestRequest).then(settle, (error: unknown) => settle(failure(error)));
  },
  result() {
    if (outcome !== undefined) return outcome;
    return runNextTimer() ? "" : JSON.stringify({ error: "The run waits for something that never comes." });
  },
  failed(error) {
    load = () => {
      throw error;
    };
  },
};

/** Makes an agent of the SDK the one that the module around the engine runs. Its module comes after this one. */
export function openGuest(agent: unknown): void {
  load = () => agent;
}

async function run(request: GuestRequest): Promise<JsonObject> {
  const { definition } = agentOf(load());
  const { message, skill, input } = request;
  const call =
    skill === undefined ? {} : { [SKILL_CALL_METADATA]: { skill, ...(input === undefined ? {} : { input }) } };
  const selection = selectSkill(definition, { message, metadata: call });
  const ctx = createGuestContext(request);
  const said = await runSelected({ agent: definition, selection, ctx, task: { isOver: false } });
  return said === undefined ? {} : { message: said };
}

function agentOf(loaded: unknown): Agent {
  const isAgent = typeof loaded === "object" && loaded !== null && "definition" in loaded;
  if (!isAgent) throw new Error("The entry's default export must be an agent of @berth/sdk: defineAgent(…).");
  // Only defineAgent makes objects with a definition.
  return loaded as Agent;
}

function cardOf(agent: Agent): JsonObject {
  refuseWhatIsAbsent(agent);
  // The interface is the host's, which is the only one who knows it.
  const { supportedInterfaces: _, ...card } = buildCard(agent.definition, "");
  // A card is JSON.
  return card as unknown as JsonObject;
}

/** @throws Error for what only agents in a process can do, before anything is live. */
function refuseWhatIsAbsent({ definition: { skills = {}, steering } }: Agent): void {
  const durable = Object.entries(skills).find(([, skill]) => skill.durable === true);
  if (durable !== undefined)
    throw new Error(`Skill "${durable[0]}" is durable: durable runs need a process, not WebAssembly.`);
  if (steering === true) throw new Error("An agent in WebAssembly cannot be steered.");
}

function failure(error: unknown): JsonObject {
  if (error instanceof RejectError) return { reject: error.message };
  askHost("log", {
    level: "error",
    message: error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error),
  });
  if (error instanceof ServiceError) return { error: { reason: error.reason, message: error.message } };
  return { error: error instanceof Error ? error.message : String(error) };
}
