import { Bookmark, Columns3, Download, Search, Shapes, WrapText } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { CheckField } from "../../ui/check-field.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { valueOf, withField } from "../../ui/query-pieces.ts";
import { COLUMNS } from "./columns.ts";
import type { ColumnId } from "./columns.ts";
import { withoutRange } from "./model/time-range.ts";

const RANGES = ["15m", "1h", "6h", "24h", "7d"];

export interface LogsToolbarProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly columns: readonly ColumnId[];
  readonly onColumns: (columns: readonly ColumnId[]) => void;
  readonly isWrapped: boolean;
  readonly onWrap: () => void;
  readonly isPatterns: boolean;
  readonly onPatterns: () => void;
  readonly onFind: () => void;
  readonly onBookmarks: () => void;
  readonly onDownload: () => Promise<void>;
}

export function LogsToolbar(props: LogsToolbarProps) {
  const {
    query,
    onQuery,
    columns,
    onColumns,
    isWrapped,
    onWrap,
    isPatterns,
    onPatterns,
    onFind,
    onBookmarks,
    onDownload,
  } = props;
  const [isChoosing, setChoosing] = useState(false);
  const [isLoading, setLoading] = useState(false);
  const since = valueOf(query, "since");
  const isRange = valueOf(query, "until") !== undefined;
  return (
    <div className="flex flex-wrap items-center gap-1 border-b border-line px-2 py-1.5">
      <div role="group" aria-label="How far back" className="flex">
        {RANGES.map((range) => (
          <button
            key={range}
            type="button"
            aria-pressed={since === range && !isRange}
            onClick={() =>
              onQuery(
                withField(withoutRange(query), "since", since === range && !isRange ? undefined : `since:${range}`),
              )
            }
            className="min-h-6 rounded px-2 text-xs hover:bg-sunken aria-pressed:bg-accent-soft aria-pressed:font-semibold"
          >
            {range}
          </button>
        ))}
        {since === undefined && !isRange ? undefined : (
          <button
            type="button"
            onClick={() => onQuery(withoutRange(query))}
            className="min-h-6 rounded px-2 text-xs text-accent-text hover:bg-sunken"
          >
            any time
          </button>
        )}
      </div>
      <span className="ml-auto flex flex-wrap items-center gap-0.5">
        <Tool label="Find (mod+f)" onClick={onFind} icon={<Search size={14} aria-hidden />} />
        <Tool label="Patterns" isOn={isPatterns} onClick={onPatterns} icon={<Shapes size={14} aria-hidden />} />
        <Tool label="Wrap" isOn={isWrapped} onClick={onWrap} icon={<WrapText size={14} aria-hidden />} />
        <Tool label="Columns" onClick={() => setChoosing(true)} icon={<Columns3 size={14} aria-hidden />} />
        <Tool label="Bookmarks" onClick={onBookmarks} icon={<Bookmark size={14} aria-hidden />} />
        <Tool
          label={isLoading ? "Downloading …" : "Download"}
          onClick={() => {
            setLoading(true);
            void onDownload().finally(() => setLoading(false));
          }}
          icon={<Download size={14} aria-hidden />}
        />
      </span>
      {isChoosing ? (
        <Dialog title="Columns" onClose={() => setChoosing(false)}>
          <div className="flex flex-col gap-1">
            {COLUMNS.map(({ id, label }) => (
              <CheckField
                key={id}
                label={label}
                checked={columns.includes(id)}
                onChange={({ currentTarget }) =>
                  onColumns(
                    COLUMNS.map((column) => column.id).filter((each) =>
                      each === id ? currentTarget.checked : columns.includes(each),
                    ),
                  )
                }
              />
            ))}
          </div>
        </Dialog>
      ) : undefined}
    </div>
  );
}

function Tool({
  label,
  icon,
  isOn,
  onClick,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly isOn?: boolean;
  readonly onClick: () => void;
}) {
  const name = label.replace(/ \(.*$/, "");
  return (
    <Button
      look="quiet"
      small
      title={label}
      {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
      className="aria-pressed:bg-accent-soft"
      onClick={onClick}
    >
      {icon}
      <span className="max-md:sr-only">{name}</span>
    </Button>
  );
}
