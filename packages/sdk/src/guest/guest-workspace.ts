import type { JsonObject } from "@berth/protocol";
import type { Workspace } from "../context.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { textIn } from "../services/text-in.ts";
import { askForObject } from "./host.ts";

/** The organization's files, through the host's operations. */
export const guestWorkspace: Workspace = {
  async readText(path) {
    return textIn(askForObject("workspace.read", { path }), "text");
  },
  async readBytes(path) {
    return fromBase64(textIn(askForObject("workspace.read", { path, encoding: "base64" }), "base64"));
  },
  async list(folder = "") {
    const prefix = folder === "" || folder === "." ? "" : `${folder.replace(/\/$/, "")}/`;
    const found: string[] = [];
    for (let after: string | undefined = ""; after !== undefined;) {
      const page: JsonObject = askForObject("workspace.list", { prefix, ...(after === "" ? {} : { after }) });
      // The services' answer: entries with a path.
      for (const { path } of (page["files"] ?? []) as unknown as readonly { readonly path: string }[]) found.push(path);
      after = typeof page["next"] === "string" ? page["next"] : undefined;
    }
    return found.sort();
  },
  async write(name, content, { mediaType } = {}) {
    const body = typeof content === "string" ? { text: content } : { base64: toBase64(content) };
    const type = mediaType ?? (typeof content === "string" ? undefined : "application/octet-stream");
    const typed = type === undefined ? {} : { mediaType: type };
    return textIn(askForObject("workspace.write", { path: name, ...body, ...typed }), "path");
  },
  async remove(path) {
    askForObject("workspace.remove", { path });
  },
};
