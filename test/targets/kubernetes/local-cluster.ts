import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { discovery } from "./cluster-discovery.ts";
import { recordAt, statusOf } from "./cluster-controllers.ts";
import { applyFields, isRecord, merge, takeFields } from "./field-ownership.ts";
import type { Json, JsonRecord, Owners } from "./field-ownership.ts";
import { schemaObjection } from "./model-schemas.ts";

export interface LocalCluster extends AsyncDisposable {
  readonly url: string;
  /** Every write that was sent, in order: method, path, body. */
  readonly writes: readonly { readonly method: string; readonly path: string; readonly body: JsonRecord }[];
  object(path: string): JsonRecord | undefined;
  /** The next `count` requests are answered so. */
  answer(count: number, status: number, headers?: Readonly<Record<string, string>>): void;
  /** Kinds that this cluster has none of. */
  lacks(...kinds: readonly string[]): void;
}

interface Kept {
  readonly object: JsonRecord;
  readonly owners: Owners;
}

/** An API server of Kubernetes as far as a target and kubectl use one, with the official schemas in front of every write. */
export async function openLocalCluster(): Promise<LocalCluster> {
  const objects = new Map<string, Kept>();
  const pods = new Map<string, readonly JsonRecord[]>();
  const writes: { readonly method: string; readonly path: string; readonly body: JsonRecord }[] = [];
  const missing = new Set<string>();
  let refusals: { readonly status: number; readonly headers: Readonly<Record<string, string>> }[] = [];
  let version = 100;

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      answer(response, 500, failure(500, "InternalError", String(error)));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      answer(response, refusal.status, failure(refusal.status, "TooManyRequests", "try again"), refusal.headers);
      return;
    }
    const url = new URL(request.url ?? "/", "http://cluster");
    const known = discovery(url.pathname);
    if (known !== undefined) {
      answer(response, 200, known);
      return;
    }
    const place = placeOf(url.pathname);
    if (place === undefined || missing.has(place.plural)) {
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return;
    }
    const body = await readJson(request);
    if (request.method !== "GET") writes.push({ method: request.method ?? "", path: request.url ?? "", body });
    if (place.isLog) {
      response.writeHead(200, { "content-type": "text/plain" });
      response.end(`2026-01-01T00:00:00.000000001Z ${place.name} is up\n2026-01-01T00:00:01.000000001Z listening\n`);
      return;
    }
    if (place.name === undefined) {
      answer(response, 200, list(place, url.searchParams.get("labelSelector") ?? ""));
      return;
    }
    if (request.method === "GET") {
      const found = objects.get(place.path)?.object;
      if (found === undefined) answer(response, 404, notFound(place));
      else answer(response, 200, found);
      return;
    }
    if (request.method === "DELETE") remove(place, body, response);
    else await write(place, { type: request.headers["content-type"] ?? "", url, body }, response);
  }

  function list({ group, plural, namespace }: Place, selector: string): JsonRecord {
    const wanted = selector
      .split(",")
      .filter((term) => term !== "")
      .map((term) => term.split("="));
    const all =
      plural === "pods"
        ? [...pods.values()].flat()
        : [...objects]
            .filter(([path]) => path.startsWith(`${collectionOf(group, namespace, plural)}/`))
            .map(([, { object }]) => object);
    const items = all.filter((object) => {
      const labels = recordAt(object, "metadata", "labels");
      return wanted.every(([name = "", value]) => labels[name] === value);
    });
    return { kind: "List", apiVersion: "v1", metadata: { resourceVersion: String(version) }, items };
  }

  function remove(place: Place, options: JsonRecord, response: ServerResponse): void {
    const found = objects.get(place.path);
    if (found === undefined) {
      answer(response, 404, notFound(place));
      return;
    }
    const uid = recordAt(options, "preconditions")["uid"];
    if (uid !== undefined && uid !== recordAt(found.object, "metadata")["uid"]) {
      answer(response, 409, failure(409, "Conflict", "the UID in the precondition does not match"));
      return;
    }
    objects.delete(place.path);
    pods.delete(place.path);
    answer(response, 200, { kind: "Status", apiVersion: "v1", status: "Success" });
  }

  async function write(
    place: Place,
    { type, url, body }: { readonly type: string; readonly url: URL; readonly body: JsonRecord },
    response: ServerResponse,
  ): Promise<void> {
    const known = objects.get(place.path);
    const owners: Owners = known?.owners ?? new Map();
    const manager = url.searchParams.get("fieldManager") ?? "kubectl";
    const isApply = type.startsWith("application/apply-patch");
    if (!isApply && known === undefined) {
      answer(response, 404, notFound(place));
      return;
    }
    const objection = isApply ? await schemaObjection(body) : undefined;
    if (objection !== undefined) {
      answer(response, 422, failure(422, "Invalid", objection));
      return;
    }
    if (!isApply) takeFields(body, { manager, owners });
    const applied = isApply
      ? applyFields(known?.object, body, { manager, owners })
      : { object: merge(known?.object ?? {}, body), conflicts: [] };
    const [conflict] = applied.conflicts;
    if (conflict !== undefined && url.searchParams.get("force") !== "true") {
      const message = `Apply failed with ${applied.conflicts.length} conflict: conflict with "${conflict.manager}": .${conflict.field}`;
      answer(response, 409, failure(409, "Conflict", message));
      return;
    }
    const object = settled(known?.object, applied.object);
    if (url.searchParams.get("dryRun") !== "All") {
      objects.set(place.path, { object, owners });
      pods.set(place.path, statusOf(object)?.pods ?? []);
    }
    answer(response, known === undefined ? 201 : 200, object);
  }

  function settled(before: JsonRecord | undefined, after: JsonRecord): JsonRecord {
    version += 1;
    const old = recordAt(before ?? {}, "metadata");
    const isChanged = JSON.stringify(before?.["spec"]) !== JSON.stringify(after["spec"]);
    const generation = (typeof old["generation"] === "number" ? old["generation"] : 0) + (isChanged ? 1 : 0);
    const defaults: JsonRecord =
      after["kind"] === "Deployment" ? { spec: { replicas: 1, ...recordAt(after, "spec") } } : {};
    const object = {
      ...after,
      ...defaults,
      metadata: {
        ...recordAt(after, "metadata"),
        uid: old["uid"] ?? randomUUID(),
        generation,
        resourceVersion: String(version),
        creationTimestamp: old["creationTimestamp"] ?? new Date().toISOString(),
      },
    };
    const status = statusOf(object)?.status;
    return status === undefined ? object : { ...object, status };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: AddressInfo = addressOf(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    writes,
    object: (path) => objects.get(path)?.object,
    answer: (count, status, headers = {}) => {
      refusals = Array.from({ length: count }, () => ({ status, headers }));
    },
    lacks: (...kinds) => {
      for (const kind of kinds) missing.add(kind);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Place {
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly path: string;
  readonly isLog: boolean;
}

function placeOf(path: string): Place | undefined {
  const match = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([a-z]+)(?:\/([^/]+))?(\/log)?$/.exec(path);
  if (match === null) return undefined;
  const [, group = "", namespace = "", plural = "", name, log] = match;
  return { group, namespace, plural, name, path, isLog: log !== undefined };
}

function collectionOf(group: string, namespace: string, plural: string): string {
  return `${group}/namespaces/${namespace}/${plural}`;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the cluster has no port");
  return address;
}

async function readJson(request: IncomingMessage): Promise<JsonRecord> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return {};
  const value: Json = JSON.parse(text);
  return isRecord(value) ? value : {};
}

function answer(
  response: ServerResponse,
  status: number,
  body: JsonRecord,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function failure(code: number, reason: string, message: string): JsonRecord {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

function notFound({ plural, name = "" }: Place): JsonRecord {
  return { ...failure(404, "NotFound", `${plural} "${name}" not found`), details: { name, kind: plural } };
}
