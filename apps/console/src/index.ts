import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface StaticFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The console's files by request path, read once: there are few, and only these can be asked for. */
export function consoleFiles(): (path: string) => StaticFile | undefined {
  const folder = fileURLToPath(new URL("../public/", import.meta.url));
  const files = new Map<string, StaticFile>();
  for (const name of readdirSync(folder)) {
    const body = readFileSync(join(folder, name));
    const contentType = CONTENT_TYPES[extname(name)] ?? "application/octet-stream";
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    files.set(`/${name}`, { body, contentType, etag });
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return (path) => files.get(path);
}
