import type { Artifact } from "@berth/protocol";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { save } from "../../ui/save-button.tsx";
import { ContentView } from "../task/content-view.tsx";
import { artifactText } from "../task/model/outputs.ts";
import { artifactBlob } from "./artifact-blob.ts";
import { MessageParts } from "./message-parts.tsx";

/** One artifact beside the conversation, as it grows; over it where there is no room. */
export function ArtifactPanel({ artifact, onClose }: { readonly artifact: Artifact; readonly onClose: () => void }) {
  const [isSource, setSource] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [artifact.artifactId]);
  const name = plainText(artifact.name ?? artifact.artifactId);
  return (
    <aside
      aria-label={`Artifact ${name}, beside`}
      className="flex min-h-0 min-w-0 flex-col rounded-lg border border-line bg-panel max-xl:fixed max-xl:inset-2 max-xl:z-20 max-xl:shadow-lg"
    >
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 truncate text-sm font-semibold outline-none">
          {name}
        </h2>
        <span className="ml-auto flex items-center gap-1">
          <Button look="quiet" small aria-pressed={isSource} onClick={() => setSource(!isSource)}>
            Source
          </Button>
          <CopyButton text={artifactText(artifact)} label={`Copy ${name}`} />
          <Button small onClick={() => save(artifact.name ?? artifact.artifactId, ...artifactBlob(artifact))}>
            Save
          </Button>
          <Button look="quiet" small aria-label="Close the artifact" onClick={onClose}>
            <X size={15} aria-hidden />
          </Button>
        </span>
      </header>
      <div tabIndex={0} role="region" aria-label={`Content of ${name}`} className="min-h-0 flex-1 overflow-y-auto p-3">
        {artifact.description === undefined ? undefined : (
          <p className="mb-2 text-xs text-muted">{plainText(artifact.description)}</p>
        )}
        {isSource ? (
          <ContentView parts={artifact.parts} name={artifact.name ?? ""} isSource />
        ) : (
          <MessageParts parts={artifact.parts} name={artifact.name ?? ""} />
        )}
      </div>
      <footer className="border-t border-line px-3 py-1.5 text-xs text-muted">
        {artifact.parts.length.toLocaleString("en")} {artifact.parts.length === 1 ? "part" : "parts"},{" "}
        {artifactText(artifact).length.toLocaleString("en")} characters
      </footer>
    </aside>
  );
}
