import type { FileVersion } from "./records.ts";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertPlain, readBody } from "../edge/read-body.ts";
import { send, sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { expectedVersion, versionTag } from "./file-preconditions.ts";
import { contentHeaders } from "./file-headers.ts";

const MAX_VERSION = Number.MAX_SAFE_INTEGER;

export function workspaceRoutes(edge: Edge): readonly PlatformRoute[] {
  const { workspaces } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/workspace/files",
      policy: "workspace.read",
      summary: "Files of the organization's workspace, by path",
      query: [
        { name: "prefix", description: "Only paths that begin with it, such as reports/." },
        { name: "after", description: "Only paths behind this one: `next` of the page before." },
        { name: "limit", description: "1 to 1000, default 100.", type: "integer" },
      ],
      handle: async (exchange) => {
        const { query } = exchange;
        const after = query.get("after");
        const { files, next } = await workspaces.list(exchange.principal, {
          prefix: query.get("prefix") ?? "",
          limit: exchange.integer("limit", { min: 1, max: 1_000 }) ?? 100,
          ...(after === null || after === "" ? {} : { after }),
        });
        sendJson(exchange, { files: files.map(toFileJson), ...(next === undefined ? {} : { next }) });
      },
    },
    {
      method: "GET",
      path: "/v1/workspace/files/{path...}",
      policy: "workspace.read",
      summary: "The content of a file",
      query: [{ name: "version", description: "Default: the newest.", type: "integer" }],
      answers: "application/octet-stream",
      handle: async (exchange) => await sendFile(edge, exchange),
    },
    {
      method: "PUT",
      path: "/v1/workspace/files/{path...}",
      policy: "workspace.write",
      summary: "Write a file, at most 64 MiB; the content's type is its media type",
      body: "application/octet-stream",
      handle: async (exchange) => await receiveFile(edge, exchange),
    },
    {
      method: "DELETE",
      path: "/v1/workspace/files/{path...}",
      policy: "workspace.write",
      summary: "Delete a file; its versions stay readable, unless they are to go too",
      query: [{ name: "history", description: "`true`: its older versions go too, and stop counting." }],
      status: 204,
      handle: async (exchange) => {
        const history = exchange.query.get("history");
        if (history !== null && history !== "true" && history !== "false") {
          throw invalidParams([{ field: "history", description: "must be true or false" }]);
        }
        await workspaces.remove(exchange.principal, exchange.param("path"), { history: history === "true" });
        sendEmpty(exchange);
      },
    },
    {
      method: "GET",
      path: "/v1/workspace/history/{path...}",
      policy: "workspace.read",
      summary: "The versions of a file that are kept, newest first",
      query: [{ name: "limit", description: "1 to 1000, default 100.", type: "integer" }],
      handle: async (exchange) => {
        const path = exchange.param("path");
        const limit = exchange.integer("limit", { min: 1, max: 1_000 }) ?? 100;
        const versions = await workspaces.history(exchange.principal, path, limit);
        sendJson(exchange, { path, versions: versions.map(toFileJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/workspace/usage",
      policy: "workspace.read",
      summary: "How much the workspace holds, and may hold",
      handle: async (exchange) => sendJson(exchange, await workspaces.usage(exchange.principal)),
    },
    {
      method: "GET",
      path: "/v1/workspace/diff/{path...}",
      policy: "workspace.read",
      summary: "How two versions of a text file differ",
      query: [
        { name: "from", description: "Default: the version before `to`; 0 is an empty file.", type: "integer" },
        { name: "to", description: "Default: the newest version.", type: "integer" },
      ],
      handle: async (exchange) => {
        const from = exchange.integer("from", { min: 0, max: MAX_VERSION });
        const to = exchange.integer("to", { min: 0, max: MAX_VERSION });
        const versions = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
        sendJson(exchange, await workspaces.diff(exchange.principal, exchange.param("path"), versions));
      },
    },
  ];
}

async function sendFile({ control }: Edge, exchange: Exchange): Promise<void> {
  const version = exchange.integer("version", { min: 1, max: MAX_VERSION });
  const { file, content } = await control.workspaces.read(exchange.principal, exchange.param("path"), version);
  send(exchange, content, { headers: { ...contentHeaders(file), ETag: versionTag(file.version) } });
}

async function receiveFile({ control, limits }: Edge, exchange: Exchange): Promise<void> {
  const { req } = exchange;
  assertPlain(req);
  const expected = expectedVersion(exchange);
  const mediaType = req.headers["content-type"];
  const content = await readFile(exchange, limits.maxArchiveBytes);
  const file = await control.workspaces.write(exchange.principal, {
    path: exchange.param("path"),
    content,
    // What `curl -T` and forms send of themselves says nothing about the file.
    ...(mediaType === undefined || UNTOLD.has(mediaType.toLowerCase()) ? {} : { mediaType }),
    ...(expected === undefined ? {} : { expectedVersion: expected }),
  });
  const headers = { ETag: versionTag(file.version) };
  sendJson(exchange, toFileJson(file), { headers });
}

const UNTOLD: ReadonlySet<string> = new Set(["application/octet-stream", "application/x-www-form-urlencoded"]);

async function readFile({ req }: Exchange, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readBody(req, maxBytes);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.reason !== "REQUEST_TOO_LARGE") throw error;
    throw new PlatformError("FILE_TOO_LARGE", `A file may have at most ${maxBytes} bytes.`, { cause: error });
  }
}

function toFileJson({ path, version, digest, bytes, mediaType, at, by, runId }: FileVersion): object {
  return {
    path,
    version,
    ...(digest === undefined ? {} : { digest }),
    bytes,
    mediaType,
    at,
    by,
    ...(runId === undefined ? {} : { runId }),
  };
}
