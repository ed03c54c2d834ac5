import { AGENT_ROUTE_SCHEMAS } from "./agent-route-schemas.ts";
import { OAUTH_ROUTE_SCHEMAS } from "./oauth-schemas.ts";
import type { ComponentName } from "./components.ts";

interface ExtraAnswer {
  readonly description: string;
  readonly schema?: ComponentName;
}

/** What a route takes and answers, by the names of the document's schemas. */
export interface RouteSchemas {
  readonly body?: ComponentName;
  /** Absent: the answer has no body, or it is no JSON. For event streams: the data of one event. */
  readonly answer?: ComponentName;
  /** Other forms of the good answer by media type; of an event stream the data of one event. `null`: text. */
  readonly forms?: { readonly [mediaType: string]: ComponentName | null };
  /** Good answers of another status. */
  readonly also?: { readonly [status: string]: ExtraAnswer };
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
}

const PLATFORM_ROUTE_SCHEMAS: { readonly [route: string]: RouteSchemas } = {
  "GET /healthz": { answer: "Health" },
  "GET /readyz": { answer: "Health", also: { 503: { description: "It starts or stops", schema: "Health" } } },
  "GET /v1/version": { answer: "Version" },
  "GET /v1/whoami": { answer: "OwnIdentity" },
  "GET /v1/doctor": { answer: "Doctor" },
  "POST /ledger/witness/add-checkpoint": {},
  "GET /v1/ledger/witness/logs": { answer: "WitnessedLogs" },
  "POST /v1/ledger/witness/logs": { body: "WitnessKey", answer: "WitnessedLog" },
  "POST /v1/ledger/witness/logs/remove": { body: "LogOrigin" },
  "GET /v1/ledger/witnesses": { answer: "WitnessList" },
  "POST /v1/ledger/witnesses": { body: "Witness", answer: "Witness" },
  "POST /v1/ledger/witnesses/remove": { body: "WitnessKey" },
  "GET /v1/ledger/keys": { answer: "LedgerKeyList" },
  "POST /v1/ledger/keys/rotate": { body: "LedgerKeyRotation", answer: "LedgerKeyId" },
  "POST /v1/ledger/keys/revoke": { body: "LedgerKeyId", answer: "LedgerKeyId" },
  "GET /ledger/consistency": { answer: "ConsistencyProof" },
  "GET /v1/audit": { answer: "AuditEntries" },
  "GET /v1/audit/{id}/proof": { answer: "AuditProof" },
  "GET /v1/agents": { answer: "AgentList" },
  "GET /v1/agents/{name}": { answer: "Agent" },
  "GET /v1/agents/{name}/connect": { answer: "Connect" },
  "GET /v1/agents/{name}/card": { answer: "AgentCard" },
  "POST /v1/agents/import": { body: "NewRemoteAgent", answer: "Agent" },
  "POST /v1/agents/{name}/refresh": { answer: "Agent" },
  "POST /v1/agents/{name}/accept-card": { body: "AcceptCard", answer: "Agent" },
  "DELETE /v1/agents/{name}": {},
  "GET /v1/agents/{name}/releases": { answer: "ReleaseList" },
  "GET /v1/agents/{name}/logs": { answer: "LogLines", forms: { "text/event-stream": "LogLine" } },
  "POST /v1/agents/{name}/webhooks": { body: "NewWebhook", answer: "CreatedWebhook" },
  "GET /v1/agents/{name}/webhooks": { answer: "WebhookList" },
  "DELETE /v1/agents/{name}/webhooks/{id}": {},
  "POST /hooks/{id}": {
    body: "JsonDocument",
    answer: "AcceptedDelivery",
    also: { 204: { description: "GitHub's ping; nothing was started" } },
    headers: [
      { name: "webhook-id", description: "Standard Webhooks: which delivery it is." },
      { name: "webhook-timestamp", description: "Standard Webhooks: Unix time, at most five minutes off." },
      { name: "webhook-signature", description: "Standard Webhooks: v1,<base64 HMAC-SHA256 of id.timestamp.body>." },
      { name: "X-Hub-Signature-256", description: "GitHub: sha256=<hex HMAC-SHA256 of the body>." },
      { name: "X-GitHub-Delivery", description: "GitHub: which delivery it is." },
      { name: "X-Signature-256", description: "Others: hex HMAC-SHA256 of the body." },
    ],
  },
  "GET /v1/limits": { answer: "LimitSettings" },
  "PUT /v1/limits": { body: "NewLimits", answer: "LimitSettings" },
  "GET /v1/limits/usage": { answer: "MonthlyUsage" },
  "GET /v1/usage": { answer: "UsageReport", forms: { "text/csv": null } },
  "GET /v1/statements/{month}": { answer: "Statement", forms: { "text/csv": null } },
  "GET /v1/journals": { answer: "JournalList" },
  "POST /v1/receipts/{id}/refunds": { body: "NewRefund", answer: "Journal" },
  "POST /v1/deployments": { answer: "Deployment" },
  "GET /v1/deployments": { answer: "DeploymentList" },
  "GET /v1/deployments/{id}": { answer: "Deployment" },
  "DELETE /v1/deployments/{id}": { answer: "Deployment" },
  "GET /v1/deployments/{id}/events": { answer: "DeploymentEvent" },
  "GET /v1/tasks": { answer: "PlatformTaskList" },
  "GET /v1/tasks/{id}": { answer: "PlatformTask" },
  "GET /v1/tasks/{id}/events": { answer: "TaskEvents" },
  "POST /v1/tasks/{id}/cancel": { answer: "CanceledTask" },
  "GET /v1/tasks/{id}/deliveries": { answer: "PushDeliveryList" },
  "POST /v1/deliveries/{id}/retry": { answer: "PushDelivery" },
  "GET /v1/keys": { answer: "KeyList" },
  "POST /v1/keys": { body: "NewKey", answer: "CreatedKey" },
  "DELETE /v1/keys/{id}": {},
  "GET /v1/card-keys": { answer: "CardKeyList" },
  "POST /v1/card-keys/rotate": { body: "CardKeyRotation", answer: "CardKeyList" },
  "GET /v1/secrets": { answer: "SecretList" },
  "PUT /v1/secrets/{name}": { body: "NewSecretValue", answer: "Secret" },
  "DELETE /v1/secrets/{name}": {},
  "GET /v1/issuers": { answer: "IssuerList" },
  "POST /v1/issuers": { body: "NewIssuer", answer: "Issuer" },
  "DELETE /v1/issuers/{id}": {},
  ...OAUTH_ROUTE_SCHEMAS,
  "GET /workload/.well-known/openid-configuration": { answer: "JsonDocument" },
  "GET /workload/jwks.json": { answer: "JsonDocument" },
  "GET /.well-known/oauth-protected-resource/agents/{name}": { answer: "JsonDocument" },
  "GET /.well-known/oauth-protected-resource/agents/{name}/mcp": { answer: "JsonDocument" },
  "GET /v1/receipts": { answer: "ReceiptList" },
  "GET /v1/receipts/{id}": { answer: "Receipt" },
  "GET /v1/receipts/{id}/bundle": { answer: "JsonDocument" },
  "GET /v1/receipts/{id}/tlog-proof": {},
  "GET /v1/ledger/check": { answer: "LedgerCheck" },
  "POST /v1/sessions": { body: "SignIn", answer: "Principal" },
  "DELETE /v1/sessions": {},
  "GET /v1/sessions": { answer: "SessionList" },
  "DELETE /v1/sessions/{id}": {},
  "POST /v1/sessions/organization": { body: "SwitchOrganization", answer: "Principal" },
  "POST /v1/password": { body: "NewPassword", answer: "Principal" },
  "GET /v1/users": { answer: "UserList" },
  "POST /v1/users": { body: "NewUser", answer: "AddedUser" },
  "POST /v1/users/{id}/role": { body: "NewRole", answer: "User" },
  "POST /v1/users/{id}/disable": { answer: "User" },
  "POST /v1/users/{id}/enable": { answer: "User" },
  "POST /v1/users/{id}/code": { answer: "SignInCode" },
  "DELETE /v1/users/{id}": {},
  "GET /v1/organizations": { answer: "OrganizationList" },
  "POST /v1/organizations": { body: "NewOrganization", answer: "CreatedOrganization" },
  "POST /v1/organizations/{id}/name": { body: "OrganizationName", answer: "Organization" },
  "GET /ledger/checkpoint": {},
  "GET /ledger/keys": { answer: "JsonDocument" },
  "GET /ledger/tile/{path}": {},
  "GET /v1/approvals": { answer: "ApprovalList" },
  "GET /v1/approvals/{id}": { answer: "ApprovalDetail" },
  "POST /v1/approvals/{id}/decision": { body: "ApprovalDecision", answer: "Approval" },
  "GET /v1/approval-policies": { answer: "ApprovalPolicyList" },
  "POST /v1/approval-policies": { body: "NewApprovalPolicy", answer: "ApprovalPolicy" },
  "DELETE /v1/approval-policies/{id}": {},
  "GET /v1/approval-hooks": { answer: "ApprovalHookList" },
  "POST /v1/approval-hooks": { body: "NewApprovalHook", answer: "ApprovalHook" },
  "DELETE /v1/approval-hooks/{id}": {},
  "GET /v1/grants": { answer: "GrantList" },
  "DELETE /v1/grants/{id}": {},
  "GET /v1/workspace/files": { answer: "FileList" },
  "GET /v1/workspace/files/{path}": {},
  "PUT /v1/workspace/files/{path}": {
    answer: "WorkspaceFile",
    headers: [
      { name: "If-Match", description: `The version it is based on, such as "3"; * for any.` },
      { name: "If-None-Match", description: "*: only when there never was such a file." },
    ],
  },
  "DELETE /v1/workspace/files/{path}": {},
  "GET /v1/workspace/usage": { answer: "WorkspaceUsage" },
  "GET /v1/workspace/history/{path}": { answer: "FileHistory" },
  "GET /v1/workspace/diff/{path}": { answer: "FileDiff" },
  "GET /v1/openapi.json": { answer: "JsonDocument" },
  "GET /llms.txt": {},
  "GET /.well-known/jwks.json": { answer: "JsonDocument" },
  "GET /mcp": { answer: "JsonRpcRequest" },
  "POST /mcp": { body: "JsonRpcRequest", answer: "JsonRpcResponse", also: { 202: { description: "Taken note of" } } },
  "POST /a2a": { body: "JsonRpcRequest", answer: "JsonRpcResponse" },
};

/** By `METHOD /path`, agents' routes under `/agents/{agent}`. A test holds that every route is here and nothing else. */
export const ROUTE_SCHEMAS: { readonly [route: string]: RouteSchemas } = {
  ...PLATFORM_ROUTE_SCHEMAS,
  ...Object.fromEntries(
    Object.entries(AGENT_ROUTE_SCHEMAS).map(([route, schemas]) => [route.replace(" ", " /agents/{agent}"), schemas]),
  ),
};
