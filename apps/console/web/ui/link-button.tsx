import { Link } from "@tanstack/react-router";
import type { LinkComponentProps } from "@tanstack/react-router";
import { clsx } from "clsx";
import { LOOKS } from "./button.tsx";

export interface LinkButtonProps extends Omit<LinkComponentProps, "className"> {
  readonly look?: keyof typeof LOOKS;
  readonly small?: boolean;
}

/** A link that is the screen's next step: it looks like a button and stays a link. */
export function LinkButton({ look = "plain", small = false, ...rest }: LinkButtonProps) {
  return (
    <Link
      className={clsx(
        "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium no-underline",
        small ? "min-h-6 px-2 text-xs" : "min-h-8 px-3 text-sm",
        LOOKS[look],
      )}
      {...rest}
    />
  );
}
