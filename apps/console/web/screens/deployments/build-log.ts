import type { Deployment, DeploymentStep } from "./deployment-queries.ts";

/** What a deployment said, by the step that it was in. Lines are counted through, so that a link to one stays right. */
export interface BuildLog {
  readonly sections: readonly LogSection[];
  /** The last event that was seen; going on after it loses and doubles nothing. */
  readonly seq: number;
  readonly deployment: Deployment | undefined;
}

export interface LogSection {
  /** "" before the first step, and for a log that is kept without its steps. */
  readonly step: string;
  readonly status: DeploymentStep["status"];
  readonly startedAt?: string;
  readonly ms?: number;
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** It ends in the middle of its last line. */
  readonly isOpen: boolean;
}

export type DeploymentMessage =
  | { readonly seq: number; readonly kind: "step"; readonly data: DeploymentStep }
  | { readonly seq: number; readonly kind: "log"; readonly data: { readonly text: string } }
  | { readonly seq: number; readonly kind: "done"; readonly data: Deployment };

export const NO_LOG: BuildLog = { sections: [], seq: 0, deployment: undefined };

/** Whatever a build prints, this much is kept here; the whole is in the deployment's record. */
const MAX_LINES = 20_000;

export function foldLog(log: BuildLog, message: DeploymentMessage): BuildLog {
  if (message.seq <= log.seq) return log;
  const seq = message.seq;
  if (message.kind === "log") return { ...log, seq, sections: withText(log.sections, message.data.text) };
  if (message.kind === "step") return { ...log, seq, sections: withStep(log.sections, message.data) };
  return { ...fromRecord(message.data, log.sections), seq };
}

/** A deployment that ended before anybody followed it has its log in one piece; its steps are told all the same. */
export function fromRecord(deployment: Deployment, followed: readonly LogSection[] = []): BuildLog {
  const hasText = followed.some(({ lines }) => lines.length > 0);
  if (followed.length > 0 && (hasText || deployment.log === "")) {
    return { sections: deployment.steps.reduce(withStep, followed), seq: 0, deployment };
  }
  const sections = deployment.steps.reduce<readonly LogSection[]>(withStep, []);
  return { sections: withText([...sections, emptySection("", 1)], deployment.log), seq: 0, deployment };
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

function withText(sections: readonly LogSection[], text: string): readonly LogSection[] {
  if (text === "") return sections;
  const last = sections.at(-1) ?? emptySection("", 1);
  const before = last.isOpen ? (last.lines.at(-1) ?? "") : "";
  const lines = `${before}${text}`.split("\n");
  const isOpen = lines.at(-1) !== "";
  if (!isOpen) lines.pop();
  const room = MAX_LINES - (nextLine(sections) - 1);
  const kept = [...(last.isOpen ? last.lines.slice(0, -1) : last.lines), ...lines.slice(0, Math.max(0, room))];
  return [...sections.slice(0, -1), { ...last, lines: kept, isOpen }];
}

function emptySection(step: string, firstLine: number): LogSection {
  return { step, status: step === "" ? "done" : "running", firstLine, lines: [], isOpen: false };
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
