import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";
import type { FileDiffInfo, FileInfo, WorkspaceUsageInfo } from "./platform-types.ts";

/** Files of the organization's workspace. */
export interface FilesClient {
  list(
    query?: { readonly prefix?: string; readonly after?: string; readonly limit?: number },
    options?: CallOptions,
  ): Promise<{ readonly files: readonly FileInfo[]; readonly next?: string }>;
  get(path: string, options?: CallOptions & { readonly version?: number }): Promise<Uint8Array>;
  /** `expectedVersion`: the version the content is based on, 0 for a new file. @throws STORE_CONFLICT when it is another one by now. */
  put(
    path: string,
    content: Uint8Array,
    options?: CallOptions & { readonly mediaType?: string; readonly expectedVersion?: number },
  ): Promise<FileInfo>;
  /** With `history` its older versions go too, and stop counting. */
  remove(path: string, options?: CallOptions & { readonly history?: boolean }): Promise<void>;
  usage(options?: CallOptions): Promise<WorkspaceUsageInfo>;
  /** Newest first. */
  history(path: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly FileInfo[]>;
  diff(path: string, options?: CallOptions & { readonly from?: number; readonly to?: number }): Promise<FileDiffInfo>;
}

export function createFilesClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Pick<Http, "bytes">,
): FilesClient {
  return {
    list: (query, callOptions) =>
      request({ method: "GET", path: "v1/workspace/files", query: { ...query } }, callOptions),
    get: (path, { version, ...callOptions } = {}) =>
      http.bytes(
        { method: "GET", path: `v1/workspace/files/${segments(path)}`, query: { version }, accept: "*/*" },
        { timeoutMs: 300_000, ...callOptions },
      ),
    put: (path, content, { mediaType, expectedVersion, ...callOptions } = {}) =>
      request(
        {
          method: "PUT",
          path: `v1/workspace/files/${segments(path)}`,
          body: content,
          contentType: mediaType ?? "application/octet-stream",
          headers: {
            "if-match": expectedVersion === undefined || expectedVersion === 0 ? undefined : `"${expectedVersion}"`,
            "if-none-match": expectedVersion === 0 ? "*" : undefined,
          },
        },
        { timeoutMs: 300_000, ...callOptions },
      ),
    remove: (path, { history, ...callOptions } = {}) =>
      request({ method: "DELETE", path: `v1/workspace/files/${segments(path)}`, query: { history } }, callOptions),
    usage: (callOptions) => request({ method: "GET", path: "v1/workspace/usage" }, callOptions),
    async history(path, { limit, ...callOptions } = {}) {
      const address = `v1/workspace/history/${segments(path)}`;
      const call = { method: "GET", path: address, query: { limit } } as const;
      return (await request<{ readonly versions: readonly FileInfo[] }>(call, callOptions)).versions;
    },
    diff: (path, { from, to, ...callOptions } = {}) =>
      request({ method: "GET", path: `v1/workspace/diff/${segments(path)}`, query: { from, to } }, callOptions),
  };
}

/** A path of several segments. */
function segments(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
