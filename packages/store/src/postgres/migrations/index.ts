import { firstTables } from "./0001-first-tables.ts";
import { pushNotifications } from "./0002-push-notifications.ts";
import { webhooks } from "./0003-webhooks.ts";
import { pushUpkeep } from "./0004-push-upkeep.ts";
import type { Migration } from "./migration.ts";

export type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [firstTables, pushNotifications, webhooks, pushUpkeep];
