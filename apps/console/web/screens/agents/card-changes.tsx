import type { CardChange } from "@berth/protocol";
import { CircleAlert, Minus, Pencil, Plus } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";

/** What callers notice, what breaks them first. */
export function CardChanges({ changes }: { readonly changes: readonly CardChange[] }) {
  const breaking = changes.filter(({ breaks }) => breaks !== undefined).length;
  if (changes.length === 0) return <p className="text-muted">Nothing: both cards say the same.</p>;
  return (
    <>
      <p className="mb-3 flex items-center gap-2">
        {breaking === 0 ? (
          <Badge tone="good">no breaking change</Badge>
        ) : (
          <Badge tone="bad">
            <CircleAlert size={12} aria-hidden />
            {breaking} breaking
          </Badge>
        )}
        <span className="text-muted">{changes.length} in all</span>
      </p>
      <ul className="flex flex-col divide-y divide-line">
        {changes.map((change) => (
          <li key={`${change.kind} ${change.what}`} className="flex items-start gap-3 py-2">
            <Kind kind={change.kind} />
            <div className="min-w-0 flex-1">
              <p className="break-words">
                <span className="sr-only">{change.kind} </span>
                {change.what}
              </p>
              {change.from === undefined && change.to === undefined ? undefined : (
                <p className="text-xs break-words text-muted">
                  <del>{change.from}</del> → <ins className="no-underline">{change.to}</ins>
                </p>
              )}
              {change.breaks === undefined ? undefined : (
                <p className="text-xs font-medium text-bad">{change.breaks}</p>
              )}
            </div>
            {change.breaks === undefined ? undefined : <Badge tone="bad">breaking</Badge>}
          </li>
        ))}
      </ul>
    </>
  );
}

const KINDS = { added: Plus, removed: Minus, changed: Pencil };

function Kind({ kind }: Pick<CardChange, "kind">) {
  const Icon = KINDS[kind];
  return <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />;
}
