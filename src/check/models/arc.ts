import type { Program } from "../program.js";

export const arcPrograms: readonly Program[] = [];
