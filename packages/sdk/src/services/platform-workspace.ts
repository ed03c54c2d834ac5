import { ServiceError } from "../context.ts";
import type { Workspace } from "../context.ts";
import type { RunServices } from "./run-services.ts";
import { jsonOf } from "./services-client.ts";
import { textIn } from "./text-in.ts";

const FILES = "/workspace/files";

/** The organization's files, each operation checked against the run's grant by the platform. */
export function platformWorkspace(services: RunServices): Workspace {
  const readBytes = async (path: string): Promise<Uint8Array> =>
    (await services.send({ method: "GET", path: filePath(path) })).body;
  return {
    readBytes,
    async readText(path) {
      return new TextDecoder().decode(await readBytes(path));
    },
    async list(folder = "") {
      const prefix = folder === "" || folder === "." ? "" : `${folder.replace(/\/$/, "")}/`;
      const found: string[] = [];
      for (let after: string | undefined = ""; after !== undefined;) {
        const query = new URLSearchParams({ prefix, ...(after === "" ? {} : { after }) });
        const page = await services.json({ method: "GET", path: `${FILES}?${query}` });
        found.push(...pathsOf(page.files));
        after = typeof page.next === "string" ? page.next : undefined;
      }
      return found.sort();
    },
    async write(name, content, options = {}) {
      const { writePrefix } = services;
      if (writePrefix === undefined) {
        throw new ServiceError("GRANT_EXCEEDED", "This run may not write: workspace.write in berth.json is false.");
      }
      const path = name.startsWith(writePrefix) ? name : `${writePrefix}${name}`;
      const text = typeof content === "string";
      const mediaType = options.mediaType ?? (text ? undefined : "application/octet-stream");
      const answer = await services.send({
        method: "PUT",
        path: filePath(path),
        body: content,
        headers: mediaType === undefined ? {} : { "content-type": mediaType },
      });
      return textIn(jsonOf(answer), "path");
    },
    async remove(path) {
      await services.send({ method: "DELETE", path: filePath(path) });
    },
  };
}

function filePath(path: string): string {
  return `${FILES}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

function pathsOf(files: unknown): readonly string[] {
  if (!Array.isArray(files)) return [];
  return files.flatMap((file: unknown) =>
    typeof file === "object" && file !== null && "path" in file && typeof file.path === "string" ? [file.path] : [],
  );
}
