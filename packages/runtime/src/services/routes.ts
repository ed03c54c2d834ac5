import { invalidParams } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { AgentCall, AgentServices, ScopeRequest, ServicesCall, WorkspaceEntry } from "../agent-services.ts";
import type { ServicesReply } from "./respond.ts";
import { countIn, toStepPlace, toStepReport } from "./step-requests.ts";

/** One request, taken apart. */
export interface ServicesRequest {
  /** What the stars of the route's path stand for. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly json: () => Promise<JsonObject>;
  readonly bytes: () => Promise<Uint8Array>;
}

interface ServicesRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: readonly string[];
  /** False: the socket alone says enough. */
  readonly needsGrant: boolean;
  /** A whole file comes or goes. */
  readonly carriesFile?: true;
  handle(services: AgentServices, call: ServicesCall, request: ServicesRequest): Promise<ServicesReply>;
}

const MAX_WAIT_SECONDS = 30;
const MAX_CALL_SECONDS = 86_400;
const MAX_AUDIENCE = 1_024;

/** docs/reference/services.md says the same in words. */
export const SERVICES_ROUTES: readonly ServicesRoute[] = [
  {
    method: "GET",
    path: ["workspace", "files"],
    needsGrant: true,
    async handle(services, call, { query }) {
      const after = query.get("after");
      const { files, next } = await services.list(call, {
        prefix: query.get("prefix") ?? "",
        ...(after === null ? {} : { after }),
      });
      return { json: { files: files.map(entryJson), ...(next === undefined ? {} : { next }) } };
    },
  },
  {
    method: "GET",
    path: ["workspace", "files", "**"],
    needsGrant: true,
    carriesFile: true,
    handle: async (services, call, { params: [path = ""] }) => await services.read(call, path),
  },
  {
    method: "PUT",
    path: ["workspace", "files", "**"],
    needsGrant: true,
    carriesFile: true,
    async handle(services, call, { params: [path = ""], header, bytes }) {
      const mediaType = header("content-type");
      const content = await bytes();
      const entry = await services.write(call, { path, content, ...(mediaType === undefined ? {} : { mediaType }) });
      return { json: entryJson(entry) };
    },
  },
  {
    method: "DELETE",
    path: ["workspace", "files", "**"],
    needsGrant: true,
    async handle(services, call, { params: [path = ""] }) {
      await services.remove(call, path);
      return undefined;
    },
  },
  {
    method: "GET",
    path: ["grant"],
    needsGrant: true,
    handle: async (services, call) => ({ json: { ...(await services.currentGrant(call)) } }),
  },
  {
    method: "POST",
    path: ["scope-requests"],
    needsGrant: true,
    handle: async (services, call, { json }) => ({
      json: { ...(await services.requestScope(call, toScopeRequest(await json()))) },
      status: 201,
    }),
  },
  {
    method: "GET",
    path: ["scope-requests", "*"],
    needsGrant: true,
    async handle(services, call, { params: [approvalId = ""], query }) {
      const seconds = Number(query.get("wait") ?? 0);
      if (!(seconds >= 0 && seconds <= MAX_WAIT_SECONDS)) {
        throw invalidParams([{ field: "wait", description: `0 to ${MAX_WAIT_SECONDS} seconds` }]);
      }
      return { json: { ...(await services.approval(call, approvalId, seconds * 1000)) } };
    },
  },
  {
    method: "POST",
    path: ["agents", "*", "skills", "*"],
    needsGrant: true,
    handle: async (services, call, { params: [agent = "", skill = ""], json }) => ({
      json: await services.callAgent(call, toAgentCall(agent, skill, await json())),
    }),
  },
  ...(["save", "search", "list"] as const).map((verb): ServicesRoute => ({
    method: "POST",
    path: ["memory", verb],
    needsGrant: true,
    handle: async ({ memory }, call, { json }) => ({ json: await memory[verb](call, await json()) }),
  })),
  {
    method: "POST",
    path: ["memory", "delete"],
    needsGrant: true,
    handle: async ({ memory }, call, { json }) => ({ json: await memory.remove(call, await json()) }),
  },
  {
    method: "GET",
    path: ["steps"],
    needsGrant: true,
    handle: async (services, call, { query }) => ({
      json: await services.journal(call, { execution: countIn(query, "execution"), after: countIn(query, "after", 0) }),
    }),
  },
  {
    method: "POST",
    path: ["steps"],
    needsGrant: true,
    handle: async (services, call, { json }) => ({
      json: { ...(await services.writeStep(call, toStepReport(await json()))) },
    }),
  },
  {
    method: "GET",
    path: ["identity-token"],
    needsGrant: false,
    async handle(services, call, { query, header }) {
      // A page or a library that is tricked into fetching an address cannot also be tricked into a header.
      if (header("metadata-flavor") !== "Berth") {
        throw invalidParams([{ field: "Metadata-Flavor", description: 'the header must be "Berth"' }]);
      }
      const audience = query.get("audience") ?? "";
      if (audience === "" || audience.length > MAX_AUDIENCE) {
        throw invalidParams([{ field: "audience", description: `1 to ${MAX_AUDIENCE} characters` }]);
      }
      return { json: { token: await services.identityToken(call, audience) } };
    },
  },
];

