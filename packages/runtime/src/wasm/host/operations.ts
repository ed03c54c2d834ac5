import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject, JsonValue, LogLevel, Message, Part } from "@berth/protocol";
import type { HostTask } from "./host-task.ts";
import { ServiceFailure } from "./services-client.ts";
import type { ServicesClient } from "./services-client.ts";
import { METADATA } from "./wire-names.ts";

export interface OperationContext {
  readonly task: HostTask;
  readonly services: ServicesClient;
  /** Where this run may write. */
  readonly writePrefix: string | undefined;
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
}

type Operation = (input: JsonObject, context: OperationContext) => JsonValue | Promise<JsonValue>;

const POLL_SECONDS = 25;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const FILES = "/workspace/files";

/** `agent.host_call(op, json)`; docs/reference/wasm.md says the same in words. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  log: printLine,
  "event.emit": emit,
  "workspace.read": async ({ path, encoding }, { services }) => {
    const bytes = await services.send({ method: "GET", path: filePath(text(path, "path")) });
    return encoding === "base64" ? { base64: bytes.toString("base64") } : { text: bytes.toString("utf8") };
  },
  "workspace.list": async ({ prefix = "", after }, { services }) => {
    const query = new URLSearchParams({ prefix: text(prefix, "prefix") });
    if (after !== undefined) query.set("after", text(after, "after"));
    return await services.json("GET", `${FILES}?${query}`);
  },
  "workspace.write": async (input, { services, writePrefix }) => {
    if (writePrefix === undefined) throw new ServiceFailure("GRANT_EXCEEDED", "This run may not write.");
    const name = text(input["path"], "path");
    const path = name.startsWith(writePrefix) ? name : `${writePrefix}${name}`;
    const { mediaType } = input;
    const headers: Record<string, string> =
      mediaType === undefined ? {} : { "content-type": text(mediaType, "mediaType") };
    const answer = await services.send({ method: "PUT", path: filePath(path), headers, body: contentOf(input) });
    return json(answer);
  },
  "workspace.remove": async ({ path }, { services }) => await services.json("DELETE", filePath(text(path, "path"))),
  ask: async ({ question, schema }, { task }) => {
    const metadata = schema === undefined ? undefined : { [METADATA.question]: { schema } };
    const answer = await task.ask(task.say([{ text: text(question, "question") }], metadata));
    return { text: textOf(answer), ...dataOf(answer), message: withoutCredentials(answer) };
  },
  requestScope,
  call: async ({ agent, skill, ...rest }, { services }) => {
    const [name, id] = [text(agent, "agent"), text(skill, "skill")].map(encodeURIComponent);
    return await services.json("POST", `/agents/${name}/skills/${id}`, rest);
  },
  /** Bounded by the run's own time; a canceled run is abandoned with what it waits for. */
  sleep: async ({ ms }, { task }) => {
    if (typeof ms !== "number" || !(ms >= 0)) throw invalid("ms", "must be a number that is not negative");
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      await pause(Math.min(left, LONGEST_TIMER_MS), undefined, { signal: task.signal });
    }
    return null;
  },
  "http.fetch": async (input, { services }) => await services.json("POST", "/berth/fetch", input),
  /** Every other route of the services socket, by its address. */
  services: async ({ method, path, body }, { services }) => {
    const address = text(path, "path");
    // A path that another reader could take for one of the platform's own with this host.
    if (!/^\/[a-z][a-z0-9-]*(?:[/?]|$)/.test(address) || address.startsWith("/berth")) {
      throw new ServiceFailure("ROUTE_NOT_FOUND", `There is no service at ${address.slice(0, 100)}.`);
    }
    if (body !== undefined && !isObject(body)) throw invalid("body", "must be an object");
    return await services.json(method === undefined ? "GET" : text(method, "method"), address, body);
  },
};

/** The answer as JSON: `{"ok": …}` or `{"error": {"reason", "message"}}`. Never rejects. */
export async function operate(
  op: string,
  input: string,
  context: OperationContext | Pick<OperationContext, "print">,
): Promise<string> {
  try {
    const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
    if (operation === undefined) {
      const known = Object.keys(OPERATIONS).join(", ");
      throw new ServiceFailure("UNSUPPORTED_OPERATION", `There is no operation "${op.slice(0, 64)}": ${known}.`);
    }
    if (!("task" in context)) {
      if (op !== "log") throw new ServiceFailure("UNSUPPORTED_OPERATION", `${op} needs a call: there is none yet.`);
      return JSON.stringify({ ok: printLine(parse(input), context) });
    }
    return JSON.stringify({ ok: await operation(parse(input), context) });
  } catch (error) {
    const reason = error instanceof ServiceFailure ? error.reason : "INTERNAL";
    return JSON.stringify({ error: { reason, message: error instanceof Error ? error.message : String(error) } });
  }
}

