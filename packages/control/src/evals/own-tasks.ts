/** Tasks remembered; one that is looked at later than this many others after it was made is rare and does no harm. */
const MAX_REMEMBERED = 20_000;

/** Tasks that evals made themselves: nobody's real work. */
export class OwnTasks {
  readonly #ids = new Set<string>();

  add(taskId: string): void {
    this.#ids.add(taskId);
    const [oldest] = this.#ids;
    if (this.#ids.size > MAX_REMEMBERED && oldest !== undefined) this.#ids.delete(oldest);
  }

  has(taskId: string): boolean {
    return this.#ids.has(taskId);
  }
}
