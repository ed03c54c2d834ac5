import { Refusal, asJson } from "./refusal.ts";
import type { Json } from "./refusal.ts";
import type { Operations } from "./operations.ts";
import type { MatchedCall } from "./proto-schema.ts";

export interface Call extends MatchedCall {
  readonly query: URLSearchParams;
  readonly body: Json;
}

interface Target {
  readonly type: string;
  readonly revision?: string;
  readonly percent?: number;
  readonly tag?: string;
}

/** Where a service is called, or one of its revisions by its tag. */
export type AddressOf = (service: string, tag: string | undefined) => string;

const cloudAddress: AddressOf = (service, tag) =>
  `https://${tag === undefined ? "" : `${tag}---`}${service}-abc123-ew.a.run.app`;

/** Services of Cloud Run v2 with their revisions: what an image's name has in it decides how it ends (`bad`, `slow`). */
export class LocalCloudRun {
  readonly services: Map<string, Json> = new Map();
  readonly revisions: Map<string, Json> = new Map();
  readonly policies: Map<string, Json> = new Map();
  readonly #operations: Operations;
  readonly #addressOf: AddressOf;
  #version = 0;

  constructor(operations: Operations, addressOf: AddressOf = cloudAddress) {
    this.#operations = operations;
    this.#addressOf = addressOf;
  }

  answer({ method, variables, query, body }: Call): Json | undefined {
    const name = variables["name"] ?? variables["service.name"] ?? variables["resource"] ?? "";
    const parent = variables["parent"] ?? "";
    if (method === "CreateService") return this.#create(parent, query.get("serviceId") ?? "", body);
    if (method === "GetService") return this.#service(name);
    if (method === "ListServices") return { services: [...this.services.values()] };
    if (method === "UpdateService") return this.#update(name, (query.get("updateMask") ?? "").split(","), body);
    if (method === "DeleteService") return this.#delete(name, query.get("etag") ?? "");
    if (method === "GetRevision") return this.#revision(name);
    if (method === "ListRevisions")
      return { revisions: [...this.revisions.values()].filter(({ service }) => service === parent) };
    if (method === "DeleteRevision") return this.#deleteRevision(name);
    if (method === "GetIamPolicy") return this.policies.get(name) ?? { version: 1, etag: "BwAAAAAAAAA=" };
    if (method === "SetIamPolicy") return this.#setPolicy(name, asJson(body["policy"]));
    return undefined;
  }

  /** What a revision runs, by the tag of it; undefined: what the service's own address leads to. */
  imageOf(service: string, tag: string | undefined): string | undefined {
    const entry = [...this.services].find(([name]) => name.endsWith(`/services/${service}`));
    const traffic = Array.isArray(entry?.[1]["traffic"]) ? entry[1]["traffic"].map(asTarget) : [];
    const target = traffic.find((each) => (tag === undefined ? each.percent === 100 : each.tag === tag));
    const containers = this.revisions.get(`${entry?.[0]}/revisions/${target?.revision}`)?.["containers"];
    const [container] = Array.isArray(containers) ? containers.map(asJson) : [];
    return typeof container?.["image"] === "string" ? container["image"] : undefined;
  }

  /** As other hands would, past the etag of whoever read it before. */
  change(name: string, change: Json): void {
    this.#put(name, { ...this.#service(name), ...change });
  }