function printLine({ level, message }: JsonObject, { print }: Pick<OperationContext, "print">): JsonValue {
  print(level === "error" || level === "warn" ? "stderr" : "stdout", text(message, "message"));
  return null;
}

async function emit(input: JsonObject, { task }: OperationContext): Promise<JsonValue> {
  const { type } = input;
  if (type === "progress") {
    const { fraction } = input;
    const metadata = typeof fraction === "number" ? { [METADATA.progress]: { fraction } } : undefined;
    task.setState("TASK_STATE_WORKING", task.say([{ text: text(input["text"], "text") }], metadata));
  } else if (type === "log") {
    const level = text(input["level"], "level") as LogLevel; // the platform reads it again
    task.setState("TASK_STATE_WORKING", undefined, { [METADATA.log]: { level, data: input["data"] ?? null } });
  } else if (type === "artifact") {
    const name = text(input["name"], "name");
    const { append, lastChunk } = input;
    const artifact = { artifactId: name, name, parts: [partOf(name, input)] };
    task.addArtifact(artifact, {
      ...(append === true ? { append } : {}),
      ...(typeof lastChunk === "boolean" ? { lastChunk } : {}),
    });
  } else throw invalid("type", 'must be "progress", "log" or "artifact"');
  await task.flowed();
  return null;
}

async function requestScope(input: JsonObject, { task, services }: OperationContext): Promise<JsonValue> {
  const made = await services.json("POST", "/scope-requests", input);
  const { approvalId, expiresAt } = made;
  const id = text(approvalId, "approvalId");
  if (made["state"] === "pending") {
    const { read = [], write, reason } = input;
    const request = {
      approvalId: id,
      read,
      reason: text(reason, "reason"),
      expiresAt: expiresAt ?? null,
      ...(write === undefined ? {} : { write }),
    };
    const line = `This needs an approval: ${text(reason, "reason")} (a2a approvals show ${id})`;
    task.setState("TASK_STATE_AUTH_REQUIRED", task.say([{ text: line }], { [METADATA.scopeRequest]: request }));
  }
  try {
    for (;;) {
      const path = `/scope-requests/${encodeURIComponent(id)}?wait=${POLL_SECONDS}`;
      const { state, grant, note } = await services.json("GET", path);
      if (state === "pending") continue;
      if (state === "approved" && typeof grant === "string") {
        services.useGrant(grant);
        return { approvalId: id };
      }
      const why = typeof note === "string" ? `: ${note}` : ".";
      if (state === "denied") throw new ServiceFailure("APPROVAL_DENIED", `The request was denied${why}`);
      throw new ServiceFailure("APPROVAL_EXPIRED", "Nobody answered in time.");
    }
  } finally {
    if (!task.isTurnOver) task.setState("TASK_STATE_WORKING");
  }
}

/** What a message holds for a module: the run's credentials are not its business. */
export function withoutCredentials({ metadata, ...message }: Message): JsonObject {
  const { [METADATA.run]: _credentials, ...rest } = metadata ?? {};
  // A message is JSON.
  return { ...message, ...(Object.keys(rest).length === 0 ? {} : { metadata: rest }) } as unknown as JsonObject;
}

export function textOf({ parts }: Message): string {
  return parts.flatMap((part) => (part.text === undefined ? [] : [part.text])).join("\n");
}

export function dataOf({ parts }: Message): { readonly data?: JsonValue } {
  const data = parts.find((part) => part.data !== undefined)?.data;
  return data === undefined ? {} : { data };
}

function partOf(name: string, input: JsonObject): Part {
  const { data, base64 } = input;
  const mediaType = input["mediaType"] === undefined ? undefined : text(input["mediaType"], "mediaType");
  if (data !== undefined) return { data, mediaType: mediaType ?? "application/json" };
  if (base64 !== undefined) {
    return { raw: text(base64, "base64"), filename: name, mediaType: mediaType ?? "application/octet-stream" };
  }
  return { text: text(input["text"], "text"), mediaType: mediaType ?? "text/plain" };
}

function contentOf(input: JsonObject): string | Buffer {
  const { base64 } = input;
  return base64 === undefined ? text(input["text"], "text") : Buffer.from(text(base64, "base64"), "base64");
}

function filePath(path: string): string {
  return `${FILES}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

function parse(input: string): JsonObject {
  let value: unknown;
  try {
    value = input === "" ? {} : JSON.parse(input);
  } catch {
    throw invalid("input", "is not JSON");
  }
  if (!isObject(value)) throw invalid("input", "must be an object");
  return value;
}

function json(bytes: Buffer): JsonObject {
  return parse(bytes.toString("utf8"));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: JsonValue | undefined, field: string): string {
  if (typeof value === "string") return value;
  throw invalid(field, "must be a text");
}

function invalid(field: string, problem: string): ServiceFailure {
  return new ServiceFailure("INVALID_PARAMS", `${field} ${problem}.`);
}
