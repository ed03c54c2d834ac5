import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { compareState } from "../compare.ts";
import { TargetKind } from "../deploy-target.ts";
import type { DeployTarget, Placement, TargetContext, TargetPlan, TargetRelease } from "../deploy-target.ts";
import { listAt, textAt } from "../json-parts.ts";
import { parseSettings } from "../parse-settings.ts";
import { cloudLogs } from "./cloud-logs.ts";
import { locationOf } from "./cloud-run-service.ts";
import { GoogleApi } from "./google-api.ts";
import { PROJECT_FIELD, REGION_FIELD, SERVICE_ACCOUNT_FIELD } from "./google-settings.ts";
import { googleLabels, releaseMark } from "./release-label.ts";

export interface AgentEngineSettings {
  readonly project: string;
  readonly region: string;
  readonly serviceAccount?: string;
}

/** What the runtime takes. */
const CPUS = [1, 2, 4, 6, 8];
const MAX_MIN_INSTANCES = 75;
/** The container always listens there. */
const PORT = 8080;
const PAGE = 100;

/** How the SDK of Vertex AI may call it: routes of the container that the agent's own server answers. */
const CLASS_METHODS: readonly JsonObject[] = [
  { name: "query", api_mode: "" },
  { name: "stream_query", api_mode: "stream" },
];

/**
 * Agent Engine: `reasoningEngines` of Vertex AI v1, one per release, run from the release's image. Called by `:query` and
 * `:streamQuery`, which its container answers with A2A messages.
 */
