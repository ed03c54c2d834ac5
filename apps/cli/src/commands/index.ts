import type { Command } from "../command.ts";
import { agentsCommands } from "./agents.ts";
import { approvalsCommands } from "./approvals.ts";
import { auditCommands } from "./audit.ts";
import { billingCommands } from "./billing.ts";
import { callCommand } from "./call.ts";
import { clientsCommands } from "./clients.ts";
import { chatCommand } from "./chat.ts";
import { clientTsCommand } from "./client.ts";
import { deployCommand } from "./deploy.ts";
import { deploymentsCommands } from "./deployments.ts";
import { devCommand } from "./dev.ts";
import { distributionCommands } from "./distribution.ts";
import { doctorCommand } from "./doctor.ts";
import { evalsCommands } from "./evals.ts";
import { filesCommands } from "./files.ts";
import { gitRemoteCommands } from "./git-remote.ts";
import { grantsCommands } from "./grants.ts";
import { createHelpCommand } from "./help.ts";
import { imagesCommands } from "./images.ts";
import { targetsCommands } from "./targets.ts";
import { importCommand } from "./import.ts";
import { dockerfileCommand } from "./dockerfile.ts";
import { initCommand } from "./init.ts";
import { cardKeysCommands } from "./card-keys.ts";
import { issuersCommands } from "./issuers.ts";
import { keysCommands } from "./keys.ts";
import { ledgerKeyCommands } from "./ledger-keys.ts";
import { ledgerWitnessCommand } from "./ledger-witness.ts";
import { ledgerAnchorsCommand } from "./ledger-anchors.ts";
import { ledgerCheckCommand } from "./ledger.ts";
import { memoryCommands } from "./memory.ts";
import { limitsCommands } from "./limits.ts";
import { loginCommands } from "./login.ts";
import { logsCommand } from "./logs.ts";
import { mcpUrlCommand } from "./mcp-url.ts";
import { openCommand } from "./open.ts";
import { orgsCommands } from "./orgs.ts";
import { releasesCommands } from "./releases.ts";
import { receiptsCommands } from "./receipts.ts";
import { modelsCommands } from "./models.ts";
import { secretsCommands } from "./secrets.ts";
import { sourceCommands } from "./source.ts";
import { tasksCommands } from "./tasks.ts";
import { telemetryCommands } from "./telemetry.ts";
import { tracesCommands } from "./traces.ts";
import { upCommand } from "./up.ts";
import { usersCommands } from "./users.ts";
import { versionCommand } from "./version.ts";
import { webhooksCommands } from "./webhooks.ts";

/** In the order help shows them: as one would use them. */
export const COMMANDS: readonly Command[] = [
  upCommand,
  ...loginCommands,
  initCommand,
  dockerfileCommand,
  devCommand,
  deployCommand,
  ...deploymentsCommands,
  importCommand,
  ...gitRemoteCommands,
  ...sourceCommands,
  ...agentsCommands,
  ...releasesCommands,
  ...distributionCommands,
  callCommand,
  chatCommand,
  ...tasksCommands,
  ...approvalsCommands,
  ...evalsCommands,
  logsCommand,
  ...tracesCommands,
  mcpUrlCommand,
  openCommand,
  clientTsCommand,
  ...filesCommands,
  ...memoryCommands,
  ...grantsCommands,
  ...webhooksCommands,
  ...keysCommands,
  ...cardKeysCommands,
  ...secretsCommands,
  ...imagesCommands,
  ...targetsCommands,
  ...modelsCommands,
  ...telemetryCommands,
  ...usersCommands,
  ...orgsCommands,
  ...issuersCommands,
  ...clientsCommands,
  ...limitsCommands,
  ...billingCommands,
  ...receiptsCommands,
  ledgerCheckCommand,
  ledgerAnchorsCommand,
  ...ledgerKeyCommands,
  ledgerWitnessCommand,
  ...auditCommands,
  doctorCommand,
  versionCommand,
  createHelpCommand(() => COMMANDS),
];
