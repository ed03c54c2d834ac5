import { logEntryOf } from "@berth/protocol";
import type { Message, Part, TaskEvent, TaskEventKind } from "@berth/protocol";
import type { Tone } from "../../../ui/badge.tsx";
import { stateName } from "../../../ui/state-badge.tsx";

type EventLane = "a2a" | "output" | "steps" | "models" | "calls" | "files" | "egress" | "authority" | "platform";

const LANE_OF: Readonly<Record<TaskEventKind, EventLane>> = {
  accepted: "a2a",
  message: "a2a",
  status: "a2a",
  reply: "a2a",
  artifact: "output",
  step: "steps",
  run: "steps",
  model: "models",
  usage: "models",
  call: "calls",
  file: "files",
  memory: "files",
  egress: "egress",
  grant: "authority",
  scope_request: "authority",
  upstream: "platform",
  instance: "platform",
  note: "platform",
  erased: "platform",
};

/** A newer platform may write kinds that this page does not know: they are shown as they are. */
export function laneOf({ body }: TaskEvent): EventLane {
  return LANE_OF[body.kind] ?? "platform";
}

export function partText(part: Part): string {
  if (part.text !== undefined) return part.text;
  if (part.data !== undefined) return JSON.stringify(part.data);
  if (part.url !== undefined) return part.url;
  return `${part.filename ?? "bytes"} (${part.mediaType ?? "application/octet-stream"})`;
}

export function messageText(message: Message): string {
  return message.parts.map(partText).join("\n");
}

export interface EventWords {
  readonly title: string;
  readonly detail: string;
  readonly tone: Tone;
}

/** An event in a few words: what it is, and what of it one wants to see in a list. */
export function wordsOf(event: TaskEvent): EventWords {
  const { body } = event;
  switch (body.kind) {
    case "accepted":
      return body.erased === true
        ? erased(`accepted by ${body.agentName}`)
        : plain(`accepted by ${body.agentName}`, messageText(body.message));
    case "message":
      return plain(
        body.message.role === "ROLE_USER" ? "message of the caller" : "message of the agent",
        messageText(body.message),
      );
    case "status":
      return statusWords(event);
    case "artifact": {
      const { artifact, append, lastChunk } = body;
      const what = append === true ? "artifact chunk" : "artifact";
      return plain(
        `${what} ${artifact.name ?? artifact.artifactId}${lastChunk === true ? ", last" : ""}`,
        artifact.parts.map(partText).join(""),
      );
    }
    case "reply":
      return plain("reply", messageText(body.message));
    case "upstream":
      return plain("the agent's own task", body.taskId);
    case "instance":
      return {
        title: `instance ${body.phase}`,
        detail: [body.instanceId, body.detail].filter(Boolean).join(" "),
        tone: body.phase === "lost" ? "bad" : "plain",
      };
    case "egress":
      return outcome(
        `${body.decision} ${body.host}:${body.port}`,
        [body.detail, body.rule].filter(Boolean).join(" "),
        body.decision === "allowed",
      );
    case "usage":
      return plain("usage reported", `${body.usage.inputTokens} in, ${body.usage.outputTokens} out`);
    case "model":
      return outcome(
        `${body.op} ${body.model}`,
        `${body.outcome}, ${body.inputTokens} in, ${body.outputTokens} out, ${body.latencyMs} ms`,
        body.outcome === "ok",
      );
    case "file":
      return outcome(
        `${body.op} ${body.path}`,
        body.reason ?? (body.bytes === undefined ? body.outcome : `${body.bytes} bytes`),
        body.outcome === "ok",
      );
    case "memory":
      return outcome(
        `memory ${body.op}`,
        body.reason ?? `${body.scope} ${body.items === undefined ? "" : `${body.items} items`}`.trim(),
        body.outcome === "ok",
      );
    case "grant":
      return {
        title: `grant ${body.phase}`,
        detail: [
          ...body.read.map((glob) => `read ${glob}`),
          ...(body.write === undefined ? [] : [`write ${body.write}`]),
        ].join(", "),
        tone: body.phase === "revoked" ? "warn" : "plain",
      };
    case "scope_request":
      return {
        title: `scope ${body.phase}`,
        detail: `${[...body.read, ...(body.write === undefined ? [] : [body.write])].join(", ")}: ${body.reason}`,
        tone: body.phase === "approved" ? "good" : body.phase === "requested" ? "warn" : "bad",
      };
    case "call":
      return {
        title: `calls ${body.agentName}`,
        detail: [body.skill, body.childTaskId].filter(Boolean).join(" "),
        tone: "info",
      };
    case "step":
      return {
        title: `${stepName(body.key)} ${body.phase}`,
        detail: body.error ?? (body.result === undefined ? "" : JSON.stringify(body.result)),
        tone: body.phase === "failed" ? "bad" : body.phase === "done" ? "good" : "info",
      };
    case "run":
      return {
        title: `execution ${body.execution} ${body.phase}`,
        detail: [body.reason, ...(body.waits ?? []).map((key) => `waits for ${key}`)].filter(Boolean).join(", "),
        tone: body.phase === "lost" ? "bad" : "plain",
      };
    case "note":
      return plain(body.name, JSON.stringify(body.data));
    case "erased":
      return erased(body.was);
    default:
      return plain((body as { readonly kind: string }).kind, JSON.stringify(body));
  }
}

function statusWords({ body }: TaskEvent): EventWords {
  if (body.kind !== "status") return plain("", "");
  const entry = logEntryOf(body.metadata);
  if (entry !== undefined && body.status.message === undefined) {
    const text = typeof entry.data === "string" ? entry.data : JSON.stringify(entry.data);
    const isBad = ["error", "critical", "alert", "emergency"].includes(entry.level);
    return {
      title: `log ${entry.level}`,
      detail: text,
      tone: isBad ? "bad" : entry.level === "warning" ? "warn" : "plain",
    };
  }
  const name = stateName(body.status.state);
  const tone: Tone =
    name === "completed"
      ? "good"
      : name === "failed" || name === "rejected"
        ? "bad"
        : name.endsWith("required")
          ? "warn"
          : "info";
  const said = body.status.message === undefined ? "" : messageText(body.status.message);
  return {
    title: name,
    detail: body.erased === true ? "what was said is erased" : [body.reason, said].filter(Boolean).join(" "),
    tone,
  };
}

/** `step:charge#1` is "charge #1"; the first time says no number. */
export function stepName(key: string): string {
  const [, name = key, count = "1"] = /^(?:\w+:)?(.*?)(?:#(\d+))?$/.exec(key) ?? [];
  return count === "1" ? name : `${name} #${count}`;
}

function plain(title: string, detail: string): EventWords {
  return { title, detail, tone: "plain" };
}
function outcome(title: string, detail: string, isGood: boolean): EventWords {
  return { title, detail, tone: isGood ? "plain" : "bad" };
}
function erased(was: string): EventWords {
  return { title: `erased ${was}`, detail: "what was said is erased", tone: "warn" };
}