export const agentEngineTarget: DeployTarget<AgentEngineSettings> = {
  kind: TargetKind.AgentEngine,
  fields: [PROJECT_FIELD, REGION_FIELD, SERVICE_ACCOUNT_FIELD],
  parse: (settings) => {
    const { project, region, serviceAccount } = parseSettings(agentEngineTarget.fields, settings);
    return {
      project: String(project),
      region: String(region),
      ...(typeof serviceAccount === "string" ? { serviceAccount } : {}),
    };
  },
  plan,
  diff: compareState,
  observe: async (context, { desired }, settings) => {
    const entries = Object.entries(desired).map(async ([resource, body]) => {
      return [resource, await findEngine(apiOf(context, settings), settings, textAt(body, "displayName"))] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  },
  apply,
  status: async (context, placement, settings) => {
    const engine = await apiOf(context, settings).find(`/v1/${textAt(placement.resources, "engine")}`);
    if (engine === undefined) return { state: "absent", conditions: [], reason: "The engine is not there." };
    // An engine that is there is up: what does not come up fails the operation that makes it.
    return { state: "ready", conditions: [], url: placement.url };
  },
  logs: (context, placement, { project }, options) =>
    cloudLogs(context, options, {
      project,
      filter: `resource.type="aiplatform.googleapis.com/ReasoningEngine" resource.labels.reasoning_engine_id="${textAt(placement.resources, "engine").replace(/^.*\//, "")}"`,
    }),
  // Each release is an engine of its own: which of them is called is the platform's to say.
  rollback: async (context, to, settings) => {
    const engine = await apiOf(context, settings).find(`/v1/${textAt(to.resources, "engine")}`);
    if (engine !== undefined) return to;
    throw new PlatformError("TARGET_FAILED", "The engine of this release is not there any more.", {
      hint: "Deploy the release again.",
    });
  },
  destroy: async (context, placement, settings) => {
    const api = apiOf(context, settings);
    const path = `/v1/${textAt(placement.resources, "engine")}`;
    if ((await api.find(path)) === undefined) return;
    await api.operation(await api.call("DELETE", path, { query: { force: "true" } }), "v1");
    context.log(`removed ${textAt(placement.resources, "engine")}`);
  },
};

function plan(release: TargetRelease, settings: AgentEngineSettings): TargetPlan {
  const body = engineBody(release, settings);
  const name = textAt(body, "displayName");
  return {
    kind: TargetKind.AgentEngine,
    files: { [`${name}.engine.json`]: `${JSON.stringify(body, undefined, 2)}\n` },
    calls: [
      {
        method: "POST",
        path: `/v1/${locationOf(settings)}/reasoningEngines`,
        contentType: "application/json",
        body,
        purpose: `make the engine ${name} in ${settings.region}`,
      },
    ],
    desired: { [`engine ${name}`]: body },
    warnings: [
      "Agent Engine is called by query and streamQuery: callers of the platform see A2A all the same; push and resubscription are the platform's.",
      ...(release.egress.length === 0
        ? []
        : [`Agent Engine lets the agent reach every address, not only ${release.egress.join(", ")}.`]),
      ...(release.port === PORT ? [] : [`Agent Engine calls port ${PORT}, whatever the image says.`]),
    ],
  };
}

function engineBody(release: TargetRelease, { serviceAccount }: AgentEngineSettings): JsonObject {
  const { agentName, releaseId, env, secretEnv, resources, scale } = release;
  const cpu = CPUS.find((size) => size >= resources.cpu) ?? 8;
  return {
    displayName: `${agentName}-${releaseMark(releaseId)}`,
    labels: googleLabels(release),
    spec: {
      agentFramework: "custom",
      containerSpec: { imageUri: release.image },
      classMethods: CLASS_METHODS,
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      deploymentSpec: {
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        secretEnv: Object.entries(secretEnv).map(([name, reference]) => {
          const [secret = reference, version = "latest"] = reference.split("/");
          return { name, secretRef: { secret, version } };
        }),
        minInstances: Math.min(scale.min, MAX_MIN_INSTANCES),
        maxInstances: Math.max(1, scale.max),
        containerConcurrency: scale.concurrency,
        resourceLimits: { cpu: String(cpu), memory: `${Math.ceil(Math.max(resources.memoryMb, 512) / 1_024)}Gi` },
      },
    },
  };
}

async function apply(
  context: TargetContext,
  { desired }: TargetPlan,
  settings: AgentEngineSettings,
): Promise<Placement> {
  const [body] = Object.values(desired);
  if (body === undefined) throw new PlatformError("INTERNAL", "A plan for Agent Engine without an engine.");
  const api = apiOf(context, settings);
  const name = textAt(body, "displayName");
  const known = await findEngine(api, settings, name);
  if (known === undefined) context.log(`making the engine ${name}: this takes minutes`);
  const engine = known ?? (await make(api, settings, body));
  const resource = textAt(engine, "name");
  const origin = originOf(settings);
  return {
    kind: TargetKind.AgentEngine,
    url: `${origin}/v1/${resource}`,
    auth: { kind: "google-access-token", audience: origin },
    dialect: "reasoning-engine",
    resources: { engine: resource },
  };
}

async function make(api: GoogleApi, settings: AgentEngineSettings, body: JsonObject): Promise<JsonObject> {
  const started = await api.call("POST", `/v1/${locationOf(settings)}/reasoningEngines`, { body });
  return await api.operation(started, "v1");
}

/** Ids are Google's, so it is looked for by its name: the release's own. */
async function findEngine(
  api: GoogleApi,
  settings: AgentEngineSettings,
  displayName: string,
): Promise<JsonObject | undefined> {
  let pageToken = "";
  do {
    const answer = await api.call("GET", `/v1/${locationOf(settings)}/reasoningEngines`, {
      query: {
        filter: `display_name="${displayName}"`,
        pageSize: String(PAGE),
        ...(pageToken === "" ? {} : { pageToken }),
      },
    });
    const found = listAt(answer, "reasoningEngines").find((engine) => textAt(engine, "displayName") === displayName);
    if (found !== undefined) return found;
    pageToken = textAt(answer, "nextPageToken");
  } while (pageToken !== "");
  return undefined;
}

function apiOf(context: TargetContext, settings: AgentEngineSettings): GoogleApi {
  return new GoogleApi(context, originOf(settings));
}

function originOf({ region }: AgentEngineSettings): string {
  return `https://${region}-aiplatform.googleapis.com`;
}
