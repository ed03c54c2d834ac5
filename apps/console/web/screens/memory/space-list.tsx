import { clsx } from "clsx";
import { UserRound, UsersRound } from "lucide-react";
import { plainText } from "../../ui/plain-text.ts";
import { formatBytes } from "../../ui/time.tsx";
import type { MemorySpace } from "./memory.ts";

export interface SpaceListProps {
  readonly spaces: readonly MemorySpace[];
  readonly ownId: string;
  readonly scope: "user" | "agent";
  readonly owner: string | undefined;
  readonly onSelect: (space: { readonly scope: "user" | "agent"; readonly owner: string | undefined }) => void;
}

/** For whom the agent remembers something. */
export function SpaceList({ spaces, ownId, scope, owner, onSelect }: SpaceListProps) {
  return (
    <ul aria-label="Spaces" className="divide-y divide-line">
      {spaces.map((space) => {
        const isEverybody = space.scope === "agent";
        const isCurrent = isEverybody ? scope === "agent" : scope === "user" && (owner ?? ownId) === space.owner;
        const Icon = isEverybody ? UsersRound : UserRound;
        return (
          <li key={`${space.scope} ${space.owner ?? ""}`}>
            <button
              type="button"
              aria-current={isCurrent}
              onClick={() =>
                onSelect({ scope: space.scope, owner: isEverybody || space.owner === ownId ? undefined : space.owner })
              }
              className={clsx(
                "flex w-full items-start gap-2.5 border-l-3 px-3 py-2 text-left",
                isCurrent ? "border-accent bg-accent-soft" : "border-transparent hover:bg-sunken",
              )}
            >
              <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />
              <span className="flex min-w-0 flex-col">
                <span className="truncate text-sm">
                  {isEverybody ? (
                    "for everybody"
                  ) : space.owner === ownId ? (
                    "for you"
                  ) : (
                    <code className="font-mono text-xs">{plainText(space.owner ?? "")}</code>
                  )}
                </span>
                <span className={clsx("text-xs tabular-nums", isCurrent ? "text-text" : "text-muted")}>
                  {space.items.toLocaleString("en")} {space.items === 1 ? "item" : "items"}, {formatBytes(space.bytes)}
                </span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
