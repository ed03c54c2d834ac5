import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { moveMonth } from "./month.ts";

const NAME = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

/** Calendar months in UTC, as statements are made. */
export function MonthPicker({ month }: { readonly month: string }) {
  const [, setSearch] = useSearchState();
  const now = new Date().toISOString().slice(0, 7);
  const move = (by: 1 | -1): void => setSearch({ month: moveMonth(month, by), agent: undefined, caller: undefined });
  return (
    <div role="group" aria-label="Month" className="flex items-center gap-1">
      <Button small look="quiet" aria-label="The month before" onClick={() => move(-1)}>
        <ChevronLeft size={16} aria-hidden />
      </Button>
      <span role="status" className="min-w-32 text-center font-medium tabular-nums">
        {NAME.format(new Date(`${month}-01T00:00:00Z`))}
      </span>
      <Button small look="quiet" aria-label="The month after" disabled={month >= now} onClick={() => move(1)}>
        <ChevronRight size={16} aria-hidden />
      </Button>
    </div>
  );
}
