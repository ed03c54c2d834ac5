import { useEffect } from "react";
import type { ReactNode } from "react";
import { CliLine } from "./cli-line.tsx";

export interface PageProps {
  readonly title: string;
  /** Beside the title: a state, an id. */
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  /** The command that shows or does the same. */
  readonly cli: string;
  readonly children: ReactNode;
}

/** The frame of every screen: its one heading, its actions, and the command line that does the same. */
export function Page({ title, aside, actions, cli, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Berth`;
  }, [title]);
  return (
    <div className="mx-auto flex w-full max-w-[1600px] min-w-0 flex-col gap-4 p-4 md:p-6">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold break-words">{title}</h1>
        {aside}
        <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>
      </header>
      {children}
      <CliLine command={cli} />
    </div>
  );
}
