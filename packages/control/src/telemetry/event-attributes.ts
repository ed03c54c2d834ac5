import type { MemoryEvent, ModelEvent, TaskEventBody } from "@berth/protocol";
import { BERTH, ERROR_TYPE, GEN_AI, GEN_AI_OPERATIONS, HTTP } from "@berth/telemetry";
import type { Attributes, SpanEvent } from "@berth/telemetry";

/** By the semantic conventions for generative AI; the cost is the platform's own. */
export function modelAttributes(event: ModelEvent): Attributes {
  const { op, model, alias, inputTokens, outputTokens, costMicros, finishReason, attempts, reason } = event;
  const slash = model.indexOf("/");
  return {
    [GEN_AI.operation]: op === "embed" ? GEN_AI_OPERATIONS.embeddings : GEN_AI_OPERATIONS.chat,
    ...(slash === -1 ? {} : { [GEN_AI.provider]: model.slice(0, slash) }),
    [GEN_AI.requestModel]: slash === -1 ? model : model.slice(slash + 1),
    [GEN_AI.inputTokens]: inputTokens,
    [GEN_AI.outputTokens]: outputTokens,
    ...(costMicros === undefined ? {} : { [BERTH.costMicros]: costMicros }),
    ...(finishReason === undefined ? {} : { [GEN_AI.finishReasons]: [finishReason] }),
    ...(alias === undefined ? {} : { "berth.model.alias": alias }),
    ...(attempts === undefined ? {} : { "berth.model.attempts": attempts }),
    ...(event.estimated === undefined ? {} : { "berth.model.estimated": true }),
    ...(event.outcome === "ok" ? {} : { [ERROR_TYPE]: reason ?? event.outcome }),
  };
}

export function modelStart({ latencyMs }: ModelEvent, at: number): number {
  return at - Math.round(latencyMs * 1_000);
}

const MEMORY_OPERATIONS = {
  save: "upsert_memory",
  search: "search_memory",
  list: "search_memory",
  delete: "delete_memory",
} as const satisfies Record<MemoryEvent["op"], string>;

export function memoryAttributes({ op, scope, items, itemId, outcome, reason }: MemoryEvent): Attributes {
  return {
    [GEN_AI.operation]: MEMORY_OPERATIONS[op],
    "berth.memory.scope": scope,
    ...(items === undefined ? {} : { "berth.memory.items": items }),
    ...(itemId === undefined ? {} : { "berth.memory.item.id": itemId }),
    ...(outcome === "ok" ? {} : { [ERROR_TYPE]: reason ?? outcome }),
  };
}

/** What has no length: it is an event of the turn. */
export function spanEventOf(body: TaskEventBody, atUs: number): SpanEvent | undefined {
  switch (body.kind) {
    case "instance":
      return {
        name: `instance ${body.phase}`,
        atUs,
        attributes: told({ [BERTH.instanceId]: body.instanceId, detail: body.detail }),
      };
    case "egress": {
      const { host, port, decision, detail, rule } = body;
      return {
        name: `egress ${decision}`,
        atUs,
        attributes: told({ [HTTP.host]: host, [HTTP.port]: port, detail, rule }),
      };
    }
    case "file": {
      const { op, path, outcome, reason, bytes } = body;
      return {
        name: `file ${op}`,
        atUs,
        attributes: told({ "file.path": path, outcome, [ERROR_TYPE]: reason, bytes }),
      };
    }
    case "grant":
      return { name: `grant ${body.phase}`, atUs, attributes: told({ "berth.grant.id": body.grantId }) };
    case "artifact": {
      const { artifactId, name } = body.artifact;
      // Pieces of one artifact may be thousands.
      return body.append === true
        ? undefined
        : { name: "artifact", atUs, attributes: told({ "a2a.artifact.id": artifactId, name }) };
    }
    case "note":
      return { name: body.name, atUs, attributes: {} };
    default:
      return undefined;
  }
}

function told(values: Readonly<Record<string, string | number | undefined>>): Attributes {
  const known = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return Object.fromEntries(known);
}
