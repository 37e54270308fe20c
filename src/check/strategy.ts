/** Strategies decide which thread takes the next step. */
export interface Strategy {
  /**
   * Thread `running` is about to take a step and may go on (`running` is in `ready`), or cannot (it has ended, is stuck or
   * was killed). Returns the thread to run, or `KILL`: only if `killable`.
   */
  choose(running: number, ready: readonly number[], killable: boolean): number;
}
export const KILL = -1;
/** What `choose` throws to give a schedule up because all that follows is known. */
export const PRUNED = new Error("pruned");
