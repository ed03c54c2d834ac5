import { hash } from "node:crypto";
import { parseGitRef, parseGitUrl } from "@berth/deploy";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { authorize } from "../auth/authorize.ts";
import { assertMayUse } from "../images/registry-credential.ts";
import { assertAgentName } from "../registry/agent-name.ts";
import type { DeployRequest, NewSource } from "./deploys.ts";

const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const IMAGE =
  /^(?=.{1,400}$)[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;
const REPOSITORY = /^(?=.{1,200}$)[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Rights and form of what is asked for, before anything is kept. @throws PERMISSION_DENIED, INVALID_PARAMS, CONFIG_INVALID */
export function checkRequest(principal: Principal, request: DeployRequest): DeployRequest {
  assertMayDeploy(principal, request);
  if (request.name !== undefined) assertAgentName(request.name);
  if (request.target !== undefined) assertAgentName(request.target);
  const { canaryPercent } = request;
  if (canaryPercent !== undefined && !(Number.isInteger(canaryPercent) && canaryPercent >= 0 && canaryPercent <= 50))
    throw invalid("canaryPercent", "must be a whole number from 0 to 50");
  const source = checkSource(principal, request.source);
  if (source.kind === "image" && request.name === undefined) {
    throw invalid("name", "an image has to be given the agent's name");
  }
  return { ...request, source };
}

/** Also later, with the rights of then. @throws PERMISSION_DENIED */
export function assertMayDeploy(
  principal: Principal,
  { name, skipEvals }: { readonly name?: string | undefined; readonly skipEvals?: boolean | undefined },
): void {
  authorize(principal, "deployment.create");
  if (skipEvals === true) authorize(principal, "eval.skip");
  assertDeploysOwnAgent(principal, name);
}

/** What the source calls itself is read only later, so a key of some agents only has to say it. @throws PERMISSION_DENIED */
function assertDeploysOwnAgent({ agents }: Principal, name: string | undefined): void {
  if (agents === undefined || (name !== undefined && agents.includes(name))) return;
  throw new PlatformError("PERMISSION_DENIED", `This key may deploy ${agents.join(", ")} only.`, {
    hint: "Name the agent: `a2a deploy --name NAME`.",
  });
}

function checkSource(principal: Principal, source: NewSource): NewSource {
  if (source.kind === "archive") return source;
  if (source.kind === "push") {
    if (!REPOSITORY.test(source.repository)) throw invalid("source.repository", "must be a repository's name");
    if (!COMMIT.test(source.commit)) throw invalid("source.commit", "must be a whole commit id");
    parseGitRef(source.ref);
    return source;
  }
  assertSecretName(source.credential);
  if (source.kind === "image") {
    assertMayUse(principal, source.credential);
    if (IMAGE.test(source.reference)) return source;
    throw invalid("source.reference", "must name an image, such as ghcr.io/acme/echo:1.0");
  }
  if (source.ref !== undefined) parseGitRef(source.ref);
  if (source.path !== undefined) assertPath(source.path);
  return { ...source, url: parseGitUrl(source.url).text };
}

function assertPath(path: string): void {
  const isPlain = path.length <= 1_024 && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  // oxlint-disable-next-line no-control-regex
  if (isPlain && !/[\u0000-\u001f\u007f\\]/.test(path)) return;
  throw invalid("source.path", "must be a folder's path in the repository, such as agents/echo");
}

function assertSecretName(name: string | undefined): void {
  if (name !== undefined && !SECRET_NAME.test(name)) throw invalid("source.credential", "must be a secret's name");
}

function invalid(field: string, description: string): PlatformError {
  return invalidParams([{ field, description }]);
}

/** What a repeated request must have said, under the same key. */
export function digestOf({ idempotencyKey: _key, source, ...options }: DeployRequest): string {
  const content =
    source.kind === "archive" ? { kind: source.kind, sha256: hash("sha256", source.bytes, "hex") } : source;
  return hash("sha256", JSON.stringify([options, content]), "hex");
}

/** The id of the deployment that a principal asks for under a key: the same whenever it is asked for. */
export function idOfKey({ orgId, id }: Principal, key: string): string {
  const digits = BigInt(`0x${hash("sha256", JSON.stringify(["deployment", orgId, id, key]), "hex")}`);
  return `dep_${toCrockford(digits)}`;
}

function toCrockford(value: bigint): string {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  return Array.from({ length: 26 }, (_, n) => alphabet[Number((value >> BigInt(5 * n)) & 31n)] ?? "0").join("");
}
