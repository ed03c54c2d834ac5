import { createHash } from "node:crypto";
import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { AppFile, Apps } from "@berth/control";
import type { StaticFile } from "../edge/static-files.ts";

type Release = Parameters<Apps["file"]>[0];

const MAX_KEPT_BYTES = 64 * 1024 * 1024;
const SMALLEST_TO_ENCODE = 1_024;
const LARGEST_TO_ENCODE = 4 * 1024 * 1024;
/** Made by the build, under names that change with the content. */
const MADE = /^_build\//;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/vnd.microsoft.icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".otf": "font/otf",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};
const COMPRESSIBLE = /^(?:text\/|application\/(?:json|wasm|manifest)|image\/svg|font\/(?:otf|ttf))/;

/** Files of apps as they are sent, the last used of them kept: releases never change. */
export class AppFiles {
  readonly #apps: Apps;
  readonly #kept = new Map<string, StaticFile>();
  readonly #loading = new Map<string, Promise<StaticFile | undefined>>();
  #bytes = 0;

  constructor(apps: Apps) {
    this.#apps = apps;
  }

  async find(release: Release, path: string): Promise<StaticFile | undefined> {
    const key = `${release.digest} ${path}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const loading = this.#loading.get(key) ?? this.#load(key, release, path);
    this.#loading.set(key, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(key);
    }
  }

  async #load(key: string, release: Release, path: string): Promise<StaticFile | undefined> {
    const found = await this.#apps.file(release, path);
    if (found === undefined) return undefined;
    const file = await toStaticFile(found);
    this.#keep(key, file);
    return file;
  }

  #keep(key: string, file: StaticFile): void {
    if (sizeOf(file) > MAX_KEPT_BYTES) return;
    this.#kept.set(key, file);
    this.#bytes += sizeOf(file);
    for (const [oldest, dropped] of this.#kept) {
      if (this.#bytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= sizeOf(dropped);
    }
  }
}

function sizeOf({ body, encoded }: StaticFile): number {
  return body.byteLength + (encoded?.br?.byteLength ?? 0) + (encoded?.gzip?.byteLength ?? 0);
}

async function toStaticFile({ path, bytes }: AppFile): Promise<StaticFile> {
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()] ?? "application/octet-stream";
  const size = bytes.byteLength;
  const isWorth = size >= SMALLEST_TO_ENCODE && size <= LARGEST_TO_ENCODE && COMPRESSIBLE.test(contentType);
  return {
    body: bytes,
    contentType,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    immutable: MADE.test(path),
    ...(isWorth ? { encoded: await encode(bytes) } : {}),
  };
}

async function encode(bytes: Uint8Array): Promise<NonNullable<StaticFile["encoded"]>> {
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
    promisify(gzip)(bytes, { level: 6 }),
  ]);
  return { br, gzip: gz };
}
