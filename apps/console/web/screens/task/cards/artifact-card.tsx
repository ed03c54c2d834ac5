import { useState } from "react";
import type { Artifact } from "@berth/protocol";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { ContentView } from "../content-view.tsx";
import { artifactText, contentsOf } from "../model/outputs.ts";

/** An artifact as far as it has been put together. */
export function ArtifactCard({ artifact }: { readonly artifact: Artifact }) {
  const [isSource, setSource] = useState(false);
  const name = artifact.name ?? artifact.artifactId;
  const hasSource = contentsOf(artifact.parts, name).some((content) => content.type === "text" && content.isMarkdown);
  return (
    <div
      className="max-h-128 overflow-auto border-l-2 border-line pl-3 text-sm"
      tabIndex={0}
      role="group"
      aria-label={`Artifact ${name}`}
    >
      <div className="float-right flex items-center">
        {hasSource ? (
          <Button look="quiet" small aria-pressed={isSource} onClick={() => setSource(!isSource)}>
            {isSource ? "Preview" : "Source"}
          </Button>
        ) : undefined}
        <CopyButton text={artifactText(artifact)} label={`Copy ${name}`} />
      </div>
      {artifact.description === undefined ? undefined : (
        <p className="mb-2 text-xs text-muted">{artifact.description}</p>
      )}
      <ContentView parts={artifact.parts} name={name} isSource={isSource} />
    </div>
  );
}
