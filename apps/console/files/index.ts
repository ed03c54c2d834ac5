import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

export interface StaticFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
  /** The same bytes, smaller, by content coding. Absent for what does not shrink. */
  readonly encoded: Readonly<Partial<Record<"br" | "gzip", Uint8Array>>>;
  /** Its name changes with its content: it may be kept for good. */
  readonly immutable: boolean;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};
const SMALLEST_TO_ENCODE = 1024;

const NOT_BUILT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Berth</title></head><body><main><h1>Berth is running</h1>
<p>The console is not built in this checkout. Run <code>npm run build:console</code> and start the platform again; <code>npm start</code> does both.</p></main></body></html>`;

/** The built console's files by request path, read and compressed at the first request: only these can be asked for. */
export function consoleFiles(): (path: string) => StaticFile | undefined {
  let files: ReadonlyMap<string, StaticFile> | undefined;
  return (path) => {
    files ??= readFiles(fileURLToPath(new URL("../dist/", import.meta.url)));
    return files.get(path);
  };
}

function readFiles(folder: string): ReadonlyMap<string, StaticFile> {
  if (!existsSync(join(folder, "index.html")))
    return new Map([["/index.html", toFile("index.html", Buffer.from(NOT_BUILT))]]);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => {
        const full = join(entry.parentPath, entry.name);
        const path = full.slice(folder.length);
        return [`/${path.split("\\").join("/")}`, toFile(path, readFileSync(full))];
      }),
  );
}

function toFile(path: string, body: Buffer): StaticFile {
  const worth = body.byteLength >= SMALLEST_TO_ENCODE;
  return {
    body,
    contentType: CONTENT_TYPES[extname(path)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    encoded: worth
      ? {
          br: brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
          gzip: gzipSync(body, { level: 9 }),
        }
      : {},
    immutable: path.startsWith("assets/"),
  };
}
