import { GATE_SCORES } from "./eval-schemas.ts";
import { anyObject, choice, described, flag, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type DeploymentSchemaName =
  | "NewDeployment"
  | "RetryDeployment"
  | "Deployment"
  | "DeploymentList"
  | "DeploymentLine"
  | "DeploymentLines"
  | "DeploymentEvent";

const ref = (name: DeploymentSchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const STATUS = choice("queued", "building", "pushing", "releasing", "healthy", "live", "failed", "canceled");
const STEP = object({
  name: text,
  status: choice("running", "done", "failed"),
  "startedAt?": instant,
  "ms?": { type: "number" },
  "attempt?": described("From 1; more when a restart of the platform cut it off.", integer),
});

export const DEPLOYMENT_SCHEMAS: Readonly<Record<DeploymentSchemaName, JsonSchema>> = {
  NewDeployment: object({
    source: {
      oneOf: [
        object({
          kind: choice("git"),
          url: described("Without a password.", text),
          "ref?": described("Branch, tag or commit; default: the remote's HEAD.", text),
          "path?": described("Folder in the repository.", text),
          "credential?": described("Name of the organization's secret that opens it.", text),
        }),
        object({ kind: choice("push"), repository: text, ref: text, commit: text }),
        object({ kind: choice("image"), reference: text, "credential?": text }),
      ],
    },
    "name?": described("Overrides the agent's name; an image needs one.", text),
    "options?": object({
      "trust?": flag,
      "traffic?": choice("none"),
      "canaryPercent?": integer,
      "skipEvals?": described("Needs admin.", flag),
      "target?": described("Where it runs; default: this platform.", text),
    }),
  }),
  RetryDeployment: object({ "from?": described("A step; default: the one that failed.", text) }),
  Deployment: object({
    deploymentId: text,
    agent: nullable(text),
    release: nullable(text),
    status: STATUS,
    source: described("Its `kind`, and where it comes from.", anyObject),
    "revision?": object({ url: text, commit: text, "ref?": text }),
    "target?": text,
    steps: list(STEP),
    "log?": described("Of a single deployment: the last 1,000 lines.", text),
    "evals?": GATE_SCORES,
    "error?": object({ reason: text, message: text, "step?": text }),
    "retryOf?": described("The deployment that this one does again.", text),
    createdAt: instant,
    updatedAt: instant,
  }),
  DeploymentList: object({ deployments: list(ref("Deployment")) }),
  DeploymentLine: object({
    seq: described("From 1, without gaps.", integer),
    at: instant,
    step: text,
    stream: choice("stdout", "stderr", "platform"),
    text,
  }),
  DeploymentLines: object({
    lines: list(ref("DeploymentLine")),
    "nextAfter?": described("There may be more after this seq.", integer),
  }),
  DeploymentEvent: described("`status`, `step`, `log`, and at the end `done` with the deployment.", {
    oneOf: [object({ status: STATUS }), STEP, ref("DeploymentLine"), ref("Deployment")],
  }),
};
