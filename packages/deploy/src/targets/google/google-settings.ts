import type { TargetField } from "../deploy-target.ts";

/** Project ids, and those with a domain. */
const PROJECT = "(?:[a-z][-a-z0-9.]{1,61}[a-z0-9]:)?[a-z][-a-z0-9]{4,28}[a-z0-9]";

export const PROJECT_FIELD: TargetField = {
  key: "project",
  label: "Project",
  help: "The id of the Google Cloud project, not its name.",
  type: "text",
  required: true,
  pattern: PROJECT,
  example: "my-agents-123",
};

export const REGION_FIELD: TargetField = {
  key: "region",
  label: "Region",
  help: "Where it runs.",
  type: "text",
  required: true,
  pattern: "[a-z]+-[a-z]+[0-9]+",
  example: "europe-west1",
};

export const SERVICE_ACCOUNT_FIELD: TargetField = {
  key: "serviceAccount",
  label: "Service account",
  help: "Whom the agent is in Google Cloud; default: that of the project.",
  type: "text",
  required: false,
  pattern: "[a-z0-9][-a-z0-9]{0,62}@[-a-z0-9.]+\\.gserviceaccount\\.com",
  example: "agents@my-agents-123.iam.gserviceaccount.com",
};
