import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The agent's first process, leader of its group. With its start time it is not mistaken for a later one of the same number. */
export interface RunRecord {
  readonly pid: number;
  readonly startTime: string;
}

const FILE = "process.json";

export function writeRecord(folder: string, record: RunRecord): Promise<void> {
  return writeFile(join(folder, FILE), JSON.stringify(record), { mode: 0o600 });
}

/** Undefined when there is none or only half of one. */
export async function readRecord(folder: string): Promise<RunRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, FILE), "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is RunRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    Number.isInteger(value.pid) &&
    "startTime" in value &&
    typeof value.startTime === "string"
  );
}
