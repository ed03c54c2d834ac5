import { isUtf8 } from "node:buffer";
import { isAllowed, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError } from "./mcp-error.ts";

const SCHEME = "berth://workspace/";
/** The others are read by their paths. */
const LISTED_FILES = 100;
/** A result is one JSON document in the memory of both sides. */
const MAX_READ_BYTES = 8 * 1024 * 1024;

export const WORKSPACE_TEMPLATE: JsonObject = {
  uriTemplate: `${SCHEME}{+path}`,
  name: "workspace-file",
  title: "A file of the workspace",
  description: "By its path, each segment percent-encoded.",
};

/** Whether files belong here at all: to the organization's own server, for callers who may read them. */
export function hasWorkspace({ exchange, surface }: McpCall): boolean {
  return surface.agentName === undefined && isAllowed(exchange.principal, "workspace.read");
}

export async function listWorkspaceFiles(call: McpCall): Promise<readonly JsonObject[]> {
  if (!hasWorkspace(call)) return [];
  const { edge, exchange } = call;
  const { files } = await edge.control.workspaces.list(exchange.principal, { limit: LISTED_FILES });
  return files.map(({ path, mediaType, bytes, at }) => ({
    uri: toUri(path),
    name: path,
    mimeType: mediaType,
    size: bytes,
    annotations: { lastModified: at },
  }));
}

/** Undefined for what is not there, not the caller's, or no file of a workspace. */
export async function workspaceContents(call: McpCall, uri: string): Promise<readonly JsonObject[] | undefined> {
  const path = toPath(uri);
  if (path === undefined || !hasWorkspace(call)) return undefined;
  const { edge, exchange } = call;
  try {
    const { file, content } = await edge.control.workspaces.read(exchange.principal, path);
    if (content.byteLength > MAX_READ_BYTES) {
      throw new McpError(McpCode.InvalidParams, "The file is too large to be read as a resource.", {
        data: { uri },
        httpStatus: 200,
      });
    }
    const bytes = Buffer.from(content);
    const isText = isUtf8(content) && !content.includes(0);
    return [
      {
        uri,
        mimeType: file.mediaType,
        ...(isText ? { text: bytes.toString("utf8") } : { blob: bytes.toString("base64") }),
      },
    ];
  } catch (error) {
    if (isPlatformError(error) && (error.reason === "FILE_NOT_FOUND" || error.reason === "PATH_INVALID"))
      return undefined;
    throw error;
  }
}

function toUri(path: string): string {
  return `${SCHEME}${path.split("/").map(encodeURIComponent).join("/")}`;
}

function toPath(uri: string): string | undefined {
  if (!uri.startsWith(SCHEME)) return undefined;
  try {
    return uri.slice(SCHEME.length).split("/").map(decodeOnce).join("/");
  } catch {
    return undefined;
  }
}

/** An encoded slash would be a way to say one path in two ways. */
function decodeOnce(segment: string): string {
  const text = decodeURIComponent(segment);
  if (text.includes("/")) throw new Error("a segment with a slash in it");
  return text;
}
