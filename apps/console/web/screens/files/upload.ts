import { ApiError, api } from "../../api/client.ts";
import { fileAddress } from "./file.ts";
import type { WorkspaceFile } from "./file.ts";

/** `new`: only where there never was a file. A number: only over that version. */
export type Precondition = "new" | number;

export type Uploaded = { readonly file: WorkspaceFile } | { readonly conflict: true };

/** Writes a file of this machine. That somebody else was faster is an answer, not an error. @throws ApiError */
export async function upload(path: string, content: Blob, precondition: Precondition): Promise<Uploaded> {
  const condition = precondition === "new" ? { "If-None-Match": "*" } : { "If-Match": `"${precondition}"` };
  try {
    const file = await api<WorkspaceFile>(fileAddress("files", path), {
      method: "PUT",
      body: content,
      contentType: content.type === "" ? "application/octet-stream" : content.type,
      headers: condition,
    });
    return { file };
  } catch (error) {
    if (error instanceof ApiError && error.reason === "STORE_CONFLICT") return { conflict: true };
    throw error;
  }
}

/** The newest version that a path has, a deletion too; 0 for a path that never was. @throws ApiError */
export async function newestVersion(path: string): Promise<number> {
  try {
    const { versions } = await api<{ versions: readonly WorkspaceFile[] }>(`${fileAddress("history", path)}?limit=1`);
    return versions[0]?.version ?? 0;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0;
    throw error;
  }
}
