import type { Program } from "../program.js";

export const allocatorPrograms: readonly Program[] = [];
