import { address, choice, described, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type ApprovalSchemaName =
  | "Approval"
  | "ApprovalDecision"
  | "ApprovalDetail"
  | "ApprovalHook"
  | "ApprovalHookList"
  | "ApprovalList"
  | "ApprovalPolicy"
  | "ApprovalPolicyList"
  | "NewApprovalHook"
  | "NewApprovalPolicy";

const ref = (name: ApprovalSchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const EXTENT: JsonSchema = choice("once", "task");
const FLAG: JsonSchema = { type: "boolean" };
const GLOBS = list(text);

const APPROVAL = {
  id: text,
  agent: text,
  taskId: text,
  requesterId: described("The caller of the run; may not decide.", text),
  read: GLOBS,
  "write?": text,
  reason: described("The agent's words.", text),
  priorGrantId: text,
  requestedAt: instant,
  expiresAt: instant,
  state: choice("pending", "approved", "denied", "expired", "canceled"),
  "decision?": object({
    by: described("A principal, or the policy that decided.", text),
    at: instant,
    "extent?": EXTENT,
    "read?": GLOBS,
    "write?": text,
    "note?": text,
    signature: described("A compact JWS; its key stands in /.well-known/jwks.json.", text),
  }),
};

const POLICY = {
  id: text,
  "agent?": text,
  read: GLOBS,
  maxFiles: integer,
  maxBytes: integer,
  extent: EXTENT,
  createdAt: instant,
  createdBy: text,
};

/** Of scope requests and who answers them. */
export const APPROVAL_SCHEMAS: Readonly<Record<ApprovalSchemaName, JsonSchema>> = {
  Approval: object(APPROVAL),
  ApprovalList: object({ approvals: list(ref("Approval")) }),
  ApprovalDetail: object({
    ...APPROVAL,
    matches: object({
      count: integer,
      bytes: integer,
      more: described("`files` are not all.", FLAG),
      files: list(object({ path: text, bytes: integer })),
    }),
    "objection?": described("Why the caller may not decide it.", text),
  }),
  ApprovalDecision: object({
    decision: choice("approve", "deny"),
    "extent?": EXTENT,
    "read?": described("Narrower than asked for.", GLOBS),
    "write?": described("False: without the prefix that was asked for.", FLAG),
    "note?": text,
  }),
  ApprovalPolicy: object(POLICY),
  ApprovalPolicyList: object({ policies: list(ref("ApprovalPolicy")) }),
  NewApprovalPolicy: object({
    "agent?": text,
    read: GLOBS,
    "maxFiles?": integer,
    "maxBytes?": integer,
    "extent?": EXTENT,
  }),
  ApprovalHook: object({ id: text, url: address, createdAt: instant }),
  ApprovalHookList: object({ hooks: list(ref("ApprovalHook")) }),
  NewApprovalHook: object({ url: address }),
};
