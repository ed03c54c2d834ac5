import { isPlatformError, isTerminal } from "@berth/protocol";
import type { Artifact, JsonObject, Task, TaskView } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import { RESOURCES_EXTENSION, extensionParams } from "./card-extension.ts";
import { artifactUri, toContents } from "./content-block.ts";
import { objectsAt, textAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError } from "./mcp-error.ts";
import { MEMORY_TEMPLATE, hasMemory, memoryContents } from "./memory-resource.ts";
import { matchTemplate, substitute } from "./substitute.ts";
import type { Member } from "./surface.ts";
import { WORKSPACE_TEMPLATE, hasWorkspace, listWorkspaceFiles, workspaceContents } from "./workspace-resources.ts";

type Viewer = Pick<McpCall, "edge" | "exchange" | "surface">;

/** Tasks whose artifacts are listed; older ones can still be read. */
const LISTED_TASKS = 20;

const ARTIFACTS: JsonObject = {
  uriTemplate: artifactUri("{task_id}", 0).replace(/0$/, "{index}"),
  name: "artifact",
  title: "A result of a task",
  description: "What a task of yours has produced; the index counts from 0.",
};

/** What agents publish, then the workspace's files, then what the caller's latest tasks have produced. */
export async function listResources(call: McpCall, cursor: string | undefined): Promise<JsonObject> {
  const { members, nextCursor } = await call.surface.members(cursor);
  const published = members.flatMap((each) => publishedBy(each, "resources").map(toListed));
  const produced = cursor === undefined ? [...(await listWorkspaceFiles(call)), ...(await latestArtifacts(call))] : [];
  return { resources: [...published, ...produced], ...(nextCursor === undefined ? {} : { nextCursor }) };
}

export async function listTemplates(call: McpCall, cursor: string | undefined): Promise<JsonObject> {
  const { members, nextCursor } = await call.surface.members(cursor);
  const published = members.flatMap((each) => publishedBy(each, "templates").map(toListed));
  const own = [
    ARTIFACTS,
    ...(hasWorkspace(call) ? [WORKSPACE_TEMPLATE] : []),
    ...(hasMemory(call) ? [MEMORY_TEMPLATE] : []),
  ];
  const ours = cursor === undefined ? own : [];
  return { resourceTemplates: [...published, ...ours], ...(nextCursor === undefined ? {} : { nextCursor }) };
}

/** @throws INVALID_PARAMS for what is not there, or not the caller's. */
export async function readResource(call: McpCall): Promise<JsonObject> {
  const uri = textAt(call.request.params, "uri") ?? "";
  const { view, index } = (await findArtifact(call, uri)) ?? {};
  const artifact = index === undefined ? undefined : view?.task.artifacts?.[index];
  if (view !== undefined && artifact !== undefined) {
    const mayChange = call.request.era === "modern" && !isTerminal(view.task.status.state);
    return { contents: toContents(uri, artifact), ...(mayChange ? { ttlMs: 0 } : {}) };
  }
  const contents =
    (await workspaceContents(call, uri)) ?? (await memoryContents(call, uri)) ?? (await publishedContents(call, uri));
  if (contents !== undefined) return { contents };
  throw noSuchResource(uri);
}

export function noSuchResource(uri: string): McpError {
  return new McpError(McpCode.InvalidParams, "There is no such resource, or it is not yours.", {
    data: { uri },
    httpStatus: 200,
  });
}

async function latestArtifacts({ edge, exchange, surface }: McpCall): Promise<readonly JsonObject[]> {
  const request = { pageSize: LISTED_TASKS, includeArtifacts: true };
  try {
    const { tasks } = await edge.control.tasks.list(callContext(exchange, "mcp"), request, surface.agentName);
    return tasks.flatMap((task) => (task.artifacts ?? []).map((artifact, index) => toResource(task, artifact, index)));
  } catch (error) {
    // Nobody in particular has no tasks of their own.
    if (isPlatformError(error) && error.reason === "UNAUTHENTICATED") return [];
    throw error;
  }
}

function toResource({ id, status }: Task, artifact: Artifact, index: number): JsonObject {
  const { artifactId, name = artifactId, description, parts } = artifact;
  const mimeType = parts[0]?.mediaType;
  return {
    uri: artifactUri(id, index),
    name,
    ...(description === undefined ? {} : { description }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(status.timestamp === undefined ? {} : { annotations: { lastModified: status.timestamp } }),
  };
}

/** The task that an address names, and which of its artifacts; undefined for what is not there, or not the caller's. */
export async function findArtifact(
  { edge, exchange, surface }: Viewer,
  uri: string,
): Promise<{ readonly view: TaskView; readonly index: number } | undefined> {
  const match = /^berth:\/\/tasks\/([A-Za-z0-9_]+)\/artifacts\/(\d{1,4})$/.exec(uri);
  if (match === null) return undefined;
  const [, taskId = "", index = ""] = match;
  try {
    const { view } = await edge.control.tasks.get(callContext(exchange, "mcp"), taskId, surface.agentName);
    return { view, index: Number(index) };
  } catch (error) {
    if (isPlatformError(error) && error.reason === "TASK_NOT_FOUND") return undefined;
    throw error;
  }
}

export async function publishedContents({ surface }: Viewer, uri: string): Promise<readonly JsonObject[] | undefined> {
  for (const each of await surface.all()) {
    const exact = publishedBy(each, "resources").find((resource) => resource["uri"] === uri);
    if (exact !== undefined) return [toContent(exact, uri, new Map())];
    for (const template of publishedBy(each, "templates")) {
      const values = matchTemplate(textAt(template, "uriTemplate") ?? "", uri);
      if (values !== undefined) return [toContent(template, uri, values)];
    }
  }
  return undefined;
}

function publishedBy({ release }: Member, kind: "resources" | "templates"): readonly JsonObject[] {
  const address = kind === "resources" ? "uri" : "uriTemplate";
  return objectsAt(extensionParams(release.card, RESOURCES_EXTENSION), kind).filter(
    (each) =>
      textAt(each, address) !== undefined &&
      textAt(each, "name") !== undefined &&
      (textAt(each, "text") ?? textAt(each, "blob")) !== undefined,
  );
}

function toListed({ text: _text, blob: _blob, ...listed }: JsonObject): JsonObject {
  return listed;
}

function toContent(published: JsonObject, uri: string, values: ReadonlyMap<string, string>): JsonObject {
  const text = textAt(published, "text");
  const mimeType = textAt(published, "mimeType") ?? (text === undefined ? "application/octet-stream" : "text/plain");
  if (text !== undefined) return { uri, mimeType, text: values.size === 0 ? text : substitute(text, values) };
  return { uri, mimeType, blob: textAt(published, "blob") ?? "" };
}
