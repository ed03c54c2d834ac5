import type { DestinationSettings } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isTexts, membersOf } from "./body.ts";

const SIGNALS = ["traces", "logs", "metrics"] as const;

/** Where telemetry is sent besides. Credentials are secrets, and named here by their names only. */
export function telemetryDestinationRoutes(edge: Edge): readonly PlatformRoute[] {
  const destinations = (): Edge["control"]["telemetry"]["destinations"] => edge.control.telemetry.destinations;
  return [
    {
      method: "GET",
      path: "/v1/telemetry/destinations",
      policy: "telemetry.manage",
      summary: "Where telemetry is sent besides, and how that goes",
      handle: async (exchange) => {
        const listed = await destinations().list(exchange.principal);
        const shown = listed.map(({ destination, state }) => ({ ...toDestinationJson(destination), state }));
        sendJson(exchange, { destinations: shown });
      },
    },
    {
      method: "PUT",
      path: "/v1/telemetry/destinations/{name}",
      policy: "telemetry.manage",
      summary: "Send telemetry to an OTLP/HTTP receiver from now on, in place of what this name had before",
      body: "application/json",
      handle: async (exchange) => {
        const settings = parseSettings(await readJson(exchange, edge.limits));
        const kept = await destinations().put(exchange.principal, exchange.param("name"), settings);
        sendJson(exchange, toDestinationJson(kept));
      },
    },
    {
      method: "DELETE",
      path: "/v1/telemetry/destinations/{name}",
      policy: "telemetry.manage",
      summary: "Send nothing there any more; what waits for it is dropped",
      status: 204,
      handle: async (exchange) => {
        await destinations().remove(exchange.principal, exchange.param("name"));
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/v1/telemetry/destinations/{name}/test",
      policy: "telemetry.manage",
      summary: "Send one sample span now, and answer what came back",
      handle: async (exchange) =>
        sendJson(exchange, await destinations().test(exchange.principal, exchange.param("name"))),
    },
  ];
}

type Destination = Awaited<ReturnType<Edge["control"]["telemetry"]["destinations"]["put"]>>;

function toDestinationJson({ orgId: _orgId, destinationId: _id, ...shown }: Destination): object {
  return shown;
}

/** What a value may be is the use case's to say; here it gets its type. @throws INVALID_PARAMS with every field that does not fit */
function parseSettings(body: unknown): DestinationSettings {
  const violations: FieldViolation[] = [];
  const report = (field: string, description: string): void => void violations.push({ field, description });
  const {
    url,
    encoding = "protobuf",
    signals = SIGNALS,
    headers = {},
    secretHeaders = {},
    sampleRatio = 1,
    redact = [],
    deltaMetrics = false,
    enabled = true,
  } = membersOf(body);
  if (typeof url !== "string") report("url", "must be a text");
  if (encoding !== "protobuf" && encoding !== "json") report("encoding", "must be protobuf or json");
  if (typeof sampleRatio !== "number") report("sampleRatio", "must be a number from 0 to 1");
  if (typeof deltaMetrics !== "boolean") report("deltaMetrics", "must be true or false");
  if (typeof enabled !== "boolean") report("enabled", "must be true or false");
  if (!isTexts(redact)) report("redact", "must be a list of attribute keys");
  const known = isTexts(signals) ? SIGNALS.filter((signal) => signals.includes(signal)) : [];
  if (!isTexts(signals) || known.length !== signals.length) report("signals", `must be of ${SIGNALS.join(", ")}`);
  if (!isTextMap(headers)) report("headers", "must have texts by their header's name");
  if (!isTextMap(secretHeaders)) report("secretHeaders", "must have names of secrets by their header's name");
  if (violations.length > 0) throw invalidParams(violations);
  return {
    url: String(url),
    encoding: encoding === "json" ? "json" : "protobuf",
    signals: known,
    headers: isTextMap(headers) ? headers : {},
    secretHeaders: isTextMap(secretHeaders) ? secretHeaders : {},
    sampleRatio: Number(sampleRatio),
    redact: isTexts(redact) ? redact : [],
    deltaMetrics: deltaMetrics === true,
    enabled: enabled === true,
  };
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
