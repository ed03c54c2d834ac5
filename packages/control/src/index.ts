export { API_KEY_PATTERN } from "./auth/api-key.ts";
export type { AttachRequest, AttachedAgents, AttachedStatus, Attachment } from "./attached/attached-agents.ts";
export type { Auth, CreatedKey, NewKey, OpenedSession, OwnMembership, SignInContext } from "./auth/auth.ts";
export type { AppFile, Apps } from "./apps/apps.ts";
export type { AppCodeRequest, AppPlace, AppSessions, OpenedApp } from "./auth/app-sessions.ts";
export { isAppPath } from "./auth/app-sessions.ts";
export { acrossAgents, authorize } from "./auth/authorize.ts";
export type { CardKey, Cards } from "./cards/cards.ts";
export { signJws } from "./cards/jws.ts";
export { loadSigningKeys } from "./cards/signing-keys.ts";
export type { JwkSet, SigningKeys } from "./cards/signing-keys.ts";
export type { Control, Doctor } from "./control.ts";
export { openControl } from "./create-control.ts";
export type { ControlOptions } from "./control-options.ts";
export type { RunningControl } from "./create-control.ts";
export type { DeployRequest, DeploymentEvent, Deploys } from "./deploys/deploys.ts";
export type {
  Dependents,
  Distributions,
  HistoryEntry,
  ReleaseChanges,
  ReleaseDistribution,
} from "./distribution/distributions.ts";
export { staticChecks } from "./distribution/static-checks.ts";
export { isReleaseLabel, releaseLabel } from "./releases/release-label.ts";
export type { ReleaseView, Releases } from "./releases/releases.ts";
export type { Evals } from "./evals/evals.ts";
export { createEmbedders } from "./memory/embedders/create-embedders.ts";
export type { Memory } from "./memory/memory.ts";
export { SpaceMemory } from "./memory/space-memory.ts";
export { writeSecretFile } from "./keys/write-secret-file.ts";
export { createGrants } from "./grants/create-grants.ts";
export { loadGrantKeys } from "./grants/grant-keys.ts";
export type { GrantKeys } from "./grants/grant-keys.ts";
export type { Grants, HeldGrant, IssuedGrant, NewGrant } from "./grants/grants.ts";
export { actAs, MAX_ACTORS } from "./identity/act-as.ts";
export type { ClientCertificate, Identity, TokenContext } from "./identity/identity.ts";
export { CERTIFICATE_ISSUER } from "./identity/issuers.ts";
export type { Issuers, NewIssuer } from "./identity/issuers.ts";
export { PRINCIPAL_TOKEN_HEADER } from "./identity/principal-token.ts";
export type { MintPrincipalToken, PrincipalTokenRequest } from "./identity/principal-token.ts";
export { MAX_MANIFEST_BYTES } from "@berth/deploy";
export { DEFAULT_IMAGE_LIMITS } from "./images/image-limits.ts";
export type { ImageLimits } from "./images/image-limits.ts";
export { isImageErrorCode } from "./images/image-errors.ts";
export { hasAccess } from "./images/repository-access.ts";
export type { ImageRepositories, RepositoryDetail, Upload } from "./images/repositories.ts";
export type { ImageTransfers } from "./images/image-transfers.ts";
export type { AgentIdentity } from "./identity/spiffe-id.ts";
export type { Workload } from "./identity/workload.ts";
export type { AccessTokenRules } from "./oauth/access-token.ts";
export { GRANT_CLAIM } from "./oauth/access-token.ts";
export { loadOAuthKey } from "./oauth/oauth-key.ts";
export type { OAuthKey } from "./oauth/oauth-key.ts";
export { INVOKE_SCOPE, PLATFORM_SCOPE } from "./oauth/oauth.ts";
export type { CreatedOAuthClient, NewOAuthClient, OAuth, OAuthClient, OAuthClients } from "./oauth/oauth.ts";
export type { Period } from "./billing/billing-month.ts";
export type {
  AccountLine,
  Billing,
  Refund,
  Statement,
  StatementLine,
  UsageAmounts,
  UsageGroup,
  UsageReport,
} from "./billing/billing.ts";
export { JOURNAL_DIMENSIONS } from "@berth/store";
export { journalIdOf, postingDigest } from "./billing/posting.ts";
export type { WatchReport } from "./billing/ledger-watch.ts";
export { defaultRates } from "./limits/default-rates.ts";
export type { DefaultRates } from "./limits/default-rates.ts";
export { toDecimal, toMicros } from "./limits/decimal.ts";
export type { LimitSettings, Limits, MonthlyUsage, RequestKind } from "./limits/limits.ts";
export type { Completion, CompletionRequest, ModelSettings, Models, ProviderContent } from "./models/models.ts";
export type { RateReading } from "./limits/rate-gate.ts";
export type { Push, PushConfigs } from "./push/push.ts";
export { createThreadedReceiptBuilder, loadReceiptKeys } from "./receipts/index.ts";
export type { ReceiptKeys } from "./receipts/index.ts";
export type { RotatedKey } from "./receipts/receipt-keys.ts";
export type { AuditLog, AuditProof } from "./audit/audit-log.ts";
export { withRequestOrigin } from "./audit/request-origin.ts";
export type { RequestOrigin } from "./audit/request-origin.ts";
export { toOcsf } from "./audit/to-ocsf.ts";
export type { Anchor, AnchorSink, Anchors, Evidence } from "./anchors/anchors.ts";
export type { AnchorPlaces } from "./anchors/open-sinks.ts";
export type { NewReview, Review, Reviews, SealedReview } from "./reviews/reviews.ts";
export type { AddendumClaim } from "./receipts/make-addendum.ts";
export type { LedgerCheck, Receipts } from "./receipts/receipts.ts";
export type { Registry } from "./registry/registry.ts";
export type { CardDrift, ImportRequest, RemoteAgents, RemoteStatus } from "./registry/remote-agents.ts";
export type { KeyEncryption } from "./secrets/key-encryption.ts";
export { LocalKeyEncryption } from "./secrets/local-key-encryption.ts";
export type { GitRepositories, GitRepositoryExchange } from "./sources/git-repositories.ts";
export { SOURCE_KINDS } from "./sources/sources.ts";
export type { DeliveryOutcome, NewSourceConnection, Source, Sources } from "./sources/sources.ts";
export type { ListedSecret, SecretAddress, SecretInfo, Secrets } from "./secrets/secrets.ts";
export type { TargetRequest, Targets } from "./targets/targets.ts";
export { createTaskEngine } from "./tasks/create-task-engine.ts";
export type { RunningTaskEngine } from "./tasks/create-task-engine.ts";
export type { TaskEngineOptions } from "./tasks/task-engine-options.ts";
export type {
  AcceptOptions,
  AcceptedTurn,
  CallContext,
  FollowOptions,
  TaskDetails,
  TaskEngine,
  TurnPolicy,
} from "./tasks/task-engine.ts";
export type { ApprovalChange, Changes, TaskChange, TaskChanges } from "./tasks/task-changes.ts";
export type {
  DestinationSettings,
  LiveRecord,
  Telemetry,
  TelemetryBatch,
  TelemetrySender,
} from "./telemetry/telemetry.ts";
export type { Organization, Organizations } from "./users/organizations.ts";
export type { AddedUser, User, Users } from "./users/users.ts";
export { WEBHOOK_KINDS } from "./webhooks/webhooks.ts";
export type { NewWebhook, RawDelivery, VerifiedDelivery, Webhook, Webhooks } from "./webhooks/webhooks.ts";
export { DEFAULT_WORKSPACE_LIMITS } from "./workspaces/workspace-limits.ts";
export type { WorkspaceLimits } from "./workspaces/workspace-limits.ts";
export type {
  FileContent,
  FileDiff,
  WorkspaceFiles,
  Workspaces,
  WriteRequest,
  Writer,
} from "./workspaces/workspaces.ts";
