import { ROLES, SCOPES } from "@berth/protocol";
import {
  address,
  anyObject,
  choice,
  described,
  flag,
  instant,
  integer,
  list,
  nullable,
  object,
  text,
} from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { APPROVAL_SCHEMAS } from "./approval-schemas.ts";
import type { ApprovalSchemaName } from "./approval-schemas.ts";
import { MEMORY_SCHEMAS } from "./memory-schemas.ts";
import type { MemorySchemaName } from "./memory-schemas.ts";
import { AGENT_HEALTH, ATTACHED, WAKE_LIST } from "./health-schemas.ts";
import { EVAL_SCHEMAS, EVAL_STATISTICS, SAMPLING_STATISTICS } from "./eval-schemas.ts";
import type { EvalSchemaName } from "./eval-schemas.ts";
import { OAUTH_SCHEMAS } from "./oauth-schemas.ts";
import type { OAuthSchemaName } from "./oauth-schemas.ts";
import { KEY_BOUNDS, PEOPLE_SCHEMAS } from "./people-schemas.ts";
import type { PeopleSchemaName } from "./people-schemas.ts";
import { BILLING_SCHEMAS } from "./billing-schemas.ts";
import type { BillingSchemaName } from "./billing-schemas.ts";
import { LEDGER_SCHEMAS } from "./ledger-schemas.ts";
import type { LedgerSchemaName } from "./ledger-schemas.ts";
import { RELEASE_SCHEMAS } from "./release-schemas.ts";
import type { ReleaseSchemaName } from "./release-schemas.ts";
import { LIMIT_SCHEMAS } from "./limit-schemas.ts";
import type { LimitSchemaName } from "./limit-schemas.ts";
import { MODEL_SCHEMAS } from "./model-schemas.ts";
import type { ModelSchemaName } from "./model-schemas.ts";
import { DISTRIBUTION_SCHEMAS } from "./distribution-schemas.ts";
import type { DistributionSchemaName } from "./distribution-schemas.ts";
import { IMAGE_SCHEMAS } from "./image-schemas.ts";
import type { ImageSchemaName } from "./image-schemas.ts";
import { SECRET_SCHEMAS } from "./secret-schemas.ts";
import type { SecretSchemaName } from "./secret-schemas.ts";
import { DEPLOYMENT_SCHEMAS } from "./deployment-schemas.ts";
import type { DeploymentSchemaName } from "./deployment-schemas.ts";
import { SOURCE_SCHEMAS } from "./source-schemas.ts";
import type { SourceSchemaName } from "./source-schemas.ts";
import { WEBHOOK_SCHEMAS } from "./webhook-schemas.ts";
import type { WebhookSchemaName } from "./webhook-schemas.ts";
import { TARGET_SCHEMAS } from "./target-schemas.ts";
import type { TargetSchemaName } from "./target-schemas.ts";
import { TELEMETRY_SCHEMAS } from "./telemetry-schemas.ts";
import type { TelemetrySchemaName } from "./telemetry-schemas.ts";

export type PlatformSchemaName =
  | OAuthSchemaName
  | ApprovalSchemaName
  | PeopleSchemaName
  | BillingSchemaName
  | EvalSchemaName
  | MemorySchemaName
  | LedgerSchemaName
  | LimitSchemaName
  | ReleaseSchemaName
  | SecretSchemaName
  | DistributionSchemaName
  | ImageSchemaName
  | DeploymentSchemaName
  | SourceSchemaName
  | TargetSchemaName
  | WebhookSchemaName
  | ModelSchemaName
  | TelemetrySchemaName
  | "AcceptCard"
  | "Agent"
  | "AgentList"
  | "CanceledTask"
  | "CardKeyList"
  | "CardKeyRotation"
  | "Connect"
  | "CreatedKey"
  | "Doctor"
  | "FileDiff"
  | "FileHistory"
  | "FileList"
  | "Grant"
  | "GrantList"
  | "Health"
  | "WakeList"
  | "Issuer"
  | "IssuerBinding"
  | "IssuerList"
  | "JsonDocument"
  | "Key"
  | "KeyList"
  | "LogLine"
  | "LogLines"
  | "NewIssuer"
  | "NewKey"
  | "NewRemoteAgent"
  | "PlatformTask"
  | "PlatformTaskList"
  | "Principal"
  | "PushDelivery"
  | "PushDeliveryList"
  | "Receipt"
  | "ReceiptList"
  | "ReceiptPending"
  | "Skill"
  | "TaskEvents"
  | "Version"
  | "WorkspaceFile"
  | "WorkspaceUsage";

const ref = (name: PlatformSchemaName | "Task"): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const LEVEL: JsonSchema = object({ level: choice("enforced", "partial", "none"), detail: text });
const SCOPE: JsonSchema = choice(...SCOPES);

const KEY = {
  id: text,
  name: text,
  scopes: list(SCOPE),
  createdAt: instant,
  expiresAt: nullable(instant),
  lastUsedAt: nullable(instant),
  revokedAt: nullable(instant),
  ...KEY_BOUNDS,
};

