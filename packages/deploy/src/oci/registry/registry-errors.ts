import { PlatformError } from "@berth/protocol";
import { readAll } from "../read-all.ts";
import type { RegistryAnswer } from "./registry-http.ts";

const MAX_BODY = 64 * 1024;
const MAX_SHOWN = 300;

interface RegistryProblem {
  readonly code: string;
  readonly message: string;
}

/** distribution-spec 1.1, "Error Codes", as one of ours. `what` goes into "… could not be done". */
export async function registryError(answer: RegistryAnswer, host: string, what: string): Promise<PlatformError> {
  const { status } = answer;
  const { code, message } = await problemOf(answer);
  const said = message === "" ? "" : `: ${message}`;
  const text = `The registry ${host} did not ${what} (${status}${code === "" ? "" : ` ${code}`})${said}`;
  const internal = `${status} ${code}`;
  if (code === "DIGEST_INVALID" || code === "SIZE_INVALID") return new PlatformError("CONTENT_MISMATCH", `${text}.`);
  if (status === 404) {
    return new PlatformError("IMAGE_NOT_FOUND", `${text}.`, {
      internal,
      hint: "Check the name and the tag, and that the credential may read it.",
    });
  }
  return new PlatformError("REGISTRY_FAILED", `${text}.`, {
    internal,
    retryable: isPassing(status),
    hint: hintOf(status),
  });
}

/** Worth another try. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

export function noAnswer(host: string, cause: unknown): PlatformError {
  return new PlatformError("REGISTRY_FAILED", `The registry ${host} does not answer.`, {
    cause,
    internal: String(cause),
    hint: "Check the host and the port, whether it speaks TLS, and whether the platform may reach it.",
  });
}

function hintOf(status: number): string {
  if (status === 401)
    return "Give a credential for this registry, or check the one that is given: it was not accepted.";
  if (status === 403)
    return "The credential is known there and may not do this: it needs the right to push or pull here.";
  if (status === 429) return "The registry limits how often it is asked: try again later, or sign in to it.";
  if (status === 413) return "The registry takes no layer of this size.";
  if (status >= 500) return "The registry has a problem of its own: try again later.";
  return "Check that the address is a registry's (OCI distribution 1.0 or later).";
}

async function problemOf(answer: RegistryAnswer): Promise<RegistryProblem> {
  try {
    const text = new TextDecoder().decode(await readAll(answer.body, MAX_BODY, "the answer"));
    const { errors } = JSON.parse(text) as { readonly errors?: readonly Partial<RegistryProblem>[] };
    const { code, message } = errors?.[0] ?? {};
    return { code: shown(code).replaceAll(/[^A-Z_]/g, ""), message: shown(message) };
  } catch {
    return { code: "", message: "" };
  }
}

/** Somebody else's words: no control characters, not more than a line. */
function shown(text: unknown): string {
  return typeof text === "string"
    ? text
        .replaceAll(/[\p{C}\s]+/gu, " ")
        .trim()
        .replace(/\.$/, "")
        .slice(0, MAX_SHOWN)
    : "";
}
