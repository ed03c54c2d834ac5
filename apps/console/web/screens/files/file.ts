import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, search, send } from "../../api/client.ts";

export interface WorkspaceFile {
  readonly path: string;
  readonly version: number;
  /** Absent: deleted in this version. */
  readonly digest?: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly at: string;
  readonly by: string;
  readonly runId?: string;
}

/** Each segment escaped once; the slashes stay. */
export function fileAddress(kind: "files" | "history" | "diff", path: string): string {
  return `/v1/workspace/${kind}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

interface FilePage {
  readonly files: readonly WorkspaceFile[];
  readonly next?: string;
}

export function filesQuery(prefix: string) {
  return infiniteQueryOptions({
    queryKey: ["files", prefix],
    queryFn: async ({ signal, pageParam }) =>
      await api<FilePage>(`/v1/workspace/files${search({ prefix, after: pageParam, limit: 1_000 })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
  });
}

export interface Usage {
  readonly files: number;
  readonly bytes: number;
  readonly released: number;
  readonly quota: { readonly files: number; readonly bytes: number };
}

export const usageQuery = queryOptions({
  queryKey: ["files-usage"],
  queryFn: async ({ signal }) => await api<Usage>("/v1/workspace/usage", { signal }),
});

export function historyQuery(path: string) {
  return queryOptions({
    queryKey: ["file-history", path],
    queryFn: async ({ signal }) =>
      await api<{ versions: readonly WorkspaceFile[] }>(fileAddress("history", path), { signal }),
  });
}

export interface FileDiff {
  readonly from: number;
  readonly to: number;
  /** Absent: not a text, or too large. */
  readonly text?: string;
}

export function diffQuery(path: string, from: number | undefined, to: number | undefined) {
  return queryOptions({
    queryKey: ["file-diff", path, from, to],
    queryFn: async ({ signal }) =>
      await api<FileDiff>(`${fileAddress("diff", path)}${search({ from, to })}`, { signal }),
  });
}

/** More is not shown, only saved. */
const MAX_PREVIEW = 2 * 1_048_576;
const MAX_IMAGE = 16 * 1_048_576;

export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly blob: Blob }
  | { readonly kind: "large" }
  | { readonly kind: "binary" };

/** What a browser draws without running anything. SVG is a document with scripts and is not among them. */
const IMAGES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

export function contentQuery(file: WorkspaceFile) {
  return queryOptions({
    queryKey: ["file-content", file.path, file.version],
    queryFn: async ({ signal }): Promise<FileContent> => {
      const type = essence(file.mediaType);
      if (file.bytes > (IMAGES.has(type) ? MAX_IMAGE : MAX_PREVIEW)) return { kind: "large" };
      const answer = await fetchFile(file.path, file.version, signal);
      const blob = await answer.blob();
      if (IMAGES.has(type)) return { kind: "image", blob: new Blob([blob], { type }) };
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const text = textOf(bytes);
      return text === undefined ? { kind: "binary" } : { kind: "text", text };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export async function fetchFile(path: string, version: number, signal?: AbortSignal): Promise<Response> {
  const address = `${fileAddress("files", path)}${search({ version })}`;
  return await send(address, { headers: { Accept: "*/*" }, ...(signal === undefined ? {} : { signal }) });
}

export function essence(mediaType: string): string {
  return (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Undefined for what is no UTF-8, or has a zero byte as no text does. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
