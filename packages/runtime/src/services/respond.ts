import type { ServerResponse } from "node:http";
import { REASONS, RPC_HTTP_STATUS } from "@berth/protocol";
import type { JsonValue, PlatformError } from "@berth/protocol";
import type { WorkspaceEntry } from "../agent-services.ts";

export type ServicesReply =
  | { readonly json: JsonValue; readonly status?: number }
  | (WorkspaceEntry & { readonly content: Uint8Array })
  | undefined;

export function sendJson(res: ServerResponse, value: JsonValue, status: number = 200): void {
  const body = JSON.stringify(value);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  res.end(body);
}

export function sendBytes(res: ServerResponse, file: WorkspaceEntry & { readonly content: Uint8Array }): void {
  res.writeHead(200, {
    "content-type": file.mediaType,
    "content-length": file.content.length,
    "berth-digest": file.digest,
    "berth-version": String(file.version),
  });
  res.end(file.content);
}

export function sendNothing(res: ServerResponse): void {
  res.writeHead(204).end();
}

/** RFC 9457, as the platform's API answers. The connection ends: the rest of a refused body is not read. */
export function sendProblem(res: ServerResponse, error: PlatformError): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = RPC_HTTP_STATUS[REASONS[error.reason]];
  const { hint } = error;
  const problem = {
    type: "about:blank",
    title: error.reason,
    status,
    detail: error.message,
    reason: error.reason,
    ...(hint === undefined ? {} : { hint }),
  };
  const body = JSON.stringify(problem);
  res.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  res.end(body);
}
