import { Download } from "lucide-react";
import { Button } from "./button.tsx";

export interface SaveButtonProps {
  readonly name: string;
  readonly content: string | Blob;
  readonly label: string;
  readonly contentType?: string;
}

/** Saves what the page has, as a file; nothing is asked of anybody. */
export function SaveButton({ name, content, label, contentType = "application/json" }: SaveButtonProps) {
  return (
    <Button small onClick={() => save(name, content, contentType)}>
      <Download size={13} aria-hidden />
      {label}
    </Button>
  );
}

export function save(name: string, content: string | Blob, contentType: string): void {
  const blob = typeof content === "string" ? new Blob([content], { type: contentType }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  // A stranger may have named it: no folders, nothing hidden.
  link.download = name.replaceAll(/[^\p{L}\p{N} ._()-]/gu, "_").slice(-120);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
