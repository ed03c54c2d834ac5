import { useCallback, useEffect, useState } from "react";
import type { StoredLog } from "@berth/telemetry";
import { useSearchState } from "../../ui/search-state.ts";
import type { LogTail } from "./use-log-tail.ts";

/** The address follows with this delay: browsers allow few changes of it in a second. */
const ADDRESS_MS = 250;

export interface ChosenLines {
  readonly chosen: number | undefined;
  readonly anchor: number | undefined;
  readonly log: StoredLog | undefined;
  /** Between the two lines that are chosen. */
  readonly elapsedUs: number | undefined;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly choose: (id: number, isSecond: boolean) => void;
  readonly clear: () => void;
}

/** One line, or two with the time between them. The one is in the address. */
export function useChosenLines(tail: LogTail): ChosenLines {
  const [search, setSearch] = useSearchState();
  const asked = Number(search["line"]);
  const [chosen, setChosen] = useState(Number.isSafeInteger(asked) && asked > 0 ? asked : undefined);
  const [anchor, setAnchor] = useState<number>();
  const [isOpen, setOpen] = useState(chosen !== undefined);
  useEffect(() => {
    const line = chosen === undefined ? undefined : `${chosen}`;
    const timer = setTimeout(() => setSearch({ line }), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [chosen, setSearch]);
  const choose = useCallback(
    (id: number, isSecond: boolean) => {
      setAnchor((before) => (isSecond ? (before ?? chosen) : undefined));
      setChosen(id);
      if (!isSecond) setOpen(true);
    },
    [chosen],
  );
  const logOf = (id: number | undefined): StoredLog | undefined =>
    id === undefined ? undefined : tail.buffer.at(tail.buffer.indexOfId(id))?.log;
  const [log, other] = [logOf(chosen), logOf(anchor)];
  return {
    chosen,
    anchor,
    log,
    elapsedUs: log === undefined || other === undefined || log === other ? undefined : Math.abs(log.atUs - other.atUs),
    isOpen: isOpen && log !== undefined,
    setOpen,
    choose,
    clear: () => {
      setChosen(undefined);
      setAnchor(undefined);
      setOpen(false);
    },
  };
}
