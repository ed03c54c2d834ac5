import { BookmarkPlus, X } from "lucide-react";
import { useState } from "react";
import { clsx } from "clsx";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { VIEWS, removeView, saveView, useSavedViews } from "./saved-views.ts";

/** Named queries: the platform's, and those kept in this browser. */
export function ViewsBar({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  const saved = useSavedViews();
  const [name, setName] = useState<string>();
  const isKnown = [...VIEWS, ...saved].some((view) => view.query === query);
  return (
    <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Views">
      {[...VIEWS, ...saved].map((view) => (
        <span key={view.name} className="inline-flex items-center">
          <button
            type="button"
            aria-pressed={view.query === query}
            onClick={() => onQuery(view.query)}
            className={clsx(
              "min-h-7 rounded-full border px-3 text-xs",
              view.query === query
                ? "border-accent bg-accent-soft font-semibold"
                : "border-line-strong bg-panel hover:bg-sunken",
            )}
          >
            {view.name}
          </button>
          {saved.some((each) => each === view) ? (
            <Button
              look="quiet"
              small
              aria-label={`Forget the view ${view.name}`}
              onClick={() => removeView(view.name)}
            >
              <X size={12} aria-hidden />
            </Button>
          ) : undefined}
        </span>
      ))}
      {isKnown ? undefined : name === undefined ? (
        <Button look="quiet" small onClick={() => setName("")}>
          <BookmarkPlus size={14} aria-hidden />
          Save this view
        </Button>
      ) : (
        <form
          className="flex items-center gap-1.5"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === "") return;
            saveView({ name: name.trim().slice(0, 40), query });
            setName(undefined);
          }}
        >
          <TextField
            label="Name of the view"
            hiddenLabel
            autoFocus
            placeholder="Name"
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button type="submit" small disabled={name.trim() === ""}>
            Save
          </Button>
          <Button look="quiet" small onClick={() => setName(undefined)}>
            Not now
          </Button>
        </form>
      )}
    </div>
  );
}
