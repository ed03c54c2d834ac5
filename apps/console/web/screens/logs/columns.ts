export const COLUMNS = [
  { id: "time", label: "Time", width: "w-24" },
  { id: "level", label: "Level", width: "w-9" },
  { id: "agent", label: "Agent", width: "w-28" },
  { id: "source", label: "Source", width: "w-16" },
  { id: "instance", label: "Instance", width: "w-24" },
  { id: "task", label: "Task", width: "w-24" },
] as const;
export type ColumnId = (typeof COLUMNS)[number]["id"];

const DEFAULT: readonly ColumnId[] = ["time", "level", "agent"];

/** Of the address: `time.level.agent`; what is unknown is left out. */
export function readColumns(text: string | undefined): readonly ColumnId[] {
  if (text === undefined) return DEFAULT;
  const wanted = text.split(".");
  return COLUMNS.map(({ id }) => id).filter((id) => wanted.includes(id));
}

/** Undefined: as it is by default, which an address does not say. */
export function printColumns(columns: readonly ColumnId[]): string | undefined {
  const text = columns.length === 0 ? "none" : columns.join(".");
  return text === DEFAULT.join(".") ? undefined : text;
}
