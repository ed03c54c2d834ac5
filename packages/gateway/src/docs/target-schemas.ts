import {
  address,
  anyObject,
  choice,
  described,
  flag,
  instant,
  integer,
  list,
  nullable,
  object,
  text,
} from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type TargetSchemaName =
  | "TargetKinds"
  | "NewTarget"
  | "Target"
  | "TargetList"
  | "TargetCheck"
  | "TargetPlan"
  | "Placement"
  | "PlacementList"
  | "PlacementLogLine";

/** One question of a form. */
const FIELD = object({
  key: described("The member that it fills.", text),
  label: text,
  help: text,
  type: choice("text", "number", "boolean", "choice", "secret"),
  required: flag,
  "choices?": list(text),
  "example?": text,
  "pattern?": described("A regular expression that the whole text matches.", text),
});

const PART = { kind: text, label: text, help: text, fields: list(FIELD) };

const TARGET = {
  name: text,
  kind: text,
  settings: described("As the kind's fields ask for them.", anyObject),
  hasCredential: described("It has one of its own; false: the platform's identity.", flag),
  registry: described(
    "Where its images are pushed to.",
    nullable(object({ repository: text, credential: nullable(text) })),
  ),
  createdBy: text,
  createdAt: instant,
  updatedAt: instant,
};

const PLACEMENT = {
  release: text,
  target: text,
  url: described("Where its A2A interface is called.", nullable(address)),
  placedAt: instant,
};

export const TARGET_SCHEMAS: Readonly<Record<TargetSchemaName, JsonSchema>> = {
  TargetKinds: object({
    kinds: list(object({ ...PART, "credential?": described("What its credential is; absent: it takes none.", text) })),
    deployment: described(
      "What POST /v1/deployments takes.",
      object({ fields: list(FIELD), sources: list(object(PART)), options: list(FIELD) }),
    ),
  }),
  NewTarget: object({
    kind: described("One of GET /v1/target-kinds; it cannot be changed later.", text),
    "settings?": described("As the kind's fields ask for them.", anyObject),
    "credential?": described(
      "Such as a kubeconfig; absent: what is kept stays; null: nothing is kept.",
      nullable(text),
    ),
    "registry?": nullable(
      object({
        repository: described("Such as registry.example/agents, without a tag.", text),
        "credential?": described("Name of a secret, or google: the platform's own identity.", nullable(text)),
      }),
    ),
  }),
  Target: object(TARGET),
  TargetList: object({ targets: list(object(TARGET)) }),
  TargetCheck: object({
    ok: flag,
    problems: list(object({ message: text, "hint?": text })),
    warnings: described("What somebody should know before.", list(text)),
  }),
  TargetPlan: object({
    kind: text,
    files: described("Path to text: to be read, kept, or applied by other hands.", anyObject),
    calls: list(
      object({
        method: text,
        path: text,
        "query?": anyObject,
        "contentType?": text,
        "body?": anyObject,
        purpose: text,
      }),
    ),
    warnings: list(text),
    changes: list(
      object({
        resource: text,
        change: choice("create", "update", "delete", "unchanged"),
        differences: described(
          "Only what the plan says is compared.",
          list(object({ path: text, is: {}, wanted: {} })),
        ),
        "drift?": described("Made or changed by other hands than ours.", text),
      }),
    ),
  }),
  Placement: object({
    ...PLACEMENT,
    status: object({
      state: choice("absent", "deploying", "ready", "failed"),
      "reason?": text,
      "instances?": object({ ready: integer, wanted: integer }),
      "url?": address,
      "traffic?": list(object({ revision: text, percent: integer })),
      conditions: list(object({ type: text, status: text, message: text })),
    }),
  }),
  PlacementList: object({ placements: list(object(PLACEMENT)) }),
  PlacementLogLine: object({ at: text, text, source: text }),
};
