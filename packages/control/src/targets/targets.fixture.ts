import { randomBytes } from "node:crypto";
import { DEFAULT_AGENT_CONFIG } from "@berth/protocol";
import type { JsonObject, Principal } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import type { Store } from "@berth/store";
import { scriptedCard } from "@berth/testing";
import { SecretSealer } from "../webhooks/seal-secret.ts";
import { createTargets } from "./create-targets.ts";
import type { OpenTargetOptions } from "./open-target.ts";
import type { Targets } from "./targets.ts";

export const admin: Principal = { kind: "api_key", id: "key_admin", orgId: "org_1", scopes: ["admin"] };
export const reader: Principal = { kind: "api_key", id: "key_reader", orgId: "org_1", scopes: ["read"] };

export const CLOUD_RUN = {
  kind: "cloud-run",
  settings: { project: "my-agents-123", region: "europe-west1" },
  registry: { repository: "r.example/agents", credential: "google" },
} as const;

export const DIGEST: string = `sha256:${"a".repeat(64)}`;
const AT = "2026-11-29T12:00:00.000Z";

type Exchange = OutboundHttp["exchange"];
type Sent = Parameters<Exchange>[0];
type Answer = (sent: Sent & { readonly json: JsonObject }) => readonly [status: number, body: object];

export interface TargetWorld {
  readonly store: Store;
  readonly targets: Targets;
  readonly sent: readonly (Sent & { readonly json: JsonObject })[];
  readonly pushed: readonly string[];
  /** What `secured` was given, and how many of them are closed. */
  readonly secured: { readonly ca?: string }[];
  closed: number;
  answer: Answer;
  readonly service: { current: JsonObject | undefined };
}

/** Targets over a store in memory and a Cloud Run that fits in one object. */
export async function openTargetWorld(options: Partial<OpenTargetOptions> = {}): Promise<TargetWorld> {
  const store = createInMemoryStore();
  const sent: (Sent & { readonly json: JsonObject })[] = [];
  const pushed: string[] = [];
  const service: TargetWorld["service"] = { current: undefined };
  const exchange: Exchange = async (request) => {
    const text = request.body instanceof Uint8Array ? Buffer.from(request.body).toString() : "";
    const json: JsonObject = text === "" ? {} : JSON.parse(text);
    const kept = { ...request, json };
    sent.push(kept);
    const [status, body] = world.answer(kept);
    const chunks = (async function* () {
      yield Buffer.from(JSON.stringify(body));
    })();
    return { status, headers: {}, body: chunks };
  };
  const secured: TargetWorld["secured"] = [];
  const world: TargetWorld = {
    store,
    sent,
    pushed,
    secured,
    closed: 0,
    service,
    answer: (request) => cloudRun(service, request),
    targets: createTargets({
      store,
      images: {
        push: async (_orgId, { repository, to, tag = "", credential = "" }) => {
          pushed.push(`${repository} ${to} ${tag} ${credential}`);
          return to;
        },
      },
      outbound: {
        exchange,
        secured: (tls) => {
          secured.push(tls);
          return { exchange, close: async () => void (world.closed += 1) };
        },
      },
      sealer: new SecretSealer({ key: randomBytes(32), randomBytes }),
      google: { accessToken: async () => "google-token", idToken: async () => "id", forget: () => undefined },
      now: () => new Date(AT),
      sleep: async () => undefined,
      ...options,
    }),
  };
  return world;
}

/** An agent with an active release that has an image. */
export async function publish(store: Store, name: string, releaseId: string, image: boolean = true): Promise<string> {
  const agentId = `agt_${name}`;
  const release = {
    orgId: "org_1",
    releaseId,
    agentId,
    digest: DIGEST,
    config: DEFAULT_AGENT_CONFIG,
    card: scriptedCard(),
    skillSchemas: [],
    entry: "src/agent.ts",
    trusted: false,
    createdAt: AT,
    ...(image ? { image: { digest: DIGEST, mediaType: "application/vnd.oci.image.manifest.v1+json", bytes: 1 } } : {}),
  };
  await store.agents.publish({ orgId: "org_1", agentId, name, kind: "deployed", activeReleaseId: releaseId }, release);
  return agentId;
}

const done = { name: "operations/1", done: true, response: {} };

/** As far as this platform looks: a service is ready as soon as it is written, every tag has an address. */
function cloudRun(
  service: TargetWorld["service"],
  { method, url, json }: Parameters<Answer>[0],
): readonly [number, object] {
  const { pathname } = new URL(url);
  if (pathname.endsWith("/entries:list")) {
    return [200, { entries: [{ insertId: "1", timestamp: AT, textPayload: "hello" }] }];
  }
  if (method === "GET") return service.current === undefined ? [404, {}] : [200, service.current];
  if (method === "DELETE") {
    service.current = undefined;
    return [200, done];
  }
  const next: JsonObject = { ...service.current, ...json };
  const revision = new Object(next["template"]) as { readonly revision?: string };
  const traffic = Array.isArray(next["traffic"]) ? next["traffic"] : [];
  service.current = {
    ...next,
    uri: "https://echo-x.a.run.app",
    etag: "1",
    latestReadyRevision: `services/echo/revisions/${revision.revision ?? ""}`,
    latestCreatedRevision: `services/echo/revisions/${revision.revision ?? ""}`,
    terminalCondition: { type: "Ready", state: "CONDITION_SUCCEEDED" },
    trafficStatuses: traffic.map((each) => Object.assign({ uri: "https://tag---echo-x.a.run.app" }, each)),
  };
  return [200, done];
}
