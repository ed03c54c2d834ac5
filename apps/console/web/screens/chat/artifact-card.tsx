import type { Artifact } from "@berth/protocol";
import { FileText, LoaderCircle, PanelRight } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { save } from "../../ui/save-button.tsx";
import { artifactText } from "../task/model/outputs.ts";
import { MessageParts } from "./message-parts.tsx";
import { artifactBlob } from "./artifact-blob.ts";

/** More than this is opened beside the talk, not within it. */
const MAX_INLINE = 12_000;

export interface ArtifactCardProps {
  readonly artifact: Artifact;
  readonly isLive: boolean;
  readonly onOpen: () => void;
}

export function ArtifactCard({ artifact, isLive, onOpen }: ArtifactCardProps) {
  const name = plainText(artifact.name ?? artifact.artifactId);
  const text = artifactText(artifact);
  return (
    <div role="group" aria-label={`Artifact ${name}`} className="min-w-0 rounded-lg border border-line bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-3 py-1">
        {isLive ? (
          <LoaderCircle size={13} aria-hidden className="animate-spin text-muted" />
        ) : (
          <FileText size={13} aria-hidden className="text-muted" />
        )}
        <h3 className="min-w-0 truncate text-xs font-semibold">{name}</h3>
        <span className="ml-auto flex shrink-0">
          <CopyButton text={text} label={`Copy ${name}`} />
          <Button look="quiet" small aria-label={`Open ${name} beside the conversation`} onClick={onOpen}>
            <PanelRight size={14} aria-hidden />
          </Button>
        </span>
      </header>
      <div className="px-3 py-2">
        {text.length <= MAX_INLINE ? (
          <MessageParts parts={artifact.parts} name={artifact.name ?? ""} />
        ) : (
          <p className="flex flex-wrap items-center gap-2 text-xs text-muted">
            {text.length.toLocaleString("en")} characters
            <Button small onClick={onOpen}>
              Open
            </Button>
            <Button small onClick={() => save(name, ...artifactBlob(artifact))}>
              Save
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}
