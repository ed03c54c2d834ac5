import { KeyRound } from "lucide-react";
import { CopyButton } from "../../ui/copy-button.tsx";

/** A secret that the platform does not keep: this is the only time to see it. */
export function ShownOnce({
  label,
  secret,
  children,
}: {
  readonly label: string;
  readonly secret: string;
  readonly children?: string;
}) {
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-center gap-2 font-medium text-warn">
        <KeyRound size={15} aria-hidden />
        {label}: this is the only time it is shown.
      </p>
      <p className="flex items-center gap-1">
        <code
          tabIndex={0}
          aria-label={label}
          className="min-w-0 flex-1 rounded bg-sunken px-2 py-1.5 font-mono text-xs break-all"
        >
          {secret}
        </code>
        <CopyButton text={secret} label={`Copy: ${label}`} />
      </p>
      {children === undefined ? undefined : <p className="text-sm text-muted">{children}</p>}
    </div>
  );
}
