import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Trash2 } from "lucide-react";
import { levelOf } from "@berth/telemetry";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Loaded } from "../../ui/status.tsx";
import { AnsiLine } from "../../ui/ansi-line.tsx";
import { toggleBookmark, useBookmarks } from "./bookmarks.ts";
import { LevelBadge } from "../../ui/level-badge.tsx";
import { contextQuery } from "./log-queries.ts";
import { clockOf } from "./model/log-text.ts";

/** What the same instance logged around a line, whatever the query. */
export function ContextSheet({ id, onClose }: { readonly id: number; readonly onClose: () => void }) {
  const query = useQuery(contextQuery(id));
  return (
    <Dialog title="50 lines before and after" place="side" onClose={onClose}>
      <Loaded query={query} what="the lines">
        {({ logs }) => (
          <ol className="font-mono text-xs">
            {logs.map((log) => (
              <li
                key={log.id}
                ref={(element) => {
                  if (log.id === id) element?.scrollIntoView({ block: "center" });
                }}
                aria-current={log.id === id}
                className={clsx(
                  "flex min-h-6 items-baseline gap-2 px-1",
                  log.id === id && "bg-accent-soft font-semibold",
                )}
              >
                <Link
                  to="/logs"
                  search={{ line: log.id }}
                  onClick={onClose}
                  className="inline-flex min-h-6 shrink-0 items-center text-muted tabular-nums"
                >
                  {clockOf(log.atUs)}
                </Link>
                <LevelBadge level={levelOf(log.severity)} />
                <span className="min-w-0 break-words whitespace-pre-wrap">
                  <AnsiLine text={log.body} />
                </span>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Dialog>
  );
}

export function BookmarkSheet({
  onOpen,
  onClose,
}: {
  readonly onOpen: (id: number) => void;
  readonly onClose: () => void;
}) {
  const bookmarks = useBookmarks();
  return (
    <Dialog title="Bookmarks" place="side" onClose={onClose}>
      {bookmarks.length === 0 ? (
        <p className="text-sm text-muted">Choose a line and press m to keep it here.</p>
      ) : undefined}
      <ul className="divide-y divide-line">
        {bookmarks.map((bookmark) => (
          <li key={bookmark.id} className="flex items-center gap-2 py-1 text-xs">
            <button
              type="button"
              className="flex min-h-8 min-w-0 flex-1 items-baseline gap-2 text-left font-mono hover:underline"
              onClick={() => onOpen(bookmark.id)}
            >
              <span className="shrink-0 text-muted tabular-nums">
                {new Date(bookmark.atUs / 1_000).toLocaleString()}
              </span>
              <span className="min-w-0 truncate">{plainText(bookmark.text)}</span>
            </button>
            <Button
              look="quiet"
              small
              aria-label={`Remove the bookmark of ${bookmark.text.slice(0, 40)}`}
              onClick={() => toggleBookmark(bookmark)}
            >
              <Trash2 size={13} aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
