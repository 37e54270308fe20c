/** How often a scenario is repeated: less by default where all of it takes long, everything with SHMOL_FULL=1. */
export function count({ all, usually }: { all: number; usually: number }): number {
  return process.env.SHMOL_FULL === "1" ? all : usually;
}
