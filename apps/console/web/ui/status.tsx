import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";

/** Nothing here yet: why, and the command that changes that. */
export function Empty({
  title,
  children,
  command,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly command?: string;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children === undefined ? undefined : <div className="max-w-prose text-muted">{children}</div>}
      {command === undefined ? undefined : (
        <p className="flex max-w-full items-center gap-1">
          <code
            tabIndex={0}
            className="min-w-0 overflow-x-auto rounded bg-sunken px-2 py-1 font-mono text-xs whitespace-nowrap"
          >
            {command}
          </code>
          <CopyButton text={command} label="Copy the command" />
        </p>
      )}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div role="status" className="flex items-center justify-center gap-2 px-4 py-10 text-muted">
      <LoaderCircle size={16} aria-hidden className="animate-spin" />
      Loading {what} …
    </div>
  );
}

export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const known = error instanceof ApiError ? error : undefined;
  return (
    <div
      role="alert"
      className="m-2 flex flex-col items-start gap-2 rounded-md border border-bad bg-bad-soft p-3 text-sm"
    >
      <p className="font-medium text-bad">{error instanceof Error ? error.message : String(error)}</p>
      {known?.violations.map(({ field, description }) => (
        <p key={field}>
          <code className="font-mono">{field}</code> {description}
        </p>
      ))}
      {known?.hint === undefined ? undefined : <p>{known.hint}</p>}
      {known?.requestId === undefined ? undefined : <p className="font-mono text-xs">request {known.requestId}</p>}
      {retry === undefined ? undefined : (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export interface LoadedProps<T> {
  readonly query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  /** "agents": what is being loaded. */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/** The three faces of what is asked for: loading, failed, there. What is there stays while it is asked for again. */
export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null && query.error !== undefined)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading what={what} />;
}
