import type { JsonObject } from "@berth/protocol";
import type { TargetField } from "../deploy-target.ts";
import { parseSettings } from "../parse-settings.ts";
import { PROJECT_FIELD, REGION_FIELD, SERVICE_ACCOUNT_FIELD } from "./google-settings.ts";

export interface CloudRunSettings {
  readonly project: string;
  readonly region: string;
  readonly serviceAccount?: string;
  readonly ingress: "all" | "internal" | "internal-and-cloud-load-balancing";
  /** Who may call the service: an IAM member. Absent: nobody is added. */
  readonly invoker?: string;
  /** It keeps its processor between requests, for work that goes on after an answer. */
  readonly alwaysOnCpu: boolean;
}

export const CLOUD_RUN_FIELDS: readonly TargetField[] = [
  PROJECT_FIELD,
  REGION_FIELD,
  SERVICE_ACCOUNT_FIELD,
  {
    key: "ingress",
    label: "Ingress",
    help: "From where it can be reached at all; internal needs this platform in the project's network.",
    type: "choice",
    required: false,
    choices: ["all", "internal", "internal-and-cloud-load-balancing"],
    example: "all",
  },
  {
    key: "invoker",
    label: "Invoker",
    help: "The IAM member that gets roles/run.invoker: the identity that this platform runs as.",
    type: "text",
    required: false,
    pattern: "(?:serviceAccount|user|group|principal|principalSet):[\\x21-\\x7e]{3,300}|allUsers",
    example: "serviceAccount:berth@my-agents-123.iam.gserviceaccount.com",
  },
  {
    key: "alwaysOnCpu",
    label: "Processor between requests",
    help: "For tasks that work on after their answer. Costs more; default true.",
    type: "boolean",
    required: false,
  },
];

/** @throws CONFIG_INVALID */
export function parseCloudRunSettings(settings: JsonObject): CloudRunSettings {
  const { project, region, serviceAccount, ingress, invoker, alwaysOnCpu } = parseSettings(CLOUD_RUN_FIELDS, settings);
  return {
    project: String(project),
    region: String(region),
    ...(typeof serviceAccount === "string" ? { serviceAccount } : {}),
    ingress: ingress === "internal" || ingress === "internal-and-cloud-load-balancing" ? ingress : "all",
    ...(typeof invoker === "string" ? { invoker } : {}),
    alwaysOnCpu: alwaysOnCpu !== false,
  };
}
