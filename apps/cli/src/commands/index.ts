import type { Command } from "../command.ts";
import { agentsCommands } from "./agents.ts";
import { callCommand } from "./call.ts";
import { chatCommand } from "./chat.ts";
import { clientTsCommand } from "./client.ts";
import { deployCommand } from "./deploy.ts";
import { doctorCommand } from "./doctor.ts";
import { createHelpCommand } from "./help.ts";
import { importCommand } from "./import.ts";
import { initCommand } from "./init.ts";
import { cardKeysCommands } from "./card-keys.ts";
import { keysCommands } from "./keys.ts";
import { ledgerCheckCommand } from "./ledger.ts";
import { logsCommand } from "./logs.ts";
import { mcpUrlCommand } from "./mcp-url.ts";
import { receiptsCommands } from "./receipts.ts";
import { tasksCommands } from "./tasks.ts";
import { upCommand } from "./up.ts";
import { versionCommand } from "./version.ts";
import { webhooksCommands } from "./webhooks.ts";

/** In the order help shows them: as one would use them. */
export const COMMANDS: readonly Command[] = [
  upCommand,
  initCommand,
  deployCommand,
  importCommand,
  ...agentsCommands,
  callCommand,
  chatCommand,
  ...tasksCommands,
  logsCommand,
  mcpUrlCommand,
  clientTsCommand,
  ...webhooksCommands,
  ...keysCommands,
  ...cardKeysCommands,
  ...receiptsCommands,
  ledgerCheckCommand,
  doctorCommand,
  versionCommand,
  createHelpCommand(() => COMMANDS),
];
