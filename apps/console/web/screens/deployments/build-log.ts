import type { Deployment, DeploymentStep } from "./deployment-queries.ts";

/** What a deployment said, by the step that it was in. Lines are counted through, so that a link to one stays right. */
export interface BuildLog {
  readonly sections: readonly LogSection[];
  /** The last line that was seen; going on after it loses and doubles nothing. */
  readonly seq: number;
  readonly deployment: Deployment | undefined;
}

export interface LogSection {
  /** "" before the first step. */
  readonly step: string;
  readonly status: DeploymentStep["status"];
  readonly startedAt?: string;
  readonly ms?: number;
  readonly firstLine: number;
  readonly lines: readonly string[];
}

interface DeploymentLine {
  readonly text: string;
}

export type DeploymentMessage =
  | { readonly seq: number; readonly kind: "step"; readonly data: DeploymentStep }
  | { readonly seq: number; readonly kind: "log"; readonly data: DeploymentLine }
  | { readonly seq: number; readonly kind: "done"; readonly data: Deployment };

export const NO_LOG: BuildLog = { sections: [], seq: 0, deployment: undefined };

/** Whatever a build prints, this much is kept here; the whole is in the deployment's log. */
const MAX_LINES = 20_000;

/** Steps are told again whenever somebody comes back; lines are not. */
export function foldLog(log: BuildLog, messages: readonly DeploymentMessage[]): BuildLog {
  let { sections, seq, deployment } = log;
  let fresh: string[] = [];
  for (const message of messages) {
    if (message.kind === "log") {
      if (message.seq > seq) fresh.push(message.data.text);
      seq = Math.max(seq, message.seq);
      continue;
    }
    sections = withLines(sections, fresh);
    fresh = [];
    const steps = message.kind === "step" ? [message.data] : message.data.steps;
    sections = steps.reduce(withStep, sections);
    if (message.kind === "done") deployment = message.data;
  }
  return { sections: withLines(sections, fresh), seq, deployment };
}

function withStep(
  sections: readonly LogSection[],
  { name, status, startedAt, ms }: DeploymentStep,
): readonly LogSection[] {
  const timed = { status, startedAt, ...(ms === undefined ? {} : { ms }) };
  if (sections.some(({ step }) => step === name)) {
    return sections.map((section) => (section.step === name ? { ...section, ...timed } : section));
  }
  return [...sections, { ...emptySection(name, nextLine(sections)), ...timed }];
}

/** Those of a step that was done again come after what came in between. */
function withLines(sections: readonly LogSection[], texts: readonly string[]): readonly LogSection[] {
  if (texts.length === 0) return sections;
  const last = sections.at(-1) ?? emptySection("", 1);
  const room = Math.max(0, MAX_LINES + 1 - nextLine(sections));
  return [...sections.slice(0, -1), { ...last, lines: [...last.lines, ...texts.slice(0, room)] }];
}

function emptySection(step: string, firstLine: number): LogSection {
  return { step, status: step === "" ? "done" : "running", firstLine, lines: [] };
}

function nextLine(sections: readonly LogSection[]): number {
  const last = sections.at(-1);
  return last === undefined ? 1 : last.firstLine + last.lines.length;
}

/** The whole log as it would stand in a file. */
export function toText({ sections }: BuildLog): string {
  return sections.flatMap(({ lines }) => lines).join("\n");
}

/** Undefined for what is none: a newer platform may say more. */
export function parseMessage(text: string): DeploymentMessage | undefined {
  try {
    const { seq, kind, data } = new Object(JSON.parse(text)) as { readonly [name: string]: unknown };
    if (typeof seq !== "number" || typeof data !== "object" || data === null) return undefined;
    // The platform's own stream; docs/reference/api.md says what its events carry.
    return kind === "step" || kind === "log" || kind === "done"
      ? ({ seq, kind, data } as DeploymentMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
