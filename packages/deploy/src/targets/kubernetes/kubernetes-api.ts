import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { TargetContext } from "../deploy-target.ts";
import { isObject, readJsonObject, textAt } from "../json-parts.ts";
import { MANAGER } from "./manifests.ts";
import { collectionPath, resourceId, resourcePath } from "./resource.ts";
import type { Resource } from "./resource.ts";

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const MAX_WAIT_MS = 20_000;

/** The calls of one cluster that a target makes. Every answer is a JSON object. */
export class KubernetesApi {
  readonly #context: TargetContext;

  constructor(context: TargetContext) {
    this.#context = context;
  }

  /** Undefined when there is none, or no such kind. */
  async get(path: string): Promise<JsonObject | undefined> {
    const { status, body } = await this.#send("GET", path);
    if (status === 404) return undefined;
    return accepted({ status, body }, `reading ${path}`);
  }

  /**
   * Server-side apply: fields that others own are theirs, and a conflict is told and not forced. Undefined when the server
   * has no such kind. @throws TARGET_CONFLICT naming the fields and who has them
   */
  async apply(resource: Resource, options: { readonly dryRun?: boolean } = {}): Promise<JsonObject | undefined> {
    const query = new URLSearchParams({ fieldManager: MANAGER, ...(options.dryRun === true ? { dryRun: "All" } : {}) });
    const { status, body } = await this.#send("PATCH", `${resourcePath(resource)}?${query}`, {
      // JSON is YAML.
      type: "application/apply-patch+yaml",
      body: resource,
    });
    if (status === 404 && isUnknownKind(body)) return undefined;
    return accepted({ status, body }, `applying ${resourceId(resource)}`);
  }

  async list(
    kind: { readonly apiVersion: string; readonly kind: string; readonly namespace: string },
    labelSelector: string,
  ): Promise<readonly JsonObject[]> {
    const found = await this.get(`${collectionPath(kind)}?${new URLSearchParams({ labelSelector, limit: "500" })}`);
    const items = found?.["items"];
    return Array.isArray(items) ? items.filter(isObject) : [];
  }

  /** With what depends on it; only when it is still the one that was looked at. False when it is gone already. */
  async remove(path: string, uid: string): Promise<boolean> {
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background", preconditions: { uid } };
    const answer = await this.#send("DELETE", path, { type: "application/json", body });
    if (answer.status === 404) return false;
    // Another of the same name: not ours to remove.
    if (answer.status === 409) return false;
    accepted(answer, `removing ${path}`);
    return true;
  }

  /** What is refused for the moment only is asked again, after as long as the server says. */
  async #send(
    method: "GET" | "PATCH" | "DELETE",
    path: string,
    content?: { readonly type: string; readonly body: JsonObject | Resource },
  ): Promise<{ readonly status: number; readonly body: JsonObject }> {
    const { http, signal, sleep } = this.#context;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await http.send({
        method,
        url: path,
        headers: { accept: "application/json", ...(content === undefined ? {} : { "content-type": content.type }) },
        ...(content === undefined ? {} : { body: JSON.stringify(content.body) }),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      const isBusy = answer.status === 429 || answer.status === 503 || answer.status === 504;
      if (!isBusy || attempt === ATTEMPTS) return { status: answer.status, body: readJsonObject(answer.body) };
      const seconds = Number(answer.headers["retry-after"] ?? 2 ** (attempt - 1));
      await sleep(Math.min((Number.isFinite(seconds) ? seconds : 1) * 1_000, MAX_WAIT_MS));
    }
  }
}

function accepted({ status, body }: { readonly status: number; readonly body: JsonObject }, what: string): JsonObject {
  if (status >= 200 && status < 300) return body;
  const said = textAt(body, "message").slice(0, 500) || `it answered ${status}`;
  if (status === 409) {
    throw new PlatformError("TARGET_CONFLICT", `The cluster refused ${what}: ${said}.`, {
      hint: "Somebody else manages these fields. Give them up there (kubectl apply --server-side without them), then deploy again.",
    });
  }
  throw new PlatformError("TARGET_FAILED", `The cluster refused ${what}: ${said}.`, { hint: hintOf(status) });
}

function hintOf(status: number): string {
  if (status === 401) return "The target's credential is not accepted: store a new one with `a2a targets set`.";
  if (status === 403)
    return "Give the target's account the rights that docs/reference/targets.md lists, in this namespace.";
  if (status === 404) return "The namespace or the kind is not there.";
  if (status === 422 || status === 400)
    return "The server has another version of this kind, or a policy that refuses it.";
  return "Look at the cluster's own state, then deploy again.";
}

/** A kind that is not there, and not an object: the server's own 404 page, or a Status without details of a name. */
function isUnknownKind(body: JsonObject): boolean {
  return textAt(body, "kind") !== "Status" || textAt(body, "details", "name") === "";
}
