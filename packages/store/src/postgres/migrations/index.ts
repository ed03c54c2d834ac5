import { firstTables } from "./0001-first-tables.ts";
import { pushNotifications } from "./0002-push-notifications.ts";
import { webhooks } from "./0003-webhooks.ts";
import { pushUpkeep } from "./0004-push-upkeep.ts";
import { grants } from "./0010-grants.ts";
import { workspaces } from "./0011-workspaces.ts";
import { identities } from "./0012-identities.ts";
import { approvals } from "./0013-approvals.ts";
import { oauth } from "./0014-oauth.ts";
import { secrets } from "./0015-secrets.ts";
import { budgets } from "./0016-budgets.ts";
import { workspaceUpkeep } from "./0017-workspace-upkeep.ts";
import { journals } from "./0020-journals.ts";
import { ledgerQueue } from "./0021-ledger-queue.ts";
import { evals } from "./0022-evals.ts";
import { anchors } from "./0023-anchors.ts";
import { traffic } from "./0024-traffic.ts";
import { evalSamples } from "./0025-eval-samples.ts";
import { eventSeeds } from "./0027-event-seeds.ts";
import { runs } from "./0028-runs.ts";
import { memory } from "./0029-memory.ts";
import { models } from "./0030-models.ts";
import { usedTokens } from "./0032-used-tokens.ts";
import { telemetry } from "./0033-telemetry.ts";
import { telemetryExports } from "./0034-telemetry-exports.ts";
import { appSessions } from "./0037-app-sessions.ts";
import { deployments } from "./0038-deployments.ts";
import { images } from "./0039-images.ts";
import { targets } from "./0040-targets.ts";
import { sources } from "./0041-sources.ts";
import { releaseConformance } from "./0042-release-conformance.ts";
import type { Migration } from "./migration.ts";

export type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  pushNotifications,
  webhooks,
  pushUpkeep,
  grants,
  workspaces,
  identities,
  approvals,
  oauth,
  secrets,
  budgets,
  workspaceUpkeep,
  journals,
  ledgerQueue,
  evals,
  anchors,
  traffic,
  evalSamples,
  eventSeeds,
  runs,
  memory,
  models,
  usedTokens,
  telemetry,
  telemetryExports,
  appSessions,
  deployments,
  images,
  targets,
  sources,
  releaseConformance,
];
