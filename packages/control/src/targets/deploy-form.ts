import type { TargetField } from "@berth/deploy/targets";
import { AGENT_NAME_PATTERN } from "@berth/protocol";

/** A group of fields that belong together, such as all of one kind of source. */
interface FormPart {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  /** Their keys are members of the part's object in the request. */
  readonly fields: readonly TargetField[];
}

export interface DeployForm {
  /** Of the request itself. */
  readonly fields: readonly TargetField[];
  /** `source` of the request: one of them. */
  readonly sources: readonly FormPart[];
  /** `options` of the request. */
  readonly options: readonly TargetField[];
}

const NAME = AGENT_NAME_PATTERN.source.slice(1, -1);
const SECRET = "[A-Za-z_][A-Za-z0-9_]{0,127}";

const CREDENTIAL: TargetField = {
  key: "credential",
  label: "Credential",
  help: "Name of one of the organization's secrets that opens it; public ones need none.",
  type: "text",
  required: false,
  pattern: SECRET,
  example: "GIT_TOKEN",
};

/** What `POST /v1/deployments` takes, for forms: here, in portals, in whatever asks people. */
export const DEPLOY_FORM: DeployForm = {
  fields: [
    {
      key: "name",
      label: "Name",
      help: "Of the agent; default: what its berth.json says. An image has to be given one.",
      type: "text",
      required: false,
      pattern: NAME,
      example: "echo",
    },
  ],
  sources: [
    {
      kind: "archive",
      label: "Folder",
      help: "Sent as the body itself: a gzipped tar archive, with the options in the query. `a2a deploy` does it.",
      fields: [],
    },
    {
      kind: "git",
      label: "Git repository",
      help: "Fetched by the platform.",
      fields: [
        {
          key: "url",
          label: "URL",
          help: "https://host/path, ssh://user@host/path or git@host:path; no password.",
          type: "text",
          required: true,
          pattern: "(?:https?://[^\\s@?#]+|ssh://[^\\s:?#]+|[\\w.-]+@[\\w.-]+:[^\\s?#]+)",
          example: "https://github.com/acme/agents.git",
        },
        {
          key: "ref",
          label: "Branch, tag or commit",
          help: "Default: the repository's own branch.",
          type: "text",
          required: false,
          pattern: "[A-Za-z0-9_][A-Za-z0-9_./-]{0,250}",
          example: "main",
        },
        {
          key: "path",
          label: "Folder in it",
          help: "Where the agent is; default: the repository itself.",
          type: "text",
          required: false,
          pattern: "[^/\\\\\\s][^\\\\]{0,1000}",
          example: "agents/echo",
        },
        CREDENTIAL,
      ],
    },
    {
      kind: "image",
      label: "Image",
      help: "One that serves A2A at port 8080.",
      fields: [
        {
          key: "reference",
          label: "Image",
          help: "With its registry; default tag: latest.",
          type: "text",
          required: true,
          pattern: "[a-z0-9][a-z0-9._:/@A-Z-]{0,399}",
          example: "ghcr.io/acme/echo:1.0",
        },
        { ...CREDENTIAL, example: "REGISTRY" },
      ],
    },
  ],
  options: [
    {
      key: "target",
      label: "Target",
      help: "Where it runs, of GET /v1/targets; default: this platform.",
      type: "text",
      required: false,
      pattern: NAME,
      example: "production",
    },
    {
      key: "canaryPercent",
      label: "Canary, percent",
      help: "So much of the traffic at first, then all when it does well; 0 or nothing said: all at once, or as berth.json says.",
      type: "number",
      required: false,
      example: "10",
    },
    {
      key: "traffic",
      label: "Traffic",
      help: "none: it gets traffic when somebody promotes it.",
      type: "choice",
      required: false,
      choices: ["none"],
      example: "none",
    },
    {
      key: "trust",
      label: "Trusted",
      help: "It runs outside the sandbox: only for code you wrote yourself.",
      type: "boolean",
      required: false,
    },
    {
      key: "skipEvals",
      label: "Skip the evals gate",
      help: "Needs the right eval.skip; stands in the audit log.",
      type: "boolean",
      required: false,
    },
  ],
};
