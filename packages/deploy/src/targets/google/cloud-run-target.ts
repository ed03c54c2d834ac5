import { PlatformError } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import { compareState } from "../compare.ts";
import { TargetKind } from "../deploy-target.ts";
import type {
  DeployTarget,
  Placement,
  TargetContext,
  TargetPlan,
  TargetRelease,
  TargetStatus,
} from "../deploy-target.ts";
import { at, listAt, numberAt, textAt } from "../json-parts.ts";
import { cloudLogs } from "./cloud-logs.ts";
import { locationOf, revisionName, serviceBody, tagOf } from "./cloud-run-service.ts";
import { CLOUD_RUN_FIELDS, parseCloudRunSettings } from "./cloud-run-settings.ts";
import type { CloudRunSettings } from "./cloud-run-settings.ts";
import { GoogleApi, adviceOn } from "./google-api.ts";

const ORIGIN = "https://run.googleapis.com";
const INVOKER = "roles/run.invoker";
const BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
/** Tags of releases that have no traffic any more. */
const KEPT_TAGS = 10;

/** Cloud Run, Admin API v2. A service per agent, a revision per release with an address of its own by its tag. */
export const cloudRunTarget: DeployTarget<CloudRunSettings> = {
  kind: TargetKind.CloudRun,
  fields: CLOUD_RUN_FIELDS,
  parse: parseCloudRunSettings,
  plan,
  diff: compareState,
  observe: async (context, { desired }, settings) => {
    const api = new GoogleApi(context, ORIGIN);
    const entries = Object.keys(desired).map(async (resource) => {
      const path = `/v2/${locationOf(settings)}/services/${resource.replace(/^\S+ /, "")}`;
      return [resource, await api.find(path)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  },
  apply,
  status: async (context, placement) => {
    const api = new GoogleApi(context, ORIGIN);
    const service = await api.find(`/v2/${textAt(placement.resources, "service")}`);
    return service === undefined
      ? { state: "absent", conditions: [], reason: "The service is not there." }
      : statusOf(service);
  },
  logs: (context, placement, { project }, options) =>
    cloudLogs(context, options, {
      project,
      filter: `resource.type="cloud_run_revision" resource.labels.revision_name="${textAt(placement.resources, "revision")}"`,
    }),
  rollback: async (context, to) => {
    const api = new GoogleApi(context, ORIGIN);
    const path = `/v2/${textAt(to.resources, "service")}`;
    const service = await api.find(path);
    if (service === undefined) throw gone(textAt(to.resources, "service"));
    const traffic = allTo(service, textAt(to.resources, "revision"), textAt(to.resources, "tag"));
    await moveTraffic(api, path, service, traffic);
    context.log(`all traffic goes to ${textAt(to.resources, "revision")}`);
    return to;
  },
  destroy,
};

function plan(release: TargetRelease, settings: CloudRunSettings): TargetPlan {
  const location = locationOf(settings);
  const body = serviceBody(release, settings);
  return {
    kind: TargetKind.CloudRun,
    files: { [`${release.agentName}.service.json`]: `${JSON.stringify(body, undefined, 2)}\n` },
    calls: [
      {
        method: "PATCH",
        path: `/v2/${location}/services/${release.agentName}`,
        query: { updateMask: "labels,ingress,template,traffic", allowMissing: "true" },
        contentType: "application/json",
        body,
        purpose: `make the revision ${revisionName(release)} of the service ${release.agentName} in ${settings.region}`,
      },
      ...(settings.invoker === undefined
        ? []
        : [
            {
              method: "POST" as const,
              path: `/v2/${location}/services/${release.agentName}:setIamPolicy`,
              contentType: "application/json",
              purpose: `let ${settings.invoker} call it`,
            },
          ]),
    ],
    desired: { [`service ${release.agentName}`]: body },
    warnings: [
      ...(release.egress.length === 0
        ? []
        : [`Cloud Run lets the agent reach every address, not only ${release.egress.join(", ")}.`]),
      ...(release.timeouts.runSeconds > 3_600
        ? ["Cloud Run ends every request after an hour; callers take it up again."]
        : []),
      ...(settings.invoker === undefined
        ? ["Nobody is let in by this plan: the platform's identity needs roles/run.invoker."]
        : []),
    ],
  };
}

async function apply(context: TargetContext, { desired }: TargetPlan, settings: CloudRunSettings): Promise<Placement> {
  const [entry] = Object.entries(desired);
  if (entry === undefined) throw new PlatformError("INTERNAL", "A plan for Cloud Run without a service.");
  const [resource, body] = entry;
  const name = resource.replace(/^service /, "");
  const api = new GoogleApi(context, ORIGIN);
  const location = locationOf(settings);
  const path = `/v2/${location}/services/${name}`;
  const revision = textAt(body, "template", "revision");
  const tag = tagOf(revision);
  const existing = await api.find(path);
  if (existing !== undefined && textAt(existing, "labels", "berth-agent") !== textAt(body, "labels", "berth-agent")) {
    throw new PlatformError("TARGET_CONFLICT", `The service ${name} in ${settings.region} is not of this agent.`, {
      hint: "Deploy under another name, or remove the service there.",
    });
  }
  if (existing === undefined) await create(api, context, { location, name, body, revision, tag });
  // The same release again: its revision is there, whatever came of it.
  else if (textAt(existing, "template", "revision") !== revision) {
    await revise(api, context, { path, existing, body, revision, tag });
  }
  if (settings.invoker !== undefined) await letIn(api, path, settings.invoker);
  const service = await ready(api, context, path, revision);
  const moved = await moveTraffic(api, path, service, allTo(service, revision, tag));
  context.log(`all traffic of ${name} goes to ${revision}`);
  const own = listAt(moved, "trafficStatuses").find((status) => textAt(status, "tag") === tag);
  const uri = textAt(moved, "uri");
  return {
    kind: TargetKind.CloudRun,
    url: textAt(own, "uri") || uri,
    auth: { kind: "google-id-token", audience: uri },
    resources: { service: `${location}/services/${name}`, revision, tag, generation: textAt(moved, "generation") },
  };
}

async function create(
  api: GoogleApi,
  context: TargetContext,
  {
    location,
    name,
    body,
    revision,
    tag,
  }: {
    readonly location: string;
    readonly name: string;
    readonly body: JsonObject;
    readonly revision: string;
    readonly tag: string;
  },
): Promise<void> {
  context.log(`making the service ${name}`);
  const traffic = [{ type: BY_REVISION, revision, percent: 100, tag }];
  const started = await api.call("POST", `/v2/${location}/services`, {
    query: { serviceId: name },
    body: { ...body, traffic },
  });
  await api.operation(started, "v2");
}

/** A revision beside those that serve, without traffic: what does not come up takes nothing from anybody. */
async function revise(
  api: GoogleApi,
  context: TargetContext,
  {
    path,
    existing,
    body,
    revision,
    tag,
  }: {
    readonly path: string;
    readonly existing: JsonObject;
    readonly body: JsonObject;
    readonly revision: string;
    readonly tag: string;
  },
): Promise<void> {
  context.log(`making the revision ${revision}`);
  const kept = listAt(existing, "traffic").filter((target) => textAt(target, "tag") !== tag);
  const pinned = kept.map((target) => pin(target, textAt(existing, "latestReadyRevision")));
  const traffic = [...pinned, { type: BY_REVISION, revision, percent: 0, tag }];
  const started = await api.call("PATCH", path, {
    query: { updateMask: "labels,ingress,template,traffic" },
    body: { ...body, traffic, etag: textAt(existing, "etag") },
  });
  await api.operation(started, "v2");
}

/** What follows the newest revision would follow this one before it is up. */
function pin(target: JsonObject, latest: string): JsonObject {
  if (textAt(target, "type") === BY_REVISION) return target;
  return { ...target, type: BY_REVISION, revision: latest.replace(/^.*\//, "") };
}

async function ready(api: GoogleApi, context: TargetContext, path: string, revision: string): Promise<JsonObject> {
  const deadline = context.now() + 10 * 60_000;
  for (;;) {
    const service = await api.call("GET", path);
    const status = statusOf(service);
    if (status.state === "ready" && textAt(service, "latestReadyRevision").endsWith(`/${revision}`)) return service;
    if (status.state === "failed") {
      throw new PlatformError(
        "TARGET_FAILED",
        `The revision ${revision} did not come up: ${status.reason ?? "no reason"}`,
      );
    }
    if (context.now() > deadline)
      throw new PlatformError("TIMED_OUT", `The revision ${revision} was not ready after 10 minutes.`);
    await context.sleep(2_000);
  }
}

/** Read, changed and written back under its etag: whoever changes it meanwhile is not overwritten. */
async function letIn(api: GoogleApi, path: string, member: string): Promise<void> {
  const policy = await api.call("GET", `${path}:getIamPolicy`, { query: { "options.requestedPolicyVersion": "3" } });
  const bindings = listAt(policy, "bindings");
  const has = bindings.some(
    (binding) =>
      textAt(binding, "role") === INVOKER &&
      at(binding, "condition") === undefined &&
      members(binding).includes(member),
  );
  if (has) return;
  const etag = textAt(policy, "etag");
  const added = [...bindings, { role: INVOKER, members: [member] }];
  await api.call("POST", `${path}:setIamPolicy`, {
    body: { policy: { version: 3, bindings: added, ...(etag === "" ? {} : { etag }) } },
  });
}

function members(binding: JsonObject): readonly JsonValue[] {
  const found = at(binding, "members");
  return Array.isArray(found) ? found : [];
}

/** All traffic to one revision; earlier ones keep their addresses, the oldest of too many lose theirs. */
function allTo(service: JsonObject, revision: string, tag: string): readonly JsonObject[] {
  const others = listAt(service, "traffic")
    .filter((target) => textAt(target, "revision") !== revision && textAt(target, "tag") !== "")
    .map((target) => ({
      type: BY_REVISION,
      revision: textAt(target, "revision"),
      percent: 0,
      tag: textAt(target, "tag"),
    }));
  return [...others.slice(-KEPT_TAGS), { type: BY_REVISION, revision, percent: 100, tag }];
}

async function moveTraffic(
  api: GoogleApi,
  path: string,
  service: JsonObject,
  traffic: readonly JsonObject[],
): Promise<JsonObject> {
  const started = await api.call("PATCH", path, {
    query: { updateMask: "traffic" },
    body: { traffic, etag: textAt(service, "etag") },
  });
  await api.operation(started, "v2");
  return await api.call("GET", path);
}

async function destroy(context: TargetContext, { resources }: Placement): Promise<void> {
  const api = new GoogleApi(context, ORIGIN);
  const path = `/v2/${textAt(resources, "service")}`;
  const revision = textAt(resources, "revision");
  const service = await api.find(path);
  if (service === undefined) return;
  const others = listAt(service, "traffic").filter((target) => textAt(target, "revision") !== revision);
  const serving = others.filter((target) => numberAt(target, "percent") > 0);
  if (others.length === 0) {
    await api.operation(await api.call("DELETE", path, { query: { etag: textAt(service, "etag") } }), "v2");
    context.log(`removed the service ${textAt(resources, "service")}`);
    return;
  }
  // It still has the traffic, and others have an address: the agent goes on, so this one stays until that is moved.
  if (serving.length === 0) {
    throw new PlatformError("TARGET_CONFLICT", `The revision ${revision} has the traffic.`, {
      hint: "Roll back to another release first.",
    });
  }
  await moveTraffic(api, path, service, others);
  const removed = await api.find(`${path}/revisions/${revision}`);
  if (removed === undefined || textAt(service, "latestCreatedRevision").endsWith(`/${revision}`)) return;
  await api.operation(await api.call("DELETE", `${path}/revisions/${revision}`), "v2");
  context.log(`removed the revision ${revision}`);
}

function statusOf(service: JsonObject): TargetStatus {
  const conditions = [at(service, "terminalCondition"), ...listAt(service, "conditions")].flatMap((condition) =>
    textAt(condition, "type") === ""
      ? []
      : [
          {
            type: textAt(condition, "type"),
            status: textAt(condition, "state"),
            message: textAt(condition, "message"),
          },
        ],
  );
  const traffic = listAt(service, "trafficStatuses").map((target) => ({
    revision: textAt(target, "revision"),
    percent: numberAt(target, "percent"),
  }));
  const shared = { conditions, url: textAt(service, "uri"), traffic };
  const terminal = at(service, "terminalCondition");
  const isSettled =
    at(service, "reconciling") !== true && textAt(service, "observedGeneration") === textAt(service, "generation");
  const state = textAt(terminal, "state");
  if (isSettled && state === "CONDITION_SUCCEEDED") return { state: "ready", ...shared };
  if (isSettled && state === "CONDITION_FAILED") {
    const signs = [textAt(terminal, "reason"), textAt(terminal, "revisionReason")]
      .filter((sign) => sign !== "")
      .join(" ");
    return { state: "failed", reason: `${textAt(terminal, "message")} ${adviceOn(signs)}`.trim(), ...shared };
  }
  return { state: "deploying", ...shared };
}

function gone(service: string): PlatformError {
  return new PlatformError("TARGET_FAILED", `The service ${service} is not there any more.`, {
    hint: "Deploy the release again.",
  });
}