function entryJson({ path, bytes, digest, version, mediaType, at }: WorkspaceEntry): JsonObject {
  return { path, bytes, digest, version, mediaType, at };
}

function toScopeRequest({ read = [], write, reason, expiresInSeconds, step }: JsonObject): ScopeRequest {
  if (!isTexts(read)) throw invalidParams([{ field: "read", description: "must be a list of globs" }]);
  if (write !== undefined && typeof write !== "string") {
    throw invalidParams([{ field: "write", description: "must be a prefix that ends with /" }]);
  }
  if (typeof reason !== "string") throw invalidParams([{ field: "reason", description: "must be a text" }]);
  if (expiresInSeconds !== undefined && typeof expiresInSeconds !== "number") {
    throw invalidParams([{ field: "expiresInSeconds", description: "must be a number" }]);
  }
  return {
    read,
    reason,
    ...(write === undefined ? {} : { write }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
    ...(step === undefined ? {} : { step: toStepPlace(step) }),
  };
}

function toAgentCall(agent: string, skill: string, { input = {}, grant, timeoutSeconds, step }: JsonObject): AgentCall {
  const inTime = typeof timeoutSeconds === "number" && timeoutSeconds > 0 && timeoutSeconds <= MAX_CALL_SECONDS;
  if (timeoutSeconds !== undefined && !inTime) {
    throw invalidParams([{ field: "timeoutSeconds", description: `must be a number up to ${MAX_CALL_SECONDS}` }]);
  }
  const handed = grant === undefined ? undefined : toHandedGrant(grant);
  return {
    agent,
    skill,
    input,
    ...(handed === undefined ? {} : { grant: handed }),
    ...(inTime ? { timeoutSeconds } : {}),
    ...(step === undefined ? {} : { step: toStepPlace(step) }),
  };
}

function toHandedGrant(value: JsonValue): NonNullable<AgentCall["grant"]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidParams([{ field: "grant", description: "must be an object" }]);
  }
  // A JSON value that is neither null nor a list is an object.
  const { read, write, maxCost, maxCalls } = value as JsonObject;
  if (read !== undefined && !isTexts(read)) {
    throw invalidParams([{ field: "grant.read", description: "must be a list of globs" }]);
  }
  if (write !== undefined && typeof write !== "string") {
    throw invalidParams([{ field: "grant.write", description: "must be a prefix that ends with /" }]);
  }
  if (maxCost !== undefined && !(typeof maxCost === "string" && /^\d{1,9}(\.\d{1,9})?$/.test(maxCost))) {
    throw invalidParams([{ field: "grant.maxCost", description: 'must be a decimal text, such as "0.50"' }]);
  }
  if (maxCalls !== undefined && !(typeof maxCalls === "number" && Number.isInteger(maxCalls) && maxCalls >= 0)) {
    throw invalidParams([{ field: "grant.maxCalls", description: "must be a whole number" }]);
  }
  return {
    ...(read === undefined ? {} : { read }),
    ...(write === undefined ? {} : { write }),
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
  };
}

function isTexts(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
