import type { ConsoleBrowser } from "./harness.ts";

const MOST_STOPS = 400;

interface Stop {
  /** Undefined: the document itself, where a walk begins and ends. */
  readonly name: string | undefined;
  readonly id: number;
  readonly isMarked: boolean;
  readonly isUncovered: boolean;
}

/**
 * Tab from the beginning of the screen, or past its menu, to its end and around: what is wrong on the way. Every stop shows that it has the focus
 * (WCAG 2.4.7), nothing lies over all of it (2.4.11), and none keeps it (2.1.2).
 */
export async function walkByTab(
  { page }: Pick<ConsoleBrowser, "page">,
  from: "the menu" | "the content",
): Promise<readonly string[]> {
  const problems: string[] = [];
  if (from === "the content") {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
  }
  const seen: Stop[] = [];
  for (let n = 0; n < MOST_STOPS; n++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(readStop);
    const isAround = stop.name === undefined || (seen.length > 0 && stop.name.includes("Skip to the content"));
    if (isAround) {
      if (!seen.some(({ name }) => name?.includes("Copy the command"))) problems.push("the end is not reached");
      return problems;
    }
    if (seen.some(({ id }) => id === stop.id)) return [...problems, `the walk turns in a circle at ${stop.name}`];
    if (!stop.isMarked) problems.push(`the focus is not seen on ${stop.name}`);
    if (!stop.isUncovered) problems.push(`something covers ${stop.name}`);
    seen.push(stop);
  }
  return [...problems, `there is no end after ${MOST_STOPS} stops, the last: ${seen.at(-1)?.name}`];
}

/** Runs in the page. */
function readStop(): Stop {
  const element = document.activeElement;
  if (element === null || element === document.body || element === document.documentElement)
    return { name: undefined, id: 0, isMarked: true, isUncovered: true };
  const known = globalThis as { berthStops?: WeakMap<Element, number>; berthCount?: number };
  known.berthStops ??= new WeakMap();
  let id = known.berthStops.get(element);
  if (id === undefined) {
    id = known.berthCount = (known.berthCount ?? 0) + 1;
    known.berthStops.set(element, id);
  }
  // The mark may be that of the box around a field.
  const around = [
    element,
    element.parentElement,
    element.parentElement?.parentElement,
    element.parentElement?.parentElement?.parentElement,
  ];
  const isMarked = around.some((each) => {
    if (each === null || each === undefined) return false;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(each);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1 && !/^rgba\(.*, 0\)$/.test(outlineColor);
  });
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const inset = Math.min(3, (right - left) / 4, (bottom - top) / 4);
  const xs = [left + inset, (left + right) / 2, right - inset];
  const ys = [top + inset, (top + bottom) / 2, bottom - inset];
  const isUncovered = xs.some((x) =>
    ys.some((y) => {
      const hit = document.elementFromPoint(x, y);
      return hit !== null && (element.contains(hit) || hit.contains(element));
    }),
  );
  const label = element.getAttribute("aria-label") ?? element.textContent?.trim().slice(0, 40) ?? "";
  return { name: `${element.tagName.toLowerCase()} "${label}"`, id, isMarked, isUncovered };
}
