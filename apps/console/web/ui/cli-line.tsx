import { CopyButton } from "./copy-button.tsx";

export function CliLine({ command }: { readonly command: string }) {
  return (
    <div className="mt-2 flex items-center gap-2 text-xs text-muted">
      <span>Same in a terminal</span>
      <code
        tabIndex={0}
        className="min-w-0 overflow-x-auto rounded bg-sunken px-2 py-1 font-mono whitespace-nowrap text-text"
      >
        {command}
      </code>
      <CopyButton text={command} label="Copy the command" />
    </div>
  );
}