  #create(parent: string, id: string, body: Json): Json {
    const name = `${parent}/services/${id}`;
    if (this.services.has(name)) throw new Refusal(409, "ALREADY_EXISTS", `Resource '${id}' already exists.`);
    return this.#operations.start(parent, () => this.#reconcile(name, undefined, body));
  }

  #update(name: string, mask: readonly string[], body: Json): Json {
    const existing = this.#service(name);
    if (body["etag"] !== undefined && body["etag"] !== existing["etag"]) {
      throw new Refusal(409, "ABORTED", "Conflict for resource: the etag is not the current one.");
    }
    assertHundred(body);
    const change = Object.fromEntries(Object.entries(body).filter(([key]) => mask.includes(key)));
    const location = name.replace(/\/services\/.*$/, "");
    return this.#operations.start(location, () => this.#reconcile(name, existing, { ...existing, ...change }));
  }

  #delete(name: string, etag: string): Json {
    const existing = this.#service(name);
    if (etag !== "" && etag !== existing["etag"])
      throw new Refusal(409, "ABORTED", "Conflict: the etag is not the current one.");
    return this.#operations.start(name.replace(/\/services\/.*$/, ""), () => {
      this.services.delete(name);
      for (const [revision, { service }] of this.revisions) if (service === name) this.revisions.delete(revision);
      return { response: existing };
    });
  }

  #reconcile(name: string, before: Json | undefined, wanted: Json): Json {
    const template = asJson(wanted["template"]);
    const id = String(template["revision"]);
    const revision = `${name}/revisions/${id}`;
    const isNew = before === undefined || JSON.stringify(before["template"]) !== JSON.stringify(wanted["template"]);
    if (isNew && this.revisions.has(revision)) {
      return { error: { code: 6, message: `Revision named '${id}' with different configuration already exists.` } };
    }
    const [container] = Array.isArray(template["containers"]) ? template["containers"].map(asJson) : [];
    const image = String(container?.["image"]);
    if (isNew)
      this.revisions.set(revision, {
        name: revision,
        service: name,
        generation: "1",
        containers: template["containers"],
      });
    const failed = isNew && image.includes("bad");
    const traffic = Array.isArray(wanted["traffic"]) ? wanted["traffic"].map(asTarget) : [];
    for (const target of traffic) {
      if (target.revision !== undefined && !this.revisions.has(`${name}/revisions/${target.revision}`)) {
        return { error: { code: 3, message: `Revision ${target.revision} of traffic does not exist.` } };
      }
    }
    const message = `The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable.`;
    this.#put(name, {
      ...before,
      ...wanted,
      name,
      latestCreatedRevision: revision,
      latestReadyRevision: failed ? (before?.["latestReadyRevision"] ?? "") : revision,
      terminalCondition: failed
        ? { type: "Ready", state: "CONDITION_FAILED", message, revisionReason: "HEALTH_CHECK_CONTAINER_ERROR" }
        : { type: "Ready", state: "CONDITION_SUCCEEDED", message: "" },
    });
    if (failed)
      return {
        error: {
          code: 9,
          message: `Revision '${id}' is not ready and cannot serve traffic. HEALTH_CHECK_CONTAINER_ERROR: ${message}`,
        },
      };
    return { response: this.#service(name) };
  }

  #put(name: string, service: Json): void {
    this.#version += 1;
    const id = name.split("/").at(-1) ?? "";
    const uri = this.#addressOf(id, undefined);
    const traffic = Array.isArray(service["traffic"]) ? service["traffic"].map(asTarget) : [];
    this.services.set(name, {
      ...service,
      uri,
      etag: `"etag-${this.#version}"`,
      generation: String(this.#version),
      observedGeneration: String(this.#version),
      reconciling: false,
      trafficStatuses: traffic.map((target) => ({
        ...target,
        ...(target.tag === undefined ? {} : { uri: this.#addressOf(id, target.tag) }),
      })),
    });
  }

  #service(name: string): Json {
    const found = this.services.get(name);
    if (found === undefined) throw new Refusal(404, "NOT_FOUND", `Resource '${name}' was not found.`);
    return found;
  }

  #revision(name: string): Json {
    const found = this.revisions.get(name);
    if (found === undefined) throw new Refusal(404, "NOT_FOUND", `Resource '${name}' was not found.`);
    return found;
  }

  #deleteRevision(name: string): Json {
    const found = this.#revision(name);
    const service = this.#service(String(found["service"]));
    if (service["latestCreatedRevision"] === name)
      throw new Refusal(400, "FAILED_PRECONDITION", "The latest created revision cannot be deleted.");
    return this.#operations.start(name.replace(/\/services\/.*$/, ""), () => {
      this.revisions.delete(name);
      return { response: found };
    });
  }

  #setPolicy(name: string, policy: Json): Json {
    const current = this.policies.get(name)?.["etag"] ?? "BwAAAAAAAAA=";
    if (policy["etag"] !== undefined && policy["etag"] !== current) {
      throw new Refusal(
        409,
        "ABORTED",
        "There were concurrent policy changes. Please retry the whole read-modify-write.",
      );
    }
    this.#version += 1;
    const kept = { ...policy, etag: Buffer.from(`policy-${this.#version}`).toString("base64") };
    this.policies.set(name, kept);
    return kept;
  }
}

function assertHundred(body: Json): void {
  const { traffic } = body;
  if (!Array.isArray(traffic)) return;
  const sum = traffic.map(asTarget).reduce((total, { percent = 0 }) => total + percent, 0);
  if (sum !== 100) throw new Refusal(400, "INVALID_ARGUMENT", `Traffic percentages must add up to 100, not ${sum}.`);
}

function asTarget(value: unknown): Target {
  const { type, revision, percent, tag } = asJson(value);
  return {
    type: String(type),
    ...(typeof revision === "string" ? { revision } : {}),
    ...(typeof percent === "number" ? { percent } : {}),
    ...(typeof tag === "string" ? { tag } : {}),
  };
}
