import type { Message, Part, Task } from "../../api/types.ts";

/** A case for `evals/*.json`, made of what was asked and what came of it. Who adds it decides whether that was right. */
export interface SuggestedCase {
  readonly id: string;
  readonly input: unknown;
  readonly expected: unknown;
  readonly scorers: readonly [{ readonly type: "exact" }];
}

/** Undefined where the task does not say what was asked, or has no result: an eval scores results. */
export function caseFromTask(task: Task): SuggestedCase | undefined {
  const asked = task.history?.find(({ role }) => role === "ROLE_USER");
  const input = asked === undefined ? undefined : inputOf(asked);
  const expected = resultOf(task);
  if (input === undefined || expected === undefined) return undefined;
  return { id: idOf(task.id), input, expected, scorers: [{ type: "exact" }] };
}

/** What the platform takes for a skill's input: the data of the message, or else its text. */
function inputOf({ parts }: Message): unknown {
  return contentOf(parts);
}

/** docs/reference/evals.md: the artifact `output`, or the last one, or else the text of the reply. */
function resultOf({ artifacts = [], status }: Task): unknown {
  const artifact = artifacts.find(({ name }) => name === "output") ?? artifacts.at(-1);
  return contentOf(artifact?.parts ?? status.message?.parts ?? []);
}

function contentOf(parts: readonly Part[]): unknown {
  const data = parts.find((part) => part.data !== undefined);
  if (data !== undefined) return data.data;
  const texts = parts.flatMap(({ text }) => (text === undefined ? [] : [text]));
  return texts.length === 0 ? undefined : texts.join("");
}

/** Ids of cases are short and of a-z, 0-9 and hyphen; a task's end is what differs. */
function idOf(taskId: string): string {
  const end = taskId.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
  return `from-task-${end.slice(-8)}`;
}
