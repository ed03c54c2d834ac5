import type { DeploymentSourceInfo } from "@berth/sdk/client";
import type { ParsedOptions } from "../args/parse-options.ts";
import { UsageError } from "../args/usage-error.ts";

const GIT_URL = /^(?:https?:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:(?!\/))/;

/** A folder of this machine, or what the platform fetches by itself. */
export type DeploySource = { readonly folder: string } | { readonly remote: DeploymentSourceInfo };

/** @throws UsageError */
export function deploySource(args: ParsedOptions): DeploySource {
  const image = args.text("image");
  const credential = args.text("credential");
  const secret = credential === undefined ? {} : { credential };
  const place = args.positional("DIR");
  if (image !== undefined) {
    if (place !== undefined) throw new UsageError("An image has no folder besides.", "Leave DIR or --image out.");
    if (args.text("name") === undefined) throw new UsageError("An image needs a name.", "Add --name NAME.");
    return { remote: { kind: "image", reference: image, ...secret } };
  }
  if (place !== undefined && GIT_URL.test(place)) return { remote: gitSource(place, secret) };
  if (credential !== undefined) {
    throw new UsageError("A folder needs no credential.", "It is for git repositories and images.");
  }
  return { folder: place ?? "." };
}

/** `URL[#REF[:PATH]]`, as docker build has it. */
function gitSource(text: string, secret: { readonly credential?: string }): DeploymentSourceInfo {
  const [url = "", fragment = ""] = text.split(/#(.*)/s);
  const [ref = "", path = ""] = fragment.split(/:(.*)/s);
  return {
    kind: "git",
    url,
    ...(ref === "" ? {} : { ref }),
    ...(path === "" ? {} : { path }),
    ...secret,
  };
}