const ISSUER = {
  id: text,
  issuer: described("`iss` of its tokens, or `mtls`.", text),
  audiences: list(text),
  jwksUri: nullable(address),
  algorithms: list(text),
  bindings: list(ref("IssuerBinding")),
  singleUse: described("Each token is taken once.", { type: "boolean" }),
  createdAt: instant,
};

const RECEIPT = { receiptId: text, taskId: text, leafIndex: integer, sealedAt: instant };

const PLATFORM_TASK = { task: ref("Task"), agent: text, release: text, principalId: text, createdAt: instant };

const FILE = {
  path: text,
  version: described("From 1, of each path.", integer),
  bytes: integer,
  mediaType: text,
  at: instant,
  by: described("Who wrote it.", text),
  "runId?": described("The run that wrote it.", text),
};

/** What the platform's own routes take and answer. */
export const PLATFORM_SCHEMAS: Readonly<Record<PlatformSchemaName, JsonSchema>> = {
  Health: object({ status: text }),
  Version: object({ version: text, node: text, protocolVersions: list(text) }),
  Principal: object({ kind: text, id: text, orgId: text, scopes: list(SCOPE) }),
  JsonDocument: anyObject,
  Issuer: object(ISSUER),
  IssuerList: object({ issuers: list(ref("Issuer")) }),
  IssuerBinding: object({
    "subject?": described("`sub`, or `*` for everybody of this issuer; of a certificate one of its names.", text),
    "email?": described("Only where the issuer has verified it.", text),
    role: choice(...Object.keys(ROLES)),
    "agents?": described("Only these agents.", list(text)),
  }),
  NewIssuer: object({
    issuer: text,
    "audiences?": list(text),
    "jwksUri?": address,
    "algorithms?": list(text),
    bindings: list(ref("IssuerBinding")),
    "singleUse?": described("Take each token once, and none without a `jti`. Default false.", { type: "boolean" }),
  }),
  Skill: object({
    id: text,
    name: text,
    description: text,
    tags: list(text),
    "inputSchema?": described("JSON Schema of its input.", anyObject),
    "outputSchema?": described("JSON Schema of its output.", anyObject),
  }),
  Agent: object({
    name: text,
    agentId: text,
    kind: choice("deployed", "remote", "internal", "attached"),
    description: text,
    version: text,
    release: text,
    visibility: choice("public", "private"),
    tags: list(text),
    skills: list(ref("Skill")),
    url: address,
    cardUrl: address,
    "upstreamDigest?": described("Of the card as the agent gave it, `sha256:<hex>`.", text),
    mcpUrl: address,
    "appUrl?": described("Of its own web app.", address),
    state: choice("sleeping", "starting", "ready", "draining", "remote", "drifted", "attached", "detached"),
    "remote?": described("Of an agent that runs elsewhere: where, and how its card has changed.", anyObject),
    "attached?": ATTACHED,
    "evals?": EVAL_STATISTICS,
    "sampled?": SAMPLING_STATISTICS,
    trusted: flag,
    "target?": described("The target that the live release runs on; absent: this platform.", text),
    instances: list(object({ instanceId: text, release: text, state: text, activeCalls: integer, startedAt: instant })),
    "health?": AGENT_HEALTH,
    "config?": described("Of one agent that runs here, for those who may inspect it: its berth.json.", anyObject),
    createdAt: instant,
    updatedAt: instant,
  }),
  NewRemoteAgent: object({
    url: address,
    "name?": text,
    "visibility?": choice("public", "private"),
    "credential?": text,
  }),
  AcceptCard: object({ "digest?": described("As the agent's drift has it.", text) }),
  AgentList: object({ agents: list(ref("Agent")), nextPageToken: text }),
  Connect: object({
    mcpUrl: address,
    claudeCode: described("A line for a shell.", text),
    cursor: described("A link that opens Cursor.", text),
    vscode: described("A line for a shell.", text),
    json: described("For the configuration file of any other MCP client.", anyObject),
    a2a: object({ card: address }),
  }),
  LogLine: object({ at: instant, instanceId: text, release: text, stream: choice("stdout", "stderr"), text }),
  WakeList: WAKE_LIST,
  LogLines: object({ lines: list(ref("LogLine")) }),
  PlatformTask: object({ ...PLATFORM_TASK, "seq?": integer }),
  PlatformTaskList: object({ tasks: list(object(PLATFORM_TASK)), nextPageToken: text, totalSize: integer }),
  PushDelivery: object({
    deliveryId: text,
    taskId: text,
    configId: text,
    seq: described("The event it is about.", integer),
    state: choice("pending", "delivered", "dead"),
    attempts: integer,
    createdAt: instant,
    updatedAt: instant,
    "nextAttemptAt?": instant,
    "lastError?": text,
  }),
  PushDeliveryList: object({ deliveries: list(ref("PushDelivery")) }),
  TaskEvents: object({
    events: list(
      object({
        taskId: text,
        seq: integer,
        at: instant,
        body: described("By its `kind`: accepted, message, status, artifact and others.", object({ kind: text })),
      }),
    ),
  }),
  CanceledTask: object({ task: ref("Task") }),
  CardKeyList: object({
    keys: described(
      "The one that signs, then replaced ones, the newest first.",
      list(object({ kid: text, "retiredAt?": instant, "publishedUntil?": instant })),
    ),
  }),
  CardKeyRotation: object({
    "compromised?": described("The old public key is not published any more.", { type: "boolean" }),
  }),
  Key: object(KEY),
  KeyList: object({ keys: list(ref("Key")) }),
  NewKey: object({
    name: { type: "string", minLength: 1, maxLength: 100 },
    scopes: { ...list(SCOPE), minItems: 1, uniqueItems: true },
    "expiresInDays?": { type: "integer", minimum: 1, maximum: 3_650 },
    "agents?": { ...list(text), minItems: 1, maxItems: 50 },
    "cidrs?": { ...list(text), minItems: 1, maxItems: 50 },
  }),
  CreatedKey: object({ key: described("The secret, shown this once.", text), ...KEY }),
  Receipt: object({
    ...RECEIPT,
    state: choice("sealed", "witnessed"),
    "erased?": described("What was said in the run is gone.", flag),
    envelope: described("DSSE envelope: what is signed, and the signatures.", anyObject),
    statement: described("The envelope's payload, readable.", anyObject),
    "addenda?": described(
      "What was said of the run afterwards, in the order of the log. Not with the receipt of a run's own address.",
      list(
        object({
          addendumId: text,
          kind: choice("eval", "review", "adjust"),
          leafIndex: integer,
          sealedAt: instant,
          statement: anyObject,
        }),
      ),
    ),
  }),
  ReceiptList: object({
    receipts: list(
      object({ ...RECEIPT, agent: text, agentId: text, agentSeq: integer, acceptedAt: instant, completedAt: instant }),
    ),
    nextPageToken: text,
  }),
  ReceiptPending: object({ taskId: text, reason: { const: "RECEIPT_PENDING" } }),
  Doctor: object({
    sandbox: list(
      object({
        driver: text,
        isolates: flag,
        "reason?": text,
        "fix?": text,
        filesystem: LEVEL,
        network: LEVEL,
        syscalls: LEVEL,
        memory: LEVEL,
        cpu: LEVEL,
        processes: LEVEL,
      }),
    ),
    store: object({ kind: text, ok: flag, "detail?": text }),
    ledger: object({ ok: flag, "checkedAt?": instant, differences: integer }),
  }),
  ...OAUTH_SCHEMAS,
  ...PEOPLE_SCHEMAS,
  ...APPROVAL_SCHEMAS,
  ...LEDGER_SCHEMAS,
  ...SECRET_SCHEMAS,
  ...DISTRIBUTION_SCHEMAS,
  ...IMAGE_SCHEMAS,
  ...TELEMETRY_SCHEMAS,
  ...MODEL_SCHEMAS,
  ...BILLING_SCHEMAS,
  ...EVAL_SCHEMAS,
  ...MEMORY_SCHEMAS,
  ...LIMIT_SCHEMAS,
  ...RELEASE_SCHEMAS,
  ...WEBHOOK_SCHEMAS,
  ...DEPLOYMENT_SCHEMAS,
  ...SOURCE_SCHEMAS,
  ...TARGET_SCHEMAS,
  WorkspaceFile: object({ ...FILE, digest: described("`sha256:<hex>`.", text) }),
  WorkspaceUsage: object({
    files: integer,
    bytes: described("Of all versions that are kept; the same content counts once.", integer),
    released: described("Bytes that no version names any more: they are about to be collected.", integer),
    quota: object({ files: integer, bytes: integer }),
  }),
  Grant: object({
    id: text,
    run: described("The task whose run holds it.", text),
    agentId: text,
    "priorId?": described("The grant that this one replaced.", text),
    "parentId?": described("The grant it was cut from.", text),
    "approvalId?": described("The approval that allowed what the prior one did not.", text),
    scope: object({
      read: described("Globs of paths that may be read.", list(text)),
      "write?": described("What is written lies below it.", text),
      "maxBytes?": integer,
      "maxFiles?": integer,
      "maxCalls?": integer,
      "maxCost?": text,
    }),
    issuedAt: instant,
    expiresAt: instant,
    revokedAt: nullable(instant),
    valid: described("Neither revoked nor expired.", flag),
  }),
  GrantList: object({ grants: list(ref("Grant")) }),
  FileList: object({
    files: list(ref("WorkspaceFile")),
    "next?": described("Goes on behind this path: `after` of the next page.", text),
  }),
  FileHistory: object({
    path: text,
    versions: list(object({ ...FILE, "digest?": described("Absent: deleted in this version.", text) })),
  }),
  FileDiff: object({
    path: text,
    from: integer,
    to: integer,
    "text?": described("Unified diff; absent when a side is no text, or too large.", text),
  }),
};
