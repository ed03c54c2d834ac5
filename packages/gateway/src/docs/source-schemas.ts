import { choice, described, flag, instant, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type SourceSchemaName = "NewSource" | "Source" | "ConnectedSource" | "SourceDelivery";

const KIND = choice("github", "gitlab");
const PATH = described("Folder of the repository; absent: all of it.", text);
const CREDENTIAL = described("Name of the organization's secret that opens it.", text);
const SOURCE = {
  id: text,
  agent: text,
  kind: KIND,
  url: text,
  branch: text,
  "path?": PATH,
  "credential?": CREDENTIAL,
  autoDeploy: flag,
  principalId: described("With whose rights its deliveries deploy.", text),
  webhookUrl: described("Where the forge sends its deliveries.", text),
  createdAt: instant,
  updatedAt: instant,
};

export const SOURCE_SCHEMAS: Readonly<Record<SourceSchemaName, JsonSchema>> = {
  NewSource: object({
    url: described("`https://…`, `ssh://…` or `git@host:path`, without a password.", text),
    "kind?": described("Who sends deliveries. Default: by the host, else github.", KIND),
    "branch?": described("Default: main.", text),
    "path?": PATH,
    "credential?": CREDENTIAL,
    "autoDeploy?": { ...flag, default: true },
  }),
  Source: object(SOURCE),
  ConnectedSource: object({
    ...SOURCE,
    "secret?": described("Of its deliveries, when it is a new one: shown this once.", text),
  }),
  SourceDelivery: object({
    "deploymentId?": text,
    "commit?": text,
    "ignored?": described("Why there was nothing to do.", text),
  }),
};
