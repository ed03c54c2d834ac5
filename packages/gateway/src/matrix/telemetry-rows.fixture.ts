import { randomBytes } from "node:crypto";
import type { Params, Rows } from "./row.fixture.ts";
import type { Org } from "./world.fixture.ts";

/** Without the secret nothing is sent. */
const settings = { url: "https://otlp.example.com", secretHeaders: { "x-key": "NOT_SET" } };

const destination = async (org: Org): Promise<Params> => {
  const name = `d${randomBytes(6).toString("hex")}`;
  await org.make(`/v1/telemetry/destinations/${name}`, { method: "PUT", body: settings });
  return { name };
};

/** A span of the organization's own. */
const trace = async ({ house, principal, agent }: Org): Promise<Params> => {
  const id = randomBytes(16).toString("hex");
  const nowUs = Date.now() * 1_000;
  await house.store.telemetry.spans.append(principal.orgId, [
    {
      source: "agent",
      agent,
      traceId: id,
      spanId: randomBytes(8).toString("hex"),
      name: "work",
      kind: "internal",
      startUs: nowUs,
      endUs: nowUs + 1_000,
      status: "ok",
      attributes: {},
    },
  ]);
  return { id };
};

const task = async (org: Org): Promise<Params> => ({ id: await org.task() });

/** Empty is a good request. */
const empty = { call: () => ({ body: {} }) } as const;

/** Routes of telemetry. */
export const TELEMETRY_ROWS: Rows = {
  "POST /otlp/v1/traces": empty,
  "POST /otlp/v1/logs": empty,
  "POST /otlp/v1/metrics": empty,
  "GET /v1/logs": {},
  "GET /v1/logs/histogram": {},
  "GET /v1/logs/facets": { query: "field=agent" },
  "GET /v1/logs/{id}/context": { fixed: { id: "1" } },
  "GET /v1/traces": {},
  "GET /v1/traces/{id}": { thing: trace },
  "GET /v1/spans": {},
  "GET /v1/tasks/{id}/telemetry": { access: "task", why: "of one's own tasks, of all with task.read_all", thing: task },
  "GET /v1/metrics/names": {},
  "GET /v1/metrics/points": { query: "name=berth.tasks" },
  "GET /v1/telemetry/usage": {},
  "GET /v1/telemetry/destinations": {},
  "PUT /v1/telemetry/destinations/{name}": {
    fixed: { name: "written" },
    call: () => ({ method: "PUT", body: { ...settings, enabled: false } }),
  },
  "DELETE /v1/telemetry/destinations/{name}": { thing: destination, fresh: true },
  "POST /v1/telemetry/destinations/{name}/test": { thing: destination, call: () => ({ method: "POST" }) },
  "GET /metrics": { everywhere: "whoever runs the platform sees all of it; others are refused" },
  "POST /v1/live": {
    access: "signed_in",
    why: "each topic is refused on its own, by whoever may not follow it",
    call: () => ({ body: { topics: [{ id: "t", topic: "task", taskId: "task_none" }] } }),
  },
};
