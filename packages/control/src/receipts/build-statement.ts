import { RUN_RECEIPT_TYPE, STATEMENT_TYPE, encodeBase64, encodeBase64Url } from "@berth/ledger";
import type { RunReceipt, RunReceiptStatement, RunUsageClaim, Subject } from "@berth/ledger";
import type { AcceptedEvent, Artifact, RunUsage, TaskEvent } from "@berth/protocol";
import type { JournalRecord, TaskRecord } from "@berth/store";
import { glClaim } from "../billing/gl-claim.ts";
import { authorityPart } from "./authority-part.ts";
import { canonicalText } from "./canonical-text.ts";
import { digestOf } from "./node-sha256.ts";
import type { ReleaseFacts } from "./release-facts.ts";
import { runOutcome } from "./run-outcome.ts";
import type { RunOutcome } from "./run-outcome.ts";

export interface RunInput {
  readonly record: TaskRecord;
  /** The whole log, from seq 1. */
  readonly events: readonly TaskEvent[];
  readonly eventRoot: Uint8Array;
  readonly release: ReleaseFacts;
  readonly journal?: JournalRecord;
}

export interface ReceiptIdentity {
  readonly receiptId: string;
  readonly salt: Uint8Array;
  readonly origin: string;
  /** RFC 7638 thumbprint. */
  readonly serviceAccountKey: string;
}

/** States what the platform saw of a run; nothing here is the agent's own account of itself except its output and use. */
export function buildStatement(run: RunInput, identity: ReceiptIdentity): RunReceiptStatement {
  const [first] = run.events;
  if (first?.body.kind !== "accepted") throw new Error("a task log begins with its accepted event");
  const outcome = runOutcome(run.events);
  const result = digestOf(resultText(outcome));
  const predicate: RunReceipt = {
    v: 1,
    receipt: identity.receiptId,
    salt: encodeBase64Url(identity.salt),
    log: identity.origin,
    agent_seq: run.record.agentSeq,
    run: runPart(run, first.at, first.body, outcome),
    agent: {
      id: first.body.agentId,
      name: first.body.agentName,
      release: first.body.releaseId,
      ...run.release,
      sa_key: identity.serviceAccountKey,
    },
    caller: callerPart(first.body),
    ...authorityPart(run.events),
    io: { input: digestOf(canonicalText(first.body.message)), result },
    events: { n: run.events.length, root: encodeBase64(run.eventRoot) },
    ...(run.journal === undefined ? {} : { gl: glClaim(run.journal) }),
  };
  return {
    _type: STATEMENT_TYPE,
    subject: subjects(outcome.artifacts, result),
    predicateType: RUN_RECEIPT_TYPE,
    predicate,
  };
}

function runPart(run: RunInput, acceptedAt: string, accepted: AcceptedEvent, outcome: RunOutcome): RunReceipt["run"] {
  const { taskId } = run.record;
  const attempts = run.events.filter(({ body }) => body.kind === "instance" && body.phase === "assigned").length;
  return {
    // One execution record is both the task and the run.
    id: taskId,
    task_id: taskId,
    context_id: accepted.contextId.toWellFormed(),
    ...(accepted.skill === undefined ? {} : { skill: accepted.skill.toWellFormed() }),
    protocol: accepted.protocol,
    ...protocolsOf(run.events),
    status: outcome.status,
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    accepted_at: acceptedAt,
    completed_at: outcome.completedAt,
    // A clock that was set back in between must not make a negative number.
    elapsed_ms: Math.max(0, Date.parse(outcome.completedAt) - Date.parse(acceptedAt)),
    ...(attempts === 0 ? {} : { attempts }),
    ...(outcome.usage === undefined ? {} : { usage: toClaim(outcome.usage) }),
  };
}

function toClaim({ inputTokens, outputTokens, costMicros, models }: RunUsage): RunUsageClaim {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(costMicros === undefined ? {} : { cost_micros: costMicros }),
    ...(models === undefined ? {} : { models: models.map((name) => name.toWellFormed()) }),
  };
}

function callerPart({ principal, orgId, authn, actors }: AcceptedEvent): RunReceipt["caller"] {
  const { scheme, issuer, clientId } = authn ?? {};
  return {
    sub: principal.id.toWellFormed(),
    kind: principal.kind,
    org: orgId,
    ...(scheme === undefined
      ? {}
      : {
          authn: {
            scheme,
            ...(issuer === undefined ? {} : { iss: issuer.toWellFormed() }),
            ...(clientId === undefined ? {} : { client_id: clientId.toWellFormed() }),
          },
        }),
    ...(actors === undefined ? {} : { act: actors }),
  };
}

/** Nothing when a turn's protocol is not known: its log is from before it was recorded. */
function protocolsOf(events: readonly TaskEvent[]): { readonly protocols?: readonly string[] } {
  const protocols = new Set<string>();
  for (const { body } of events) {
    if (body.kind === "accepted") protocols.add(body.protocol);
    if (body.kind !== "message" || body.message.role !== "ROLE_USER") continue;
    if (body.protocol === undefined) return {};
    protocols.add(body.protocol);
  }
  return { protocols: [...protocols] };
}

function resultText({ artifacts, message }: RunOutcome): string {
  return canonicalText({ artifacts, ...(message === undefined ? {} : { message }) });
}

function subjects(artifacts: readonly Artifact[], result: string): readonly Subject[] {
  if (artifacts.length === 0) return [{ name: "result", digest: sha256Of(result) }];
  const names = artifacts.map((artifact) => artifact.name ?? artifact.artifactId);
  return artifacts.map((artifact, i) => {
    const name = names[i] ?? artifact.artifactId;
    const unique = names.indexOf(name) === names.lastIndexOf(name);
    return {
      name: (unique ? name : `${name}#${artifact.artifactId}`).toWellFormed(),
      digest: sha256Of(digestOf(canonicalText(artifact.parts))),
    };
  });
}

function sha256Of(digest: string): Subject["digest"] {
  return { sha256: digest.slice("sha256:".length) };
}
