import { clsx } from "clsx";
import { useId } from "react";
import type { ReactNode } from "react";

export interface PanelProps {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** Without inner padding: for tables and lists that reach the border. */
  readonly flush?: boolean;
}

export function Panel({ title, actions, children, className, flush = false }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={title === undefined ? undefined : id}
      className={clsx("min-w-0 rounded-lg border border-line bg-panel", className)}
    >
      {title === undefined ? undefined : (
        <header className="flex min-h-10.5 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <h2 id={id} className="text-sm font-semibold">
            {title}
          </h2>
          <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}
